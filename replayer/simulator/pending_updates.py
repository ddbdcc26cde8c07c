"""Pending updates: a change of a subscription that holds once its invoice is paid (docs.stripe.com/billing/subscriptions/pending-updates).

Where the payment fails, the subscription stays as it was and shows the change in `pending_update`; paying the invoice applies it. It ends
with the trial or the period, at the latest after 23 hours (docs.stripe.com, "Pending updates reference"); its invoice is then voided.
Voiding the invoice, or another such update, discards it as well. Only what makes invoices can be pending.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import changes, collecting, invoicing, items
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import Unknown
from replayer.simulator.records import Record

_BEHAVIOR = "pending_if_incomplete"
_LONGEST = 23 * 3600
_SUPPORTED = frozenset({
    "expand", "payment_behavior", "proration_behavior", "proration_date", "billing_cycle_anchor", "items", "plan", "quantity", "trial_end",
    "trial_from_plan", "add_invoice_items", "off_session",
})  # fmt: skip
_OF_ITEM = frozenset({"id", "price", "plan", "price_data", "quantity", "deleted"})
_SHOWN = ("id", "billing_thresholds", "created", "discounts", "metadata", "plan", "price", "quantity", "subscription", "tax_rates")


def update(call: Call) -> Answer:
    """Change a subscription, at once or once the change is paid."""
    subscription = call.at()
    if call.params.get("payment_behavior") == _BEHAVIOR:
        call.sure(subscription)
        customer = call.find("customer", str(subscription["customer"]), "customer")
        call.on_clock(customer)
        return change(call, subscription, customer)
    if subscription.values.get("pending") and call.params.keys() & (_SUPPORTED - {"expand"}):
        raise Unknown(f"what a change of {subscription.id} makes of its pending update")
    return changes.update(call)


def change(call: Call, subscription: Record, customer: Record) -> Record:
    """Change a subscription if that can be paid; else leave the change pending."""
    _check(call)
    drop(call, subscription)
    subscription = call.store.get("subscription", subscription.id) or subscription
    if not _fails(call, subscription, customer):
        return changes.change(call, subscription, customer)
    return _pend(call, subscription, customer)


def _check(call: Call) -> None:
    others = sorted(call.params.keys() - _SUPPORTED)
    others += [f"items[{name}]" for entry in call.params.get("items") or [] for name in sorted(entry.keys() - _OF_ITEM)]
    if others:
        message = f"When `payment_behavior` is set to `{_BEHAVIOR}`, you cannot pass `{others[0]}`: it cannot be part of a pending update."
        raise refuse(message, param=others[0])


def _fails(call: Call, subscription: Record, customer: Record) -> bool:
    """Whether the change makes an invoice that stays open; tried elsewhere."""
    tried = call.tried()
    changed = changes.change(tried, subscription, customer)
    latest = changed.values.get("latest_invoice")
    invoice = tried.store.get("invoice", str(latest)) if latest != subscription.values.get("latest_invoice") else None
    return invoice is not None and invoice["status"] == "open" and not invoice.values.get("processing")


def _pend(call: Call, subscription: Record, customer: Record) -> Record:
    """Bill the change, and take it back: what it would be is kept, and shown."""
    was, held = subscription.values, {item.id: item.values for item in items.items_of(call, subscription.id)}
    known = len(call.effects)
    call.store.writable(subscription).assign({"pending": {}})  # so that its failed payment makes nothing past due
    changed = changes.change(call, subscription, customer, telling=False)
    left = {item.id: item for item in items.items_of(call, subscription.id)}
    expires = min(int(was["trial_end"] or was["current_period_end"]), int(was["current_period_end"]), call.now + _LONGEST)
    pending = {
        "invoice": changed["latest_invoice"],
        "expires_at": expires,
        "subscription": {name: value for name, value in changed.values.items() if was.get(name, ...) != value},
        "items": {name: item.values for name, item in left.items()},
    }
    del pending["subscription"]["latest_invoice"]
    _restore(call, held, left)
    call.effects[known:] = [effect for effect in call.effects[known:] if effect.object != "subscription_item"]
    back = {name: was.get(name) for name in pending["subscription"]}
    subscription = call.update(changed, {**back, "pending": pending, "pending_update": _shown(call, pending)})
    call.appoint(expires, "expire_update", subscription, first=True)
    call.event("customer.subscription.updated", subscription)
    return subscription


def _restore(call: Call, held: dict[str, dict[str, Any]], left: dict[str, Record]) -> None:
    """Put the items back as they were."""
    for name, values in held.items():
        item = call.store.get("subscription_item", name)
        assert item is not None
        own = call.store.writable(item)
        own.assign(values)
        own.deleted = False
    for name in left.keys() - held.keys():
        call.store.writable(left[name]).deleted = True


def _shown(call: Call, pending: dict[str, Any]) -> dict[str, Any]:
    sold = [{"object": "subscription_item", **{name: item.get(name) for name in _SHOWN}} for item in pending["items"].values()]
    asked = "items" in call.params or "quantity" in call.params or "plan" in call.params
    return {
        "billing_cycle_anchor": pending["subscription"].get("billing_cycle_anchor"),
        "expires_at": pending["expires_at"],
        "subscription_items": sold if asked else None,
        "trial_end": pending["subscription"].get("trial_end"),
        "trial_from_plan": call.params.get("trial_from_plan"),
    }


def on_paid(call: Call, subscription: Record, invoice: Record) -> Record:
    """Apply what was pending once its invoice is paid."""
    pending = subscription.values.get("pending")
    if not pending or pending["invoice"] != invoice.id:
        return subscription
    for old in items.items_of(call, subscription.id):
        if old.id not in pending["items"]:
            call.delete(old)
    for name, values in pending["items"].items():
        item = call.store.get("subscription_item", name)
        assert item is not None
        call.store.writable(item).deleted = False
        call.update(item, values)
    cleared = {"pending": None, "pending_update": None}
    subscription = call.update(subscription, {**pending["subscription"], **cleared})
    changes.appoint(call, subscription)
    call.event("customer.subscription.updated", subscription)
    call.event("customer.subscription.pending_update_applied", subscription)
    return subscription


def on_voided(call: Call, invoice: Record) -> None:
    """Discard what was pending once its invoice is voided."""
    identifier = invoice.values.get("subscription")
    subscription = call.store.get("subscription", identifier) if isinstance(identifier, str) else None
    pending = subscription.values.get("pending") if subscription is not None else None
    if subscription is not None and pending and pending["invoice"] == invoice.id:
        subscription = call.update(subscription, {"pending": None, "pending_update": None})
        call.event("customer.subscription.updated", subscription)
        call.event("customer.subscription.pending_update_expired", subscription)


def drop(call: Call, subscription: Record) -> None:
    """Void the invoice of what is pending, which discards it."""
    pending = subscription.values.get("pending")
    invoice = call.store.get("invoice", str(pending["invoice"])) if pending else None
    if invoice is not None and invoice["status"] == "open":
        intent = collecting.intent_of(call, invoice)
        if intent is not None and intent["status"] == "processing":
            raise Unknown("a pending update whose payment is under way")
        invoicing.void(call, invoice)


def expire(call: Call, subscription: Record) -> None:
    """Nobody paid for the change in time."""
    pending = subscription.values.get("pending")
    if pending and pending["expires_at"] <= call.now:
        drop(call, subscription)
