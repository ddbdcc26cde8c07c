"""Setup intents: a payment method is saved for later, without a payment."""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.confirming import next_action
from replayer.simulator.errors import Embedded
from replayer.simulator.payment_methods import attach_to, card_of, decline_error, from_data, usable
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, Rule
from replayer.stripeapi.versions import at_least

_INERT = {"description": ARBITRARY, "metadata": METADATA}
_BLANK: dict[str, Any] = {
    "application": None, "cancellation_reason": None, "customer_account": None, "description": None, "excluded_payment_method_types": None,
    "flow_directions": None, "last_setup_error": None, "latest_attempt": None, "mandate": None, "metadata": {}, "next_action": None,
    "on_behalf_of": None, "payment_method_configuration_details": None, "single_use_mandate": None,
}  # fmt: skip
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Answer:
    """Make a setup intent, and confirm it where asked."""
    customer, method = call.named("customer"), _method(call)
    given, automatic = call.params.get("payment_method_types"), call.params.get("automatic_payment_methods")
    if automatic is None and given is None and at_least(call.version, "2023-08-16"):
        automatic = {"enabled": True}
    types = given if isinstance(given, list) else ["card", "link"] if automatic else ["card"]
    options = {"card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}, "link": {"persistent_token": None}}
    fields = {
        **_BLANK,
        "automatic_payment_methods": {"allow_redirects": "always", **automatic} if isinstance(automatic, dict) else None,
        "customer": customer.id if customer is not None else None,
        "payment_method": method.id if method is not None else None,
        "payment_method_options": {kind: options[kind] for kind in types if kind in options},
        "payment_method_types": types,
        "status": "requires_confirmation" if method is not None else "requires_payment_method",
        "usage": call.params.get("usage") or "off_session",
        **inert_of(call, _INERT),
    }
    intent = call.create("setup_intent", fields)
    intent.assign({"client_secret": f"{intent.id}_secret_{intent.id[-18:]}"})
    world = {"payment_method_options": "world"} | ({} if given else {"payment_method_types": "world"})
    intent.mark({name: "given" for name in _INERT if name in call.params} | world)
    call.event("setup_intent.created", intent)
    return _confirm(call, intent, method) if call.params.get("confirm") else intent


def _method(call: Call) -> Record | None:
    data, given = call.params.get("payment_method_data"), call.params.get("payment_method")
    if isinstance(data, dict):
        return from_data(call, data, "payment_method_data")
    return usable(call, given, "payment_method") if isinstance(given, str) and given else None


def _confirm(call: Call, intent: Record, method: Record | None) -> Record:
    if method is None:
        raise refuse(
            "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent with a payment method "
            "and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
            code="setup_intent_unexpected_state",
            setup_intent=Embedded("setup_intent", intent.id),
        )
    card = card_of(method)
    if card.behaviour == "declined" and card.refused:
        intent = call.update(intent, {"status": "requires_payment_method", "payment_method": None})
        call.event("setup_intent.setup_failed", intent)
        raise decline_error(card, setup_intent=Embedded("setup_intent", intent.id), payment_method=Embedded("payment_method", method.id))
    if card.behaviour not in ("approved", "declined"):
        action = next_action(call, intent)
        intent = call.update(intent, {"status": "requires_action", "payment_method": method.id, "next_action": action})
        call.event("setup_intent.requires_action", intent)
        return intent
    owner = intent.values.get("customer")
    customer = call.store.get("customer", owner) if isinstance(owner, str) else None
    if customer is not None:
        attach_to(call, method, customer)
    intent = call.update(intent, {"status": "succeeded", "payment_method": method.id, "next_action": None})
    call.event("setup_intent.succeeded", intent)
    return intent


def _open(call: Call, done: str) -> Record:
    intent = call.sure(call.at())
    if intent.values.get("status") not in _OPEN:
        raise refuse(
            f"You cannot {done} this SetupIntent because it has a status of {intent.values.get('status')}.",
            code="setup_intent_unexpected_state",
            setup_intent=Embedded("setup_intent", intent.id),
        )
    return intent


def confirm(call: Call) -> Answer:
    """Confirm a setup intent."""
    intent = _open(call, "confirm")
    method = _method(call)
    held = intent.values.get("payment_method")
    if method is None and isinstance(held, str):
        method = usable(call, held, "payment_method")
    return _confirm(call, intent, method)


def cancel(call: Call) -> Answer:
    """Cancel a setup intent."""
    intent = _open(call, "cancel")
    reason = call.params.get("cancellation_reason")
    intent = call.update(intent, {"status": "canceled", "cancellation_reason": reason, "next_action": None})
    call.event("setup_intent.canceled", intent)
    return intent


_CONFIRM = ("payment_method", "payment_method_data", "return_url")
RULES = {
    "POST /v1/setup_intents": Rule(
        create, ("confirm", "customer", "usage", "automatic_payment_methods", "payment_method_types", *_CONFIRM), _INERT
    ),
    "POST /v1/setup_intents/{}/confirm": Rule(confirm, _CONFIRM),
    "POST /v1/setup_intents/{}/cancel": Rule(cancel, ("cancellation_reason",)),
    "GET /v1/setup_intents/{}": Rule(None, (), {"client_secret": "Stripe API reference: only needed with a publishable key"}),
    "GET /v1/setup_intents": Rule(None, ("customer", "payment_method", "limit", "starting_after", "ending_before")),
}
