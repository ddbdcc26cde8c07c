"""A subscription's items by themselves: added, changed and taken away as an update of the subscription would (API reference)."""

from __future__ import annotations

from typing import Any

from replayer.simulator import changes, pending_updates, usage
from replayer.simulator.calls import Answer, Call
from replayer.simulator.endings import ENDED
from replayer.simulator.errors import ApiError, Unknown, missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.items import items_of
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule

# What is said of the item, and what of the change.
_OF_ITEM = ("plan", "price", "price_data", "quantity", "tax_rates", "discounts", "metadata", "billing_thresholds")
_OF_CHANGE = ("proration_behavior", "proration_date", "prorate", "off_session")


def _apply(call: Call, subscription: Record, entry: dict[str, Any]) -> None:
    behavior = call.params.get("payment_behavior")
    if behavior == "error_if_incomplete":
        raise Unknown("how a change of an item goes on that cannot be paid")
    call.on_clock(call.store.get("customer", str(subscription["customer"])))
    if subscription["status"] in ENDED:
        raise ApiError(f"No such subscription: '{subscription.id}'", status=404, code="resource_missing", param="id")
    params = {name: call.params[name] for name in _OF_CHANGE if name in call.params}
    if behavior == "pending_if_incomplete":
        customer = call.find("customer", str(subscription["customer"]), "customer")
        pending_updates.change(call.within(**params, items=[entry], payment_behavior=behavior), subscription, customer)
        return
    changes.apply(call, subscription, {**params, "items": [entry]})


def create(call: Call) -> Answer:
    """Add an item."""
    subscription = call.named("subscription")
    if subscription is None:
        raise missing_parameter("subscription")
    before = {item.id for item in items_of(call, subscription.id)}
    _apply(call, call.sure(subscription), {name: call.params[name] for name in _OF_ITEM if name in call.params})
    return next(item for item in items_of(call, subscription.id) if item.id not in before)


def _subscription_of(call: Call, item: Record) -> Record:
    return call.sure(call.find("subscription", str(call.sure(item)["subscription"]), "subscription"))


def update(call: Call) -> Answer:
    """Change an item."""
    item = call.at()
    if call.params.keys() <= {"metadata"}:
        return write(call)
    _apply(call, _subscription_of(call, item), {"id": item.id, **{name: call.params[name] for name in _OF_ITEM if name in call.params}})
    return call.store.get("subscription_item", item.id) or item


def delete(call: Call) -> Answer:
    """Take an item away; a subscription keeps at least one."""
    item = call.at()
    _apply(call, _subscription_of(call, item), {"id": item.id, "deleted": True})
    return call.store.get("subscription_item", item.id) or item


_COMPUTED = ("price", "price_data", "quantity", "proration_behavior", "proration_date", "prorate", "tax_rates", "discounts")
RULES = {
    "POST /v1/subscription_items": Rule(create, ("subscription", *_COMPUTED), {"metadata": METADATA}),
    "POST /v1/subscription_items/{}": Rule(update, _COMPUTED, {"metadata": METADATA}),
    "DELETE /v1/subscription_items/{}": Rule(delete, ("proration_behavior", "proration_date", "prorate")),
    "GET /v1/subscription_items/{}": Rule(),
    "GET /v1/subscription_items": Rule(None, ("subscription", *PAGES)),
    "POST /v1/subscription_items/{}/usage_records": Rule(usage.record, ("quantity", "timestamp", "action")),
}
