"""Money that rests on assumed facts: what moved, and what is billed up to the horizon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from replayer.model import Assumed, NextBill

Sums = Mapping[tuple[tuple[str, ...], str, str], int]  # by facts, currency and arm


def listed(moved: Sums, rows: Iterable[NextBill]) -> list[Assumed]:
    """What rests on which facts, the most money first."""
    found = [*_listed("moved", moved), *_listed("next_bill", billed(rows))]
    return sorted(found, key=lambda one: (-max(abs(one.control), abs(one.candidate)), one.facts))


def billed(rows: Iterable[NextBill]) -> Sums:
    """The totals of bills that rest on assumed facts."""
    sums: Counter[tuple[tuple[str, ...], str, str]] = Counter()
    for row in rows:
        for arm, bills in (("control", row.control), ("candidate", row.candidate)):
            for bill in bills or ():
                if bill.assumed:
                    sums[bill.assumed, bill.currency, arm] += bill.total
    return sums


def _listed(when: Literal["moved", "next_bill"], sums: Sums) -> list[Assumed]:
    return [
        Assumed(
            facts=facts, when=when, currency=currency, control=sums.get((facts, currency, "control"), 0),
            candidate=sums.get((facts, currency, "candidate"), 0),
        )
        for facts, currency in dict.fromkeys((facts, currency) for facts, currency, _ in sums)
    ]  # fmt: skip
