"""What an item was billed ahead for, and nothing has credited yet: in the flexible billing mode a credit gives that back.

docs.stripe.com/billing/subscriptions/billing-mode/compare, "Credit proration calculations": a credit goes by the amounts that were debited
and not by today's price, quantity and discounts; a time that was billed by several debits is credited by as many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from replayer.simulator.calls import Call
from replayer.simulator.errors import Unknown
from replayer.simulator.items import Sold
from replayer.simulator.periods import Period
from replayer.simulator.records import Record
from replayer.simulator.totals import lines_of

UNUSED = "unused"  # marks the invoice items that credit: a field of ours, which no answer shows
_KEPT = "billed_as"


class Debit(msgspec.Struct, frozen=True, kw_only=True):
    """What was billed for a time: minor units after discounts, the price and the quantity, and the invoice lines that billed it."""

    amount: int
    period: Period
    price: Record
    quantity: int | None
    tax_rates: list[str]
    credited: dict[str, Any] | None = None


def debits(call: Call, subscription: Record, old: Sold) -> list[Debit] | None:
    """The debits of an item's period that nothing has credited, oldest first; null where what was billed is not known.

    That is so of a subscription which was there before the first call, and whose invoice of this period was not.
    """
    items, is_credited = _items(call, subscription, old)
    lines = [] if is_credited else list(_lines(call, subscription, old))
    if not lines and not is_credited and subscription.origin != "computed":
        return None
    return [*lines, *items]


def _items(call: Call, subscription: Record, old: Sold) -> tuple[list[Debit], bool]:
    """The prorations billed since the last credit, and whether there was one: it gave back all that was billed before."""
    found: list[Debit] = []
    for item in call.store.children("invoiceitem", "subscription", subscription.id):
        if not item.values.get("proration") or not _is_of(item, old):
            continue
        if item.values.get(UNUSED) or item["amount"] < 0:
            return found[::-1], True
        found.append(_debit(call, old, item, item["amount"], None))
    return found[::-1], False


def _lines(call: Call, subscription: Record, old: Sold) -> Iterator[Debit]:
    """What invoices billed for the whole period; a price in tiers has several lines on one."""
    for invoice in call.store.children("invoice", "subscription", subscription.id):
        if invoice["created"] < old.period[0]:
            return
        found = [line for line in lines_of(call, invoice) if not line.values.get("proration") and _is_of(line, old)]
        if found:
            off = sum(one["amount"] for line in found for one in line.values.get("discount_amounts") or [])
            if off:
                need_included(subscription)
            amount = sum(line["amount"] for line in found) - off
            named = {"invoice": invoice.id, "invoice_line_items": [line.id for line in found]}
            quantity = sum(line.values.get("quantity") or 0 for line in found)
            yield _debit(call, old, found[0], amount, named, quantity)


def _is_of(billed: Record, old: Sold) -> bool:
    return billed.values.get("subscription_item") == old.item.id and (billed.values.get("period") or {}).get("end") == old.period[1]


def _debit(call: Call, old: Sold, billed: Record, amount: int, named: dict[str, Any] | None, quantity: int | None = None) -> Debit:
    pricing = billed.values.get("pricing") or {}
    price = call.store.first(("price", "plan"), str((pricing.get("price_details") or {}).get("price"))) or old.price
    return Debit(
        amount=amount,
        period=(billed["period"]["start"], billed["period"]["end"]),
        price=price,
        quantity=billed.values.get("quantity") if quantity is None else quantity,
        tax_rates=list(billed.values.get("tax_rates") or []),
        credited=named,
    )


def need_included(subscription: Record) -> None:
    """Refuse to guess amounts whose discounts are told apart (docs.stripe.com/changelog/clover, "itemize proration discount amounts")."""
    settings = (subscription.values.get("billing_mode") or {}).get("flexible") or {}
    if settings.get("proration_discounts") == "itemized":
        raise Unknown("prorations of a subscription whose proration discounts are itemized")


def keep(call: Call, old: Sold) -> None:
    """Remember what an item was sold as when it was billed: a change that prorates nothing leaves that debit as it is."""
    held = old.item.values.get(_KEPT)
    if held is None or held["until"] != old.period[1]:
        item = call.store.get("subscription_item", old.item.id)
        if item is not None:
            call.store.writable(item).assign({_KEPT: {"price": old.price.id, "quantity": old.quantity, "until": old.period[1]}})


def as_billed(call: Call, old: Sold) -> Sold:
    """What an item was sold as when its period was billed, where later changes prorated nothing."""
    held = old.item.values.get(_KEPT)
    if held is None or held["until"] != old.period[1]:
        return old
    price = call.store.first(("price", "plan"), held["price"])
    return old if price is None else msgspec.structs.replace(old, price=price, quantity=held["quantity"])
