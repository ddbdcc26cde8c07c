"""What a page or a quote offers: line items, and what they come to (docs.stripe.com/api/checkout/sessions/line_items).

The same way as on an invoice: an amount for each line, the discounts' share of it, then tax by rate. A line that recurs costs nothing while
it is tried out, and what is metered costs nothing before it is used.
"""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator import automatic_tax, discounts, items, tax
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.errors import Unknown, missing_parameter
from replayer.simulator.lines import product_of
from replayer.simulator.prices import amount_of, recurring_of, recurs
from replayer.simulator.records import Record
from replayer.simulator.tax import Tax


class Payer(msgspec.Struct, frozen=True):
    """By whose place automatic tax goes; null: nobody is named yet."""

    customer: Record | None


class Offer(msgspec.Struct, frozen=True):
    """One line item; amounts are in minor units. `quantity` is null for what is metered."""

    entry: dict[str, Any]
    price: Record
    quantity: int | None
    subtotal: int
    discount: int = 0
    taxes: list[Tax] = []

    @property
    def total(self) -> int:
        """What the customer pays for it."""
        return self.subtotal - self.discount + sum(one.amount for one in self.taxes if not one.inclusive)


def offered(call: Call, given: list[dict[str, Any]], *, currency: str | None = None, free: bool = False) -> list[Offer]:
    """The line items that parameters name, without discounts and tax; `free` is true while a trial lasts."""
    found = []
    for place, entry in enumerate(given):
        param = f"line_items[{place}]"
        price = items.price_named(call, entry, param)
        if price is None:
            raise missing_parameter(f"{param}[price]")
        wanted = str(currency or call.params.get("currency") or price["currency"]).lower()
        price = items.in_currency(price, wanted)
        found.append(_offer(entry, price, entry.get("quantity"), param, free=free))
    if len({str(one.price["currency"]) for one in found}) > 1:
        raise refuse("All prices must have the same `currency`.", param="line_items")
    return found


def again(call: Call, record: Record, quantities: dict[str, int], *, free: bool = False) -> list[Offer]:
    """The line items of an object as they were offered, with other quantities where some are given by their ids."""
    found = []
    for item in items_of(call, record):
        price = items.in_currency(call.sure(call.find("price", str(item["price"]), "price")), str(item["currency"]))
        quantity = quantities.get(item.id, item.values.get("quantity"))
        found.append(_offer(item["entry"], price, quantity, "line_items", free=free))
    return found


def _offer(entry: dict[str, Any], price: Record, quantity: Any, param: str, *, free: bool) -> Offer:
    if recurs(price) and items.is_metered(price):
        return Offer(entry, price, None, 0)
    if not isinstance(quantity, int):
        raise refuse(f"Quantity is required. Add `quantity` to `{param}`", param=param)
    amount = 0 if free and recurs(price) else amount_of(price, quantity)
    return Offer(entry, price, quantity, amount)


def reduced(call: Call, found: list[Offer], coupons: list[Record], rates: list[str], payer: Payer | None = None) -> list[Offer]:
    """Line items after coupons, one after the other, and with tax; `rates` hold where a line has none of its own.

    `payer` is whose place decides what tax is due, where that is judged automatically.
    """
    left = [one.subtotal for one in found]
    for coupon in coupons:
        takes = [place for place, one in enumerate(found) if discounts.applies(coupon, one.price.values.get("product"))]
        currency = str(found[0].price["currency"]) if found else ""
        for place, taken in zip(takes, discounts.off(coupon, currency, [left[place] for place in takes]), strict=True):
            left[place] -= taken
    return [
        msgspec.structs.replace(one, discount=one.subtotal - rest, taxes=_taxes(call, one, rest, rates, payer))
        for one, rest in zip(found, left, strict=True)
    ]


def _taxes(call: Call, one: Offer, amount: int, rates: list[str], payer: Payer | None) -> list[Tax]:
    own = one.entry.get("tax_rates")
    if own or payer is None:
        return tax.on(call, own or rates, amount)
    return automatic_tax.on(call, payer.customer, one.price, one.price.values.get("product"), amount, call.now)


def totals(found: list[Offer]) -> dict[str, Any]:
    """The totals of line items, as sessions and quotes show them."""
    return {
        "amount_subtotal": sum(one.subtotal for one in found),
        "amount_total": sum(one.total for one in found),
        "total_details": {
            "amount_discount": sum(one.discount for one in found),
            "amount_shipping": 0,
            "amount_tax": sum(each.amount for one in found for each in one.taxes),
        },
    }


def keep(call: Call, field: str, owner: Record, found: list[Offer]) -> None:
    """Make the line items of an object; `field` is how they refer to it."""
    for one in found:
        call.create("item", {**_shown(call, one), "entry": one.entry, field: owner.id})


def rewrite(call: Call, owner: Record, found: list[Offer]) -> None:
    """Write anew what an object's line items come to."""
    for item, one in zip(items_of(call, owner), found, strict=True):
        call.update(item, _shown(call, one))


def _shown(call: Call, one: Offer) -> dict[str, Any]:
    product = product_of(call, one.price)
    return {
        "adjustable_quantity": one.entry.get("adjustable_quantity"),
        "amount_discount": one.discount,
        "amount_subtotal": one.subtotal,
        "amount_tax": sum(each.amount for each in one.taxes),
        "amount_total": one.total,
        "currency": one.price["currency"],
        "description": product.values.get("name") if product is not None else None,
        "metadata": {},
        "price": one.price.id,
        "quantity": one.quantity,
    }


def items_of(call: Call, owner: Record) -> list[Record]:
    """An object's line items, in their order."""
    return call.store.children("item", owner.type.rpartition(".")[2], owner.id)[::-1]


def need_items(call: Call, owner: Record) -> Page:
    """The page of an object's line items that a call asks for."""
    if owner.origin == "after" or owner.raw is not None:
        raise Unknown(f"the line items of {owner.id} are not known")
    found = items_of(call, owner)
    limit, after = call.params.get("limit"), call.params.get("starting_after")
    size = max(1, min(100, limit)) if isinstance(limit, int) else 10
    place = next((index + 1 for index, one in enumerate(found) if one.id == after), 0)
    return Page(found[place : place + size], call.request.path, has_more=len(found) > place + size)


def line_items(call: Call) -> Answer:
    """The line items of the object in the path."""
    return need_items(call, call.at(0))


def ordered(found: list[Offer]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Line items as a subscription takes them: what recurs, and what is added to its first invoice."""
    recurring: list[dict[str, Any]] = []
    once: list[dict[str, Any]] = []
    for one in found:
        entry: dict[str, Any] = {"price": one.price, "tax_rates": one.entry.get("tax_rates") or []}
        if one.quantity is not None:
            entry["quantity"] = one.quantity
        (recurring if recurs(one.price) else once).append(entry)
    return recurring, once


def interval_of(found: list[Offer]) -> tuple[str, int] | None:
    """How often what recurs of some line items is billed, null where nothing does."""
    each = [recurring_of(one.price)[:2] for one in found if recurs(one.price)]
    return each[0] if each else None
