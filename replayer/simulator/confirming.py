"""What happens when a payment intent is confirmed: the issuer says yes, no, or asks for authentication."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Call, refuse
from replayer.simulator.cards import MESSAGES, Card
from replayer.simulator.charges import authorize, book, message_of
from replayer.simulator.errors import ApiError, Embedded
from replayer.simulator.payment_methods import advice, attach_to, card_of
from replayer.simulator.records import Record

_SHOWN_ON_CHARGE = (
    "amount", "application_fee_amount", "currency", "customer", "description", "metadata", "on_behalf_of", "payment_method", "receipt_email", "shipping",
    "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip
_AUTHENTICATION = "authentication_required"
_DOCS = "https://stripe.com/docs/error-codes/"


def confirm_intent(call: Call, intent: Record, method: Record | None) -> Record:
    """Try to pay with a payment method; raises the card's error where that fails."""
    if method is None:
        raise refuse(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment "
            "method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            payment_intent=Embedded("payment_intent", intent.id),
        )
    card = card_of(method)
    if _asks(call, card, method):
        return _authenticate(call, intent, method, card)
    if card.behaviour in ("declined", "authenticate_then_declined"):
        raise _fail(call, intent, method, card, card.code, card.decline, message_of(card, card.code))
    return _succeed(call, intent, method, card)


def _asks(call: Call, card: Card, method: Record) -> bool:
    """Whether the issuer asks for authentication; the card that asks unless it is set up asks no more once it was saved with authentication."""
    if card.behaviour == "authenticate_unless_set_up":
        return not method.values.get("customer")
    return card.behaviour in ("authenticate", "authenticate_then_declined")


def _authenticate(call: Call, intent: Record, method: Record, card: Card) -> Record:
    if call.params.get("off_session") not in (None, False):
        raise _fail(call, intent, method, card, _AUTHENTICATION, _AUTHENTICATION, MESSAGES[_AUTHENTICATION])
    if call.params.get("error_on_requires_action"):
        words = "This payment required an authentication action to complete, but `error_on_requires_action` was set."
        raise _fail(call, intent, method, card, "card_declined", "authentication_not_handled", words, charged=False)
    changes = {"status": "requires_action", "payment_method": method.id, "last_payment_error": None, "next_action": next_action(call, intent)}
    intent = call.update(intent, changes)
    call.event("payment_intent.requires_action", intent)
    return intent


def next_action(call: Call, intent: Record) -> dict[str, Any]:
    """Where the customer authenticates: at a page that leads back, or in the program's own page."""
    where = call.params.get("return_url")
    if isinstance(where, str):
        url = f"https://hooks.stripe.com/3d_secure_2/hosted?payment_intent={intent.id}"
        return {"redirect_to_url": {"return_url": where, "url": url}, "type": "redirect_to_url"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "stripe_3ds2_fingerprint"}}


def _charge(call: Call, intent: Record, method: Record, card: Card, *, capture: bool, declined: bool) -> Record:
    values = {name: intent.values[name] for name in _SHOWN_ON_CHARGE if name in intent.values}
    values |= {"billing_details": method.values.get("billing_details"), "payment_intent": intent.id, "payment_method": method.id}
    return authorize(call, card, values, method.values.get("card") or {}, capture=capture, declined=declined)


def _succeed(call: Call, intent: Record, method: Record, card: Card) -> Record:
    capture = intent.values["capture_method"] != "manual"
    charge = _charge(call, intent, method, card, capture=capture, declined=False)
    if capture and intent.values["capture_method"] == "automatic_async":
        call.later.append(lambda: _book_later(call, charge))
    elif capture:
        charge = book(call, charge)
    amount = intent.values["amount"]
    changes = {
        "amount_capturable": 0 if capture else amount,
        "amount_received": amount if capture else 0,
        "last_payment_error": None,
        "latest_charge": charge.id,
        "next_action": None,
        "payment_method": method.id,
        "status": "succeeded" if capture else "requires_capture",
    }
    intent = call.update(intent, changes)
    _save(call, intent, method)
    call.event("payment_intent.succeeded" if capture else "payment_intent.amount_capturable_updated", intent)
    return intent


def _book_later(call: Call, charge: Record) -> None:
    """Asynchronous capture: the balance transaction comes a moment after the answer (docs.stripe.com/payments/payment-intents/asynchronous-capture)."""
    current = call.store.get("charge", charge.id)
    if current is not None:
        book(call, current)
        call.event("charge.updated", current)


def _save(call: Call, intent: Record, method: Record) -> None:
    """A payment method that is to be used again is attached to the customer (Stripe API reference, `setup_future_usage`)."""
    owner = intent.values.get("customer")
    customer = call.store.get("customer", owner) if isinstance(owner, str) else None
    if intent.values.get("setup_future_usage") and customer is not None and not method.values.get("customer"):
        attach_to(call, method, customer)


def _fail(
    call: Call, intent: Record, method: Record, card: Card, code: str, decline: str | None, message: str, *, charged: bool = True
) -> ApiError:
    """The payment failed: the payment intent waits for another payment method. Returns the error to raise."""
    charge = _charge(call, intent, method, card, capture=False, declined=True) if charged else None
    error: dict[str, Any] = {**advice(card), "code": code, "decline_code": decline, "doc_url": _DOCS + code.replace("_", "-"), "message": message}
    error |= {"charge": charge.id if charge is not None else None, "payment_method": method.id, "type": "card_error"}
    error = {name: value for name, value in error.items() if value is not None}
    changes = {
        "last_payment_error": error,
        "latest_charge": charge.id if charge is not None else None,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent = call.update(intent, changes)
    call.event("payment_intent.payment_failed", intent)
    more = {name: error[name] for name in ("charge", "decline_code", "advice_code", "network_decline_code") if name in error}
    return refuse(
        message,
        status=402,
        kind="card_error",
        code=code,
        payment_intent=Embedded("payment_intent", intent.id),
        payment_method=Embedded("payment_method", method.id),
        **more,
    )
