"""Discounts: a coupon or promotion code, redeemed for a customer, a subscription, an item, an invoice or an invoice item.

A coupon's `duration` decides how long: `once` for one invoice, `repeating` for some months from its start, `forever`
(docs.stripe.com/billing/subscriptions/coupons). A line's discounts come before the invoice's, each on what those before it left.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from replayer.simulator import periods
from replayer.simulator.calls import Call, refuse
from replayer.simulator.errors import Unknown, missing_resource
from replayer.simulator.prices import rounded
from replayer.simulator.records import Record

_OWNERS = ("customer", "subscription", "subscription_item", "invoice", "invoice_item")
_NEVER = frozenset({"promotion_code", "checkout_session", "end"})


def redeem(
    call: Call, spec: dict[str, Any], *, param: str, customer: Record | None, amount: int | None = None, **owner: str | None
) -> Record:
    """Make a discount from `{coupon: …}`, `{promotion_code: …}` or `{discount: …}`, which takes an existing one over as it is.

    `amount` is what the purchase comes to, in minor units, null where that is not known; `customer` is null where there is none.
    """
    existing = spec.get("discount")
    if isinstance(existing, str) and existing:
        return call.find("discount", existing, f"{param}[discount]")
    code, coupon = sources(call, spec, param, customer, amount)
    months = coupon.values.get("duration_in_months")
    end = periods.add(call.now, "month", int(months)) if coupon.values.get("duration") == "repeating" and months else None
    record = call.create(
        "discount",
        {
            **dict.fromkeys(_OWNERS),
            "checkout_session": None,
            "coupon": coupon.id,
            "customer": customer.id if customer is not None else None,
            "end": end,
            "promotion_code": code.id if code is not None else None,
            "source": {"coupon": coupon.id, "type": "coupon"},
            "start": call.now,
            **owner,
        },
    )
    for used in (code, coupon):
        if used is not None:
            _count(call, used)
    return record


def sources(call: Call, spec: dict[str, Any], param: str, customer: Record | None, amount: int | None) -> tuple[Record | None, Record]:
    """The promotion code and the coupon that a discount is to be made of; raises where they cannot be redeemed."""
    code = spec.get("promotion_code")
    if isinstance(code, str) and code:
        found = call.find("promotion_code", code, f"{param}[promotion_code]")
        check_code(call, found, f"{param}[promotion_code]", customer, amount)
        coupon = call.find("coupon", coupon_of(found), param)
    else:
        given = spec.get("coupon")
        if not isinstance(given, str) or not given:
            raise Unknown(f"what {param} stands for")
        found, coupon = None, call.find("coupon", given, f"{param}[coupon]" if param != "coupon" else "coupon")
    _check(call, coupon, param)
    return found, coupon


def check_code(call: Call, code: Record, param: str, customer: Record | None, amount: int | None) -> None:
    """Refuse a promotion code that is not active, or whose restrictions do not hold (Stripe API reference, "Promotion Codes")."""
    if not is_active(call, code):
        raise refuse("This promotion code is not active.", param=param, code="promotion_code_inactive")
    if code.values.get("customer") is not None and (customer is None or code["customer"] != customer.id):
        raise refuse("This promotion code cannot be redeemed by this customer.", param=param)
    restrictions = code.values.get("restrictions") or {}
    if restrictions.get("first_time_transaction") and customer is not None and _has_bought(call, customer):
        raise refuse("This promotion code cannot be redeemed because the associated customer has prior transactions.", param=param)
    least = restrictions.get("minimum_amount")
    if isinstance(least, int):
        if amount is None:
            raise Unknown(f"whether a purchase reaches the minimum amount of {code.id}")
        if amount < least:
            raise refuse("This promotion code cannot be redeemed because the minimum amount is not reached.", param=param)


def is_active(call: Call, code: Record) -> bool:
    """Whether a promotion code can be redeemed by somebody: itself, and its coupon."""
    coupon = call.store.first(("coupon",), coupon_of(code))
    most, until = code.values.get("max_redemptions"), code.values.get("expires_at")
    used = code.values.get("times_redeemed") or 0
    over = (isinstance(most, int) and used >= most) or (isinstance(until, int) and call.now >= until)
    return bool(code.values.get("active", True)) and not over and (coupon is None or (not coupon.deleted and is_valid(coupon, call.now)))


def _has_bought(call: Call, customer: Record) -> bool:
    """Whether a customer has paid, or has an invoice that was finalized (github.com/stripe/stripe-node/issues/2349: unpaid ones too)."""
    paid = any(one.values.get("paid") for one in call.store.children("charge", "customer", customer.id))
    billed = any(one.values.get("status") not in ("draft", "void") for one in call.store.children("invoice", "customer", customer.id))
    if not paid and not billed and customer.raw is not None:
        raise Unknown(f"whether {customer.id} bought something before")
    return paid or billed


def coupon_of(code: Record) -> str:
    """The coupon that a promotion code stands for."""
    promotion = code.values.get("promotion")
    found = promotion.get("coupon") if isinstance(promotion, dict) else code.values.get("coupon")
    if not isinstance(found, str):
        raise Unknown(f"the coupon of {code.id} is not known")
    return found


def _check(call: Call, coupon: Record, param: str) -> None:
    if not is_valid(coupon, call.now):
        raise refuse(f"Coupon expired: {coupon.id}", code="coupon_expired", param=param)


def is_valid(coupon: Record, now: int) -> bool:
    """Whether a coupon can still be redeemed."""
    most, until = coupon.values.get("max_redemptions"), coupon.values.get("redeem_by")
    used = coupon.values.get("times_redeemed") or 0
    return not (isinstance(most, int) and used >= most) and not (isinstance(until, int) and now >= until) and bool(
        coupon.values.get("valid", True)
    )  # fmt: skip


def _count(call: Call, used: Record) -> None:
    """Count a redemption; a coupon that is used up is valid no longer, a promotion code not active, nor are those of such a coupon."""
    changed = call.store.writable(used)
    changed.assign({"times_redeemed": (used.values.get("times_redeemed") or 0) + 1})
    if changed.type == "promotion_code":
        settle_code(call, changed)
    elif not is_valid(changed, call.now):
        changed.assign({"valid": False})
        for code in call.store.children("promotion_code", "coupon", changed.id):
            settle_code(call, code)


def settle_code(call: Call, code: Record) -> None:
    """Make a promotion code inactive once nobody can redeem it any more."""
    if code.values.get("active") and not is_active(call, code):
        call.store.writable(code).assign({"active": False})


def active(call: Call, identifiers: Any, at: int) -> list[Record]:
    """The discounts of some ids that still hold at a time, in order."""
    names = identifiers if isinstance(identifiers, list) else []
    found = [call.find("discount", name, "discounts", deleted=True) for name in names if isinstance(name, str)]
    return [one for one in found if not one.deleted and (one.values.get("end") is None or one["end"] > at)]


def coupon_behind(call: Call, discount: Record) -> Record:
    """The coupon of a discount."""
    source = discount.values.get("source")
    identifier = source.get("coupon") if isinstance(source, dict) else discount.values.get("coupon")
    if not isinstance(identifier, str):
        raise Unknown(f"the coupon of {discount.id} is not known")
    found = call.store.first(("coupon",), identifier)
    if found is None:
        raise missing_resource("coupon", identifier, param="discounts", status=400)
    return found


def applies(coupon: Record, product: str | None) -> bool:
    """Whether a coupon applies to a product."""
    only = coupon.values.get("applies_to")
    products = only.get("products") if isinstance(only, dict) else None
    return not isinstance(products, list) or product in products


def off(coupon: Record, currency: str, amounts: list[int]) -> list[int]:
    """What a coupon takes off some amounts: a percentage off each, or an amount off all, shared out by their size.

    Shares are rounded so that they add up to the whole; nothing falls below zero.
    """
    percent = coupon.values.get("percent_off")
    if percent is not None:
        return [rounded(Fraction(amount) * Fraction(Decimal(str(percent))) / 100) if amount > 0 else 0 for amount in amounts]
    whole = _amount_off(coupon, currency)
    total = sum(amount for amount in amounts if amount > 0)
    if whole is None or total <= 0:
        return [0] * len(amounts)
    left, base, shares = min(whole, total), total, []
    for amount in amounts:
        share = rounded(Fraction(left * amount, base)) if amount > 0 and base > 0 else 0
        shares.append(share)
        left, base = left - share, base - max(amount, 0)
    return shares


def _amount_off(coupon: Record, currency: str) -> int | None:
    if coupon.values.get("currency") in (None, currency):
        return coupon.values.get("amount_off")
    options = coupon.values.get("currency_options")
    found = options.get(currency) if isinstance(options, dict) else None
    return found.get("amount_off") if isinstance(found, dict) else None


def spend(call: Call, discounts: list[Record]) -> set[str]:
    """End those discounts that hold for one invoice only, once it is there; returns the ids of those that ended."""
    ended = set()
    for discount in discounts:
        if coupon_behind(call, discount).values.get("duration") == "once" and not discount.deleted:
            ended.add(discount.id)
    return ended
