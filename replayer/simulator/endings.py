"""The end of a subscription: now, later, and why."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Call
from replayer.simulator.records import Record

ENDED = ("canceled", "incomplete_expired")


def details(before: Any, reason: str | None, given: Any = None) -> dict[str, Any]:
    """The details of a cancellation."""
    found = {**dict.fromkeys(("comment", "feedback", "reason")), **(before or {}), "reason": reason}
    return {**found, **({name: given[name] for name in ("comment", "feedback") if name in given} if isinstance(given, dict) else {})}


def end(call: Call, subscription: Record, *, reason: str | None, given: Any = None) -> Record:
    """End a subscription now."""
    asked = subscription.values.get("canceled_at")
    changes = {
        "cancel_at": subscription.values.get("cancel_at"),
        "canceled_at": asked if asked is not None and subscription.values.get("cancel_at") is not None else call.now,
        "cancellation_details": details(subscription.values.get("cancellation_details"), reason, given),
        "ended_at": call.now,
        "status": "canceled",
    }
    subscription = call.update(subscription, changes)
    for invoice in call.store.children("invoice", "subscription", subscription.id):
        if invoice["status"] in ("draft", "open") and invoice.values.get("auto_advance"):
            call.update(invoice, {"auto_advance": False, "next_payment_attempt": None})
    schedule = subscription.values.get("schedule")
    held = call.store.get("subscription_schedule", schedule) if isinstance(schedule, str) else None
    if held is not None and held["status"] == "active":
        call.event("subscription_schedule.canceled", call.update(held, {"status": "canceled", "canceled_at": call.now}))
    call.event("customer.subscription.deleted", subscription)
    return subscription
