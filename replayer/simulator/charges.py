"""Charges: made by a confirmation or by hand, captured, released."""

from __future__ import annotations

from typing import Any

from replayer.simulator import refunds
from replayer.simulator.amounts import check_amount, check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import MESSAGES, Card, by_token
from replayer.simulator.errors import ApiError, Unknown, missing_resource
from replayer.simulator.generic import update
from replayer.simulator.ledger import settle
from replayer.simulator.payment_methods import advice, card_of, decline_error
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, DESCRIPTOR, GROUP, METADATA, RECEIPT, SHIPPING, Rule
from replayer.simulator.sources import card_values

_CAPTURE_WITHIN = 7 * 86400  # for cards, unless the network allows more (docs: "Place a hold on a payment method")
_APPROVED = {
    "advice_code": None, "network_advice_code": None, "network_decline_code": None, "network_status": "approved_by_network", "reason": None,
    "risk_level": "normal", "risk_score": 20, "seller_message": "Payment complete.", "type": "authorized",
}  # fmt: skip
_WORLD = dict.fromkeys(("outcome", "receipt_url", "calculated_statement_descriptor", "payment_method_details.card.fingerprint", "payment_method_details.card.exp_month", "payment_method_details.card.exp_year", "payment_method_details.card.checks", "payment_method_details.card.authorization_code", "payment_method_details.card.network_transaction_id", "payment_method_details.card.regulated_status", "source"), "world")  # fmt: skip
_BLANK: dict[str, Any] = {
    "application": None, "application_fee": None, "application_fee_amount": None, "balance_transaction": None, "customer": None, "description": None,
    "destination": None, "dispute": None, "disputed": False, "failure_balance_transaction": None, "failure_code": None, "failure_message": None,
    "fraud_details": {}, "invoice": None, "metadata": {}, "on_behalf_of": None, "order": None, "payment_intent": None, "payment_method": None,
    "presentment_details": None, "radar_options": {}, "receipt_email": None, "receipt_number": None, "review": None, "shipping": None, "source": None,
    "source_transfer": None, "statement_descriptor": None, "statement_descriptor_suffix": None, "transfer_data": None, "transfer_group": None,
    "amount_refunded": 0, "refunded": False,
}  # fmt: skip


def authorize(call: Call, card: Card, values: dict[str, Any], details: dict[str, Any], *, capture: bool, declined: bool) -> Record:
    """Make a charge: authorized, captured at once, or declined by the issuer."""
    amount = values["amount"]
    paid = not declined
    fields: dict[str, Any] = {
        **_BLANK,
        "amount_captured": amount if paid and capture else 0,
        "calculated_statement_descriptor": "SIMULATOR",
        "captured": paid and capture,
        "outcome": _APPROVED if paid else _declined_outcome(card),
        "paid": paid,
        "payment_method_details": {"card": _card_details(call, details, amount, capture=capture), "type": "card"},
        "receipt_url": None,
        "status": "succeeded" if paid else "failed",
        **values,
    }
    if not paid:
        code = card.code if card.behaviour != "authenticate" else "authentication_required"
        fields |= {"failure_code": code, "failure_message": message_of(card, code)}
    record = call.create("charge", fields)
    if paid:
        record.assign({"receipt_url": f"https://pay.stripe.com/receipts/payment/{record.id}"})
    record.mark(_WORLD)
    call.event("charge.succeeded" if paid else "charge.failed", record)
    if paid and capture:
        call.money(record, amount)
    return record


def message_of(card: Card, code: str) -> str:
    """The words that go with a decline."""
    return MESSAGES.get(card.decline or "", MESSAGES.get(code, MESSAGES["card_declined"]))


def _declined_outcome(card: Card) -> dict[str, Any]:
    said = advice(card)
    blocked = card.decline == "fraudulent"
    return {
        **_APPROVED,
        "advice_code": said.get("advice_code"),
        "network_decline_code": said.get("network_decline_code"),
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else card.decline or card.code,
        "risk_level": "highest" if blocked else "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "blocked" if blocked else "issuer_declined",
    }


def _card_details(call: Call, shown: dict[str, Any], amount: int, *, capture: bool) -> dict[str, Any]:
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")
    found: dict[str, Any] = {
        **{name: shown.get(name) for name in names},
        "amount_authorized": amount,
        "authorization_code": "000000",
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": shown.get("brand"),
        "network_token": {"used": False},
        "network_transaction_id": "000000000000000",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": None,
    }
    if not capture:
        found["capture_before"] = call.now + _CAPTURE_WITHIN
    return found


def book(call: Call, charge: Record) -> Record:
    """Give a captured charge its balance transaction."""
    entry = settle(call, charge, charge.values["amount_captured"], "charge")
    return call.update(charge, {"balance_transaction": entry.id})


def take(call: Call, charge: Record, amount: int) -> Record:
    """Capture an authorized charge, whole or in part; what is not captured is given back as a refund."""
    charge = call.update(charge, {"captured": True, "amount_captured": amount})
    charge = book(call, charge)
    call.event("charge.captured", charge)
    call.money(charge, amount)
    if amount < charge.values["amount"]:
        charge = refunds.release(call, charge, charge.values["amount"] - amount)
    return charge


# --- the older way: charges by hand


def create(call: Call) -> Answer:
    """Charge a source or a customer's default source at once."""
    amount, currency = check_amount(call), check_currency(call)
    customer = call.named("customer")
    card, shown, source = _paying(call, customer)
    capture = call.params.get("capture") is not False
    if card.behaviour == "authenticate_then_declined":
        raise Unknown("a charge without a payment intent on a card that asks for authentication")
    declined = card.behaviour in ("declined", "authenticate")
    values = {
        "amount": amount,
        "billing_details": _nobody(),
        "currency": currency,
        "customer": customer.id if customer is not None else None,
        "payment_method": source.id,
        "source": source.id,
        **inert_of(call, CREATE_INERT),
    }
    charge = authorize(call, card, values, shown, capture=capture, declined=declined)
    if declined:
        raise _refusal(card, charge)
    return book(call, charge) if capture else charge


def _refusal(card: Card, charge: Record) -> ApiError:
    if card.behaviour == "authenticate":
        return refuse(
            MESSAGES["authentication_required"], status=402, kind="card_error", code="authentication_required",
            decline_code="authentication_required", charge=charge.id,
        )  # fmt: skip
    return decline_error(card, charge=charge.id, **advice(card))


def _nobody() -> dict[str, Any]:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}


def _paying(call: Call, customer: Record | None) -> tuple[Card, dict[str, Any], Record]:
    """The card that pays, how it is shown, and the source that stands for it."""
    source = call.params.get("source")
    if source is None and customer is not None:
        source = customer.values.get("default_source")
        if source is None:
            raise refuse("Cannot charge a customer that has no active card", status=402, kind="card_error", code="missing", param="card")
    if not isinstance(source, str):
        raise ApiError("Must provide source or customer.", code="parameter_missing")
    card = by_token(source)
    if card is not None:
        record = Record("card", call.store.mint.of("card"), card_values(call, card))
        call.store.add(record)
        return card, record.values, record
    found = call.store.first(("card", "source", "payment_method"), source)
    if found is None:
        raise missing_resource("token" if source.startswith("tok_") else "source", source, param="source", status=400)
    shown = found.values.get("card") if found.type == "payment_method" else found.values
    return card_of(found), shown if isinstance(shown, dict) else {}, found


def capture(call: Call) -> Answer:
    """Capture the charge in the path."""
    charge = call.sure(call.at())
    if charge.values.get("captured"):
        raise refuse(f"Charge {charge.id} has already been captured.", code="charge_already_captured")
    if charge.values.get("refunded"):
        raise refuse(f"Charge {charge.id} has been refunded.", code="charge_already_refunded")
    amount = call.params.get("amount")
    limit = charge.values["amount"]
    if isinstance(amount, int) and amount > limit:
        raise refuse("You cannot capture more than the charge's amount.", code="amount_too_large", param="amount")
    return take(call, charge, amount if isinstance(amount, int) else limit)


CREATE_INERT = {
    "description": ARBITRARY, "metadata": METADATA, "receipt_email": RECEIPT, "shipping": SHIPPING, "statement_descriptor": DESCRIPTOR,
    "statement_descriptor_suffix": DESCRIPTOR, "transfer_group": GROUP,
}  # fmt: skip
_UPDATE_INERT = {"description": ARBITRARY, "metadata": METADATA, "receipt_email": RECEIPT, "shipping": SHIPPING, "transfer_group": GROUP}
_PAGES = ("limit", "starting_after", "ending_before")

RULES = {
    "POST /v1/charges": Rule(create, ("amount", "currency", "source", "customer", "capture"), CREATE_INERT),
    "POST /v1/charges/{}": Rule(update, (), _UPDATE_INERT),
    "POST /v1/charges/{}/capture": Rule(capture, ("amount",), {"statement_descriptor": DESCRIPTOR, "receipt_email": RECEIPT}),
    "GET /v1/charges/{}": Rule(),
    "GET /v1/charges": Rule(None, ("customer", "payment_intent", "created", *_PAGES)),
}
