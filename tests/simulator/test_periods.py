"""Billing periods on the calendar."""

from __future__ import annotations

import calendar
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.simulator.periods import add, containing

TIMES = st.integers(min_value=0, max_value=4_000_000_000)
INTERVALS = st.sampled_from(["day", "week", "month", "year"])


def at(*date: int) -> int:
    return calendar.timegm((*date, 0, 0, 0))


@pytest.mark.parametrize(
    ("anchor", "count", "expected"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2026, 1, 31), 2, (2026, 3, 31)),
        ((2024, 1, 31), 1, (2024, 2, 29)),
        ((2026, 3, 15), -1, (2026, 2, 15)),
    ],
)
def test_a_month_ends_on_the_anchors_day_or_the_months_last(anchor, count, expected):
    assert add(at(*anchor), "month", count) == at(*expected)


def test_a_leap_day_comes_back_after_four_years():
    leap = at(2024, 2, 29)
    assert [time.gmtime(add(leap, "year", years)).tm_mday for years in range(5)] == [29, 28, 28, 28, 29]


@given(TIMES, INTERVALS, st.integers(1, 12), TIMES)
def test_a_moment_lies_in_its_period(anchor, interval, count, now):
    start, end = containing(anchor, interval, count, now)
    assert start <= now < end


@given(TIMES, INTERVALS, st.integers(1, 12), TIMES)
def test_periods_follow_one_another(anchor, interval, count, now):
    start, end = containing(anchor, interval, count, now)
    assert containing(anchor, interval, count, end)[0] == end
    assert containing(anchor, interval, count, start) == (start, end)
