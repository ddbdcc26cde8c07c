"""The same calls in two API versions: what is gone is found, and where it moved; what is new is no difference."""

from __future__ import annotations

import pytest

from replayer.cli import main
from replayer.model import Verdict
from replayer.report.terminal import last_line
from replayer.runs import RunSpec, execute
from tests.proof import releases, scenes


def _judged(tmp_path, old, new, scene="subscription"):
    capture = scenes.record(tmp_path / "capture", scenes.SCENES[scene][0], old)
    *_, verdict = execute(RunSpec(capture=capture, out=tmp_path / "run", candidate_version=new, jobs=1))
    assert isinstance(verdict, Verdict)
    return verdict


def test_what_moved_is_found_where_it_is_now(tmp_path):
    verdict = _judged(tmp_path, "2024-06-20", "2025-10-29.clover")
    assert verdict.exit_code == 1
    (moved,) = [finding for finding in verdict.findings if finding.field == "current_period_end"]
    assert moved.operation == "POST /v1/subscriptions"
    assert moved.reason == "gone in 2025-10-29.clover: it is at items.data[].current_period_end now"
    assert {finding.cause for finding in verdict.findings} == {None}
    assert all(columns.moved is None or columns.moved.delta == 0 for columns in verdict.money.values())


def test_what_is_only_new_is_no_difference(tmp_path):
    verdict = _judged(tmp_path, "2025-10-29.clover", "2025-12-15.clover", "customer")
    assert (verdict.verdict, verdict.candidate.asked_version) == ("match", "2025-12-15.clover")
    assert not [note for note in verdict.notes if "nothing was tested" in note]


def test_the_version_that_was_recorded_tests_nothing(tmp_path):
    verdict = _judged(tmp_path, "2025-10-29.clover", "2025-10-29.clover", "customer")
    assert "every call was recorded in API version 2025-10-29.clover: nothing was tested" in verdict.notes
    assert "nothing was tested" in last_line(verdict)


@pytest.mark.parametrize("version", ["clover", "2031-01-01.zebra"])
def test_what_is_no_version_is_refused(tmp_path, capsys, version):
    assert main(["run", "captures/demo-shop", "--candidate-version", version]) == 2
    assert "no API version" in capsys.readouterr().err


def test_bills_that_come_out_otherwise_under_another_version_are_found(tmp_path, monkeypatch):
    """A schedule from monthly to yearly in mid-cycle: since 2025-09-30 subscriptions are flexible unless asked otherwise, and bill elsewise."""
    monkeypatch.setattr(releases, "VERSIONS", ("2025-03-31.basil",))
    yearly = {"product": "{3}", "currency": "usd", "unit_amount": "6200", "recurring": {"interval": "year"}}
    phases = [
        {"items": [{"price": "{4}"}], "end_date": str(releases.START + 15 * releases.DAY)},
        {"items": [{"price": "{7}"}], "duration": {"interval": "year", "interval_count": "1"}},
    ]
    steps = [
        *releases.SHOP, (7, "POST /v1/prices", yearly),
        (10, "POST /v1/subscription_schedules", {"customer": "{0}", "start_date": "now", "phases": phases}),
    ]  # fmt: skip
    capture = releases.record(tmp_path / "capture", steps)
    spec = RunSpec(capture=capture, out=tmp_path / "run", candidate_version="2025-09-30.clover", jobs=1, gates=("money.next_bill == 0",))
    *_, verdict = execute(spec)
    assert (verdict.exit_code, verdict.gates[0].passed) == (1, False)
    assert (verdict.bills.customers, verdict.bills.changed) == (3, 1)
    assert verdict.money["usd"].next_bill.delta != 0
