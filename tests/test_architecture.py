"""The architecture holds: layers, files of a size that can be read, and a test for every module."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

MOST_LINES = 400
FILES = [file.relative_to(ROOT) for file in sorted((ROOT / "replayer").rglob("*.py"))]
# Modules that no test imports, and the test that goes through them.
THROUGH = {
    "tests/cli/test_commands.py": "cli.bills cli.diff cli.fidelity cli.import_ cli.plan cli.replay cli.run cli.show cli.slice",
    "tests/record/test_process.py": "record.addon record.master",
    "tests/record/test_placements.py": "record.health record.running",
    "tests/record/test_resilience.py": "record.refuser",
    "tests/runs/test_pytest_plugin.py": "pytest_plugin",
    "tests/capture/test_wire.py": "capture.multipart",
    "tests/capture/test_redact.py": "stripeapi.words",
    "tests/test_public.py": "model.bill model.effect model.exchange model.manifest model.noise model.progress",
    "tests/targets/test_targets.py": "targets.base targets.fake targets.simulator targets.stripe_mock targets.url",
    "tests/simulator/test_corpora.py": (
        "simulator.amounts simulator.calls simulator.confirming simulator.echo simulator.errors simulator.intents simulator.ledger "
        "simulator.mint simulator.nodes simulator.products simulator.records simulator.render simulator.rule simulator.sources "
        "simulator.store simulator.twins simulator.urls simulator.view simulator.cards simulator.routes"
    ),
    "tests/runs/test_run.py": "replay.chosen replay.journal replay.keys replay.parallel",
    "tests/cli/test_redact.py": "capture.find capture.reredact capture.varying candidates.reads cli.find",
    "tests/capture/test_snapshot.py": "cli.snapshot",
    "tests/capture/test_merge.py": "cli.merge",
    "tests/targets/test_test_mode.py": "targets.transport",
    "tests/simulator/test_connected.py": (
        "simulator.account_links simulator.application_fees simulator.capabilities simulator.connected simulator.external_accounts "
        "simulator.funds simulator.identities simulator.payouts simulator.persons simulator.requirements simulator.tokens "
        "simulator.transfers"
    ),
    "tests/report/test_explain.py": "cli.explain",
    "tests/capture/test_world.py": "capture.world_fees capture.world_issuers capture.world_payers capture.world_settings capture.world_taxes",
    "tests/simulator/test_world.py": "simulator.automatic_tax simulator.issuers",
    "tests/runs/test_conform.py": "cli.conform",
    "tests/proof/test_stimuli.py": (
        "capture.stimuli.acts capture.stimuli.billing capture.stimuli.customers capture.stimuli.kinds capture.stimuli.payments "
        "capture.stimuli.reads capture.stimuli.subscriptions replay.off_camera"
    ),
    "tests/simulator/test_billing_modes.py": "simulator.cycles",
    "tests/simulator/test_lists.py": "simulator.searches",
    "tests/simulator/test_manners.py": "simulator.country_specs simulator.holds",
    "tests/cli/test_stimuli.py": "cli.stimuli",
    "tests/simulator/test_checkout_completing.py": "simulator.acting simulator.selling simulator.visits",
    "tests/simulator/test_debits.py": "simulator.mandates",
    "tests/simulator/test_usage.py": "simulator.metering",
    "tests/replay/test_seeding.py": "cli.clean cli.seed replay.cleaning",
    "tests/simulator/test_subscriptions.py": (
        "simulator.agenda simulator.ahead simulator.balances simulator.changes simulator.clockwork simulator.collecting simulator.discounts "
        "simulator.endings simulator.events simulator.first_invoice simulator.invoices simulator.invoicing simulator.items "
        "simulator.lines simulator.pending simulator.previews simulator.prorations simulator.renewals simulator.tax "
        "simulator.test_clocks simulator.totals simulator.usage"
    ),
}  # fmt: skip


def module(file: Path) -> str:
    """A module's name below `replayer`."""
    return ".".join(file.with_suffix("").parts[1:])


def is_private(file: Path) -> bool:
    """Whether a module is reached through the one that opens it: `_reader.py` through `store.py`."""
    return file.name.startswith("_")


def is_tested(file: Path, tests: str) -> bool:
    """Whether a module has a test file of its own, or is imported by one."""
    package, _, name = f"replayer.{module(file)}".rpartition(".")
    mirrored = ROOT / "tests" / file.relative_to("replayer").with_name(f"test_{file.name}")
    imported = rf"from {re.escape(package)}(?: import [^\n]*\b|\.){name}\b|import {re.escape(package)}\.{name}\b"
    return mirrored.is_file() or re.search(imported, tests) is not None


def test_every_module_is_tested_or_says_through_which_test():
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    untested = {module(file) for file in FILES if not is_private(file) and not is_tested(file, tests)}
    assert untested - set(" ".join(THROUGH.values()).split()) == set()


def test_the_list_of_modules_without_a_test_names_what_there_is():
    assert set(" ".join(THROUGH.values()).split()) <= {module(file) for file in FILES}
    assert [name for name in THROUGH if not (ROOT / name).is_file()] == []


def test_a_file_can_be_read_at_a_sitting():
    lines = {str(file): len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}


def test_folders_are_two_deep_at_most():
    assert [str(file) for file in FILES if len(file.parts) > 4] == []


def test_a_module_says_in_a_sentence_what_it_is_for():
    texts = {str(file): (ROOT / file).read_text(encoding="utf-8") for file in FILES}
    assert [file for file, text in texts.items() if not re.match(r'"""\S.+?[.:]', text, re.DOTALL)] == []


def test_the_layers_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "0 broken" in done.stdout


def test_no_module_is_kept_from_git():
    """A pattern that ignores a package leaves it out of every clone, and nobody sees it in the checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: a source archive holds what it holds")
    ignored = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--", "replayer", "tests", "benchmarks", "tools"]
    found = subprocess.run(ignored, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in found if not name.endswith(".pyc")] == []
