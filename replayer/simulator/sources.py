"""Cards and bank accounts on customers the older way: tokens and sources (docs.stripe.com/ach-deprecated for bank accounts)."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import TestCard, by_token, shown
from replayer.simulator.errors import Unknown, missing_parameter, missing_resource
from replayer.simulator.payment_methods import decline_error
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule
from replayer.stripeapi.testdata import LEGACY_BRANDS

_WORLD = dict.fromkeys(("fingerprint", "exp_month", "exp_year", "cvc_check", "regulated_status"), "world")
_SAME = ("country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")
_EMPTY = dict.fromkeys((
    "address_city", "address_country", "address_line1", "address_line1_check", "address_line2", "address_state", "address_zip",
    "address_zip_check", "dynamic_last4", "name", "tokenization_method",
))  # fmt: skip


def card_values(call: Call, card: TestCard) -> dict[str, Any]:
    """A card as the older objects show it."""
    looks = shown(card, call.now, call.version)
    head = {"brand": LEGACY_BRANDS.get(card.brand, card.brand), "cvc_check": looks["checks"]["cvc_check"], "metadata": {}}
    return {**_EMPTY, **{name: looks[name] for name in _SAME}, **head}


def add_source(call: Call, customer: Record, token: str, param: str) -> Record:
    """Put the card of a test token on a customer."""
    from replayer.simulator.tokens import test_bank  # which imports this file

    bank = test_bank(token)
    if bank is not None:
        verified = {"status": "verified"} if token.startswith("btok_us_verified") else {}
        values = {**bank, **verified, "account": None, "available_payout_methods": None, "customer": customer.id, "metadata": {}}
        record = call.create("bank_account", values)
        record.mark({"fingerprint": "world", "bank_name": "world"})
        return record
    card = by_token(token)
    if card is None:
        if call.store.first(("token", "source", "card"), token) is None:
            raise missing_resource("token", token, param=param, status=400)
        raise Unknown(f"what {token} stands for")
    if card.on_attach == "declined":
        raise decline_error(card, param="")
    record = call.create("card", {**card_values(call, card), "customer": customer.id})
    record.mark(_WORLD)
    return record


def create(call: Call) -> Answer:
    """Add a source to the customer in the path; the first becomes its default."""
    customer, token = call.at(), call.params.get("source")
    if not isinstance(token, str):
        raise missing_parameter("source")
    record = add_source(call, customer, token, "source")
    if isinstance(call.params.get("metadata"), dict):
        record.assign({"metadata": call.params["metadata"]}, "given")
    if not customer.values.get("default_source"):
        call.update(customer, {"default_source": record.id})
    call.event("customer.source.created", record)
    return record


def delete(call: Call) -> Answer:
    """Remove a source from the customer in the path; the next of its sources becomes the default."""
    customer, record = call.at(0), call.at(1)
    gone = call.delete(record)
    if customer.values.get("default_source") == record.id:
        left = [*call.store.children("bank_account", "customer", customer.id), *call.store.children("card", "customer", customer.id)]
        call.update(customer, {"default_source": left[-1].id if left else None})
    call.event("customer.source.deleted", record)
    return gone


def verify(call: Call) -> Answer:
    """Verify a bank account by what two micro-deposits came to: 32 and 45 in test mode."""
    record, amounts = call.at(1), call.params.get("amounts")
    if record.type != "bank_account":
        raise missing_resource("bank_account", record.id, param="id")
    if record["status"] == "verified":
        raise refuse("This bank account has already been verified.", code="bank_account_verified")
    if not isinstance(amounts, list) or sorted(map(str, amounts)) != ["32", "45"]:
        message = "The amounts provided do not match the amounts that were sent to the bank account."
        raise refuse(message, status=402, kind="card_error", code="bank_account_verification_failed")
    return call.update(record, {"status": "verified"})


RULES = {
    "POST /v1/customers/{}/sources/{}/verify": Rule(verify, ("amounts",)),
    "POST /v1/customers/{}/sources": Rule(create, ("source",), {"metadata": METADATA}),
    "DELETE /v1/customers/{}/sources/{}": Rule(delete),
    "GET /v1/customers/{}/sources": Rule(None, PAGES),
    "GET /v1/customers/{}/sources/{}": Rule(),
}
