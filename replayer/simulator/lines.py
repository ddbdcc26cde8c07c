"""Invoice lines: what they bill, in words, amounts and the names of all versions."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from replayer.simulator.calls import Call
from replayer.simulator.periods import Period
from replayer.simulator.prices import Part, parts_of, recurring_of, recurs
from replayer.simulator.records import Record
from replayer.stripeapi.amounts import decimals

_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "aud": "A$", "cad": "CA$", "brl": "R$", "inr": "₹", "krw": "₩"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a line is to bill; `amount` is before discounts and tax, in minor units. `unit` is null for prorations.

    `credited` names the line that a proration credits: its invoice and its ids. `discounts` and `tax_rates` are ids of the line's own.
    """

    amount: int
    currency: str
    description: str | None
    period: Period
    quantity: int | None = 1
    price: str | None = None
    product: str | None = None
    recurring: bool = False
    unit: str | None = None
    proration: bool = False
    credited: dict[str, Any] | None = None
    subscription: str | None = None
    item: str | None = None
    invoice_item: str | None = None
    discountable: bool = True
    discounts: list[str] = []
    tax_rates: list[str] = []
    metadata: dict[str, Any] = {}


def write(call: Call, invoice: str, line: Line) -> Record:
    """Put a line on an invoice."""
    return call.create("line_item", {**values_of(line), "invoice": invoice})


def values_of(line: Line) -> dict[str, Any]:
    """A line's fields, under the names of all versions; its discounts and taxes follow with the invoice's totals."""
    details = {"credited_items": line.credited}
    at_price = {"price_details": {"price": line.price, "product": line.product}, "type": "price_details"} if line.price else None
    return {
        "amount": line.amount,
        "currency": line.currency,
        "description": line.description,
        "discountable": line.discountable,
        "discounts": line.discounts,
        "invoice_item": line.invoice_item,
        "metadata": line.metadata,
        "parent": _parent(line),
        "period": {"end": line.period[1], "start": line.period[0]},
        "plan": line.price if line.recurring else None,
        "price": line.price,
        "pricing": {**at_price, "unit_amount_decimal": line.unit} if at_price else None,
        "proration": line.proration,
        "proration_details": details,
        "quantity": line.quantity,
        "quantity_decimal": None if line.quantity is None else str(line.quantity),
        "subscription": line.subscription,
        "subscription_item": line.item,
        "subtotal": line.amount,
        "tax_rates": line.tax_rates,
        "type": "subscription" if line.item is not None and line.invoice_item is None else "invoiceitem",
    }


def _parent(line: Line) -> dict[str, Any]:
    """Where a line comes from: a subscription's item, prorations of it too, or an invoice item."""
    details = {"invoice_item": line.invoice_item, "proration": line.proration, "proration_details": {"credited_items": line.credited}}
    if line.item is not None:
        of_item = {**details, "subscription": line.subscription, "subscription_item": line.item}
        return {"invoice_item_details": None, "subscription_item_details": of_item, "type": "subscription_item_details"}
    of_invoice_item = {**details, "subscription": line.subscription}
    return {"invoice_item_details": of_invoice_item, "subscription_item_details": None, "type": "invoice_item_details"}


# --- words


def product_of(call: Call, price: Record) -> Record | None:
    """The product that a price sells."""
    identifier = price.values.get("product")
    return call.store.first(("product",), identifier) if isinstance(identifier, str) else None


def named(call: Call, price: Record, quantity: int | None = None, *, always: bool = True) -> str:
    """What is sold, with its quantity (`2 user × Seats`); a quantity of one is left out unless `always`."""
    product = product_of(call, price)
    name = str(product.values.get("name")) if product is not None else price.id
    if quantity is None or (quantity == 1 and not always):
        return name
    unit = product.values.get("unit_label") if product is not None else None
    return f"{quantity} {unit} × {name}" if unit else f"{quantity} × {name}"


def money(amount: str, currency: str) -> str:
    """A unit amount in minor units as invoices write it: `$25.00`."""
    places = decimals(currency)
    whole, _, rest = amount.partition(".")
    digits = whole.rjust(places + 1, "0")
    text = f"{int(digits[:-places]):,}.{digits[-places:]}{rest}" if places else f"{int(whole):,}" + (f".{rest}" if rest else "")
    return f"{_SYMBOLS[currency]}{text}" if currency in _SYMBOLS else f"{text} {currency.upper()}"


def day(at: int) -> str:
    """A date as prorations write it: `10 Nov 2025`."""
    date = time.gmtime(at)
    return f"{date.tm_mday:02d} {time.strftime('%b %Y', date)}"


def per(price: Record) -> str:
    """How often a price recurs: `month`, `every 3 months`."""
    interval, count, _ = recurring_of(price)
    return interval if count == 1 else f"every {count} {interval}s"


def described(call: Call, price: Record, part: Part) -> str:
    """A full period's line in words."""
    currency = str(price["currency"])
    name = named(call, price, part.quantity)
    if part.flat:
        return f"{named(call, price)} (Tier {part.tier} flat fee)"
    at = f"at {money(part.unit or '0', currency)} / {per(price)}"
    return f"{name} ({f'Tier {part.tier} ' if part.tier is not None else ''}{at})"


def period_lines(call: Call, item: Record, price: Record, quantity: int, period: Period, *, rates: list[str]) -> list[Line]:
    """The lines of a subscription item for a whole period; a price in tiers has several."""
    common = _common(call, item, price, period, rates)
    return [
        Line(amount=part.amount, quantity=part.quantity, unit=part.unit, description=described(call, price, part), **common)
        for part in parts_of(price, quantity)
    ]


def trial_line(call: Call, item: Record, price: Record, quantity: int | None, period: Period, *, is_flexible: bool) -> Line:
    """The line of a free trial, in the words of the billing mode (compare classic and flexible, "trial period line item description")."""
    words = f"Free trial for {named(call, price, quantity)}" if is_flexible else f"Trial period for {named(call, price)}"
    return Line(amount=0, quantity=quantity, unit="0", description=words, **_common(call, item, price, period, []))


def _common(call: Call, item: Record, price: Record, period: Period, rates: list[str]) -> dict[str, Any]:
    return {
        "currency": str(price["currency"]),
        "discounts": list(item.values.get("discounts") or []),
        "item": item.id,
        "metadata": item.values.get("metadata") or {},
        "period": period,
        "price": price.id,
        "product": price.values.get("product"),
        "recurring": recurs(price),
        "subscription": item.values.get("subscription"),
        "tax_rates": rates,
    }
