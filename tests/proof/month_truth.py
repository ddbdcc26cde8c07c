"""What each subscriber of the month is billed next, worked out by itself: with dates and fractions, importing nothing of replayer's.

A subscription renews on its day of the month. Without a trial it began when the subscriber joined, with one when the trial ended. A change of
plan or quantity with proration gives back what is left of what was billed, and bills what is left of the new, each rounded to the cent by
itself, half up. The subscriptions are in the flexible billing mode: after a change without proration what was billed stays as it was. What a
customer changes in the portal is always prorated.
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
    """(cents, moment) of a subscriber's next invoice after the month; null where the first one was never paid: there is no subscription.

    `prorated` is whether the program's own changes are.
    """
    if who.declines:
        return None
    begins = datetime.fromtimestamp(who.joined, UTC) + timedelta(days=who.trial_days)
    ends = a_month_after(begins)
    seconds = int((ends - begins).total_seconds())
    held = (who.plan, who.quantity)
    billed, since, settled = plans[who.plan] * who.quantity, seconds, 0  # the last debit, seconds that it was for, what the changes come to
    for change in who.changes:
        old, held = held, (change.plan, change.quantity)
        left = int((ends - datetime.fromtimestamp(change.at, UTC)).total_seconds())
        assert left < seconds  # every trial is over by then
        if (prorated or change.portal) and held != old:
            back, more = half_up(Fraction(billed * left, since)), half_up(Fraction(plans[change.plan] * change.quantity * left, seconds))
            settled += more - back
            billed, since = more, left
    return plans[held[0]] * held[1] + settled, ends
