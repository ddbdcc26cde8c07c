"""What a subscription with a start in the past bills at once (docs.stripe.com/billing/subscriptions/backdating).

In the classic billing mode the time that has passed is one line, prorated over intervals that begin with the start, and a cycle begins now;
in the flexible one the cycle began with the start, and each of its periods is a line of its own.
"""

from __future__ import annotations

import msgspec

from replayer.simulator import prorations
from replayer.simulator.calls import Call
from replayer.simulator.errors import Unknown
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.lines import Line, period_lines
from replayer.simulator.periods import Period, add, containing
from replayer.simulator.prices import recurring_of
from replayer.simulator.records import Record


def lines(call: Call, subscription: Record, what: Sold, anchor: int) -> list[Line]:
    """An item's lines from the start of its subscription to the end of its first cycle."""
    if is_metered(what.price):
        raise Unknown("what a metered item of a backdated subscription bills")
    is_free = call.params.get("proration_behavior") == "none"
    if prorations.is_flexible(subscription):
        if is_free:
            raise Unknown("a backdated subscription that prorates nothing, in the flexible billing mode")
        return [line for period in _periods(what, subscription["start_date"], anchor) for line in _part(call, subscription, what, period)]
    passed = (int(subscription["start_date"]), max(anchor, call.now))
    before = [] if is_free else _part(call, subscription, what, passed)
    return before if anchor > call.now else [*before, *_part(call, subscription, what, what.period)]


def _periods(what: Sold, start: int, anchor: int) -> list[Period]:
    """The periods of a cycle through `anchor` from a start to the end of the item's own; the first may be cut short by the start."""
    interval, count, _ = recurring_of(what.price)
    found: list[Period] = []
    while start < what.period[1]:
        _, end = containing(anchor, interval, count, start)
        found.append((start, end))
        start = end
    return found


def _part(call: Call, subscription: Record, what: Sold, part: Period) -> list[Line]:
    """The lines of some time: a full amount for every whole interval from its start on, and a share of one for what is left."""
    interval, count, _ = recurring_of(what.price)
    whole, start = 0, part[0]
    while (end := add(part[0], interval, count * (whole + 1))) <= part[1]:
        whole, start = whole + 1, end
    rates = prorations.rates_of(subscription, what.item)
    found = []
    for line in period_lines(call, what.item, what.price, what.quantity or 0, part, rates=rates):
        amount = line.amount * whole + prorations.share(line.amount, (start, part[1]), (start, end))
        found.append(line if amount == line.amount else msgspec.structs.replace(line, amount=amount, unit=None))
    return found
