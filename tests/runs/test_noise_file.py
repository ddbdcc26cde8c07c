"""Noise is learned from two controls, kept beside the scenario, and holds in the next run; what costs money never is."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from replayer.capture.store import Writer
from replayer.model import InputError, Manifest, NoiseRule, Verdict
from replayer.report.terminal import report
from replayer.runs import RunSpec, execute, load_scenario, reopen
from replayer.runs.noise_file import read_noise, write_noise
from tests.make import exchange

READ = exchange(1, "GET", "/v1/products/prod_1", body={"id": "prod_1", "object": "product", "description": "warm", "unit_amount": 5})


@contextmanager
def _server(answers):
    """A server that answers each arm with its product: an arm first asks whether the product is there, and then makes its call."""
    waiting = [answer for answer in answers for _ in range(2)]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            shown = waiting.pop(0)
            body = json.dumps({**READ.outcome.body, **shown}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _run(tmp_path, name, noise, answers) -> Verdict:
    """A run whose arms get these answers: control, candidate, second control."""
    capture = tmp_path / "capture"
    if not capture.exists():
        with Writer(capture, Manifest(origin="api.stripe.com")) as writer:
            writer.append(READ)
    with _server(answers) as url:
        spec = RunSpec(capture=capture, out=tmp_path / name, target=url, noise=noise, jobs=1, horizon="none")
        *_, verdict = execute(spec)
    return verdict


def _said(text):
    return {"description": text}


def test_what_two_controls_differ_in_is_known_to_the_next_run(tmp_path):
    noise = tmp_path / "noise.yaml"
    first = _run(tmp_path, "first", noise, [_said("warm"), _said("warm"), _said("b")])
    assert [(place.field, place.count, place.measured) for place in first.noise] == [("description", 0, True)]
    (rule,) = read_noise(noise)
    assert (rule.operation, rule.field) == ("GET /v1/products/{product}", "description")
    assert rule.expires == (date.fromisoformat(rule.learned) + timedelta(days=30)).isoformat()
    again = [_said("warm"), _said("c"), _said("warm")]  # the controls happen to agree: only the rule knows
    second = _run(tmp_path, "second", noise, again)
    assert (second.verdict, second.findings) == ("match", [])
    assert [(place.field, place.count, place.measured, place.expires) for place in second.noise] == [
        ("description", 1, False, rule.expires)
    ]
    assert "NOISE     GET /v1/products/{product} description  ×1  learned before" in report(second)
    assert _run(tmp_path, "without", None, again).verdict == "divergence"


def test_a_rule_hides_no_other_place_and_no_money(tmp_path):
    noise = tmp_path / "noise.yaml"
    _run(tmp_path, "first", noise, [_said("warm"), _said("warm"), _said("b")])
    other = _run(tmp_path, "second", noise, [{"name": "x"}, {"name": "y"}, {"name": "x"}])
    assert [finding.field for finding in other.findings] == ["name"]
    unstable = _run(tmp_path, "third", noise, [{"unit_amount": 5}, {"unit_amount": 6}, {"unit_amount": 7}])
    assert unstable.verdict == "unknown"
    assert {rule.field for rule in read_noise(noise)} == {"description"}


def test_a_rule_that_has_expired_hides_nothing_and_goes(tmp_path):
    noise = tmp_path / "noise.yaml"
    old = NoiseRule(operation="GET /v1/products/{product}", field="description", learned="2026-01-01", expires="2026-01-31")
    write_noise(noise, [old])
    assert _run(tmp_path, "run", noise, [_said("warm"), _said("c"), _said("warm")]).verdict == "divergence"
    assert read_noise(noise) == []


def test_a_verdict_is_not_lost_where_its_noise_cannot_be_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        _run(tmp_path, "run", tmp_path / "nowhere" / "noise.yaml", [_said("warm"), _said("warm"), _said("b")])
    assert reopen(tmp_path / "run").verdict == "match"


def test_what_is_written_is_read_back(tmp_path):
    rules = [
        NoiseRule(operation="GET /v1/charges", field="data[].outcome.seller_message", learned="2026-11-26", expires="2026-12-26"),
        NoiseRule(operation="POST /v1/charges", field="description", learned="2026-11-26", expires="2026-12-26"),
    ]
    write_noise(tmp_path / "noise.yaml", rules)
    assert read_noise(tmp_path / "noise.yaml") == rules
    assert read_noise(tmp_path / "nowhere.yaml") == []


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("- operation: POST /v1/charges\n  field: amount\n  learned: 2026-11-26\n  expires: 2026-12-26\n", "may cover `amount`", 2),
        ("- operation: POST /v1/charges\n  feild: note\n", "no key of a noise rule", 2),
        ("- operation: POST /v1/charges\n  field: note\n  learned: 2026-11-26\n", "needs expires", 1),
        ("- operation: POST /v1/charges\n  field: note\n  learned: soon\n  expires: 2026-12-26\n", "no day", 3),
        ("- 5\n", "a noise rule is a mapping", 1),
        ("rules: []\n", "a list of rules", 1),
        ("- [\n", "not YAML", 2),
    ],
)
def test_errors_name_the_place(tmp_path, text, what, line):
    file = tmp_path / "noise.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=what) as refused:
        read_noise(file)
    assert refused.value.place.startswith(f"{file}:{line}:")


def test_a_scenario_keeps_its_noise_beside_it(tmp_path):
    (tmp_path / "scenario.yaml").write_text("capture: .\n")
    assert load_scenario(tmp_path, tmp_path / "out").noise == tmp_path / "noise.yaml"
