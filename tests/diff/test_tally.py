"""The tally: counts of several sources add up, in any order."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.tally import Tally

COUNTS = st.dictionaries(st.sampled_from(["usd", "eur"]), st.integers(1, 9), max_size=2).map(Counter)
TALLIES = st.builds(Tally, classes=COUNTS, reached=st.integers(0, 5), faults=st.integers(0, 2), moved_c=COUNTS, unknown_money=st.sets(st.sampled_from(["*", "usd"])))  # fmt: skip


def added(*tallies):
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


@given(TALLIES, TALLIES, TALLIES)
def test_it_makes_no_difference_who_counted_what(one, two, three):
    assert added(one, two, three) == added(three, added(one, two)) == added(added(three, two), one)


@given(TALLIES, TALLIES)
def test_counts_are_summed_and_names_are_joined(one, two):
    total = added(one, two)
    assert (total.reached, total.faults) == (one.reached + two.reached, one.faults + two.faults)
    assert total.moved_c == one.moved_c + two.moved_c
    assert total.unknown_money == one.unknown_money | two.unknown_money


@given(TALLIES)
def test_nothing_is_lost_and_nothing_is_shared(one):
    total = added(one)
    assert total == one
    total.classes["usd"] += 1
    assert total != one
