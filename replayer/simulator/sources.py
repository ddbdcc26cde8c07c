"""Cards on customers the older way: tokens and sources."""

from __future__ import annotations

import time
from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import Card, by_token
from replayer.simulator.errors import Unknown, missing_resource
from replayer.simulator.payment_methods import decline_error
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, Rule

_WORLD = dict.fromkeys(("fingerprint", "exp_month", "exp_year", "cvc_check", "regulated_status"), "world")
_ADDRESS = ("address_city", "address_country", "address_line1", "address_line1_check", "address_line2", "address_state", "address_zip", "address_zip_check")
_BRANDS = {"visa": "Visa", "mastercard": "MasterCard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB",
           "unionpay": "UnionPay"}  # fmt: skip


def card_values(call: Call, card: Card) -> dict[str, Any]:
    """A card as the older objects show it."""
    now = time.gmtime(call.now)
    shown = card.values(now.tm_year, now.tm_mon)
    same = {name: shown[name] for name in ("country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")}
    head = {"brand": _BRANDS.get(card.brand, card.brand), "cvc_check": "pass", "dynamic_last4": None, "tokenization_method": None, "name": None}
    return {**head, **same, **dict.fromkeys(_ADDRESS), "metadata": {}}


def add_source(call: Call, customer: Record, token: str, param: str) -> Record:
    """Put the card of a test token on a customer."""
    card = by_token(token)
    if card is None:
        stored = call.store.first(("token", "source", "card"), token)
        if stored is None:
            raise missing_resource("token", token, param=param, status=400)
        raise Unknown(f"what {token} stands for is not known")
    if card.behaviour == "declined" and card.refused:
        raise decline_error(card, param="")
    record = call.create("card", {**card_values(call, card), "customer": customer.id})
    record.mark(_WORLD)
    return record


def create(call: Call) -> Answer:
    """Add a source to the customer in the path; the first becomes its default."""
    customer = call.at()
    token = call.params.get("source") or call.params.get("card")
    if not isinstance(token, str):
        raise refuse("Missing required param: source.", code="parameter_missing", param="source")
    record = add_source(call, customer, token, "source")
    if not customer.values.get("default_source"):
        call.update(customer, {"default_source": record.id})
    call.event("customer.source.created", record)
    return record


def delete(call: Call) -> Answer:
    """Remove a source from the customer in the path; the next of its sources becomes the default."""
    customer, record = call.at(0), call.at(1)
    call.delete(record)
    if customer.values.get("default_source") == record.id:
        left = call.store.children("card", "customer", customer.id)
        call.update(customer, {"default_source": left[-1].id if left else None})
    call.event("customer.source.deleted", record)
    return call.store.get(record.type, record.id) or record


RULES = {
    "POST /v1/customers/{}/sources": Rule(create, ("source",), {"metadata": METADATA}),
    "DELETE /v1/customers/{}/sources/{}": Rule(delete),
    "GET /v1/customers/{}/sources": Rule(None, ("limit", "starting_after", "ending_before")),
    "GET /v1/customers/{}/sources/{}": Rule(),
}
