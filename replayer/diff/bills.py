"""The next-bill table: what each customer in reach is billed in either arm up to the same time, and in what that differs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from replayer.diff.canonical import Canon
from replayer.diff.intent import Intent, Missed, goes_along, missed
from replayer.diff.notes import Notes
from replayer.diff.reach import Taint
from replayer.diff.tally import COLUMNS, Tally
from replayer.model import ArmLedger, Bill, CustomerMoney, NextBill

_SAID = {"committed": "committed", "next_bill": "next bill", "moved": "moved to the horizon"}
_ASPECTS = {
    "next bill date": ("created", "due_date"),
    "next bill status": ("status",),
    "next bill tax": ("tax", "discount"),
    "next bill lines": ("lines",),
}
_MARK = {True: ", proration", False: ""}
Table = Mapping[str, CustomerMoney]


class Meant(msgspec.Struct, frozen=True):
    """What a release is meant to do in one source, and for whom.

    `moved` and `events` say by customer what the recording's time brought more in the candidate's arm.
    """

    intent: Intent
    wanted: frozenset[str]
    moved: Mapping[tuple[str, str], int]
    events: Mapping[tuple[str, str], int]


class Settlement:
    """Settles one source: the columns of what is to come, the table's rows, and whether it all came as it was meant."""

    def __init__(
        self, source: str, tables: tuple[Table, Table], canons: tuple[Canon, Canon], notes: Notes, tally: Tally, meant: Meant | None = None,
        untold: Collection[str] = (),
    ) -> None:  # fmt: skip
        self._source, self._tables, self._canons = source, tables, canons
        self._notes, self._tally, self._meant, self._untold = notes, tally, meant, untold

    def rows(self, customers: Mapping[str, Taint]) -> Iterator[NextBill]:
        """Add up the columns over the customers in reach, and note whose bills differ between the arms; yields the table's rows.

        What an arm cannot tell, or what a parameter reaches that the target only echoes, is unknown: null, never equal.
        """
        for customer, taint in sorted(customers.items()):
            yield self._row(customer, taint)

    def _row(self, customer: str, taint: Taint) -> NextBill:
        pairs = zip(self._tables, self._canons, strict=True)
        is_told = not taint.blind and customer not in self._untold
        told = _to_one_time([_line(table, customer, canon) if is_told else None for table, canon in pairs])
        columns = {column: [getattr(line, column) if line is not None else None for line in told] for column in COLUMNS}
        expected = self._check(customer, {_SAID[column]: _difference(*sides) for column, sides in columns.items()}, taint.root)
        for column, sides in columns.items():
            self._column(customer, column, sides, taint.root, expected=expected)
        control, candidate = (_bills(line, canon) for line, canon in zip(told, self._canons, strict=True))
        changed = control is not None and candidate is not None and control != candidate
        if control is not None and candidate is not None:
            for field, one, other in _aspects(control, candidate):
                self._notes.owes(
                    customer,
                    field,
                    one,
                    other,
                    taint.root,
                    expected=expected and goes_along(field) and _spans(control) == _spans(candidate),
                )
        return NextBill(
            customer=customer, source=self._source, until=next((line.until for line in told if line is not None), None), control=control,
            candidate=candidate, delta=_delta(control or [], candidate or []) if changed else {}, cause=taint.root if changed else None,
            ledger=dict(zip(("control", "candidate"), map(_ledger, told), strict=True)) if None not in (control, candidate) else {},
        )  # fmt: skip

    def _column(self, customer: str, column: str, sides: list[dict[str, int] | None], root: str, *, expected: bool) -> None:
        if None in sides:
            self._tally.null_columns[column] += 1
        for arm, amounts in zip("ck", sides, strict=True):
            self._tally.to_come.update({(column, currency, arm): amount for currency, amount in (amounts or {}).items()})
        control, candidate = sides
        if control is not None and candidate is not None:
            for currency in sorted({*control, *candidate}):
                one, other = control.get(currency, 0), candidate.get(currency, 0)
                field = f"{_SAID[column]} {currency}"
                self._notes.owes(customer, field, one, other, root, money=(currency, other - one), expected=expected)

    def _check(self, customer: str, deltas: dict[str, dict[str, int] | None], root: str | None) -> bool:
        """Whether what becomes of a customer is meant; what is not as it was meant is noted."""
        meant = self._meant
        if meant is None or customer not in meant.wanted:
            return False
        moved = {currency: amount for (payer, currency), amount in meant.moved.items() if payer == customer and amount}
        events = {name: count for (owner, name), count in meant.events.items() if owner == customer}
        found = missed(meant.intent, {**deltas, "moved": moved}, events)
        for one in found:
            self._notes.unmet(customer, one, root)
        return not found


def unreached(intent: Intent) -> list[Missed]:
    """What did not become as meant for a customer whom nothing reached."""
    return missed(intent, {column: {} for column in (*_SAID.values(), "moved")}, {})


def _difference(control: dict[str, int] | None, candidate: dict[str, int] | None) -> dict[str, int] | None:
    if control is None or candidate is None:
        return None
    return {currency: candidate.get(currency, 0) - control.get(currency, 0) for currency in {*control, *candidate}}


def _aspects(control: list[Bill], candidate: list[Bill]) -> Iterator[tuple[str, Any, Any]]:
    """What differs of bills besides their sums: how many there are, when, what becomes of them, what they are made of."""
    if len(control) != len(candidate):
        yield "bills up to the horizon", len(control), len(candidate)
        return
    for said, fields in _ASPECTS.items():
        one, other = ([[getattr(bill, field) for field in fields] for bill in bills] for bills in (control, candidate))
        if one != other:  # a line's every field is shown, so that what differs shows
            place = next(place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
            shown = [_shown(said, values[place], "%Y-%m-%d") for values in (one, other)]
            if shown[0] == shown[1]:  # it differs by less than a day
                shown = [_shown(said, values[place], "%Y-%m-%d %H:%M:%S") for values in (one, other)]
            yield said, shown[0], shown[1]


def _spans(bills: list[Bill]) -> set[tuple[int, int]]:
    """The periods that are billed in whole: other ones are another rhythm, which no sum shows."""
    return {(line.start, line.end) for bill in bills for line in bill.lines if not line.proration}


def _shown(said: str, values: list[Any], form: str) -> Any:
    """What a bill says of one aspect, times as dates."""
    if said == "next bill lines":
        return "; ".join(
            f"{one.quantity} × {one.price} {one.description}: {one.amount} ({_time(one.start, form)} to {_time(one.end, form)}"
            f"{_MARK[one.proration]})"
            for one in values[0]
        )
    told = [_time(value, form) if said == "next bill date" and value is not None else value for value in dict.fromkeys(values)]
    known = [value for value in told if value is not None]
    return known[0] if len(known) == 1 else ", ".join(map(str, known)) if known else None


def _time(at: int, form: str) -> str:
    return time.strftime(form, time.gmtime(at))


def _delta(control: list[Bill], candidate: list[Bill]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for sign, bills in ((-1, control), (1, candidate)):
        for bill in bills:
            found[bill.currency] += sign * bill.total
    return {currency: amount for currency, amount in sorted(found.items()) if amount}


def _to_one_time(told: list[CustomerMoney | None]) -> list[CustomerMoney | None]:
    """Arms that ran apart came to different times: only bills up to the earlier one compare; what moved until then nobody added up."""
    times = [line.until for line in told if line is not None and line.until is not None]
    if len(set(times)) < 2:
        return told
    until = min(times)
    return [_up_to(line, until) if line is not None else None for line in told]


def _up_to(line: CustomerMoney, until: int) -> CustomerMoney:
    bills = None if line.bills is None else [bill for bill in line.bills if bill.created <= until]
    return msgspec.structs.replace(line, bills=bills, moved=None, others=None, recurring=None, until=until)


def _ledger(line: CustomerMoney | None) -> ArmLedger:
    if line is None:
        return ArmLedger()
    return ArmLedger(moved=line.moved or {}, others=line.others or {}, recurring=line.recurring or {})


def _line(table: Table, customer: str, canon: Canon) -> CustomerMoney | None:
    return table.get(customer) or table.get(canon.bindings.live.get(customer, customer))


def _bills(line: CustomerMoney | None, canon: Canon) -> list[Bill] | None:
    """Bills with recorded ids in place of live ones."""
    if line is None or line.bills is None:
        return None
    return [
        msgspec.structs.replace(
            bill,
            subscription=canon.text(bill.subscription) if bill.subscription else None,
            lines=[msgspec.structs.replace(one, price=canon.text(one.price) if one.price else None) for one in bill.lines],
        )
        for bill in line.bills
    ]
