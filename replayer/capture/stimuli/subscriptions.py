"""Subscriptions changed off camera: in the portal, in the Dashboard, by another system."""

from __future__ import annotations

from typing import Any

from replayer.capture.history import Told
from replayer.capture.stimuli.acts import Act, Group, changed_metadata, ref, text

# What follows from a change, and is no change of its own.
_DERIVED = frozenset({
    "current_period_start", "current_period_end", "latest_invoice", "status", "plan", "quantity", "schedule", "pending_update",
    "pending_setup_intent", "ended_at", "canceled_at", "cancellation_details", "next_pending_invoice_item_invoice", "trial_start",
    "invoice_customer_balance_settings", "discount", "start", "tax_percent", "billing", "start_date",
})  # fmt: skip
_PLAIN = ("default_payment_method", "default_source", "collection_method", "days_until_due", "description", "off_session")
_KNOWN = _DERIVED | {*_PLAIN, "items", "metadata", "cancel_at", "cancel_at_period_end", "trial_end", "pause_collection", "discounts",
                     "default_tax_rates", "billing_cycle_anchor"}  # fmt: skip
_SLACK = 5  # seconds between a call and the times that it writes


def created(told: Told, group: Group) -> Act:
    """A subscription was made by somebody else: what was asked for is not told in full."""
    return Act(about=told, why="a subscription was made by somebody else")


def deleted(told: Told, group: Group) -> Act:
    """A subscription was cancelled at once; what its events tell says whether the rest was credited and billed."""
    params: dict[str, Any] = {}
    if any(item.object.get("proration") for item in group.all("invoiceitem.created")):
        params["prorate"] = "true"
    if group.of("invoice.created", "invoice.finalized", "invoice.paid") is not None:
        params["invoice_now"] = "true"
    return Act(about=told, method="DELETE", path=f"/v1/subscriptions/{told.about}", params=params)


def resumed(told: Told, group: Group) -> Act:
    """A paused subscription was resumed."""
    if told.type.endswith("paused"):
        return Act(about=told, why="a subscription was paused by somebody else")
    return Act(about=told, path=f"/v1/subscriptions/{told.about}/resume")


def updated(told: Told, group: Group) -> Act:
    """A subscription was changed: the call that leads from what it was to what it is."""
    strange = sorted(told.previous.keys() - _KNOWN)
    if strange:
        return Act(about=told, why=f"how `{strange[0]}` of a subscription was changed by somebody else is not told")
    params = {**_items(told), **_settings(told), **_ending(told)}
    if isinstance(params.get("discounts"), str) and params["discounts"] == "?":
        return Act(about=told, why="which discount somebody else gave a subscription is not told")
    moves = params.keys() & {"items", "trial_end", "billing_cycle_anchor"}
    if moves:
        behavior = _behavior(told, group)
        if behavior is None:
            return Act(about=told, why="whether somebody else's change of a subscription was prorated is not told")
        params["proration_behavior"] = behavior
    if not params:
        return Act(about=told, why="what somebody else changed of a subscription is not told") if _means_something(told) else _nothing(told)
    return Act(about=told, path=f"/v1/subscriptions/{told.about}", params=params)


def _means_something(told: Told) -> bool:
    return bool(told.previous.keys() & {"status", "discount"})


def _nothing(told: Told) -> Act:
    """An update from which nothing follows."""
    return Act(about=told, path=f"/v1/subscriptions/{told.about}", params={})


def _items(told: Told) -> dict[str, Any]:
    before, after = _held(told.before), _held(told.object)
    if "items" not in told.previous and not told.previous.keys() & {"plan", "quantity"}:
        return {}
    if "items" not in told.previous:  # older versions tell the only item's price and quantity alone
        before = {name: (ref(told.before.get("plan")), told.before.get("quantity")) for name in after} if len(after) == 1 else before
    found: list[dict[str, Any]] = []
    for name, (price, quantity) in after.items():
        if before.get(name) != (price, quantity):
            entry: dict[str, Any] = {"id": name} if name in before else {}
            if name not in before or before[name][0] != price:
                entry["price"] = price
            if quantity is not None:
                entry["quantity"] = str(quantity)
            found.append(entry)
    found += [{"id": name, "deleted": "true"} for name in before if name not in after]
    return {"items": found} if found else {}


def _held(subscription: dict[str, Any]) -> dict[str, tuple[str | None, Any]]:
    listed = subscription.get("items")
    data = listed.get("data") if isinstance(listed, dict) else None
    return {
        item["id"]: (ref(item.get("price")) or ref(item.get("plan")), item.get("quantity"))
        for item in data or [] if isinstance(item, dict) and isinstance(item.get("id"), str)
    }  # fmt: skip


def _settings(told: Told) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name in _PLAIN:
        if name in told.previous:
            params[name] = ref(told.object.get(name)) or text(told.object.get(name))
    if "metadata" in told.previous and (metadata := changed_metadata(told)):
        params["metadata"] = metadata
    if "pause_collection" in told.previous:
        params["pause_collection"] = text(told.object.get("pause_collection"))
    if "default_tax_rates" in told.previous:
        params["default_tax_rates"] = [ref(rate) for rate in told.object.get("default_tax_rates") or []] or ""
    if "discounts" in told.previous or "discount" in told.previous:
        params["discounts"] = _discounts(told)
    return params


def _discounts(told: Told) -> Any:
    """The discounts that are there now; `?` where their coupons are not told."""
    held = told.object.get("discounts") or ([told.object["discount"]] if told.object.get("discount") else [])
    if not held:
        return ""
    coupons = []
    for one in held:
        source = one.get("source") if isinstance(one, dict) else None
        coupon = ref(one.get("coupon")) or ref((source or {}).get("coupon")) if isinstance(one, dict) else None
        if coupon is None:
            return "?"
        coupons.append({"coupon": coupon})
    return coupons


def _ending(told: Told) -> dict[str, Any]:
    params: dict[str, Any] = {}
    now = told.object
    if "cancel_at_period_end" in told.previous:
        params["cancel_at_period_end"] = text(bool(now.get("cancel_at_period_end")))
    elif "cancel_at" in told.previous:
        params["cancel_at"] = text(now.get("cancel_at"))
    if "trial_end" in told.previous and told.object.get("trial_end") is not None:
        ends = now["trial_end"]
        params["trial_end"] = "now" if ends <= told.at + _SLACK else str(ends)
    elif "billing_cycle_anchor" in told.previous and abs((now.get("billing_cycle_anchor") or 0) - told.at) <= _SLACK:
        params["billing_cycle_anchor"] = "now"
    return params


def _behavior(told: Told, group: Group) -> str | None:
    """How a change was prorated: as its other events show, else as the portal's configuration says; null where neither is told."""
    prorated = any(item.object.get("proration") or (item.object.get("parent") or {}) for item in group.all("invoiceitem.created"))
    if prorated:
        is_billed = "latest_invoice" in told.previous or group.of("invoice.created", "invoice.finalized", "invoice.paid") is not None
        return "always_invoice" if is_billed else "create_prorations"
    if "invoiceitem.created" in group.scene.types:  # such events are told, and none was of this change
        return "none"
    return group.scene.portal.get(ref(told.object.get("customer")) or "")
