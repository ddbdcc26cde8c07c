"""Payment methods: made from test values, attached to customers, detached again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import BY_NUMBER, MESSAGES, Card, behind, by_token
from replayer.simulator.errors import ApiError, Unknown, missing_resource
from replayer.simulator.generic import update
from replayer.simulator.records import Record
from replayer.simulator.rule import CONTACT, METADATA, Rule

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_NOBODY: dict[str, Any] = {"address": _NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}
# What differs between accounts and runs of the same card, and what its issuer or network says.
_WORLD = dict.fromkeys(("card.fingerprint", "card.checks", "card.exp_month", "card.exp_year", "card.regulated_status"), "world")
# Hashes of other methods than cards that show more than they were given are left to the template.
_SHOWN_AS_GIVEN = frozenset({"link", "klarna", "afterpay_clearpay", "alipay", "wechat_pay", "bancontact", "giropay", "grabpay", "oxxo", "cashapp"})


def make(call: Call, card: Card, *, customer: str | None = None, billing: Mapping[str, Any] | None = None) -> Record:
    """A payment method of a test card."""
    now = time.gmtime(call.now)
    values = _common("card", customer, billing)
    values["card"] = card.values(now.tm_year, now.tm_mon)
    record = call.create("payment_method", values)
    record.mark(_WORLD)
    return record


def _common(kind: str, customer: str | None, billing: Mapping[str, Any] | None) -> dict[str, Any]:
    given = billing or {}
    address = given.get("address")
    details = {**_NOBODY, **given, "address": {**_NO_ADDRESS, **(address if isinstance(address, dict) else {})}}
    return {
        "allow_redisplay": "unspecified",
        "billing_details": details,
        "customer": customer,
        "customer_account": None,
        "metadata": {},
        "type": kind,
    }


def usable(call: Call, value: str, param: str, *, status: int = 400) -> Record:
    """The payment method that an id or a test value names; a test value becomes a payment method of its own each time."""
    card = by_token(value) if value.startswith("pm_card_") else None
    if card is not None:
        return make(call, card)
    found = call.store.first(("payment_method",), value)
    if found is None or found.deleted:
        raise missing_resource("payment_method", value, param=param, status=status)
    return found


def card_of(method: Record) -> Card:
    """How the issuer of a payment method's card answers; raises `Unknown` where that is not documented."""
    shown = method.values.get("card") if method.type == "payment_method" else method.values
    if not isinstance(shown, dict) or "last4" not in shown:
        raise Unknown(f"how payments with {method.id} end is not known here: it is no card")
    card = behind(shown.get("last4"), shown.get("country"))
    if card is None:
        raise Unknown(f"{method.id} is no documented test card: how its issuer answers is not known")
    return card


def decline_error(card: Card, **more: Any) -> ApiError:
    """The error that a declined card answers with."""
    message = MESSAGES.get(card.decline or "", MESSAGES.get(card.code, MESSAGES["card_declined"]))
    return refuse(message, status=402, kind="card_error", code=card.code, decline_code=card.decline, **more)


def attach_to(call: Call, method: Record, customer: Record) -> Record:
    """Attach a payment method to a customer; cards whose issuer says no at once are refused."""
    owner = method.values.get("customer")
    if owner == customer.id:
        return method
    if owner and method.origin != "after":
        raise refuse("The payment method you provided has already been attached to a customer.", code="resource_already_exists")
    if method.raw is None and "card" in method.values:
        card = card_of(method)
        if card.behaviour == "declined" and card.refused:
            raise decline_error(card, param="", **advice(card))
    method = call.update(method, {"customer": customer.id})
    call.event("payment_method.attached", method)
    return method


def advice(card: Card) -> dict[str, Any]:
    """What an issuer's answer says beside the code; the network's code is world."""
    return {"advice_code": "try_again_later", "network_decline_code": "01"} if card.decline == "generic_decline" else {}


def from_data(call: Call, data: Mapping[str, Any], prefix: str) -> Record:
    """A payment method of given data; a card is a test token or a test number."""
    kind = str(data.get("type") or "card")
    billing = data.get("billing_details")
    billing = billing if isinstance(billing, dict) else None
    if kind == "card":
        return make(call, _card_given(data.get("card"), prefix), billing=billing)
    values = _common(kind, None, billing)
    given = data.get(kind)
    record = call.create("payment_method", {**values, kind: {} if kind in _SHOWN_AS_GIVEN or not isinstance(given, dict) else _shown(given)})
    record.mark({kind: "given"})
    return record


def _shown(given: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a bank account: never its number, only the last four digits of it."""
    number = given.get("account_number") or given.get("iban")
    shown = {name: value for name, value in given.items() if name not in ("account_number", "iban")}
    return {**shown, "last4": str(number)[-4:]} if number else shown


def _card_given(given: Any, prefix: str) -> Card:
    if not isinstance(given, dict):
        raise ApiError(f"Missing required param: {prefix}card.", code="parameter_missing", param=f"{prefix}card")
    token, number = given.get("token"), str(given.get("number") or "").replace(" ", "")
    if isinstance(token, str) and token:
        card = by_token(token)
        if card is None:
            raise missing_resource("token", token, param="card[token]", status=400)
        return card
    if number not in BY_NUMBER:
        raise Unknown("a card number that is no documented test card")
    return BY_NUMBER[number]


def create(call: Call) -> Answer:
    """Make a payment method from data."""
    if not call.params.get("type") and not call.params.get("payment_method"):
        raise ApiError("Missing required param: type.", code="parameter_missing", param="type")
    source = call.params.get("payment_method")
    if isinstance(source, str):
        raise Unknown("a payment method is cloned to a connected account")
    record = from_data(call, call.params, "")
    if isinstance(call.params.get("metadata"), dict):
        record.assign({"metadata": call.params["metadata"]}, "given")
    return record


def attach(call: Call) -> Answer:
    """Attach the payment method in the path to a customer."""
    customer = call.params.get("customer")
    if not isinstance(customer, str):
        raise ApiError("Missing required param: customer.", code="parameter_missing", param="customer")
    identifier = call.ids[0]
    card = by_token(identifier) if identifier.startswith("pm_card_") else None
    if card is None:
        method = usable(call, identifier, "payment_method", status=404)
        return attach_to(call, method, call.find("customer", customer, "customer"))
    owner = call.find("customer", customer, "customer")
    if card.behaviour == "declined" and card.refused:
        raise decline_error(card, param="", **advice(card))
    method = make(call, card, customer=owner.id)
    call.event("payment_method.attached", method)
    return method


def detach(call: Call) -> Answer:
    """Detach the payment method in the path; it can never be used again."""
    method = call.at()
    owner = method.values.get("customer")
    if not owner:
        raise refuse(
            "The payment method you provided is not attached to a customer so detachment is impossible.", code="payment_method_not_available"
        )
    customer = call.store.get("customer", str(owner))
    method = call.update(method, {"customer": None})
    settings = customer.values.get("invoice_settings") if customer is not None else None
    if customer is not None and isinstance(settings, dict) and settings.get("default_payment_method") == method.id:
        call.update(customer, {"invoice_settings": {**settings, "default_payment_method": None}})
    call.event("payment_method.detached", method)
    return method


def retrieve(call: Call) -> Answer:
    """Show a payment method; a test value shows the payment method that it would become."""
    return usable(call, call.ids[-1], "payment_method", status=404)


RULES = {
    "POST /v1/payment_methods": Rule(create, ("type", "card", "payment_method"), {"metadata": METADATA, "billing_details": CONTACT}),
    "POST /v1/payment_methods/{}": Rule(update, (), {"metadata": METADATA, "billing_details": CONTACT}),
    "POST /v1/payment_methods/{}/attach": Rule(attach, ("customer",)),
    "POST /v1/payment_methods/{}/detach": Rule(detach),
    "GET /v1/payment_methods/{}": Rule(retrieve),
    "GET /v1/payment_methods": Rule(None, ("customer", "type", "limit", "starting_after", "ending_before")),
    "GET /v1/customers/{}/payment_methods": Rule(None, ("type", "limit", "starting_after", "ending_before")),
    "GET /v1/customers/{}/payment_methods/{}": Rule(),
}
