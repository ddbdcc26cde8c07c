"""The billing cycle of a subscription that is changed: whether a new one begins, and the periods that its items then have.

In the classic mode another interval begins a cycle, and so does a price after nothing but free ones; in the flexible one only a call that
says so does (docs.stripe.com/billing/subscriptions/billing-mode/compare, "Reset the billing cycle anchor").
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import items, prorations
from replayer.simulator.calls import Call
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.prices import amount_of, recurring_of
from replayer.simulator.records import Record


def resets(call: Call, subscription: Record, was: dict[str, Any], before: list[Sold], prices: list[Record]) -> bool:
    """Whether a new billing cycle begins now."""
    anchor = call.params.get("billing_cycle_anchor")
    kind = anchor.get("type") if isinstance(anchor, dict) else anchor
    if kind == "now":
        return True
    if was["status"] == "trialing":
        return call.params.get("trial_end") == "now"
    if subscription["status"] == "trialing" or prorations.is_flexible(subscription):
        return False
    intervals = {recurring_of(one.price)[:2] for one in before}
    return bool(intervals) and ({recurring_of(price)[:2] for price in prices} != intervals or _begins_to_cost(call, subscription, before))


def _begins_to_cost(call: Call, subscription: Record, before: list[Sold]) -> bool:
    """Whether all was free and is no longer: that begins a cycle (docs.stripe.com/billing/subscriptions/change-price, "zero-amount")."""
    after = items.sold(call, subscription.id)
    if any(is_metered(one.price) for one in (*before, *after)):
        return False
    return not any(amount_of(one.price, one.quantity or 0) for one in before) and any(
        amount_of(one.price, one.quantity or 0) for one in after
    )


def move(call: Call, subscription: Record, *, resets: bool) -> Record:
    """Give every item its period in the cycle."""
    trialing = subscription["status"] == "trialing" and not resets
    if resets:
        changes: dict[str, Any] = {"billing_cycle_anchor": call.now}
        if subscription["status"] == "trialing":
            changes["status"] = "active"
        subscription = call.update(subscription, changes)
    elif trialing and subscription["billing_cycle_anchor"] != subscription["trial_end"]:
        subscription = call.update(subscription, {"billing_cycle_anchor": subscription["trial_end"]})
    for item in items.items_of(call, subscription.id):
        period = _period(call, subscription, item, trialing=trialing)
        if period != (item["current_period_start"], item["current_period_end"]):
            call.update(item, {"current_period_start": period[0], "current_period_end": period[1]})
    return subscription


def _period(call: Call, subscription: Record, item: Record, *, trialing: bool) -> tuple[int, int]:
    if trialing:
        start = subscription.values.get("trial_start")
        return (start if isinstance(start, int) else call.now), subscription["trial_end"]
    price = items.price_of(call, item)
    anchor = subscription["billing_cycle_anchor"]
    if anchor > call.now:
        return item["current_period_start"], anchor
    return items.period_for(price, anchor, call.now)
