"""The footer that says how much rests on what."""

from replayer.model import Assumed
from replayer.report.assumed import lines


def one(facts, candidate, control=None, currency="usd"):
    return Assumed(facts=facts, when="moved", currency=currency, control=candidate if control is None else control, candidate=candidate)


def test_nothing_assumed_is_not_spoken_of():
    assert list(lines([])) == []


def test_sums_by_currency_and_each_fact_once():
    found = list(lines([one(("a", "b"), 1200), one(("a",), 300), one(("c",), 50, 0, "jpy")]))
    assert found == [
        "of which JPY 50 (JPY 0 in control) rests on assumed facts:", "of which USD 15.00 rests on assumed facts:", "  a", "  b", "  c",
    ]  # fmt: skip


def test_many_facts_are_cut_short():
    assert list(lines([one((f"fact {number}",), 1) for number in range(9)]))[-1] == "  … and 3 more (--format json lists all)"
