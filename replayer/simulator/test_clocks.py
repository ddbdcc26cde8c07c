"""Stripe's test clocks: a time of its own for the customers that are attached to one (docs.stripe.com/billing/testing/test-clocks).

A clock goes forward only, by at most two intervals of the shortest subscription on it. Here an advance is done when it is answered; Stripe
answers `advancing` first, so the status is told as Stripe would and is `ready` at the next look.
"""

from __future__ import annotations

from replayer.simulator import clockwork, items
from replayer.simulator.agenda import Agenda
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import missing_parameter
from replayer.simulator.periods import add
from replayer.simulator.prices import recurring_of
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, PAGES, Rule

_TYPE = "test_helpers.test_clock"
_DELETED_AFTER = 30 * 86400
_MOST_YEARS = 2


def create(call: Call) -> Answer:
    """Make a clock, frozen at a time."""
    frozen = call.params.get("frozen_time")
    if not isinstance(frozen, int):
        raise missing_parameter("frozen_time")
    fields = {"deletes_after": call.now + _DELETED_AFTER, "frozen_time": frozen, "name": call.params.get("name"), "status": "ready"}
    clock = call.create(_TYPE, {**fields, "status_details": {}})
    call.store.clocks[clock.id] = Agenda()
    call.event("test_helpers.test_clock.created", clock)
    return clock


def advance(call: Call) -> Answer:
    """Move a clock forward; what is due on it happens, each at its time."""
    clock = call.at()
    to = call.params.get("frozen_time")
    if not isinstance(to, int):
        raise missing_parameter("frozen_time")
    if to <= clock["frozen_time"]:
        raise refuse("The frozen time of a test clock can only be moved forward.", param="frozen_time")
    if to > _furthest(call, clock):
        raise refuse(
            "You can only advance a test clock by up to two intervals of the shortest subscription attached to it at a time.",
            param="frozen_time",
        )
    agenda = call.store.clocks.setdefault(clock.id, Agenda())
    clock = call.update(clock, {"status": "advancing"})
    call.event("test_helpers.test_clock.advancing", clock)
    shown = clock.copy()
    shown.values = {**clock.values, "status_details": {"advancing": {"target_frozen_time": to}}}
    call.effects.extend(clockwork.run(call.store, to, agenda, clock.id))
    clock = call.update(clock, {"frozen_time": to, "status": "ready"})
    call.event("test_helpers.test_clock.ready", clock)
    return shown


def _furthest(call: Call, clock: Record) -> int:
    """How far a clock may be moved at once: two of its shortest intervals, two years where it has no subscription."""
    now = int(clock["frozen_time"])
    ends = [add(now, "year", _MOST_YEARS)]
    for customer in call.store.children("customer", "test_clock", clock.id):
        for subscription in call.store.children("subscription", "customer", customer.id):
            if subscription["status"] in ("canceled", "incomplete_expired"):
                continue
            for one in items.sold(call, subscription.id):
                interval, count, _ = recurring_of(one.price)
                ends.append(add(now, interval, 2 * count))
    return min(ends)


def delete(call: Call) -> Answer:
    """Delete a clock with its customers, whose subscriptions end."""
    clock = call.at()
    for customer in call.store.children("customer", "test_clock", clock.id):
        for subscription in call.store.children("subscription", "customer", customer.id):
            call.update(subscription, {"status": "canceled", "canceled_at": call.now, "ended_at": call.now})
        call.delete(customer)
    call.store.clocks.pop(clock.id, None)
    gone = call.delete(clock)
    call.event("test_helpers.test_clock.deleted", gone)
    return gone


RULES = {
    "POST /v1/test_helpers/test_clocks": Rule(create, ("frozen_time",), {"name": ARBITRARY}),
    "POST /v1/test_helpers/test_clocks/{}/advance": Rule(advance, ("frozen_time",)),
    "DELETE /v1/test_helpers/test_clocks/{}": Rule(delete),
    "GET /v1/test_helpers/test_clocks/{}": Rule(),
    "GET /v1/test_helpers/test_clocks": Rule(None, PAGES),
}
