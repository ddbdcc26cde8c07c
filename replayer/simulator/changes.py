"""Changes of a subscription: what it sells, when, and what that bills now or next.

docs.stripe.com/billing/subscriptions/change-price, /prorations, /billing-cycle, /billing-mode. In the classic mode a change of interval
begins a new cycle and bills it at once; in the flexible one the cycle stays, and each item has its own period in it.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import (
    automatic_tax,
    collecting,
    cycles,
    discounts,
    endings,
    first_invoice,
    intervals,
    invoicing,
    items,
    metering,
    prepaid,
    prorations,
)
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.echo import merged_metadata
from replayer.simulator.errors import ApiError, Unknown, only_one_of
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.lines import Line
from replayer.simulator.pending import sweep
from replayer.simulator.records import Record

_WRITTEN = (
    "application_fee_percent", "automatic_tax", "billing_thresholds", "collection_method", "days_until_due", "default_payment_method",
    "default_source", "description", "invoice_settings", "metadata", "on_behalf_of", "pause_collection", "payment_settings",
    "transfer_data", "trial_settings", "default_tax_rates",
)  # fmt: skip
COMPUTED = (
    "items", "plan", "quantity", "proration_behavior", "proration_date", "billing_cycle_anchor", "trial_end", "cancel_at_period_end",
    "cancel_at", "coupon", "promotion_code", "discounts", "default_payment_method", "default_source", "default_tax_rates",
    "add_invoice_items", "billing_thresholds", "pending_invoice_item_interval",
    "prorate", "pause_collection[behavior]", "payment_behavior", "trial_settings",
)  # fmt: skip


def discount_specs(call: Call) -> list[tuple[str, dict[str, Any]]]:
    """The discounts that a call gives: the newer list, or the older single ones; each with its parameter."""
    given = call.params.get("discounts")
    if isinstance(given, list):
        return [(f"discounts[{place}]", spec) for place, spec in enumerate(given) if isinstance(spec, dict)]
    return [(name, {name: call.params[name]}) for name in ("coupon", "promotion_code") if call.params.get(name)]


def refresh(call: Call, subscription: Record) -> Record:
    """Write what a subscription shows of its items: the single item's price and quantity, and the period that ends first."""
    found = items.items_of(call, subscription.id)
    only = found[0] if len(found) == 1 else None
    first = min(found, key=lambda item: item["current_period_end"], default=None)
    changes = {
        "plan": only["price"] if only is not None else None,
        "quantity": only.values.get("quantity") if only is not None else None,
    }
    if first is not None:
        changes |= {"current_period_start": first["current_period_start"], "current_period_end": first["current_period_end"]}
    if any(subscription.values.get(name, ...) != value for name, value in changes.items()):
        subscription = call.update(subscription, changes)
    return subscription


def appoint(call: Call, subscription: Record) -> None:
    """Let the clock come back at the end of the period, or earlier to cancel."""
    call.appoint(subscription["current_period_end"], "renew", subscription)
    until = subscription.values.get("cancel_at")
    if isinstance(until, int):
        call.appoint(until, "cancel", subscription)


def update(call: Call) -> Answer:
    """Change a subscription."""
    subscription = call.sure(call.at())
    customer = call.find("customer", str(subscription["customer"]), "customer")
    call.on_clock(customer)
    if subscription["status"] in endings.ENDED:
        _refuse_ended(call, subscription)
    behavior = call.params.get("payment_behavior")
    if behavior == "error_if_incomplete":  # one that cannot be paid leaves nothing behind
        tried = call.tried()
        _update(tried, tried.at(), customer, raising=True)
    if "billing_thresholds" in call.params:
        call.afterwards(customer, lambda: call.react("usage.reported", customer))
    return _update(call, subscription, customer)


def change(call: Call, subscription: Record, customer: Record, *, telling: bool = True) -> Record:
    """Do the change that a call asks for; `telling` is whether it holds from now on."""
    if subscription["status"] in endings.ENDED:
        _refuse_ended(call, subscription)
    return _update(call, subscription, customer, telling=telling)


def _refuse_ended(call: Call, subscription: Record) -> None:
    if call.params.keys() <= {"metadata", "cancellation_details"}:
        return
    message = "A canceled subscription can only update its cancellation_details and metadata."
    raise refuse(message if subscription["status"] == "canceled" else "An expired subscription cannot be updated.")


def preview_update(call: Call, subscription: Record, customer: Record, params: dict[str, Any]) -> Record:
    """Do a change on a fork, without collecting what it bills: its invoice stays a draft."""
    inner = call.within(**params)
    return _update(inner, subscription, customer, previewing=True)


def apply(call: Call, subscription: Record, params: dict[str, Any]) -> Record:
    """Do a change that something else asks for: a schedule's next phase. At a period's end the renewal that follows bills it."""
    customer = call.find("customer", str(subscription["customer"]), "customer")
    inner = call.within(**params)
    if subscription["current_period_end"] > call.now:
        return _update(inner, subscription, customer)
    if any(is_metered(one.price) for one in items.sold(call, subscription.id)):
        raise Unknown("a phase that ends a metered item")
    subscription = _write(inner, subscription, customer)
    _change_items(inner, subscription, customer)
    subscription = refresh(inner, subscription)
    call.event("customer.subscription.updated", subscription)
    return subscription


def _update(
    call: Call, subscription: Record, customer: Record, *, raising: bool = False, previewing: bool = False, telling: bool = True
) -> Record:
    before = items.sold(call, subscription.id)
    was = dict(subscription.values)
    subscription = call.update(subscription, {})  # an update is one, whatever it says
    subscription = intervals.begin(call, _write(call, subscription, customer))
    subscription = _trial(call, subscription)
    _change_items(call, subscription, customer)
    prices_now = [items.price_of(call, item) for item in items.items_of(call, subscription.id)]
    if not prices_now:
        raise refuse("A subscription must have at least one active plan.", param="items")
    resets = cycles.resets(call, subscription, was, before, prices_now)
    subscription = cycles.move(call, subscription, resets=resets)
    subscription = refresh(call, subscription)
    subscription = _cancellation(call, subscription)
    after = items.sold(call, subscription.id)
    _prorate(call, subscription, was, before, after, resets=resets)
    subscription = _bill(call, subscription, customer, was, after, resets=resets, raising=raising, previewing=previewing)
    if telling:
        appoint(call, subscription)
        call.event("customer.subscription.updated", subscription)
    return call.store.get("subscription", subscription.id) or subscription


def _write(call: Call, subscription: Record, customer: Record) -> Record:
    """Write what is only kept: settings, descriptions, discounts."""
    changes = inert_of(call, _WRITTEN, of="subscription")
    for name in ("payment_settings", "automatic_tax", "invoice_settings", "trial_settings"):
        if isinstance(changes.get(name), dict):
            changes[name] = {**(subscription.values.get(name) or {}), **changes[name]}
    if "automatic_tax" in changes:
        changes["automatic_tax"] = automatic_tax.settings(changes["automatic_tax"], {})
    if "metadata" in changes:
        changes["metadata"] = merged_metadata(subscription.values.get("metadata"), call.params.get("metadata"))
    if "default_tax_rates" in call.params:
        changes["default_tax_rates"] = call.params["default_tax_rates"] or []
    specs = discount_specs(call)
    cleared = any(name in call.params and not call.params[name] for name in ("discounts", "coupon", "promotion_code"))
    if specs or cleared:
        made = [discounts.redeem(call, spec, param=param, customer=customer, subscription=subscription.id) for param, spec in specs]
        changes |= {"discount": made[0].id if made else None, "discounts": [one.id for one in made]}
    found = {name: value for name, value in changes.items() if subscription.values.get(name) != value}
    if not found:
        return subscription
    updated = call.update(subscription, found)
    updated.mark({name: "given" for name in ("description", "metadata", "application_fee_percent", "transfer_data") if name in found})
    return updated


def _trial(call: Call, subscription: Record) -> Record:
    """Begin, move or end a trial."""
    given = call.params.get("trial_end")
    trialing = subscription["status"] == "trialing"
    if given == "now":
        return call.update(subscription, {"trial_end": call.now}) if trialing else subscription
    if not isinstance(given, int):
        return subscription
    if given <= call.now:
        raise refuse("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
    held = subscription.values.get("trial_start")
    start = held if trialing or (held is not None and not prorations.is_flexible(subscription)) else call.now
    return call.update(subscription, {"trial_end": given, "trial_start": start, "status": "trialing"})


def _change_items(call: Call, subscription: Record, customer: Record) -> None:
    """Change, add and delete items; the older way changes the only item there is."""
    held = items.items_of(call, subscription.id)
    given = items.wanted(call)
    if "items" not in call.params and given and len(held) == 1:
        given = [{**given[0], "id": held[0].id}]
    for place, entry in enumerate(given):
        identifier = entry.get("id")
        if not isinstance(identifier, str):
            _add_item(call, subscription, customer, entry, f"items[{place}]", held)
            continue
        item = call.find("subscription_item", identifier, f"items[{place}][id]")
        if item.values.get("subscription") != subscription.id:
            raise refuse(f"No such subscription_item: '{identifier}'", code="resource_missing", param=f"items[{place}][id]")
        change_item(call, item, entry, f"items[{place}]", customer)


def _add_item(call: Call, subscription: Record, customer: Record, entry: dict[str, Any], param: str, held: list[Record]) -> None:
    price = items.price_named(call, entry, param)
    if price is None:
        raise ApiError(f"Missing required param: {param}[price].", code="parameter_missing", param=f"{param}[price]")
    if any(item["price"] == price.id for item in held) and not is_metered(price):
        raise refuse(f"Cannot add multiple subscription items with the same plan: {price.id}", param=f"{param}[price]")
    price = items.in_currency(price, str(subscription["currency"]))
    anchor = subscription.values.get("trial_end") if subscription["status"] == "trialing" else subscription["billing_cycle_anchor"]
    period = items.period_for(price, anchor or subscription["billing_cycle_anchor"], call.now)
    items.add(call, subscription.id, entry, price, period, customer, param)


def change_item(call: Call, item: Record, entry: dict[str, Any], param: str, customer: Record) -> Record:
    """Change one item: another price, another quantity, or deleted."""
    if entry.get("deleted"):
        return call.delete(item)
    changes: dict[str, Any] = {}
    price = items.price_named(call, entry, param)
    if price is not None and price.id != item["price"]:
        changes |= {"plan": price.id, "price": price.id}
        if is_metered(price) and is_metered(items.price_of(call, item)):
            subscription = call.find("subscription", str(item["subscription"]), "subscription")
            metering.reprice(call, item, items.price_of(call, item), price, is_flexible=prorations.is_flexible(subscription))
        if "quantity" not in entry and not is_metered(price):
            changes["quantity"] = item.values.get("quantity") or 1
    quantity = entry.get("quantity")
    if isinstance(quantity, int):
        changes["quantity"] = quantity
    for name in ("billing_thresholds", "tax_rates"):
        if name in entry:
            changes[name] = entry[name] or ([] if name == "tax_rates" else None)
    if isinstance(entry.get("metadata"), dict):
        changes["metadata"] = merged_metadata(item.values.get("metadata"), entry["metadata"])
    if isinstance(entry.get("discounts"), list):
        made = [discounts.redeem(call, spec, param=f"{param}[discounts]", customer=customer, subscription_item=item.id,
                                 subscription=str(item["subscription"])) for spec in entry["discounts"]]  # fmt: skip
        changes["discounts"] = [one.id for one in made]
    return call.update(item, changes) if changes else item


def _cancellation(call: Call, subscription: Record) -> Record:
    """Cancel later, or no more."""
    at_end, at = call.params.get("cancel_at_period_end"), call.params.get("cancel_at", ...)
    given = call.params.get("cancellation_details")
    changes: dict[str, Any] = {}
    if at_end is True and isinstance(at, int):
        raise only_one_of("cancel_at", "cancel_at_period_end")
    if at_end is True:
        changes = {"cancel_at": subscription["current_period_end"], "cancel_at_period_end": True, "canceled_at": call.now}
    elif isinstance(at, int):
        changes = {"cancel_at": at, "cancel_at_period_end": False, "canceled_at": call.now}
    elif at_end is False or at is None:
        if subscription["status"] in endings.ENDED:
            return subscription
        changes = {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
    if changes or given is not None:
        reason = "cancellation_requested" if changes.get("canceled_at") else None
        held = subscription.values.get("cancellation_details")
        changes["cancellation_details"] = endings.details(held, reason if changes else (held or {}).get("reason"), given)
    trial_end = subscription["trial_end"] if subscription["status"] == "trialing" else 0
    if isinstance(at, int) and at < trial_end and not prorations.is_flexible(subscription):
        raise Unknown("a trial that is cut short by `cancel_at` in the classic billing mode")
    return call.update(subscription, changes) if changes else subscription


def _prorate(call: Call, subscription: Record, was: dict[str, Any], before: list[Sold], after: list[Sold], *, resets: bool) -> None:
    """Write the prorations of a change as pending invoice items."""
    behavior = _behavior(call)
    if was["status"] in ("trialing", "incomplete", "paused"):
        return
    if behavior == "none":
        for old in before:
            prepaid.keep(call, old)
        return
    date = call.params.get("proration_date")
    at = date if isinstance(date, int) else call.now
    trial_begins = subscription["status"] == "trialing"
    now = {one.item.id: one for one in after}
    for old in before:
        new = now.get(old.item.id)
        if is_metered(old.price) and (new is None or not is_metered(new.price)) and prorations.is_flexible(subscription):
            prorations.unbilled(call, subscription, metering.lines_of_usage(call, subscription, old.item, old.price, old.until(at)))
        if new is None or resets or trial_begins or _differs(old, new):
            prorations.credit(call, subscription, old, at)
            if new is not None and not resets and not trial_begins:
                prorations.debit(call, subscription, new, at)
    known = {one.item.id for one in before}
    for new in after:
        if new.item.id not in known and not resets and not trial_begins:
            prorations.debit(call, subscription, new, at)


def _behavior(call: Call) -> str:
    if call.params.get("prorate") is False:
        return "none"
    return str(call.params.get("proration_behavior") or "create_prorations")


def _differs(old: Sold, new: Sold) -> bool:
    return (old.price.id, old.quantity, old.period[1]) != (new.price.id, new.quantity, new.period[1])


def _bill(
    call: Call, subscription: Record, customer: Record, was: dict[str, Any], after: list[Sold], *, resets: bool, raising: bool,
    previewing: bool,
) -> Record:  # fmt: skip
    """Invoice at once what a new cycle, `always_invoice` or added items ask for."""
    lines: list[Line] = []
    if resets:
        lines = [line for what in after if not is_metered(what.price) for line in first_invoice.whole_period(call, subscription, what)]
    added = first_invoice.added(call, subscription, customer)
    if not (resets or added or _behavior(call) == "always_invoice"):
        return subscription
    # A new cycle that is invoiced with its prorations takes up no more than these, in the classic mode (compare classic and flexible).
    since = call.now if resets and _behavior(call) == "always_invoice" and not prorations.is_flexible(subscription) else None
    return invoice_now(call, subscription, customer, [*lines, *added], "subscription_update", int(was["current_period_start"]),
                       raising=raising, previewing=previewing, since=since)  # fmt: skip


def invoice_now(
    call: Call, subscription: Record, customer: Record, lines: list[Line], reason: str, start: int, *, raising: bool = False,
    previewing: bool = False, since: int | None = None,
) -> Record:  # fmt: skip
    """Draft, finalize and collect an invoice with what waits (`since` a time); nothing is made where there is nothing to bill."""
    swept, take = sweep(call, customer, subscription, str(subscription["currency"]), lines, since=since)
    if not swept and not lines:
        return subscription
    invoice = invoicing.draft(
        call, customer, currency=str(subscription["currency"]), reason=reason, period=(start, call.now), subscription=subscription,
        lines=[*swept, *lines], auto_advance=True, days_until_due=subscription.values.get("days_until_due"),
    )  # fmt: skip
    take(invoice)
    subscription = call.update(subscription, {"latest_invoice": invoice.id})
    if previewing:
        return subscription
    invoice = invoicing.finalize(call, invoice)
    if invoice["amount_due"] > 0 and call.params.get("payment_behavior") == "default_incomplete":
        collecting.prepare(call, invoice)  # to be confirmed by the customer; until then the subscription is past due
        return call.update(subscription, {"status": "past_due"})
    if invoice["amount_due"] <= 0 or subscription["collection_method"] != "send_invoice":
        collecting.collect(call, invoice, off_session=bool(call.params.get("off_session")), raising=raising)
    else:
        collecting.prepare(call, invoice)
    return call.store.get("subscription", subscription.id) or subscription


def drop_discount(call: Call) -> Answer:
    """Take the discount off a subscription."""
    subscription = call.at()
    held = subscription.values.get("discounts") or []
    if not held:
        raise refuse("No active discount for subscription", status=404, code="resource_missing", param="discount")
    call.update(subscription, {"discount": None, "discounts": []})
    gone = call.delete(call.find("discount", held[0], "discount"))
    call.event("customer.discount.deleted", gone)
    return gone
