"""Monthly recurring revenue: what a customer's subscriptions bill a month, by what they sell now.

As Stripe's billing overview counts it (docs.stripe.com/billing/subscriptions/analytics): of subscriptions that are active or past due,
licensed prices spread over months (a year is twelve, a week 12/52 of one), less discounts that last. Trials, tax, metered usage and what is
billed once are not in it.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

from replayer.simulator import items
from replayer.simulator.calls import Call
from replayer.simulator.prices import parts_of, recurring_of, rounded
from replayer.simulator.records import Record

_COUNTED = ("active", "past_due")
_MONTHS = {"day": Fraction(12, 365), "week": Fraction(12, 52), "month": Fraction(1), "year": Fraction(12)}


def monthly(call: Call, customer: str) -> dict[str, int]:
    """What a customer's subscriptions bill a month (minor units by currency)."""
    found: Counter[str] = Counter()
    for subscription in call.store.children("subscription", "customer", customer):
        if subscription["status"] in _COUNTED:
            found[str(subscription["currency"])] += rounded(_of(call, subscription))
    return {currency: amount for currency, amount in found.items() if amount}


def _of(call: Call, subscription: Record) -> Fraction:
    whole, months = Fraction(0), Fraction(1)
    for one in items.sold(call, subscription.id):
        interval, count, _ = recurring_of(one.price)
        if items.is_metered(one.price):
            continue
        months = _MONTHS[interval] * count
        amount = Fraction(sum(part.amount for part in parts_of(one.price, one.quantity or 0)))
        for coupon in _lasting(call, one.item):
            amount -= _off(coupon, amount)
        whole += amount / months
    for coupon in _lasting(call, subscription) or _lasting(call, call.find("customer", str(subscription["customer"]), "customer")):
        percent = _percent(coupon)
        whole -= whole * percent if percent else min(whole, Fraction(coupon.values.get("amount_off") or 0) / months)
    return whole


def _lasting(call: Call, owner: Record) -> list[Record]:
    """The coupons of discounts that more than one bill gets, and that have not ended."""
    held = owner.values.get("discounts") or ([owner.values["discount"]] if isinstance(owner.values.get("discount"), str) else [])
    found = []
    for name in held:
        discount = call.store.get("discount", name) if isinstance(name, str) else None
        coupon = call.store.get("coupon", str(discount["coupon"])) if discount is not None else None
        if discount is None or coupon is None or coupon.values.get("duration") == "once":
            continue
        if discount.values.get("end") is None or int(discount["end"]) > call.now:
            found.append(coupon)
    return found


def _off(coupon: Record, amount: Fraction) -> Fraction:
    percent = _percent(coupon)
    return amount * percent if percent else min(amount, Fraction(coupon.values.get("amount_off") or 0))


def _percent(coupon: Record) -> Fraction:
    return Fraction(Decimal(str(coupon.values.get("percent_off") or 0))) / 100
