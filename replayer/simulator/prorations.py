"""Prorations: what of a period is not used any more, and what of the new is (docs.stripe.com/billing/subscriptions/prorations).

Computed to the second, from the line's total, each line rounded by itself; a discount on the price sits inside the amount, and the line
takes no further one. In the classic billing mode a credit goes by today's price, quantity and discounts, in the flexible one by what was
billed (`prepaid.py`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from replayer.simulator import discounts, items, prepaid
from replayer.simulator.calls import Call
from replayer.simulator.errors import Unknown
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.lines import Line, day, named, values_of
from replayer.simulator.periods import Period
from replayer.simulator.prepaid import Debit
from replayer.simulator.prices import amount_of, recurs, rounded
from replayer.simulator.records import Record
from replayer.simulator.totals import lines_of


def share(amount: int, part: Period, whole: Period) -> int:
    """The part of an amount that a part of its period takes, in minor units."""
    length = whole[1] - whole[0]
    return rounded(Fraction(amount * (part[1] - part[0]), length)) if length > 0 else 0


def credit(call: Call, subscription: Record, old: Sold, at: int) -> None:
    """Credit what of an item's period is not used, as pending invoice items."""
    if is_metered(old.price) or at >= old.period[1]:
        return
    for billed in _billed(call, subscription, old):
        part = (max(at, billed.period[0]), billed.period[1])
        amount = -share(billed.amount, part, billed.period)
        words = f"Unused time on {named(call, billed.price, billed.quantity, always=False)} after {day(part[0])}"
        sold = msgspec.structs.replace(old, price=billed.price, quantity=billed.quantity)
        item = _pending(call, subscription, sold, amount, words, part, billed.credited, billed.tax_rates)
        call.store.writable(item).assign({prepaid.UNUSED: True})


def _billed(call: Call, subscription: Record, old: Sold) -> list[Debit]:
    """What a credit goes by."""
    if is_flexible(subscription):
        found = prepaid.debits(call, subscription, old)
        if found is not None:
            return found
        old = prepaid.as_billed(call, old)
    return [
        Debit(
            amount=_net(call, subscription, old), period=old.period, price=old.price, quantity=old.quantity,
            tax_rates=rates_of(subscription, old.item), credited=_credited(call, subscription, old),
        )
    ]  # fmt: skip


def is_flexible(subscription: Record) -> bool:
    """Whether a subscription is billed in the flexible mode; versions before it show none."""
    return (subscription.values.get("billing_mode") or {}).get("type") == "flexible"


def debit(call: Call, subscription: Record, new: Sold, at: int) -> None:
    """Bill what is left of an item's period, as a pending invoice item."""
    if is_metered(new.price) or at >= new.period[1]:
        return
    part = (max(at, new.period[0]), new.period[1])
    amount = share(_net(call, subscription, new), part, new.period)
    words = f"Remaining time on {named(call, new.price, new.quantity, always=False)} after {day(part[0])}"
    _pending(call, subscription, new, amount, words, part, None, rates_of(subscription, new.item))


def _net(call: Call, subscription: Record, what: Sold) -> int:
    """A full period's amount, less the discounts that hold: the item's own, then the subscription's, else the customer's."""
    amount = amount_of(what.price, what.quantity or 0)
    currency = str(what.price["currency"])
    customer = call.store.get("customer", str(subscription["customer"]))
    shared = subscription.values.get("discounts") or ([customer.values.get("discount")] if customer is not None else [])
    for discount in discounts.active(call, what.item.values.get("discounts"), call.now):
        prepaid.need_included(subscription)
        amount -= discounts.off(discounts.coupon_behind(call, discount), currency, [amount])[0]
    for discount in discounts.active(call, shared, call.now):
        coupon = discounts.coupon_behind(call, discount)
        if discounts.applies(coupon, what.price.values.get("product")):
            prepaid.need_included(subscription)
            amount -= discounts.off(coupon, currency, [amount, *_others(call, subscription, what, coupon)])[0]
    return amount


def _others(call: Call, subscription: Record, what: Sold, coupon: Record) -> list[int]:
    """The full periods of the other items that share an amount off with one: by their size, in the flexible mode."""
    found = [one for one in items.sold(call, subscription.id) if one.item.id != what.item.id and not is_metered(one.price)]
    sharing = [amount_of(one.price, one.quantity or 0) for one in found if discounts.applies(coupon, one.price.values.get("product"))]
    if sharing and coupon.values.get("percent_off") is None and not is_flexible(subscription):
        raise Unknown("how an amount off is spread over several items of a subscription in the classic billing mode")
    return sharing


def _pending(
    call: Call, subscription: Record, what: Sold, amount: int, words: str, part: Period, credited: dict[str, Any] | None,
    rates: list[str],
) -> Record:  # fmt: skip
    line = Line(
        amount=amount,
        credited=credited,
        currency=str(what.price["currency"]),
        description=words,
        discountable=False,
        item=what.item.id,
        period=part,
        price=what.price.id,
        product=what.price.values.get("product"),
        proration=True,
        quantity=what.quantity,
        recurring=recurs(what.price),
        subscription=subscription.id,
        tax_rates=rates,
    )
    return _wait(call, subscription, line)


def unbilled(call: Call, subscription: Record, lines: list[Line]) -> None:
    """Let what a metered item has used wait for the next invoice (compare classic and flexible, "Bill for unbilled usage")."""
    for line in lines:
        if line.amount:
            _wait(call, subscription, line)


def _wait(call: Call, subscription: Record, line: Line) -> Record:
    """Put a line off to the next invoice, as an invoice item."""
    values = values_of(line)
    parent = {"subscription_details": {"subscription": subscription.id, "subscription_item": line.item}, "type": "subscription_details"}
    record = call.create(
        "invoiceitem",
        {
            **{name: value for name, value in values.items() if name not in ("type", "invoice_item", "subtotal")},
            "customer": subscription["customer"],
            "date": call.now,
            "discounts": [],
            "invoice": None,
            "net_amount": line.amount,
            "parent": parent,
            "unit_amount": None,
            "unit_amount_decimal": None,
        },
    )
    call.event("invoiceitem.created", record)
    return record


def forget(call: Call, subscription: Record) -> None:
    """Delete the prorations of a subscription that wait (API reference, "Cancel a subscription")."""
    for item in call.store.children("invoiceitem", "subscription", subscription.id):
        if item.values.get("proration") and item.values.get("invoice") is None:
            call.delete(item)


def rates_of(subscription: Record, item: Record) -> list[str]:
    """The tax rates of an item's lines: its own, else the subscription's."""
    found = item.values.get("tax_rates") or subscription.values.get("default_tax_rates") or []
    return [rate for rate in found if isinstance(rate, str)]


def _credited(call: Call, subscription: Record, old: Sold) -> dict[str, Any] | None:
    """The invoice line that billed what is credited."""
    for invoice in call.store.children("invoice", "subscription", subscription.id):
        found = [line.id for line in lines_of(call, invoice) if _bills(line, old)]
        if found:
            return {"invoice": invoice.id, "invoice_line_items": found}
    return None


def _bills(line: Record, old: Sold) -> bool:
    period = line.values.get("period") or {}
    return line.values.get("subscription_item") == old.item.id and period.get("end") == old.period[1] and line["amount"] >= 0
