"""Add up the next-bill table: each arm's bills beside the ledger of payments, and what recurs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from replayer.model import Amounts, Bill, Finding, Money, NextBill, Reckoning

ARMS = ("control", "candidate")


def reckoned(rows: Iterable[NextBill]) -> list[Reckoning]:
    """One sum an arm and currency, over the rows of which both arms tell their bills and what was paid."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        for arm in ARMS if row.ledger else ():
            ledger = row.ledger[arm]
            for bill in (row.control if arm == "control" else row.candidate) or ():
                sums.setdefault((bill.currency, arm), Counter()).update(_parts(bill))
            for name, amounts in (("moved", ledger.moved), ("others", ledger.others)):
                for currency, amount in amounts.items():
                    sums.setdefault((currency, arm), Counter())[name] += amount
    return [
        _reckoning(arm, currency, parts)
        for (currency, arm), parts in sorted(sums.items(), key=lambda pair: (pair[0][0], ARMS.index(pair[0][1])))
    ]


def _parts(bill: Bill) -> dict[str, int]:
    return {
        "lines": sum(line.amount for line in bill.lines), "discounts": bill.discount, "added_tax": bill.added_tax, "billed": bill.total,
        "due": bill.due, "paid": bill.paid,
    }  # fmt: skip


def _reckoning(arm: str, currency: str, parts: Counter[str]) -> Reckoning:
    """The sums, and by how much they miss each other: of the lines and what is billed, and of what was paid and the ledger."""
    missing = abs(parts["lines"] - parts["discounts"] + parts["added_tax"] - parts["billed"])
    missing += abs(parts["paid"] + parts["others"] - parts["moved"])
    same = {name: parts[name] for name in ("lines", "discounts", "added_tax", "billed", "due", "paid", "others", "moved")}
    balance, unpaid = parts["due"] - parts["billed"], parts["due"] - parts["paid"]
    return Reckoning(arm=arm, currency=currency, balance=balance, unpaid=unpaid, off=missing, **same)


def recurring(rows: Iterable[NextBill]) -> dict[str, Amounts]:
    """What all customers are billed a month in either arm, by currency."""
    sums = {arm: Counter[str]() for arm in ARMS}
    for row in rows:
        for arm in ARMS if row.ledger else ():
            sums[arm].update(row.ledger[arm].recurring)
    one, other = (sums[arm] for arm in ARMS)
    return {
        currency: Amounts(control=one[currency], candidate=other[currency], delta=other[currency] - one[currency])
        for currency in sorted({*one, *other})
    }


def unexplained(findings: Iterable[Finding], money: Mapping[str, Money]) -> dict[str, int]:
    """By currency, what moved more or less than the root findings come to; empty where all of it follows from them."""
    roots: Counter[str] = Counter()
    for finding in findings:
        if finding.cause is None:
            roots.update(finding.money)
    deltas = {currency: column.moved.delta for currency, column in money.items() if column.moved is not None}
    return {currency: delta - roots[currency] for currency, delta in deltas.items() if delta != roots[currency]}
