"""Billing sequences for `replayer conform`: generated from the rules that move money, each short enough for one test clock.

A sequence is what an integration would do (steps, each on a day after the start) and how long the clock then runs on. `{name}` in a
parameter is the id that the step of that name was answered with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import msgspec

START = 1_798_761_600  # 2027-01-01T00:00:00Z, for January's 31 and February's 28 days
_MONTH = 31
_CARD = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
_BEHAVIORS = ("create_prorations", "always_invoice", "none")
_TIERS = [
    {"up_to": "5", "unit_amount": "700"},
    {"up_to": "10", "unit_amount": "650", "flat_amount": "300"},
    {"up_to": "inf", "unit_amount": "601"},
]


class Step(msgspec.Struct, frozen=True):
    """One call: its name, the day on which it is made, counted from the start, the operation (`POST /v1/…`), its parameters."""

    name: str
    day: int
    operation: str
    params: Mapping[str, Any] = {}


class Sequence(msgspec.Struct, frozen=True):
    """Steps under one rule, and the day to which the clock runs on before the bills are read."""

    rule: str
    name: str
    steps: tuple[Step, ...]
    days: int


def sequences() -> list[Sequence]:
    """Every sequence, always the same ones in the same order."""
    makers = (_prices, _prorations, _anchors, _trials, _discounts, _tax, _endings, _credit, _usage, _schedules, _declines)
    return [sequence for make in makers for sequence in make()]


def _sequence(rule: str, name: str, *steps: Step, days: int = 2 * _MONTH, customer: Mapping[str, Any] = _CARD) -> Sequence:
    shop = (Step("customer", 0, "POST /v1/customers", customer), Step("product", 0, "POST /v1/products", {"name": "Gold"}))
    return Sequence(rule, name, (*shop, *steps), days)


def _price(name: str = "price", amount: str | None = "3100", interval: str = "month", **more: Any) -> Step:
    given: dict[str, Any] = {
        "product": "{product}",
        "currency": "usd",
        "recurring": {"interval": interval, **more.pop("recurring", {})},
        **more,
    }
    return Step(name, 0, "POST /v1/prices", given if amount is None else {**given, "unit_amount": amount})


def _subscribe(quantity: int | None = 1, day: int = 0, **more: Any) -> Step:
    item = {"price": "{price}"} if quantity is None else {"price": "{price}", "quantity": str(quantity)}
    return Step("subscription", day, "POST /v1/subscriptions", {"customer": "{customer}", "items": [item], **more})


def _change(day: int, item: Mapping[str, str] | None = None, **more: Any) -> Step:
    items = {"items": [{"id": "{subscription.item}", **item}]} if item else {}
    return Step("change", day, "POST /v1/subscriptions/{subscription}", {**items, **more})


def _prices() -> Iterator[Sequence]:
    for quantity, interval in product((1, 3), ("week", "month", "year")):
        days = {"week": 15, "month": 62, "year": 370}[interval]
        yield _sequence("price", f"{quantity} a {interval}", _price(interval=interval), _subscribe(quantity), days=days)
    for mode, quantity in product(("volume", "graduated"), (5, 6, 11)):
        tiered = _price(amount=None, billing_scheme="tiered", tiers_mode=mode, tiers=_TIERS)
        yield _sequence("tiers", f"{mode}, {quantity}", tiered, _subscribe(quantity))
    for way, quantity in product(("up", "down"), (6, 10)):
        yield _sequence(
            "packages", f"{quantity}, rounded {way}", _price(transform_quantity={"divide_by": "5", "round": way}), _subscribe(quantity)
        )
    yield _sequence("price", "half a cent, three times", _price(amount=None, unit_amount_decimal="1033.5"), _subscribe(3))
    yield _sequence("price", "yen", _price(amount="500", currency="jpy"), _subscribe(3))
    yield _sequence("price", "too little to charge", _price(amount="30"), _subscribe())


def _credited(mode: str, after: str, change: Step, **more: Any) -> Sequence:
    """A credit after something that the classic billing mode forgets, and the flexible one does not."""
    coupon = Step("coupon", 0, "POST /v1/coupons", {"amount_off": "1000", "currency": "usd", "duration": "forever"})
    last = Step("last", 20, "POST /v1/subscriptions/{subscription}", {"items": [{"id": "{subscription.item}", "quantity": "2"}]})
    steps = (_price(), _price("other", "6200"), coupon, _subscribe(billing_mode={"type": mode}, **more), change, last)
    return _sequence("proration", f"{mode}: a credit after {after}", *steps)


def _prorations() -> Iterator[Sequence]:
    for behavior, day, quantity in product(_BEHAVIORS, (1, 10, 30), (1, 5)):
        change = _change(day, {"quantity": str(quantity)}, proration_behavior=behavior)
        yield _sequence("proration", f"from 3 to {quantity} on day {day}, {behavior}", _price(), _subscribe(3), change)
    for behavior, amount in product(_BEHAVIORS, ("1700", "5900")):
        change = _change(10, {"price": "{other}"}, proration_behavior=behavior)
        yield _sequence(
            "proration", f"to a price of {amount} on day 10, {behavior}", _price(), _price("other", amount), _subscribe(), change
        )
    yearly = _change(10, {"price": "{other}"})
    yield _sequence("proration", "from monthly to yearly on day 10", _price(), _price("other", "30000", "year"), _subscribe(), yearly)
    for mode in ("classic", "flexible"):
        yield _credited(mode, "a change that prorated nothing", _change(10, {"price": "{other}"}, proration_behavior="none"))
        yield _credited(mode, "a discount that is gone", _change(10, discounts=""), discounts=[{"coupon": "{coupon}"}])
    date = _change(10, {"quantity": "2"}, proration_date=str(START + 5 * 86_400))
    yield _sequence("proration", "from a date in the past", _price(), _subscribe(), date)


def _anchors() -> Iterator[Sequence]:
    for behavior in ("create_prorations", "none"):
        anchored = _subscribe(billing_cycle_anchor=str(START + 20 * 86_400), proration_behavior=behavior)
        yield _sequence("anchor", f"20 days ahead, {behavior}", _price(), anchored)
    for behavior in _BEHAVIORS:
        now = _change(10, billing_cycle_anchor="now", proration_behavior=behavior)
        yield _sequence("anchor", f"moved to now on day 10, {behavior}", _price(), _subscribe(), now)
    yield _sequence("anchor", "from the 31st", _price(), _subscribe(day=30), days=121)


def _trials() -> Iterator[Sequence]:
    for days in (7, 14):
        yield _sequence("trial", f"{days} days", _price(), _subscribe(trial_period_days=str(days)))
    yield _sequence("trial", "ended early", _price(), _subscribe(trial_period_days="14"), _change(5, trial_end="now"))
    yield _sequence("trial", "more in the trial", _price(), _subscribe(trial_period_days="14"), _change(5, {"quantity": "3"}))
    for behavior in ("cancel", "pause", "create_invoice"):
        ending = {"end_behavior": {"missing_payment_method": behavior}}
        steps = (_price(), _subscribe(trial_period_days="7", trial_settings=ending))
        yield _sequence("trial", f"ends without a card, {behavior}", *steps, customer={"email": "a@example.com"})


def _discounts() -> Iterator[Sequence]:
    for kind, duration in product(({"percent_off": "25"}, {"amount_off": "700", "currency": "usd"}), ("once", "repeating", "forever")):
        more = {"duration_in_months": "2"} if duration == "repeating" else {}
        coupon = Step("coupon", 0, "POST /v1/coupons", {**kind, "duration": duration, **more})
        subscribe = _subscribe(discounts=[{"coupon": "{coupon}"}])
        yield _sequence("discount", f"{next(iter(kind))}, {duration}", _price(), coupon, subscribe, days=3 * _MONTH)
    coupon = Step("coupon", 0, "POST /v1/coupons", {"percent_off": "25", "duration": "forever"})
    change = _change(10, {"quantity": "2"})
    yield _sequence("discount", "with a proration", _price(), coupon, _subscribe(discounts=[{"coupon": "{coupon}"}]), change)


def _tax() -> Iterator[Sequence]:
    for inclusive, percentage in product(("false", "true"), ("7.7", "20")):
        rate = Step("rate", 0, "POST /v1/tax_rates", {"display_name": "Tax", "percentage": percentage, "inclusive": inclusive})
        name = f"{percentage} %, {'inclusive' if inclusive == 'true' else 'exclusive'}"
        subscribe = _subscribe(default_tax_rates=["{rate}"])
        yield _sequence("tax", name, _price(), rate, subscribe, _change(10, {"quantity": "2"}))


def _endings() -> Iterator[Sequence]:
    yield _sequence("ending", "at the period's end", _price(), _subscribe(), _change(10, cancel_at_period_end="true"))
    for more in ({}, {"prorate": "true"}, {"prorate": "true", "invoice_now": "true"}):
        gone = Step("gone", 10, "DELETE /v1/subscriptions/{subscription}", more)
        yield _sequence("ending", f"at once {', '.join(more) or 'without more'}", _price(), _subscribe(), gone)
    for behavior in ("void", "keep_as_draft", "mark_uncollectible"):
        yield _sequence("pause", behavior, _price(), _subscribe(), _change(10, pause_collection={"behavior": behavior}))
    yield _sequence("ending", "sent, and not paid", _price(), _subscribe(collection_method="send_invoice", days_until_due="7"))


def _credit() -> Iterator[Sequence]:
    for amount in ("-1000", "-5000", "900"):
        given = Step("credit", 0, "POST /v1/customers/{customer}/balance_transactions", {"amount": amount, "currency": "usd"})
        yield _sequence("credit", f"a balance of {amount}", _price(), given, _subscribe())
    for amount in ("800", "-800"):
        item = Step("item", 10, "POST /v1/invoiceitems", {"customer": "{customer}", "amount": amount, "currency": "usd"})
        yield _sequence("credit", f"{amount} waiting for the next bill", _price(), _subscribe(), item)


def _usage() -> Iterator[Sequence]:
    for formula, tiered in product(("sum", "count", "last"), (False, True)):
        given = {"display_name": "Use", "event_name": "use_{tag}", "default_aggregation": {"formula": formula}}
        metered = {"usage_type": "metered", "meter": "{meter}"}
        more = {"amount": None, "billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": _TIERS} if tiered else {"amount": "11"}
        steps = (Step("meter", 0, "POST /v1/billing/meters", given), _price(recurring=metered, **more), _subscribe(None))
        name = f"{formula}{', in tiers' if tiered else ''}"
        yield _sequence("usage", name, *steps, *(_use(day, value) for day, value in ((2, "4"), (9, "5"))))


def _use(day: int, value: str) -> Step:
    payload = {"stripe_customer_id": "{customer}", "value": value}
    given = {"event_name": "use_{tag}", "payload": payload, "timestamp": str(START + day * 86_400)}
    return Step("use", day, "POST /v1/billing/meter_events", given)


def _schedules() -> Iterator[Sequence]:
    for behavior in _BEHAVIORS:
        month = {"interval": "month", "interval_count": "1"}
        phases = [{"items": [{"price": "{price}"}], "duration": month},
                  {"items": [{"price": "{other}"}], "duration": month, "proration_behavior": behavior}]  # fmt: skip
        made = Step(
            "schedule", 0, "POST /v1/subscription_schedules", {"customer": "{customer}", "start_date": str(START), "phases": phases}
        )
        yield _sequence("schedule", f"a dearer second phase, {behavior}", _price(), _price("other", "5900"), made)


def _declines() -> Iterator[Sequence]:
    bad = Step("card", 10, "POST /v1/payment_methods/pm_card_chargeCustomerFail/attach", {"customer": "{customer}"})
    default = Step("default", 10, "POST /v1/customers/{customer}", {"invoice_settings": {"default_payment_method": "{card}"}})
    yield _sequence("decline", "of a renewal", _price(), _subscribe(), bad, default, days=_MONTH + 1)
    first = _subscribe(payment_behavior="default_incomplete")
    yield _sequence("decline", "never confirmed", _price(), first, days=2)
