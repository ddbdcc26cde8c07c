"""What each subscriber of the month is billed next, worked out by itself: with dates and fractions, importing nothing of replayer's.

A subscription renews on its day of the month. Without a trial it began when the subscriber joined, with one when the trial ended. A change of
plan or quantity with proration bills what is left of the old, negative, and of the new, each rounded to the cent by itself, half up.
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor


def half_up(amount):
    """Rounded to the nearest cent, halves away from zero."""
    return floor(amount + Fraction(1, 2)) if amount >= 0 else -floor(-amount + Fraction(1, 2))


def a_month_after(moment):
    """The same day and time of the next month, or its last day."""
    year, month = (moment.year, moment.month + 1) if moment.month < 12 else (moment.year + 1, 1)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError(moment)


def next_bill(who, plans, *, prorated):
    """(cents, moment) of a subscriber's next invoice after the month; null where the first one was never paid: there is no subscription."""
    if who.declines:
        return None
    joined = datetime.fromtimestamp(who.joined, UTC)
    anchor = joined + timedelta(days=who.trial_days)
    begins, ends = anchor, a_month_after(anchor)
    old, new = plans[who.plan] * who.quantity, plans[who.new_plan] * who.new_quantity
    if who.changed is None:
        return old, ends
    changed = datetime.fromtimestamp(who.changed, UTC)
    same = (who.plan, who.quantity) == (who.new_plan, who.new_quantity)
    if not prorated or same or changed < begins:
        return new, ends
    left = Fraction(int((ends - changed).total_seconds()), int((ends - begins).total_seconds()))
    return new + half_up(new * left) - half_up(old * left), ends
