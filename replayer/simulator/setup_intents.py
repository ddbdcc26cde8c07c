"""Setup intents: a payment method is saved for later, without a payment."""

from __future__ import annotations

from typing import Any

from replayer.simulator import banks, debits, mandates, redirects
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.confirming import next_action, no_method
from replayer.simulator.echo import merged_metadata
from replayer.simulator.errors import Embedded
from replayer.simulator.intents import choices, method_of
from replayer.simulator.payment_methods import GIVEN, attach_to, bank_of, card_of, decline_error, kind_of, usable
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, REASON, Rule

_INERT = {"description": ARBITRARY, "metadata": METADATA}
_BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "application", "cancellation_reason", "customer_account", "description", "excluded_payment_method_types", "flow_directions",
        "last_setup_error", "latest_attempt", "mandate", "next_action", "on_behalf_of", "single_use_mandate",
    )),
    "metadata": {},
}  # fmt: skip
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_OPTIONS: dict[str, dict[str, Any]] = {
    "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"},
    "link": {"persistent_token": None},
}


def create(call: Call) -> Answer:
    """Make a setup intent, and confirm it where asked."""
    customer, method = call.named("customer"), method_of(call)
    offered, world = choices(call, _OPTIONS)
    fields = {
        **_BLANK,
        **offered,
        "customer": customer.id if customer is not None else None,
        "payment_method": method.id if method is not None else None,
        "status": "requires_confirmation" if method is not None else "requires_payment_method",
        "usage": call.params.get("usage") or "off_session",
        **inert_of(call, _INERT),
    }
    intent = call.create("setup_intent", fields)
    intent.assign({"client_secret": f"{intent.id}_secret_{intent.id[-18:]}"})
    intent.mark({name: "given" for name in _INERT if name in call.params} | world)
    call.event("setup_intent.created", intent)
    return _confirm(call, intent, method) if call.params.get("confirm") else intent


def _confirm(call: Call, intent: Record, method: Record | None) -> Record:
    if method is None:
        raise no_method(intent)
    kind = kind_of(method)
    if kind in redirects.KINDS:
        action = redirects.ask(call, intent)
        intent = call.update(intent, {"status": "requires_action", "payment_method": method.id, "next_action": action})
        call.event("setup_intent.requires_action", intent)
        return intent
    if kind in banks.KINDS:
        return _debitable(call, intent, method)
    card = card_of(method)
    if card.on_attach == "declined":
        intent = call.update(intent, {"status": "requires_payment_method", "payment_method": None})
        call.event("setup_intent.setup_failed", intent)
        raise decline_error(card, setup_intent=_embedded(intent), payment_method=Embedded("payment_method", method.id))
    if card.on_charge == "requires_action":
        action = next_action(call, intent)
        intent = call.update(intent, {"status": "requires_action", "payment_method": method.id, "next_action": action})
        call.event("setup_intent.requires_action", intent)
        return intent
    return succeed(call, intent, method)


def _debitable(call: Call, intent: Record, method: Record) -> Record:
    """Set a bank account up for debits: with a mandate, and verified."""
    bank_of(method)
    mandate = mandates.given(call, method)
    intent = call.update(intent, {"mandate": mandate.id})
    if not debits.needs_verification(call, method):
        return succeed(call, intent, method)
    action = debits.deposits(call, intent, method)
    intent = call.update(intent, {"status": "requires_action", "payment_method": method.id, "next_action": action})
    call.event("setup_intent.requires_action", intent)
    return intent


def succeed(call: Call, intent: Record, method: Record) -> Record:
    """Keep the payment method for the customer; behind iDEAL and Bancontact it is the bank account that is kept."""
    owner = intent.values.get("customer")
    customer = call.store.get("customer", owner) if isinstance(owner, str) else None
    changes: dict[str, Any] = {"status": "succeeded", "payment_method": method.id, "next_action": None, "last_setup_error": None}
    kind = kind_of(method)
    if kind in redirects.KINDS:
        changes["latest_attempt"] = _attempt(call, intent, method, customer).id
    elif customer is not None:
        attach_to(call, method, customer, verified=True)
    intent = call.update(intent, changes)
    call.event("setup_intent.succeeded", intent)
    return intent


def _attempt(call: Call, intent: Record, method: Record, customer: Record | None) -> Record:
    """The attempt that a visit to the bank was; it names the payment method of the account behind it."""
    kind, looks = kind_of(method), redirects.details(method)
    fields = {
        "application": None, "attach_to_self": None, "customer": intent.values.get("customer"), "flow_directions": None,
        "on_behalf_of": None,
        "payment_method": method.id, "payment_method_details": {"type": kind, kind: looks}, "setup_error": None, "setup_intent": intent.id,
        "status": "succeeded", "usage": intent.values.get("usage"),
    }  # fmt: skip
    attempt = call.create("setup_attempt", fields)
    if customer is not None and "generated_sepa_debit" in looks:
        made, mandate = redirects.generate(call, method, customer.id, setup_attempt=attempt.id)
        shown = {**looks, "generated_sepa_debit": made.id, "generated_sepa_debit_mandate": mandate.id}
        attempt = call.update(attempt, {"payment_method_details": {"type": kind, kind: shown}})
    return attempt


def _embedded(intent: Record) -> Embedded:
    return Embedded("setup_intent", intent.id)


def _open(call: Call, done: str) -> Record:
    intent = call.sure(call.at())
    if intent["status"] not in _OPEN:
        message = f"You cannot {done} this SetupIntent because it has a status of {intent['status']}."
        raise refuse(message, code="setup_intent_unexpected_state", setup_intent=_embedded(intent))
    return intent


def confirm(call: Call) -> Answer:
    """Confirm a setup intent."""
    intent = _open(call, "confirm")
    method, held = method_of(call), intent["payment_method"]
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


def update(call: Call) -> Answer:
    """Change a setup intent that is still open; a payment method that is given is confirmed later."""
    intent = _open(call, "update")
    customer = call.named("customer")
    changes = inert_of(call, tuple(_INERT))
    if "metadata" in changes:
        changes["metadata"] = merged_metadata(intent.values.get("metadata"), call.params.get("metadata"))
    types = call.params.get("payment_method_types")
    if isinstance(types, list):
        changes["payment_method_types"] = types
    if customer is not None:
        changes["customer"] = customer.id
    method = method_of(call)
    if method is not None:
        changes |= {"payment_method": method.id, "status": "requires_confirmation"}
    intent = call.update(intent, changes)
    intent.mark({name: "given" for name in _INERT if name in call.params})
    return intent


_CONFIRM = ("payment_method", *GIVEN, "return_url", "mandate_data", "payment_method_options[us_bank_account]")
_CREATE = ("confirm", "customer", "automatic_payment_methods", "payment_method_types", *_CONFIRM)
RULES = {
    "POST /v1/setup_intents": Rule(create, _CREATE, _INERT),
    "POST /v1/setup_intents/{}": Rule(update, ("customer", "payment_method", *GIVEN, "payment_method_types"), _INERT),
    "POST /v1/setup_intents/{}/confirm": Rule(confirm, _CONFIRM),
    "POST /v1/setup_intents/{}/cancel": Rule(cancel, (), {"cancellation_reason": REASON}),
    "GET /v1/setup_intents/{}": Rule(),
    "GET /v1/setup_intents": Rule(None, ("customer", "payment_method", *PAGES)),
}
