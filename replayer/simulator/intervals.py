"""`pending_invoice_item_interval`: what waits is billed more often than the subscription renews (Stripe API reference, "Subscriptions").

It is as if an invoice were created for the subscription at each interval; where nothing waits, none is. The interval counts from when it
was set, and the invoice stays a draft for an hour.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import invoicing
from replayer.simulator.calls import Call
from replayer.simulator.endings import ENDED
from replayer.simulator.errors import ApiError
from replayer.simulator.pending import sweep
from replayer.simulator.periods import add
from replayer.simulator.records import Record

_FIELD, _NEXT = "pending_invoice_item_interval", "next_pending_invoice_item_invoice"
_DAYS = {"day": 1, "week": 7, "month": 31, "year": 365}


def begin(call: Call, subscription: Record) -> Record:
    """Let the clock come back where the call sets an interval."""
    if _FIELD not in call.params:
        return subscription
    given = call.params[_FIELD]
    if not isinstance(given, dict):
        return call.update(subscription, {_FIELD: None, _NEXT: None, "interval_set": None})
    if _DAYS.get(str(given.get("interval")), 1) * _count(given) > 365:
        raise ApiError(f"`{_FIELD}` can be one year at most.", param=_FIELD)
    spelled = {"interval": given.get("interval"), "interval_count": _count(given)}
    due = add(call.now, str(spelled["interval"]), _count(given))
    subscription = call.update(subscription, {_FIELD: spelled, _NEXT: due, "interval_set": call.now})
    call.appoint(due, "bill_pending", subscription)
    return subscription


def _count(given: dict[str, Any]) -> int:
    count = given.get("interval_count")
    return count if isinstance(count, int) else 1


def bill(call: Call, subscription: Record) -> None:
    """Invoice what waits, and come back an interval later."""
    given = subscription.values.get(_FIELD)
    if not isinstance(given, dict) or subscription.values.get(_NEXT) != call.now or subscription["status"] in ENDED:
        return
    customer = call.find("customer", str(subscription["customer"]), "customer")
    place = 1
    while (due := add(int(subscription["interval_set"]), str(given["interval"]), place * _count(given))) <= call.now:
        place += 1
    changes: dict[str, Any] = {_NEXT: due}
    swept, take = sweep(call, customer, subscription, str(subscription["currency"]))
    if swept:
        until = call.now + invoicing.DRAFT_SECONDS
        invoice = invoicing.draft(
            call, customer, currency=str(subscription["currency"]), reason="subscription_cycle", subscription=subscription, lines=swept,
            period=(int(subscription["current_period_start"]), call.now), auto_advance=True, automatically_finalizes_at=until,
            days_until_due=subscription.values.get("days_until_due"),
        )  # fmt: skip
        invoice.mark({"billing_reason": "world"})
        take(invoice)
        changes["latest_invoice"] = invoice.id
        call.appoint(until, "finalize", invoice)
    subscription = call.update(subscription, changes)
    call.event("customer.subscription.updated", subscription)
    call.appoint(due, "bill_pending", subscription)
