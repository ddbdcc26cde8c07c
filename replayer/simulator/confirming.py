"""What happens when a payment intent is confirmed: the issuer says yes, no, or asks for authentication."""

from __future__ import annotations

from typing import Any

from replayer.simulator import banks, debits, redirects
from replayer.simulator.calls import Call, refuse
from replayer.simulator.cards import MESSAGES, TestCard, advice, code_of, message_of
from replayer.simulator.charges import authorize, book
from replayer.simulator.errors import ApiError, Embedded, Unknown
from replayer.simulator.issuers import attempt
from replayer.simulator.payment_methods import attach_to, kind_of
from replayer.simulator.records import Record

_SHOWN_ON_CHARGE = (
    "amount", "application_fee_amount", "currency", "customer", "description", "invoice", "metadata", "on_behalf_of", "receipt_email",
    "shipping",
    "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip
AUTHENTICATION = "authentication_required"
_NOT_HANDLED = "This payment required an authentication action to complete, but `error_on_requires_action` was set."
_NO_METHOD = (
    "You cannot confirm this {0} because it's missing a payment method. You can either update the {0} with a payment method and then "
    "confirm it again, or confirm it again directly with a payment method or ConfirmationToken."
)
_NAMES = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def confirm_intent(call: Call, intent: Record, method: Record | None) -> Record:
    """Try to pay with a payment method; raises the card's error where that fails."""
    if method is None:
        raise no_method(intent)
    kind = kind_of(method)
    if kind in banks.KINDS:
        return debits.debit(call, intent, method)
    if kind in redirects.KINDS:
        return redirects.redirect(call, intent, method)
    card = attempt(call, method, intent["amount"])
    if asks(call, card, method):
        return _authenticate(call, intent, method, card)
    if card.on_charge == "declined":
        code = code_of(card)
        raise fail(call, intent, method, card, code, card.decline_code, message_of(code, card.decline_code))
    return succeed(call, intent, method, card)


def no_method(intent: Record) -> ApiError:
    """The error of a confirmation without anything to pay with."""
    embedded: dict[str, Any] = {intent.type: Embedded(intent.type, intent.id)}
    return refuse(_NO_METHOD.format(_NAMES[intent.type]), code=f"{intent.type}_unexpected_state", **embedded)


def asks(call: Call, card: TestCard, method: Record) -> bool:
    """Whether the issuer asks for authentication. Once it is set up, some cards are not asked off session."""
    if card.on_charge != "requires_action":
        return False
    off_session = call.params.get("off_session") not in (None, False)
    if card.three_d_secure == "unless_set_up" and off_session and method.raw is not None:
        raise Unknown(f"whether {method.id} was set up for payments off session")
    return not (card.three_d_secure == "already_set_up" and off_session)


def _authenticate(call: Call, intent: Record, method: Record, card: TestCard) -> Record:
    if call.params.get("off_session") not in (None, False):
        raise fail(call, intent, method, card, AUTHENTICATION, AUTHENTICATION, MESSAGES[AUTHENTICATION])
    if call.params.get("error_on_requires_action"):
        raise fail(call, intent, method, card, "card_declined", "authentication_not_handled", _NOT_HANDLED, charged=False)
    return ask(call, intent, method)


def ask(call: Call, intent: Record, method: Record) -> Record:
    """Leave an intent waiting for the customer to authenticate."""
    action = next_action(call, intent)
    changes = {"status": "requires_action", "payment_method": method.id, "last_payment_error": None, "next_action": action}
    intent = call.update(intent, changes)
    call.event("payment_intent.requires_action", intent)
    return intent


def next_action(call: Call, intent: Record) -> dict[str, Any]:
    """Where the customer authenticates: at a page that leads back, or in the program's own page."""
    where = call.params.get("return_url")
    if isinstance(where, str) and not call.params.get("use_stripe_sdk"):
        url = f"https://hooks.stripe.com/3d_secure_2/hosted?{intent.type}={intent.id}"
        return {"redirect_to_url": {"return_url": where, "url": url}, "type": "redirect_to_url"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": _fingerprint(call)}


def _fingerprint(call: Call) -> dict[str, Any]:
    """What Stripe.js needs to ask the customer's bank; here there is no bank to ask."""
    keys = ("algorithm", "certificate", "directory_server_id", "key_id")
    return {
        "directory_server_encryption": {**dict.fromkeys(keys, ""), "root_certificate_authorities": [""]},
        "directory_server_name": "visa",
        "merchant": call.store.account_id,
        "one_click_authn": None,
        "server_transaction_id": "00000000-0000-0000-0000-000000000000",
        "three_d_secure_2_source": call.store.mint.of("source"),
        "three_ds_method_url": "",
        "three_ds_optimizations": "kf",
        "type": "stripe_3ds2_fingerprint",
    }


def _charge(
    call: Call, intent: Record, method: Record, card: TestCard, *, capture: bool, declined: tuple[str, str | None, str] | None = None
) -> Record:
    values = {name: intent.values[name] for name in _SHOWN_ON_CHARGE if name in intent.values}
    data = intent.values.get("transfer_data")
    if isinstance(data, dict) and data.get("destination"):
        values |= {"destination": data["destination"], "transfer_group": _group(intent)}
    values |= {
        "application": intent.values.get("application"),
        "billing_details": method.values.get("billing_details"),
        "payment_intent": intent.id,
        "payment_method": method.id,
    }
    looks = (method.values.get("card") or {}) if method.type == "payment_method" else method.values
    return authorize(call, card, values, looks, capture=capture, declined=declined)


def _group(intent: Record) -> str:
    """Stripe groups a destination charge with its transfer by itself."""
    return str(intent.values.get("transfer_group") or f"group_{intent.id}")


def succeed(call: Call, intent: Record, method: Record, card: TestCard) -> Record:
    """The issuer said yes: charge, or hold the amount."""
    capture, amount = intent["capture_method"] != "manual", intent["amount"]
    charge = _charge(call, intent, method, card, capture=capture)
    if capture and intent["capture_method"] == "automatic_async":
        call.afterwards(charge, lambda: _book_later(call, charge))
    elif capture:
        charge = book(call, charge)
    changes = {
        "amount_capturable": 0 if capture else amount,
        "amount_received": amount if capture else 0,
        "last_payment_error": None,
        "latest_charge": charge.id,
        "next_action": None,
        "payment_method": method.id,
        "status": "succeeded" if capture else "requires_capture",
        "transfer_group": charge.values.get("transfer_group"),
    }
    intent = call.update(intent, changes)
    _save(call, intent, method)
    call.event("payment_intent.succeeded" if capture else "payment_intent.amount_capturable_updated", intent)
    return intent


def _book_later(call: Call, charge: Record) -> None:
    """Asynchronous capture: the balance transaction comes a moment after the answer (docs.stripe.com, "Asynchronous capture")."""
    book(call, charge)
    call.event("charge.updated", charge)


def _save(call: Call, intent: Record, method: Record) -> None:
    """A payment method that is to be used again is attached to the customer (Stripe API reference, `setup_future_usage`)."""
    owner = intent.values.get("customer")
    customer = call.store.get("customer", owner) if isinstance(owner, str) else None
    if intent.values.get("setup_future_usage") and customer is not None and not method.values.get("customer"):
        attach_to(call, method, customer)


def fail(
    call: Call, intent: Record, method: Record, card: TestCard, code: str, decline: str | None, message: str, *, charged: bool = True
) -> ApiError:
    """The payment failed: the payment intent waits for another payment method. Returns the error to raise."""
    charge = _charge(call, intent, method, card, capture=False, declined=(code, decline, message)) if charged else None
    charge_id = charge.id if charge is not None else None
    more = {"charge": charge_id, "decline_code": decline, **advice(decline)}
    error = refuse(
        message,
        status=402,
        kind="card_error",
        code=code,
        payment_intent=Embedded("payment_intent", intent.id),
        payment_method=Embedded("payment_method", method.id),
        **more,
    )
    shown = {name: value for name, value in error.members().items() if not isinstance(value, Embedded)}
    changes = {
        "last_payment_error": {**shown, "payment_method": method.id},
        "latest_charge": charge_id,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent = call.update(intent, changes)
    call.event("payment_intent.payment_failed", intent)
    return error
