"""Bills add up to the ledger, or it is said by how much they do not."""

import msgspec
import pytest

from replayer.diff.reckoning import reckoned, recurring, unexplained
from replayer.model import Amounts, ArmLedger, Bill, BillLine, Finding, Money, NextBill

BILL = Bill(
    created=1, currency="usd", total=1980, due=1480, paid=1480, status="paid", reason="subscription_cycle", discount=200, added_tax=180,
    lines=[BillLine(amount=1500), BillLine(amount=500)],
)  # fmt: skip
LEDGER = ArmLedger(moved={"usd": 1480}, recurring={"usd": 2000})


def row(bill=BILL, ledger=LEDGER):
    return NextBill(customer="cus_1", source="s", control=[BILL], candidate=[bill], ledger={"control": LEDGER, "candidate": ledger})


def test_lines_come_to_bills_and_bills_to_the_ledger():
    control, candidate = reckoned([row(), row()])
    assert (control.lines, control.discounts, control.added_tax, control.billed) == (4000, 400, 360, 3960)
    assert (control.balance, control.due, control.unpaid, control.paid, control.moved) == (-1000, 2960, 0, 2960, 2960)
    assert (control.off, candidate.off) == (0, 0)


@pytest.mark.parametrize(
    ("bill", "ledger", "off"),
    [
        (msgspec.structs.replace(BILL, total=1981), LEDGER, 1),
        (msgspec.structs.replace(BILL, lines=BILL.lines[:1]), LEDGER, 500),
        (BILL, ArmLedger(moved={"usd": 2960}), 1480),  # charged twice
        (BILL, ArmLedger(), 1480),  # marked as paid, and nothing charged
    ],
)
def test_a_bill_that_does_not_add_up_is_told(bill, ledger, off):
    _, candidate = reckoned([row(bill, ledger)])
    assert candidate.off == off


def test_what_earlier_invoices_took_is_added():
    _, candidate = reckoned([row(ledger=ArmLedger(moved={"usd": 1980}, others={"usd": 500}))])
    assert (candidate.others, candidate.off) == (500, 0)


def test_a_row_that_an_arm_cannot_tell_is_in_no_sum():
    assert reckoned([NextBill(customer="cus_1", source="s", control=None, candidate=[BILL])]) == []


def test_what_recurs_is_added_up_by_arm():
    assert recurring([row(ledger=ArmLedger(recurring={"usd": 2500}))]) == {"usd": Amounts(control=2000, candidate=2500, delta=500)}


def finding(cents, cause=None):
    return Finding(
        id="f", kind="call.changed", operation="o", field=None, count=1, examples=[], control=None, candidate=None, money={"usd": cents},
        cause=cause, judgement="divergence", expected=False,
    )  # fmt: skip


def test_money_that_follows_from_no_root_finding_is_told():
    money = {"usd": Money(moved=Amounts(control=0, candidate=700, delta=700)), "eur": Money(moved=None)}
    assert unexplained([finding(500), finding(200), finding(500, cause="f")], money) == {}
    assert unexplained([finding(500)], money) == {"usd": 200}
