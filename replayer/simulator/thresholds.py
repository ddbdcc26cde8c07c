"""Billing thresholds: an invoice within the period once enough was used (docs.stripe.com/billing/subscriptions/usage-based/thresholds).

Reached are a subscription's `amount_gte`, by what is due for usage after discounts and before tax, and an item's `usage_gte`, by what was
used since the last invoice. The invoice holds what was used until it is made, and stays a draft for an hour like a renewal's. Without
`reset_billing_cycle_anchor` the cycle goes on; with it a new one begins. Trials and the last 24 hours of a subscription have no thresholds.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import changes, invoicing, items, metering, pending_updates, usage
from replayer.simulator.calls import Call
from replayer.simulator.errors import Unknown
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.periods import containing
from replayer.simulator.prices import recurring_of
from replayer.simulator.records import Record

_DAY = 86400


def on_usage(call: Call, customer: Record) -> None:
    """Somebody reported usage: bill what has reached its threshold."""
    for subscription in call.store.children("subscription", "customer", customer.id)[::-1]:
        if subscription["status"] in ("active", "past_due") and not _ends(call, subscription):
            check(call, subscription, customer)


def _ends(call: Call, subscription: Record) -> bool:
    until = subscription.values.get("cancel_at")
    return isinstance(until, int) and until - call.now < _DAY


def check(call: Call, subscription: Record, customer: Record) -> None:
    """Bill what a subscription's items used, where a threshold is reached."""
    used = [one for one in items.sold(call, subscription.id) if is_metered(one.price)]
    wanted = (subscription.values.get("billing_thresholds") or {}).get("amount_gte")
    if not used or (wanted is None and not any(one.item.values.get("billing_thresholds") for one in used)):
        return
    if any(_reached(call, customer, one) for one in used) or (
        isinstance(wanted, int) and _accrued(call, subscription, customer, used) >= wanted
    ):
        pending_updates.drop(call, subscription)
        _bill(call, call.store.get("subscription", subscription.id) or subscription, customer, used)


def _until_now(call: Call, one: Sold) -> tuple[int, int]:
    return one.period[0], call.now + 1  # what is used in this very second has been used


def _reached(call: Call, customer: Record, one: Sold) -> bool:
    wanted = (one.item.values.get("billing_thresholds") or {}).get("usage_gte")
    before = metering.billed(one.item, one.period[0])
    quantity = usage.used(call, one.item, one.price, _until_now(call, one), customer.id)
    return isinstance(wanted, int) and quantity - (before["quantity"] if before is not None else 0) >= wanted


def _accrued(call: Call, subscription: Record, customer: Record, used: list[Sold]) -> int:
    """What an invoice would come to before tax; it is made elsewhere."""
    return int(_draft(call.tried(), subscription, customer, used)["total_excluding_tax"])


def _draft(call: Call, subscription: Record, customer: Record, used: list[Sold]) -> Record:
    lines = [line for one in used for line in metering.lines_of_usage(call, subscription, one.item, one.price, _until_now(call, one))]
    start = min(one.period[0] for one in used)
    more: dict[str, Any] = {"auto_advance": True, "automatically_finalizes_at": call.now + invoicing.DRAFT_SECONDS}
    if not subscription.values.get("discounts") and customer.values.get("discount"):
        more["discounts"] = [customer.values["discount"]]
    return invoicing.draft(
        call, customer, currency=str(subscription["currency"]), reason="subscription_threshold", period=(start, call.now),
        subscription=subscription, lines=lines, days_until_due=subscription.values.get("days_until_due"), **more,
    )  # fmt: skip


def _bill(call: Call, subscription: Record, customer: Record, used: list[Sold]) -> None:
    resets = bool((subscription.values.get("billing_thresholds") or {}).get("reset_billing_cycle_anchor"))
    if resets and len(used) < len(items.items_of(call, subscription.id)):
        raise Unknown("a threshold that begins a new cycle of items that are paid in advance")
    invoice = _draft(call, subscription, customer, used)
    subscription = call.update(subscription, {"latest_invoice": invoice.id})
    for one in used:
        metering.note(call, one.item, one.price, _until_now(call, one), customer.id)
    if resets:
        subscription = _restart(call, subscription, customer, used)
    call.event("customer.subscription.updated", subscription)
    call.appoint(call.now + invoicing.DRAFT_SECONDS, "finalize", invoice)


def _restart(call: Call, subscription: Record, customer: Record, used: list[Sold]) -> Record:
    usage.take(call, customer.id)
    subscription = call.update(subscription, {"billing_cycle_anchor": call.now})
    for one in used:
        interval, count, _ = recurring_of(one.price)
        start, end = containing(call.now, interval, count, call.now)
        call.update(one.item, {"current_period_start": start, "current_period_end": end})
    subscription = changes.refresh(call, subscription)
    changes.appoint(call, subscription)
    return subscription
