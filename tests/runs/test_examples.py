"""The scenario that README shows passes, and fails where the candidate does less or more than was meant."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from replayer.model import Verdict
from replayer.runs.run import execute
from replayer.runs.scenario import load_scenario
from tests.conftest import ROOT

_NOTHING = "def rewrite(call):\n    return call\n"
_EVERYBODY = """
def rewrite(call):
    if call.operation == "POST /v1/subscriptions/{subscription}":
        return call.with_params(proration_behavior="create_prorations" if "proration_behavior" in call.params else "none")
    return call
"""


def judged(out: Path, candidate: str | None = None) -> Verdict:
    spec = load_scenario(ROOT / "scenarios" / "old-members", out)
    if candidate is not None:
        file = out / "candidate.py"
        file.write_text(candidate)
        spec = msgspec.structs.replace(spec, candidate=file)
    *_, verdict = execute(spec)
    assert isinstance(verdict, Verdict)
    return verdict


def test_the_example_is_as_intended(tmp_path):
    verdict = judged(tmp_path)
    assert (verdict.verdict, verdict.exit_code) == ("as_intended", 0)
    assert verdict.money["usd"].next_bill.delta == 1000
    assert verdict.money["usd"].moved.delta == 0


@pytest.mark.parametrize(
    ("candidate", "customers"), [(_NOTHING, {"cus_S0000000000001", "cus_S0000000000002"}), (_EVERYBODY, {"cus_S0000000000005"})]
)
def test_who_is_missed_or_hit_besides_is_named(tmp_path, candidate, customers):
    verdict = judged(tmp_path, candidate)
    assert verdict.exit_code == 1
    named = {customer for finding in verdict.findings if not finding.expected for customer in finding.customers}
    assert named == customers
