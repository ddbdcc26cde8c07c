"""How far arms run on after the last call: to the same time, on until what was billed by then is settled."""

from __future__ import annotations

import pytest

from replayer.capture.store import open_capture
from replayer.model import InputError
from replayer.replay.arms import ArmJob, Setting, run_arms
from replayer.replay.horizon import Horizon, parse_horizon
from tests.proof.releases import APR, DAY, SHOP, START, record, subscribe


@pytest.mark.parametrize(
    ("text", "horizon"),
    [("none", Horizon("none")), ("next-invoice", Horizon("cycles")), ("30d", Horizon("days", 30)), ("1-cycle", Horizon("cycles")),
     ("2-cycles", Horizon("cycles", 2))],
)  # fmt: skip
def test_it_is_read_as_users_write_it(text, horizon):
    assert parse_horizon(text) == horizon


@pytest.mark.parametrize("text", ["", "30 days", "-1d", "0d", "401d", "14-cycles", "next"])
def test_what_is_none_is_refused_with_a_hint(text):
    with pytest.raises(InputError) as error:
        parse_horizon(text)
    assert "next-invoice" in str(error.value.hint)


def _lines(folder, steps, horizon, candidate=None):
    """What every arm says of the first customer at its end."""
    capture = record(folder, steps)
    jobs = [ArmJob(role="control", out=folder / "c")]
    if candidate is not None:
        (folder / "candidate.py").write_text(candidate)
        jobs.append(ArmJob(role="candidate", out=folder / "k", candidate=folder / "candidate.py"))
    for _ in run_arms(Setting(capture=capture, target="simulator", seed="s", horizon=horizon), jobs):
        pass
    return [next(line for line in open_capture(job.out).customer_money() if line.customer.endswith("1")) for job in jobs]


@pytest.mark.parametrize(
    ("horizon", "dates"),
    [("none", None), ("20d", []), ("next-invoice", [APR + 10]), ("40d", [APR + 10]), ("2-cycles", [APR + 10, APR + 30 * DAY + 10])],
)
def test_one_arm_by_itself(tmp_path, horizon, dates):
    (line,) = _lines(tmp_path, [*SHOP, subscribe()], horizon)
    assert (None if line.bills is None else [bill.created for bill in line.bills]) == dates
    assert line.committed == {}
    if dates:
        assert line.moved == {"usd": 3100 * len(dates)}
        assert {bill.status for bill in line.bills} == {"paid"}


def test_both_arms_run_to_the_later_ones_next_invoice(tmp_path):
    """By the week the candidate bills five times before the control bills once more."""
    weekly = (
        "def rewrite(call):\n    return call.with_param('recurring[interval]', 'week') if call.operation == 'POST /v1/prices' else call\n"
    )
    control, candidate = _lines(tmp_path, [*SHOP, subscribe()], "next-invoice", weekly)
    assert control.until == candidate.until == APR + 10
    assert [bill.created for bill in control.bills] == [APR + 10]
    assert [bill.created for bill in candidate.bills] == [START + 10 + 7 * DAY * week for week in (1, 2, 3, 4)]
    assert (control.moved, candidate.moved) == ({"usd": 3100}, {"usd": 4 * 3100})
    assert candidate.next_bill == {"usd": 3100}


def test_a_declined_renewal_ends_with_its_first_attempt(tmp_path):
    steps = [*SHOP, subscribe(trial_period_days="5"), (20, "POST /v1/payment_methods/pm_card_chargeCustomerFail/attach", {"customer": "{0}"}),
             (21, "POST /v1/customers/{0}", {"invoice_settings": {"default_payment_method": "{8}"}})]  # fmt: skip
    (line,) = _lines(tmp_path, steps, "next-invoice")
    assert [(bill.status, bill.paid, bill.due) for bill in line.bills] == [("open", 0, 3100)]
    assert line.moved == {}
