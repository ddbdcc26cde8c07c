"""What a subscription sells: its items, from the parameters of a call."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator import discounts, periods
from replayer.simulator.calls import Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.periods import Period
from replayer.simulator.prices import recurring_of, recurs
from replayer.simulator.products import price_from
from replayer.simulator.records import Record


class Sold(msgspec.Struct, frozen=True):
    """One item at one time: its record, what it sells, how much (null: metered), and the period that is paid for."""

    item: Record
    price: Record
    quantity: int | None
    period: Period

    def until(self, at: int) -> Period:
        """What of the period had passed at a time."""
        return self.period[0], min(self.period[1], at)


def items_of(call: Call, subscription: str) -> list[Record]:
    """A subscription's items, in the order in which they were added."""
    return call.store.children("subscription_item", "subscription", subscription)[::-1]


def price_of(call: Call, item: Record) -> Record:
    """What an item sells."""
    return call.sure(call.find(("price", "plan"), str(item["price"]), "price"))


def sold(call: Call, subscription: str) -> list[Sold]:
    """What a subscription sells now."""
    return [_sold(call, item) for item in items_of(call, subscription)]


def _sold(call: Call, item: Record) -> Sold:
    return Sold(item, price_of(call, item), item.values.get("quantity"), (item["current_period_start"], item["current_period_end"]))


def is_metered(price: Record) -> bool:
    """Whether a price bills what was used, after the period."""
    return recurring_of(price)[2] == "metered"


def wanted(call: Call, name: str = "items") -> list[dict[str, Any]]:
    """The items that a call asks for; `plan` and `quantity` of the older way make one."""
    given = call.params.get(name)
    if isinstance(given, list):
        return [entry for entry in given if isinstance(entry, dict)]
    old = {key: call.params[key] for key in ("plan", "price", "quantity") if call.params.get(key) is not None}
    return [old] if old else []


def price_named(call: Call, entry: dict[str, Any], param: str) -> Record | None:
    """The price that an entry of a call's items names or brings, null where it does neither."""
    data, made = entry.get("price_data"), entry.get("price")
    if isinstance(made, Record):  # what a page sells: it was made for that page
        return made
    if isinstance(data, dict):
        return price_from(call, data)
    for name in ("price", "plan"):
        identifier = entry.get(name)
        if isinstance(identifier, str) and identifier:
            found = call.sure(call.find((name,), identifier, "plan" if name == "plan" else f"{param}[price]"))
            if found.values.get("active") is False:
                raise refuse(f"The price specified is inactive. This field only accepts active prices: `{identifier}`.", param=param)
            return found
    return None


def add(call: Call, subscription: str, entry: dict[str, Any], price: Record, period: Period, customer: Record, param: str) -> Record:
    """Add an item."""
    if not recurs(price):
        raise ApiError(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=f"{param}[price]",
        )
    quantity = entry.get("quantity")
    values = {
        "billing_thresholds": entry.get("billing_thresholds"),
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": entry.get("metadata") or {},
        "plan": price.id,
        "price": price.id,
        "subscription": subscription,
        "tax_rates": entry.get("tax_rates") or [],
    }
    if not is_metered(price):
        values["quantity"] = 1 if quantity is None else quantity
    item = call.create("subscription_item", values)
    given = entry.get("discounts")
    if isinstance(given, list):
        made = [discounts.redeem(call, one, param=f"{param}[discounts]", customer=customer, subscription_item=item.id,
                                 subscription=subscription) for one in given if isinstance(one, dict)]  # fmt: skip
        item = call.update(item, {"discounts": [one.id for one in made]})
    return item


def period_for(price: Record, anchor: int, now: int) -> Period:
    """The period of a price in a cycle through `anchor`; one that begins later begins now, and ends with the anchor."""
    interval, count, _ = recurring_of(price)
    if anchor > now:
        return now, anchor
    return periods.containing(anchor, interval, count, now)


def need_currency(call: Call, prices: list[Record]) -> str:
    """The currency of a subscription's prices, which must be one."""
    asked = call.params.get("currency")
    found = {str(price["currency"]) for price in prices}
    if isinstance(asked, str) and asked:
        return asked.lower()
    if not found:
        raise missing_parameter("items")
    if len(found) > 1:
        raise refuse("All prices on a subscription must have the same `currency`.", param="items")
    return found.pop()


def in_currency(price: Record, currency: str) -> Record:
    """A price as it is in one of its currencies (`currency_options`)."""
    if price["currency"] == currency:
        return price
    options = price.values.get("currency_options")
    option = options.get(currency) if isinstance(options, dict) else None
    if not isinstance(option, dict):
        raise refuse(f"The price `{price.id}` is not available in the currency `{currency}`.", param="currency")
    other = price.copy()
    other.values = {**price.values, **option, "currency": currency}
    return other
