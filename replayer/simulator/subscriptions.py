"""Subscriptions: created with their first invoice, shown, canceled, resumed (docs.stripe.com/billing/subscriptions/overview)."""

from __future__ import annotations

from typing import Any

from replayer.simulator import (
    automatic_tax,
    changes,
    collecting,
    discounts,
    endings,
    first_invoice,
    intervals,
    items,
    pending_updates,
    prorations,
)
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, Unknown, missing_parameter, only_one_of
from replayer.simulator.items import is_metered
from replayer.simulator.prices import parts_of, recurring_of
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule
from replayer.stripeapi.versions import at_least

_DAY = 86400
_LONGEST_TRIAL = 730  # days
_INCOMPLETE_SECONDS = 23 * 3600
_BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds", "cancel_at", "canceled_at",
        "customer_account", "days_until_due", "default_payment_method", "default_source", "description", "discount", "ended_at",
        "latest_invoice", "next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection", "pending_invoice_item_interval",
        "pending_setup_intent", "pending_update", "schedule", "test_clock", "transfer_data", "trial_end", "trial_start",
    )),
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None}, "cancel_at_period_end": False,
    "cancellation_details": dict.fromkeys(("comment", "feedback", "reason")), "collection_method": "charge_automatically",
    "default_tax_rates": [], "discounts": [], "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}}, "metadata": {},
    "payment_settings": {"payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off"},
    "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
}  # fmt: skip
_INERT = {"metadata": METADATA}
_ECHOED = ("application_fee_percent", "invoice_settings", "on_behalf_of", "transfer_data")
_TAKEN = (
    "billing_thresholds",
    "collection_method",
    "days_until_due",
    "default_payment_method",
    "default_source",
    "payment_settings",
)


def create(call: Call) -> Answer:
    """Subscribe a customer."""
    if call.params.get("payment_behavior") == "error_if_incomplete":
        _create(call.tried())  # what fails leaves nothing behind
    return _create(call)


def _create(call: Call) -> Record:
    customer = call.named("customer")
    if customer is None:
        raise missing_parameter("customer")
    customer = call.sure(customer)
    call.on_clock(customer)
    asked = items.wanted(call)
    if not asked:
        raise missing_parameter("items")
    prices = [_needed(items.price_named(call, entry, f"items[{place}]"), place) for place, entry in enumerate(asked)]
    currency = items.need_currency(call, prices)
    prices = [items.in_currency(price, currency) for price in prices]
    _check_intervals(call, prices)
    _check_twice(call, prices)
    if call.params.get("cancel_at_period_end") is True and call.params.get("cancel_at"):
        raise only_one_of("cancel_at", "cancel_at_period_end")
    started = _start(call)
    trial_end = _trial_end(call, prices)
    anchor = _anchor(call, trial_end, started)
    _need_payer(call, customer, prices, asked, trial_end)
    subscription = call.create("subscription", _fields(call, customer, currency, started, anchor, trial_end))
    subscription.mark({name: "given" for name in (*_ECHOED, *_INERT, "description") if name in call.params})
    due = sum(_full(price, entry) for price, entry in zip(prices, asked, strict=True))
    subscription.assign(_redeemed(call, customer, subscription, due))
    for place, (entry, price) in enumerate(zip(asked, prices, strict=True)):
        items.add(
            call,
            subscription.id,
            entry,
            price,
            items.period_for(price, trial_end or anchor, call.now if anchor <= call.now else started),
            customer,
            f"items[{place}]",
        )
    subscription = changes.refresh(call, intervals.begin(call, subscription))
    until = subscription.values.get("cancel_at")
    if isinstance(until, int) and until < subscription["current_period_end"] and not all(map(is_metered, prices)):
        raise Unknown("a first period that `cancel_at` cuts short")
    subscription = first_invoice.bill(call, subscription, customer, trial_end, anchor)
    _appoint(call, subscription)
    call.event("customer.subscription.created", subscription)
    return call.store.get("subscription", subscription.id) or subscription


def _needed(price: Record | None, place: int) -> Record:
    if price is None:
        raise missing_parameter(f"items[{place}][price]")
    return price


def _check_intervals(call: Call, prices: list[Record]) -> None:
    """The classic billing mode takes one interval; the flexible one takes several (docs.stripe.com, "Mixed interval subscriptions")."""
    intervals = {recurring_of(price)[:2] for price in prices}
    if len(intervals) > 1 and mode_of(call)["type"] == "classic":
        raise refuse("Currently, all of the items on a subscription must have the same `interval` and `interval_count`.", param="items")


def _check_twice(call: Call, prices: list[Record]) -> None:
    """The classic billing mode sells a price once: more of it is a quantity (issue threads of integrations)."""
    names = [price.id for price in prices]
    again = next((name for name in names if names.count(name) > 1), None)
    if again is not None and mode_of(call)["type"] == "classic":
        raise ApiError(f"Cannot add multiple subscription items with the same plan: {again}", param="plan")


def _start(call: Call) -> int:
    backdate = call.params.get("backdate_start_date")
    if isinstance(backdate, int) and backdate > call.now:
        raise refuse("`backdate_start_date` must be in the past.", param="backdate_start_date")
    if isinstance(backdate, int) and any(name in call.params for name in ("trial_end", "trial_period_days", "trial_from_plan")):
        raise Unknown("a trial of a backdated subscription")
    return backdate if isinstance(backdate, int) else call.now


def _trial_end(call: Call, prices: list[Record]) -> int | None:
    """When a trial ends, null where there is none."""
    given, days = call.params.get("trial_end"), call.params.get("trial_period_days")
    if given is not None and days is not None:
        raise refuse("You cannot pass both `trial_end` and `trial_period_days`.", param="trial_end")
    if isinstance(given, int):
        if given <= call.now:
            raise refuse("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
        if given > call.now + _LONGEST_TRIAL * _DAY:
            raise refuse(f"A trial can take {_LONGEST_TRIAL} days at the most.", param="trial_end")
        return given
    if given == "now":
        return None
    if isinstance(days, int) and days > _LONGEST_TRIAL:
        raise refuse(f"A trial can take {_LONGEST_TRIAL} days at the most.", param="trial_period_days")
    if isinstance(days, int):
        return call.now + days * _DAY if days > 0 else None
    if call.params.get("trial_from_plan"):
        found = [_trial_days(price) for price in prices]
        return call.now + max(found) * _DAY if max(found) > 0 else None
    return None


def _trial_days(price: Record) -> int:
    recurring = price.values.get("recurring") if price.type == "price" else price.values
    return int((recurring or {}).get("trial_period_days") or 0)


def _anchor(call: Call, trial_end: int | None, started: int) -> int:
    """The billing cycle's anchor: given, by its parts, the trial's end, or the start."""
    given = call.params.get("billing_cycle_anchor")
    if isinstance(given, dict):
        given = given.get("timestamp")
    if isinstance(given, int):
        if given < call.now:
            raise refuse("`billing_cycle_anchor` must be in the future.", param="billing_cycle_anchor")
        return given
    config = call.params.get("billing_cycle_anchor_config")
    if isinstance(config, dict):
        return _configured(config, trial_end or started)
    if started < call.now and mode_of(call)["type"] == "classic":
        return call.now
    return trial_end or started


def _configured(config: dict[str, Any], after: int) -> int:
    """The first time after a moment that has these parts (day of month, hour, minute, second, month)."""
    import calendar
    import time

    date = time.gmtime(after)
    hour, minute, second = (config.get(name, now) for name, now in zip(("hour", "minute", "second"), date[3:6], strict=True))
    months = [config["month"]] if config.get("month") else range(1, 13)
    for year in (date.tm_year, date.tm_year + 1):
        for month in months:
            day = min(int(config.get("day_of_month", date.tm_mday)), calendar.monthrange(year, month)[1])
            found = calendar.timegm((year, month, day, hour, minute, second))
            if found >= after:
                return found
    raise Unknown("no billing cycle anchor within a year")


def _need_payer(call: Call, customer: Record, prices: list[Record], asked: list[dict[str, Any]], trial_end: int | None) -> None:
    """A subscription that charges at once needs something to pay with (recordings: the words are those of the API version)."""
    if trial_end or call.params.get("collection_method") == "send_invoice" or call.params.get("payment_behavior") == "default_incomplete":
        return
    own = call.params.get("default_payment_method") or call.params.get("default_source")
    if own or collecting.can_pay(call, customer):
        return
    due = sum(_full(price, entry) for price, entry in zip(prices, asked, strict=True))
    if due > 0:
        words = collecting.NO_METHOD if at_least(call.version, "2022-08-01") else collecting.NO_METHOD.partition(" Please")[0]
        raise refuse(words, code="resource_missing")


def _full(price: Record, entry: dict[str, Any]) -> int:
    quantity = entry.get("quantity")
    return 0 if is_metered(price) else sum(part.amount for part in parts_of(price, 1 if quantity is None else quantity))


def mode_of(call: Call) -> dict[str, Any]:
    """The billing mode: flexible by itself since clover (Stripe's changelog, 2025-09-30)."""
    given = call.params.get("billing_mode")
    kind = given.get("type") if isinstance(given, dict) else None
    kind = kind or ("flexible" if at_least(call.version, "2025-09-30") else "classic")
    if kind == "classic":
        return {"flexible": None, "type": "classic"}
    asked = given.get("flexible") if isinstance(given, dict) else None
    included = (asked or {}).get("proration_discounts") or "included"
    return {"flexible": {"proration_discounts": included}, "type": "flexible", "updated_at": call.now}


def _fields(call: Call, customer: Record, currency: str, started: int, anchor: int, trial_end: int | None) -> dict[str, Any]:
    shown = inert_of(
        call, (*_ECHOED, *_INERT, *_TAKEN, "description", "trial_settings", "automatic_tax", "cancel_at_period_end"), of="subscription"
    )
    for name in ("payment_settings", "automatic_tax", "invoice_settings"):
        if isinstance(shown.get(name), dict):
            shown[name] = {**_BLANK[name], **shown[name]}
    if "automatic_tax" in shown:
        shown["automatic_tax"] = automatic_tax.settings(shown["automatic_tax"], {})
    rates = call.params.get("default_tax_rates")
    return {
        **_BLANK,
        **shown,
        "billing_cycle_anchor": anchor,
        "billing_cycle_anchor_config": call.params.get("billing_cycle_anchor_config"),
        "billing_mode": mode_of(call),
        "currency": currency,
        "customer": customer.id,
        "default_tax_rates": rates if isinstance(rates, list) else [],
        "start_date": started,
        "status": "trialing" if trial_end else "incomplete",
        "test_clock": customer.values.get("test_clock"),
        "trial_end": trial_end,
        "trial_start": call.now if trial_end else None,
        **_cancel_at(call),
    }


def _cancel_at(call: Call) -> dict[str, Any]:
    found = call.params.get("cancel_at")
    if not isinstance(found, int):
        return {}
    return {"cancel_at": found, "canceled_at": call.now, "cancellation_details": endings.details(None, "cancellation_requested")}


def _redeemed(call: Call, customer: Record, subscription: Record, due: int) -> dict[str, Any]:
    """The discounts that come with a subscription: the newer list, or the older single ones."""
    specs = changes.discount_specs(call)
    found = [
        discounts.redeem(call, spec, param=param, customer=customer, amount=due, subscription=subscription.id) for param, spec in specs
    ]
    for one in found:
        call.event("customer.discount.created", one)
    return {"discount": found[0].id if found else None, "discounts": [one.id for one in found]}


def _appoint(call: Call, subscription: Record) -> None:
    changes.appoint(call, subscription)
    trial_end = subscription.values.get("trial_end")
    if isinstance(trial_end, int):
        call.appoint(max(call.now, trial_end - 3 * _DAY), "trial_will_end", subscription)
    if subscription["status"] == "incomplete":
        call.appoint(call.now + _INCOMPLETE_SECONDS, "expire_incomplete", subscription)


# --- the end


def cancel(call: Call) -> Answer:
    """Cancel a subscription at once; what is not used is credited where asked."""
    subscription = call.sure(call.at())
    call.on_clock(call.store.get("customer", str(subscription["customer"])))
    if subscription["status"] in endings.ENDED:
        raise ApiError(f"No such subscription: '{subscription.id}'", status=404, code="resource_missing", param="id", executed=True)
    if call.params.get("prorate"):
        for what in items.sold(call, subscription.id):
            if subscription["status"] != "trialing":
                prorations.credit(call, subscription, what, call.now)
    subscription = endings.end(call, subscription, reason="cancellation_requested", given=call.params.get("cancellation_details"))
    if not call.params.get("prorate") and not call.params.get("invoice_now"):
        prorations.forget(call, subscription)
    if call.params.get("invoice_now"):
        from replayer.simulator.renewals import final_invoice

        final_invoice(call, subscription)
    return call.store.get("subscription", subscription.id) or subscription


def resume(call: Call) -> Answer:
    """Resume a paused subscription, with a new cycle from now unless it is to stay."""
    subscription = call.sure(call.at())
    call.on_clock(call.store.get("customer", str(subscription["customer"])))
    if subscription["status"] != "paused":
        raise refuse("Only paused subscriptions can be resumed.", code=None)
    from replayer.simulator.renewals import restart

    return restart(call, subscription)


def migrate(call: Call) -> Answer:
    """Move a subscription to the flexible billing mode; nothing that was billed is computed anew, and there is no way back."""
    subscription = call.sure(call.at())
    if subscription["status"] in endings.ENDED:
        raise refuse("A canceled subscription can't be migrated.")
    given = call.params.get("billing_mode") or {}
    if given.get("type") != "flexible":
        raise refuse("A subscription can only be migrated to `flexible`.", param="billing_mode[type]")
    subscription = call.update(subscription, {"billing_mode": mode_of(call)})
    call.event("customer.subscription.updated", subscription)
    return subscription


_CREATE = (
    "customer", "items", "plan", "quantity", "currency", "trial_end", "trial_period_days", "billing_cycle_anchor",
    "billing_cycle_anchor_config", "billing_mode", "default_payment_method", "default_source", "coupon", "promotion_code", "discounts",
    "add_invoice_items", "default_tax_rates", "cancel_at", "cancel_at_period_end", "collection_method", "days_until_due",
    "billing_thresholds", "payment_behavior", "pending_invoice_item_interval",
    "proration_behavior", "trial_settings", "backdate_start_date",
)  # fmt: skip
RULES = {
    "POST /v1/subscriptions": Rule(create, _CREATE, _INERT),
    "POST /v1/subscriptions/{}": Rule(pending_updates.update, changes.COMPUTED, _INERT),
    "POST /v1/subscriptions/{}/migrate": Rule(migrate, ("billing_mode",)),
    "POST /v1/subscriptions/{}/resume": Rule(resume),
    "DELETE /v1/subscriptions/{}": Rule(cancel, ("prorate", "invoice_now"), {"cancellation_details": ARBITRARY}),
    "DELETE /v1/subscriptions/{}/discount": Rule(changes.drop_discount),
    "GET /v1/subscriptions/{}": Rule(),
    "GET /v1/subscriptions": Rule(None, ("customer", "price", "plan", "status", "collection_method", *PAGES)),
}
