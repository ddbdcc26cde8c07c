# replayer: `make demo` runs the main job, `make test` passes the tests; both set everything up.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MOCK := .tools/bin/stripe-mock
MOCK_VERSION := v0.203.0
NODE_SDK_VERSION := 23.1.0
export PATH := $(CURDIR)/.tools/bin:$(PATH)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(STAMP) ## judge a candidate on a club's traffic: what would it change, for whom, for how much?
	@$(BIN)/replayer run captures/demo-club --candidate scenarios/old-members/candidate.py || [ $$? -eq 1 ]

demo-capture: $(STAMP) ## record the demos' captures anew: their programs, through the real recorder, against the simulator
	@bash captures/record.sh

test: $(STAMP) stripe-mock node-sdk ## run the tests
	@$(BIN)/python -m pytest

check: $(STAMP) ## lint, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(STAMP) ## format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

bench: $(STAMP) stripe-mock ## measure, as ratios against peers in one run
	@$(BIN)/python -m benchmarks

proof: $(STAMP) stripe-mock ## the long proofs; writes their tables into docs/
	@$(BIN)/python -m benchmarks.proof && $(BIN)/python -m benchmarks world
	@$(BIN)/python -m benchmarks.fidelity >/dev/null
	@$(BIN)/python -m benchmarks memory recorder
	@$(BIN)/python -m benchmarks.recorder_kills && $(BIN)/python -m benchmarks.recorder_malformed && $(BIN)/python -m benchmarks.recorder_inputs
	@$(BIN)/python -m benchmarks.replay_kills
	@$(BIN)/python -m benchmarks.month && $(BIN)/python -m benchmarks.worked_examples && $(BIN)/python -m benchmarks.causes

catalogue: $(STAMP) ## make the catalogue anew from the official SDKs' releases
	@$(BIN)/python -m tools.catalogue

clean: ## remove everything that make made
	@rm -rf $(VENV) .tools build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(STAMP): pyproject.toml constraints.txt .ci/find-python
	@python=$$(bash .ci/find-python) && \
	  { [ -x $(BIN)/python ] || "$$python" -m venv $(VENV); } && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' && \
	  touch $(STAMP)

stripe-mock: ## bring the real stripe-mock into .tools/bin (Go, or a docker engine)
	@[ -x $(MOCK) ] || { command -v go >/dev/null && GOBIN=$(CURDIR)/.tools/bin go install github.com/stripe/stripe-mock@$(MOCK_VERSION); } \
	  || docker info >/dev/null 2>&1 \
	  || { echo "stripe-mock: neither Go nor a docker engine here; its tests are skipped by name" >&2; [ -z "$$CI" ]; }

node-sdk: ## bring the official Node SDK into .tools/node, where npm is there
	@[ -d .tools/node/node_modules/stripe ] || { command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix .tools/node stripe@$(NODE_SDK_VERSION); } \
	  || echo "node-sdk: no npm here; the test with the Node SDK is skipped by name" >&2

.PHONY: help demo demo-capture test check fmt bench proof catalogue clean stripe-mock node-sdk
.DEFAULT_GOAL := help
