"""Promotion codes: what customers type to get a coupon (Stripe API reference, "Promotion Codes").

One is active as long as it may be redeemed: not beyond `expires_at` or `max_redemptions`, nor longer than its coupon is valid. What
restricts a redemption is checked where it is redeemed (discounts.py). Of codes that read the same only one may be active.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import discounts
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import missing_parameter
from replayer.simulator.generic import delete, write
from replayer.simulator.mint import base62
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule

_RESTRICTIONS: dict[str, Any] = {"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None}


def create(call: Call) -> Answer:
    """Make a promotion code for a coupon."""
    promotion = call.params.get("promotion")
    named = promotion.get("coupon") if isinstance(promotion, dict) else call.params.get("coupon")
    if not isinstance(named, str):
        raise missing_parameter("promotion[coupon]" if isinstance(promotion, dict) else "coupon")
    coupon = call.find("coupon", named, "promotion[coupon]" if isinstance(promotion, dict) else "coupon")
    if not discounts.is_valid(coupon, call.now):
        raise refuse(f"Coupon expired: {coupon.id}", code="coupon_expired", param="coupon")
    customer, until, most = call.named("customer"), call.params.get("expires_at"), call.params.get("max_redemptions")
    if isinstance(until, int) and until <= call.now:
        raise refuse("Invalid timestamp: must be an integer Unix timestamp in the future.", param="expires_at")
    _check_most(coupon, most)
    text, active = call.params.get("code"), call.params.get("active") is not False
    text = text if isinstance(text, str) and text else f"SIM{base62(len(call.store.all('promotion_code')) + 1, 5).upper()}"
    if active:
        _need_free(call, text)
    fields = {
        "active": active,
        "code": text,
        "coupon": coupon.id,
        "customer": customer.id if customer is not None else None,
        "customer_account": None,
        "expires_at": until,
        "max_redemptions": most,
        "metadata": call.params.get("metadata") or {},
        "promotion": {"coupon": coupon.id, "type": "coupon"},
        "restrictions": {**_RESTRICTIONS, **(call.params.get("restrictions") or {})},
        "times_redeemed": 0,
    }
    record = call.create("promotion_code", fields)
    if "code" not in call.params:
        record.mark({"code": "world"})
    if isinstance(until, int):
        call.appoint(until, "expire_code", record)
    call.event("promotion_code.created", record)
    return record


def _check_most(coupon: Record, most: Any) -> None:
    whole = coupon.values.get("max_redemptions")
    if isinstance(most, int) and isinstance(whole, int) and most > whole:
        raise refuse("The `max_redemptions` of a promotion code cannot exceed that of its coupon.", param="max_redemptions")


def _need_free(call: Call, text: str) -> None:
    """Refuse a code that another active one reads like, without regard to case."""
    if find(call, text) is not None:
        raise refuse(f"An active promotion code with `code: {text}` already exists.", param="code")


def find(call: Call, text: str) -> Record | None:
    """The active promotion code that reads like this, in whatever case."""
    found = (one for one in call.store.newest("promotion_code") if str(one.values.get("code")).lower() == text.lower())
    return next((one for one in found if discounts.is_active(call, one)), None)


def update(call: Call) -> Answer:
    """Change a promotion code; one that is used up or expired, or whose coupon is, cannot be made active again."""
    code = call.at()
    if call.params.get("active") is True and not code.values.get("active"):
        probe = code.copy()
        probe.assign({"active": True})
        if not discounts.is_active(call, probe):
            raise refuse("This promotion code cannot be activated: it, or its coupon, can no longer be redeemed.", param="active")
        _need_free(call, str(code["code"]))
    active = call.params.get("active")
    answer = write(call)
    assert isinstance(answer, Record)
    if isinstance(active, bool):
        answer.mark({"active": "computed"})
    return answer


def expire(call: Call, code: Record) -> None:
    """A promotion code's time is over."""
    if code.values.get("active"):
        call.event("promotion_code.updated", call.update(code, {"active": False}))


_MADE = ("active", "code", "coupon", "customer", "expires_at", "max_redemptions", "promotion", "restrictions")
RULES = {
    "POST /v1/promotion_codes": Rule(create, _MADE, {"metadata": METADATA}),
    "POST /v1/promotion_codes/{}": Rule(update, ("active",), {"metadata": METADATA}),
    "GET /v1/promotion_codes": Rule(None, ("active", "code", "coupon", "customer", "created", *PAGES)),
    "GET /v1/promotion_codes/{}": Rule(),
    "POST /v1/coupons/{}": Rule(write, (), {"metadata": METADATA, "name": ARBITRARY}),
    "DELETE /v1/coupons/{}": Rule(delete),
}
