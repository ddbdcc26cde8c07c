"""Billing periods on the calendar, in UTC.

A month's period ends on the day of its anchor, or on the month's last day where there is no such day, and the next ones find the anchor's
day again (docs.stripe.com/billing/subscriptions/billing-cycle). Days and weeks are 24 hours and seven times that.
"""

from __future__ import annotations

import calendar
import time

Period = tuple[int, int]
_DAY = 86400
_SECONDS = {"day": _DAY, "week": 7 * _DAY}
_MONTHS = {"month": 1, "year": 12}


def add(anchor: int, interval: str, count: int) -> int:
    """A time `count` intervals after an anchor, or before it where `count` is negative."""
    if interval in _SECONDS:
        return anchor + count * _SECONDS[interval]
    date = time.gmtime(anchor)
    year, month = divmod(date.tm_year * 12 + date.tm_mon - 1 + count * _MONTHS[interval], 12)
    day = min(date.tm_mday, calendar.monthrange(year, month + 1)[1])
    return calendar.timegm((year, month + 1, day, date.tm_hour, date.tm_min, date.tm_sec))


def containing(anchor: int, interval: str, interval_count: int, now: int) -> Period:
    """The period of a cycle through `anchor` that `now` lies in: it begins at or before `now` and ends after it."""
    place = _about(anchor, interval, interval_count, now)
    while add(anchor, interval, (place + 1) * interval_count) <= now:
        place += 1
    while add(anchor, interval, place * interval_count) > now:
        place -= 1
    return add(anchor, interval, place * interval_count), add(anchor, interval, (place + 1) * interval_count)


def _about(anchor: int, interval: str, interval_count: int, now: int) -> int:
    if interval in _SECONDS:
        return (now - anchor) // (_SECONDS[interval] * interval_count)
    first, last = time.gmtime(anchor), time.gmtime(now)
    months = (last.tm_year - first.tm_year) * 12 + last.tm_mon - first.tm_mon
    return months // (_MONTHS[interval] * interval_count) - 1
