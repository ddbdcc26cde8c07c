"""Holds on cards: how long what was authorized can be captured, and what happens when nobody does.

docs.stripe.com/payments/place-a-hold-on-a-payment-method: seven days, and for Visa four days and 18 hours where the merchant initiated the
payment; then the funds are released and the payment is canceled. `payment_method_details.card.capture_before` says when.
"""

from __future__ import annotations

from replayer.simulator import refunds
from replayer.simulator.calls import Call
from replayer.simulator.records import Record

_DAY = 86400
_WINDOW, _VISA_WITHOUT_CUSTOMER = 7 * _DAY, 4 * _DAY + 18 * 3600


def capture_before(call: Call, brand: str | None) -> int:
    """Until when a hold that is placed now can be captured."""
    is_alone = call.params.get("off_session") not in (None, False)
    return call.now + (_VISA_WITHOUT_CUSTOMER if brand == "visa" and is_alone else _WINDOW)


def expect(call: Call, charge: Record) -> None:
    """Let a hold end by itself."""
    details = (charge.values.get("payment_method_details") or {}).get("card") or {}
    until = details.get("capture_before")
    if isinstance(until, int):
        call.appoint(until, "expire_hold", charge)


def expire(call: Call, charge: Record) -> None:
    """Release a hold that nobody captured, and cancel its payment."""
    if charge["captured"] or charge["refunded"] or charge["status"] != "succeeded":
        return
    charge = refunds.release(call, charge, charge["amount"])
    call.event("charge.expired", charge)
    name = charge.values.get("payment_intent")
    intent = call.store.get("payment_intent", name) if isinstance(name, str) else None
    if intent is not None and intent["status"] == "requires_capture":
        ended = {"amount_capturable": 0, "canceled_at": call.now, "cancellation_reason": "automatic", "status": "canceled"}
        call.event("payment_intent.canceled", call.update(intent, ended))
