"""Payment intents: created, confirmed, captured, canceled.

States and what leads from one to the next: docs.stripe.com/payments/paymentintents/lifecycle. Defaults by version: `automatic_payment_methods`
is on by itself since 2023-08-16, `capture_method` is `automatic_async` since 2024-04-10 (Stripe's API changelog).
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import check_amount, check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.charges import take
from replayer.simulator.confirming import confirm_intent
from replayer.simulator.errors import ApiError, Embedded
from replayer.simulator.payment_methods import from_data, usable
from replayer.simulator.records import Record
from replayer.simulator.refunds import release
from replayer.simulator.rule import ARBITRARY, DESCRIPTOR, GROUP, METADATA, RECEIPT, SHIPPING, Rule
from replayer.stripeapi.versions import at_least

_ECHOED = ("application_fee_amount", "on_behalf_of", "transfer_data", "payment_details", "excluded_payment_method_types", "hooks")
_INERT = {
    "description": ARBITRARY, "metadata": METADATA, "receipt_email": RECEIPT, "shipping": SHIPPING, "statement_descriptor": DESCRIPTOR,
    "statement_descriptor_suffix": DESCRIPTOR, "transfer_group": GROUP,
}  # fmt: skip
_OPTIONS: dict[str, dict[str, Any]] = {
    "card": {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"},
    "link": {"persistent_token": None},
}
OPEN = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")


def create(call: Call) -> Answer:
    """Make a payment intent, and confirm it where asked."""
    amount, currency = check_amount(call), check_currency(call)
    customer = call.named("customer")
    method = _method(call)
    _owned(method, customer)
    fields = {**_blank(call), **_choices(call), **inert_of(call, (*_INERT, *_ECHOED)), "amount": amount, "currency": currency}
    fields |= {"customer": customer.id if customer is not None else None, "payment_method": method.id if method is not None else None}
    fields["status"] = "requires_confirmation" if method is not None else "requires_payment_method"
    intent = call.create("payment_intent", fields)
    intent.assign({"client_secret": f"{intent.id}_secret_{intent.id[-18:]}"})
    intent.mark({name: "given" for name in (*_INERT, *_ECHOED) if name in call.params} | _world(call))
    call.event("payment_intent.created", intent)
    return confirm_intent(call, intent, method) if call.params.get("confirm") else intent


def _blank(call: Call) -> dict[str, Any]:
    return {
        "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0, "application": None, "application_fee_amount": None,
        "canceled_at": None, "cancellation_reason": None, "client_secret": None, "customer_account": None, "description": None,
        "excluded_payment_method_types": None, "invoice": None, "last_payment_error": None, "latest_charge": None, "metadata": {}, "next_action": None,
        "on_behalf_of": None, "processing": None, "receipt_email": None, "review": None, "shipping": None, "source": None, "statement_descriptor": None,
        "statement_descriptor_suffix": None, "transfer_data": None, "transfer_group": None, "payment_record": None,
    }  # fmt: skip


def _choices(call: Call) -> dict[str, Any]:
    """What the parameters, the version's defaults and the account choose together."""
    params, version = call.params, call.version
    given = params.get("payment_method_types")
    automatic = params.get("automatic_payment_methods")
    if automatic is None and given is None and at_least(version, "2023-08-16"):
        automatic = {"enabled": True}
    dynamic = isinstance(automatic, dict) and automatic.get("enabled") is not False
    types = given if isinstance(given, list) else ["card", "link"] if dynamic else ["card"]
    options = params.get("payment_method_options")
    return {
        "automatic_payment_methods": {"allow_redirects": "always", **automatic} if isinstance(automatic, dict) else None,
        "capture_method": params.get("capture_method") or ("automatic_async" if at_least(version, "2024-04-10") else "automatic"),
        "confirmation_method": params.get("confirmation_method") or "automatic",
        "payment_method_configuration_details": {"id": _configuration(call), "parent": None} if dynamic else None,
        "payment_method_options": _options(types, options if isinstance(options, dict) else {}),
        "payment_method_types": types,
        "setup_future_usage": params.get("setup_future_usage"),
    }


def _options(types: list[str], given: dict[str, Any]) -> dict[str, Any]:
    return {kind: {**_OPTIONS.get(kind, {}), **(given.get(kind) or {})} for kind in types if kind in _OPTIONS or kind in given}


def _configuration(call: Call) -> str:
    known = call.store.all("payment_method_configuration")
    return known[0].id if known else call.store.configuration_id


def _world(call: Call) -> dict[str, str]:
    """Which payment methods are offered is the account's setting, where the call does not choose."""
    names = ["payment_method_configuration_details", "payment_method_options"]
    return dict.fromkeys([*names, "payment_method_types"] if "payment_method_types" not in call.params else names, "world")


def _method(call: Call) -> Record | None:
    """The payment method that a call names or brings."""
    data, given = call.params.get("payment_method_data"), call.params.get("payment_method")
    if isinstance(data, dict):
        return from_data(call, data, "payment_method_data")
    return usable(call, given, "payment_method") if isinstance(given, str) and given else None


def _owned(method: Record | None, customer: Record | None) -> None:
    owner = method.values.get("customer") if method is not None else None
    if method is None or owner is None or (customer is not None and owner == customer.id):
        return
    if customer is None:
        raise refuse(
            f"The payment method {method.id} is attached to a customer. You must also provide the customer when you use it.",
            param="payment_method",
        )
    raise refuse(f"The payment method {method.id} does not belong to the customer you supplied {customer.id}.", param="payment_method")


def _state(call: Call, done: str, allowed: tuple[str, ...]) -> Record:
    """The payment intent in the path, if it is in a state in which this can be done to it."""
    intent = call.sure(call.at())
    if intent.values.get("status") not in allowed:
        words = "could not be" if done == "captured" else "cannot be"
        raise refuse(
            f"This PaymentIntent {words} {done} because it has a status of {intent.values.get('status')}. "
            f"Only a PaymentIntent with one of the following statuses may be {done}: {', '.join(allowed)}.",
            code="payment_intent_unexpected_state",
            payment_intent=Embedded("payment_intent", intent.id),
        )
    return intent


def update(call: Call) -> Answer:
    """Change a payment intent that is not yet paid; what is only shown can always be changed."""
    intent = call.sure(call.at())
    changes = inert_of(call, (*_INERT, *_ECHOED))
    if isinstance(call.params.get("metadata"), dict):
        merged = {**intent.values.get("metadata", {}), **call.params["metadata"]}
        changes["metadata"] = {key: value for key, value in merged.items() if value not in (None, "")}
    decisive = set(call.params) - set(_INERT) - {"expand"}
    if decisive:
        _state(call, "updated", ("requires_payment_method", "requires_confirmation", "requires_action"))
    if changes:
        intent = call.update(intent, changes, origin="given")
    return _redecide(call, intent) if decisive else intent


def _redecide(call: Call, intent: Record) -> Record:
    params = call.params
    changes: dict[str, Any] = {name: params[name] for name in ("capture_method", "setup_future_usage") if name in params}
    if "amount" in params:
        call.params.setdefault("currency", intent.values["currency"])
        changes["amount"] = check_amount(call)
    if "currency" in params:
        changes["currency"] = check_currency(call)
    customer = call.named("customer")
    if customer is not None:
        changes["customer"] = customer.id
    if isinstance(params.get("payment_method_types"), list):
        changes["payment_method_types"] = params["payment_method_types"]
    method = _method(call)
    owner = customer or call.store.get("customer", str(intent.values.get("customer")))
    _owned(method, owner)
    if method is not None:
        changes |= {"payment_method": method.id, "status": "requires_confirmation", "next_action": None}
    return call.update(intent, changes) if changes else intent


def confirm(call: Call) -> Answer:
    """Confirm a payment intent: try to pay."""
    intent = _state(call, "confirmed", ("requires_payment_method", "requires_confirmation", "requires_action"))
    method = _method(call)
    customer = call.store.get("customer", str(intent.values.get("customer")))
    _owned(method, customer)
    changes: dict[str, Any] = {name: call.params[name] for name in ("capture_method", "setup_future_usage") if name in call.params}
    changes |= inert_of(call, ("receipt_email", "shipping"))
    if method is not None:
        changes["payment_method"] = method.id
    if changes:
        intent = call.update(intent, changes)
    if method is None and isinstance(intent.values.get("payment_method"), str):
        method = usable(call, intent.values["payment_method"], "payment_method")
    return confirm_intent(call, intent, method)


def capture(call: Call) -> Answer:
    """Capture what was authorized, whole or in part."""
    intent = _state(call, "captured", ("requires_capture",))
    limit = intent.values["amount_capturable"]
    wanted = call.params.get("amount_to_capture")
    amount = wanted if isinstance(wanted, int) else limit
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount_to_capture")
    if amount > limit:
        raise refuse(
            "The payment could not be captured because the requested capture amount is greater than the amount you can capture for this charge.",
            code="amount_too_large",
            payment_intent=Embedded("payment_intent", intent.id),
        )
    charge = call.find("charge", str(intent.values["latest_charge"]), "charge")
    take(call, charge, amount)
    shown = inert_of(call, ("metadata", "statement_descriptor", "statement_descriptor_suffix"))
    intent = call.update(intent, {**shown, "amount_capturable": 0, "amount_received": amount, "status": "succeeded"})
    call.event("payment_intent.succeeded", intent)
    return intent


def cancel(call: Call) -> Answer:
    """Cancel a payment intent; what was authorized is released."""
    intent = call.sure(call.at())
    status = intent.values.get("status")
    if status not in OPEN:
        raise refuse(
            f"You cannot cancel this PaymentIntent because it has a status of {status}. "
            f"Only a PaymentIntent with one of the following statuses may be canceled: {', '.join(OPEN)}.",
            code="payment_intent_unexpected_state",
            payment_intent=Embedded("payment_intent", intent.id),
        )
    if status == "requires_capture":
        charge = call.find("charge", str(intent.values["latest_charge"]), "charge")
        release(call, charge, charge.values["amount"])
    changes = {"amount_capturable": 0, "canceled_at": call.now, "next_action": None, "status": "canceled"}
    intent = call.update(intent, {**changes, "cancellation_reason": call.params.get("cancellation_reason")})
    call.event("payment_intent.canceled", intent)
    return intent


_CREATE = (
    "amount", "currency", "confirm", "capture_method", "payment_method", "payment_method_data", "customer", "off_session", "confirmation_method",
    "setup_future_usage", "automatic_payment_methods", "payment_method_types", "error_on_requires_action", "return_url",
)  # fmt: skip
_CONFIRM = ("payment_method", "payment_method_data", "off_session", "setup_future_usage", "capture_method", "error_on_requires_action", "return_url")
_UPDATE = ("amount", "currency", "customer", "payment_method", "payment_method_data", "capture_method", "setup_future_usage", "payment_method_types")
_SHOWN_AT_CAPTURE = {"metadata": METADATA, "statement_descriptor": DESCRIPTOR, "statement_descriptor_suffix": DESCRIPTOR}
_PAGES = ("limit", "starting_after", "ending_before")

RULES = {
    "POST /v1/payment_intents": Rule(create, _CREATE, _INERT),
    "POST /v1/payment_intents/{}": Rule(update, _UPDATE, _INERT),
    "POST /v1/payment_intents/{}/confirm": Rule(confirm, _CONFIRM, {"receipt_email": RECEIPT, "shipping": SHIPPING}),
    "POST /v1/payment_intents/{}/capture": Rule(capture, ("amount_to_capture",), _SHOWN_AT_CAPTURE),
    "POST /v1/payment_intents/{}/cancel": Rule(cancel, ("cancellation_reason",)),
    "GET /v1/payment_intents/{}": Rule(None, (), {"client_secret": "Stripe API reference: only needed with a publishable key"}),
    "GET /v1/payment_intents": Rule(None, ("customer", "created", *_PAGES)),
}
