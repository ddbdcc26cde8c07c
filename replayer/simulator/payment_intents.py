"""Payment intents: created, confirmed, captured, canceled.

States and what leads from one to the next: docs.stripe.com, "How PaymentIntents work". Since 2024-04-10 `capture_method` is
`automatic_async` where it is not given (Stripe's API changelog).
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import debits
from replayer.simulator.amounts import check_amount, check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.charges import take
from replayer.simulator.confirming import confirm_intent
from replayer.simulator.connected import shares
from replayer.simulator.errors import ApiError, Embedded, Unknown
from replayer.simulator.generic import write
from replayer.simulator.intents import choices, method_of
from replayer.simulator.payment_methods import GIVEN, usable
from replayer.simulator.records import Record
from replayer.simulator.refunds import release
from replayer.simulator.rule import ARBITRARY, DESCRIPTOR, GROUP, METADATA, PAGES, REASON, RECEIPT, Rule
from replayer.stripeapi.versions import at_least

_INERT = {
    "description": ARBITRARY, "metadata": METADATA, "receipt_email": RECEIPT, "statement_descriptor_suffix": DESCRIPTOR,
    "transfer_group": GROUP,
}  # fmt: skip
# Echoed only though they look harmless: a card payment with a statement descriptor is refused, some methods refuse to go without shipping,
# and the confirmation method decides what the user's server may do next.
_ECHOED = (
    "shipping",
    "statement_descriptor",
    "payment_details",
    "amount_details",
    "hooks",
)
_SHOWN = (*_INERT, *_ECHOED)
BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "application", "application_fee_amount", "canceled_at", "cancellation_reason", "client_secret", "customer_account", "description",
        "excluded_payment_method_types", "invoice", "last_payment_error", "latest_charge", "next_action", "on_behalf_of", "payment_record",
        "processing", "receipt_email", "review", "shipping", "source", "statement_descriptor", "statement_descriptor_suffix",
        "transfer_data", "transfer_group",
    )),
    "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0, "metadata": {},
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "card": {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"},
    "link": {"persistent_token": None},
}
_UNPAID = ("requires_payment_method", "requires_confirmation", "requires_action")
_OPEN = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")


def create(call: Call) -> Answer:
    """Make a payment intent, and confirm it where asked."""
    amount, currency, customer = check_amount(call), check_currency(call), call.named("customer")
    method = method_of(call)
    _check_owner(method, customer)
    offered, world = choices(call, OPTIONS)
    fields = {
        **BLANK,
        **offered,
        **inert_of(call, _SHOWN),
        **shares(call),
        "application": None if call.store.platform else call.store.of_account(None).application_id,
        "amount": amount,
        "capture_method": call.params.get("capture_method") or _capturing(call),
        "confirmation_method": call.params.get("confirmation_method") or "automatic",
        "currency": currency,
        "customer": customer.id if customer is not None else None,
        "payment_method": method.id if method is not None else None,
        "setup_future_usage": call.params.get("setup_future_usage"),
        "status": "requires_confirmation" if method is not None else "requires_payment_method",
    }
    intent = call.create("payment_intent", fields)
    intent.assign({"client_secret": f"{intent.id}_secret_{intent.id[-18:]}"})
    intent.mark({name: "given" for name in _SHOWN if name in call.params} | world)
    call.event("payment_intent.created", intent)
    return confirm_intent(call, intent, method) if call.params.get("confirm") else intent


def _capturing(call: Call) -> str:
    return "automatic_async" if at_least(call.version, "2024-04-10") else "automatic"


def _check_owner(method: Record | None, customer: Record | None) -> None:
    """A customer's payment method pays for that customer only (docs.stripe.com, "Attach a PaymentMethod to a Customer")."""
    owner = method.values.get("customer") if method is not None else None
    if method is None or owner is None or (customer is not None and owner == customer.id):
        return
    if method.origin == "after":
        raise Unknown(f"who {method.id} belongs to before this call is not known")
    whose = "the customer must be given too" if customer is None else f"it does not belong to the customer {customer.id}"
    raise refuse(f"The payment method {method.id} is attached to a customer: {whose}.", param="payment_method")


def _in_state(call: Call, words: str, done: str, allowed: tuple[str, ...]) -> Record:
    """The payment intent in the path, if it is in a state in which this can be done to it."""
    intent = call.sure(call.at())
    if intent["status"] in allowed:
        return intent
    raise _unexpected(
        intent,
        f"{words} because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses may be {done}: {', '.join(allowed)}.",
    )


def _unexpected(intent: Record, message: str) -> ApiError:
    return refuse(message, code="payment_intent_unexpected_state", payment_intent=Embedded("payment_intent", intent.id))


def update(call: Call) -> Answer:
    """Change a payment intent that is not yet paid; what is only shown can always be changed."""
    decisive = set(call.params) - set(_INERT) - {"expand"}
    if decisive:
        _in_state(call, "This PaymentIntent could not be updated", "updated", _UNPAID)
    params = call.params
    call.params = {name: value for name, value in params.items() if name in _SHOWN}
    intent = write(call)
    call.params = params
    assert isinstance(intent, Record)
    return _decide(call, intent) if decisive else intent


def _decide(call: Call, intent: Record) -> Record:
    params = call.params
    changes: dict[str, Any] = {
        name: params[name] for name in ("capture_method", "setup_future_usage", "payment_method_types") if name in params
    }
    changes |= shares(call, intent.values)
    if "currency" in params:
        changes["currency"] = check_currency(call)
    if "amount" in params:
        changes["amount"] = check_amount(call, str(changes.get("currency") or intent["currency"]))
    customer = call.named("customer")
    if customer is not None:
        changes["customer"] = customer.id
    method = method_of(call)
    _check_owner(method, customer or _customer(call, intent))
    if method is not None:
        changes |= {"payment_method": method.id, "status": "requires_confirmation", "next_action": None}
    return call.update(intent, changes) if changes else intent


def _customer(call: Call, intent: Record) -> Record | None:
    owner = intent.values.get("customer")
    return call.store.get("customer", owner) if isinstance(owner, str) else None


def confirm(call: Call) -> Answer:
    """Confirm a payment intent: try to pay."""
    if call.at()["status"] == "succeeded":
        raise _unexpected(
            call.at(), "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
        )
    intent = _in_state(call, "You cannot confirm this PaymentIntent", "confirmed", _UNPAID)
    method = method_of(call)
    _check_owner(method, _customer(call, intent))
    changes: dict[str, Any] = {name: call.params[name] for name in ("capture_method", "setup_future_usage") if name in call.params}
    changes |= inert_of(call, ("receipt_email", "shipping"))
    held = intent["payment_method"]
    if changes:
        intent = call.update(intent, changes)
    if method is None and isinstance(held, str):
        method = usable(call, held, "payment_method")
    return confirm_intent(call, intent, method)


def capture(call: Call) -> Answer:
    """Capture what was authorized, whole or in part."""
    intent = _in_state(call, "This PaymentIntent could not be captured", "captured", ("requires_capture",))
    if call.params.get("final_capture") is False:
        raise Unknown("a hold that is captured in several parts")
    limit, wanted = intent["amount_capturable"], call.params.get("amount_to_capture")
    amount = wanted if isinstance(wanted, int) else limit
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount_to_capture")
    if amount > limit:
        raise refuse(
            "The payment could not be captured because the requested capture amount is greater than the amount you can capture for this "
            "charge.",
            code="amount_too_large",
            payment_intent=Embedded("payment_intent", intent.id),
        )
    parts = shares(call, intent.values)
    charge = call.sure(call.find("charge", str(intent["latest_charge"]), "charge"))
    take(call, call.update(charge, parts) if parts else charge, amount)
    shown = inert_of(call, _AT_CAPTURE)
    intent = call.update(intent, {**shown, **parts, "amount_capturable": 0, "amount_received": amount, "status": "succeeded"})
    call.event("payment_intent.succeeded", intent)
    return intent


def cancel(call: Call) -> Answer:
    """Cancel a payment intent; what was authorized is released."""
    intent = _in_state(call, "You cannot cancel this PaymentIntent", "canceled", _OPEN)
    if intent["status"] == "requires_capture":
        charge = call.sure(call.find("charge", str(intent["latest_charge"]), "charge"))
        release(call, charge, charge["amount"])
    if intent["status"] == "processing":
        debits.cancel(call, intent)
    changes = {"amount_capturable": 0, "canceled_at": call.now, "next_action": None, "status": "canceled"}
    intent = call.update(intent, {**changes, "cancellation_reason": call.params.get("cancellation_reason")})
    call.event("payment_intent.canceled", intent)
    return intent


def increment(call: Call) -> Answer:
    """Hold more on the card than was authorized, where that was asked for (docs.stripe.com, "Increment an authorization")."""
    intent = _in_state(call, "This PaymentIntent's authorization could not be incremented", "incremented", ("requires_capture",))
    options = (intent.values.get("payment_method_options") or {}).get("card") or {}
    if options.get("request_incremental_authorization") != "if_available":
        raise _unexpected(intent, "This PaymentIntent is not eligible for an incremental authorization.")
    amount = check_amount(call, str(intent["currency"]))
    if amount <= intent["amount"]:
        raise refuse("The amount must be greater than the currently authorized amount.", code="amount_too_small", param="amount")
    charge = call.sure(call.find("charge", str(intent["latest_charge"]), "charge"))
    call.update(charge, {"amount": amount})
    parts = shares(call, intent.values)
    intent = call.update(intent, {**inert_of(call, _AT_INCREMENT), **parts, "amount": amount, "amount_capturable": amount})
    call.event("payment_intent.amount_capturable_updated", intent)
    return intent


_SHARES = ("application_fee_amount", "on_behalf_of", "transfer_data")
_VERIFICATION = "payment_method_options[us_bank_account]"
_METHOD = ("payment_method", *GIVEN, "capture_method", "setup_future_usage")
_CONFIRM = (*_METHOD, "off_session", "error_on_requires_action", "return_url", "use_stripe_sdk", "mandate_data", _VERIFICATION)
_UPDATE = (*_METHOD, "amount", "currency", "customer", "application_fee_amount", "transfer_data")
_CREATE = (
    *_CONFIRM,
    "amount",
    "currency",
    "confirm",
    "customer",
    "automatic_payment_methods",
    "payment_method_types",
    *_SHARES,
)
_AT_CAPTURE = {"metadata": METADATA, "statement_descriptor_suffix": DESCRIPTOR}
_AT_INCREMENT = {"description": ARBITRARY, "metadata": METADATA}
_UPDATE_INERT = {name: source for name, source in _INERT.items() if name != "transfer_group"}  # only where none is set yet

RULES = {
    "POST /v1/payment_intents": Rule(create, _CREATE, _INERT),
    "POST /v1/payment_intents/{}": Rule(update, _UPDATE, _UPDATE_INERT),
    "POST /v1/payment_intents/{}/confirm": Rule(confirm, _CONFIRM, {"receipt_email": RECEIPT}),
    "POST /v1/payment_intents/{}/capture": Rule(capture, ("amount_to_capture", "application_fee_amount", "transfer_data"), _AT_CAPTURE),
    "POST /v1/payment_intents/{}/increment_authorization": Rule(increment, ("amount", "application_fee_amount"), _AT_INCREMENT),
    "POST /v1/payment_intents/{}/cancel": Rule(cancel, (), {"cancellation_reason": REASON}),
    "GET /v1/payment_intents/{}": Rule(),
    "GET /v1/payment_intents": Rule(None, ("customer", "created", *PAGES)),
}
