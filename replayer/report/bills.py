"""The next-bill table: who is billed what in either arm, as text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from replayer.diff import assumptions
from replayer.diff.reckoning import reckoned, recurring
from replayer.model import Amounts, Bill, NextBill
from replayer.report import assumed
from replayer.stripeapi.amounts import format_amount

CSV_HEAD = (
    "customer", "source", "until", "arm", "invoice", "created", "status", "currency", "total", "due", "paid", "line", "price", "quantity",
    "period_start", "period_end", "amount", "description",
)  # fmt: skip
_STEPS = ("lines", "discounts", "added_tax", "billed", "balance", "due", "unpaid", "paid", "others", "moved")
ORDERS = ("delta", "customer", "date")


def ordered(rows: Iterable[NextBill], by: str) -> list[NextBill]:
    """Rows by the size of the difference, by customer, or by the date of the first bill."""
    if by == "delta":
        return sorted(rows, key=lambda row: (-sum(map(abs, row.delta.values())), row.customer))
    if by == "customer":
        return sorted(rows, key=lambda row: row.customer)
    return sorted(rows, key=lambda row: (min((bill.created for bill in (row.control or row.candidate or [])), default=0), row.customer))


def as_text(rows: Iterable[NextBill]) -> Iterator[str]:
    """One line a customer, and where the arms differ their bills line by line."""
    for row in rows:
        yield in_line(row)
        if row.cause is None:
            continue
        for arm, bills in (("control", row.control or []), ("candidate", row.candidate or [])):
            for bill in bills:
                yield f"    {arm:<10}{_day(bill.created)}  {format_amount(bill.total, bill.currency)}  {bill.status}"
                for line in bill.lines:
                    yield f"        {format_amount(line.amount, bill.currency, name=False):>12}  {line.description}"


def in_line(row: NextBill) -> str:
    """A customer's bills in one line."""
    delta = "  ".join(format_amount(amount, currency, signed=True) for currency, amount in row.delta.items())
    same = "" if row.cause is None else delta or "same sum, otherwise"
    return f"{row.customer}  {_sums(row.control)} → {_sums(row.candidate)}  {same}".rstrip()


def mrr(currency: str, amounts: Amounts) -> str:
    """What recurs a month, in either arm."""
    shown = f"{format_amount(amounts.control, currency)} → {format_amount(amounts.candidate, currency)} a month"
    return shown + (f"  {format_amount(amounts.delta, currency, signed=True)}" if amounts.delta else "")


def summed(rows: Iterable[NextBill]) -> Iterator[str]:
    """All bills added up beside the ledger of payments, and what recurs: the footer of the table."""
    rows = list(rows)
    listed = [row for row in rows if row.ledger]
    totals = reckoned(listed)
    if totals:
        steps = "lines − discounts + tax = billed; + balance = due; − unpaid = paid; + other invoices = moved"
        yield f"TOTALS of {len(listed)} customers: {steps}"
    for one in totals:
        cells = [format_amount(getattr(one, name), one.currency, name=False) for name in _STEPS]
        holds = "adds up" if not one.off else f"off by {format_amount(one.off, one.currency)}"
        lines, discounts, tax, billed, balance, due, unpaid, paid, others, moved = cells
        yield (
            f"{one.currency} {one.arm:<10}{lines} − {discounts} + {tax} = {billed}; + {balance} = {due}; − {unpaid} = {paid}; "
            f"+ {others} = {moved} in the ledger: {holds}"
        )
    for currency, amounts in recurring(listed).items():
        yield f"MRR {mrr(currency, amounts)}"
    yield from assumed.lines(assumptions.listed({}, rows))


def _sums(bills: list[Bill] | None) -> str:
    if bills is None:
        return "unknown"
    return ", ".join(f"{format_amount(bill.total, bill.currency)} on {_day(bill.created)}" for bill in bills) or "nothing"


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def as_csv(rows: Iterable[NextBill]) -> Iterator[str]:
    """One row a bill's line, of both arms; an arm that cannot tell has a row that says so."""
    yield _row(CSV_HEAD)
    for row in rows:
        for arm, bills in (("control", row.control), ("candidate", row.candidate)):
            head = (row.customer, row.source, row.until, arm)
            if bills is None:
                yield _row((*head, "", "", "unknown", *[""] * 11))
            for number, bill in enumerate(bills or [], 1):
                shown = (number, bill.created, bill.status, bill.currency, bill.total, bill.due, bill.paid)
                for place, line in enumerate(bill.lines, 1):
                    yield _row((*head, *shown, place, line.price, line.quantity, line.start, line.end, line.amount, line.description))


def _row(cells: Iterable[Any]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow("" if cell is None else cell for cell in cells)
    return stream.getvalue()


def as_json(rows: Iterable[NextBill]) -> Iterator[str]:
    """One JSON object a customer and line."""
    for row in rows:
        yield msgspec.json.encode(row).decode()
