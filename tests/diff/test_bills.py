"""The next-bill table: what differs is noted, what an arm cannot tell is never equal."""

from __future__ import annotations

import msgspec
import pytest

from replayer.diff.bills import Settlement
from replayer.diff.canonical import Canon
from replayer.diff.notes import Notes
from replayer.diff.reach import Taint
from replayer.diff.tally import Tally
from replayer.model import Bill, BillLine, CustomerMoney, Divergence

CUS = "cus_AAAAAAAAAAAAAA"
LINE = BillLine(amount=700, description="Gold", quantity=1, price="price_1AAAAAAAAAAAAAAAAAAAAAAA", start=10, end=20)
BILL = Bill(created=100, currency="usd", total=700, due=700, paid=700, status="paid", reason="subscription_cycle", lines=[LINE])


def _money(*bills, until=200, **more):
    total = {"usd": sum(bill.total for bill in bills)} if bills else {}
    return CustomerMoney(
        **{
            "source": "s",
            "customer": CUS,
            "committed": {},
            "next_bill": total,
            "bills": list(bills),
            "moved": total,
            "until": until,
            **more,
        }
    )


def _settled(control, candidate, *, blind=False):
    notes, tally = Notes(), Tally()
    root = notes.findings.add(
        Divergence(
            kind="call.changed", operation="POST /v1/prices", field="a", exchange="x1", control=1, candidate=2, judgement="divergence"
        )
    )
    tables = tuple({line.customer: line} if line is not None else {} for line in (control, candidate))
    rows = list(Settlement("s", tables, (Canon(), Canon()), notes, tally).rows({CUS: Taint(root, blind, True)}))
    return rows, {finding.field: finding for finding in notes.findings.all() if finding.id != root}, tally


def _changed(**more):
    return _money(msgspec.structs.replace(BILL, **more))


def test_equal_bills_are_no_finding():
    (row,), found, tally = _settled(_money(BILL), _money(BILL))
    assert (row.cause, row.delta, found, tally.null_columns) == (None, {}, {}, {})


@pytest.mark.parametrize(
    ("candidate", "field"),
    [
        (_money(BILL, committed={"usd": 5}), "committed usd"),
        (_money(msgspec.structs.replace(BILL, total=800), moved={"usd": 700}), "next bill usd"),
        (_money(BILL, moved={"usd": 1}), "moved to the horizon usd"),
        (_changed(created=101), "next bill date"),
        (_changed(due_date=500), "next bill date"),
        (_changed(status="open"), "next bill status"),
        (_changed(tax=7), "next bill tax"),
        (_changed(discount=7), "next bill tax"),
        (_changed(lines=[msgspec.structs.replace(LINE, end=21)]), "next bill lines"),
        (_changed(lines=[msgspec.structs.replace(LINE, amount=300), msgspec.structs.replace(LINE, amount=400)]), "next bill lines"),
        (_money(BILL, BILL, next_bill={"usd": 700}, moved={"usd": 700}), "bills up to the horizon"),
    ],
)
def test_each_difference_is_a_divergence_that_follows_from_its_cause(candidate, field):
    (row,), found, _ = _settled(_money(BILL), candidate)
    assert set(found) == {field}
    assert (found[field].judgement, found[field].kind) == ("divergence", "effect.changed")
    assert (row.cause is not None) == (not field.startswith(("committed", "moved")))


@pytest.mark.parametrize(
    ("control", "candidate", "blind"),
    [(_money(BILL), None, False), (None, _money(BILL), False), (_money(BILL), _money(BILL), True),
     (_money(BILL), CustomerMoney(source="s", customer=CUS), False)],
)  # fmt: skip
def test_what_an_arm_cannot_tell_is_null(control, candidate, blind):
    (row,), found, tally = _settled(control, candidate, blind=blind)
    assert found == {}
    assert set(tally.null_columns) == {"committed", "next_bill", "moved"}
    assert None in (row.control, row.candidate)


def test_arms_that_ran_apart_are_compared_up_to_the_earlier_time():
    late = msgspec.structs.replace(BILL, created=300)
    (row,), found, tally = _settled(_money(BILL), _money(BILL, late, until=400, next_bill={"usd": 700}))
    assert (row.until, found, tally.null_columns) == (200, {}, {"moved": 1})


def test_ids_are_the_recorded_ones():
    canon = Canon()
    canon.learn({"id": "sub_1RecordedRecordedRecord"}, {"id": "sub_1LiveLiveLiveLiveLiveLi"})
    notes, tally = Notes(), Tally()
    lines = [_changed(subscription=name) for name in ("sub_1RecordedRecordedRecord", "sub_1LiveLiveLiveLiveLiveLi")]
    root = notes.findings.add(
        Divergence(kind="call.changed", operation="o", field=None, exchange="x1", control=1, candidate=2, judgement="divergence")
    )
    (row,) = Settlement("s", ({CUS: lines[0]}, {CUS: lines[1]}), (Canon(), canon), notes, tally).rows({CUS: Taint(root, False, True)})
    assert row.control == row.candidate
