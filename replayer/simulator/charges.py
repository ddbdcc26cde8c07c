"""Charges: made by a confirmation or by hand, captured, released."""

from __future__ import annotations

from typing import Any

from replayer.simulator import disputes, holds, refunds
from replayer.simulator.amounts import check_amount, check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import MESSAGES, TestCard, advice, by_token, code_of, message_of
from replayer.simulator.connected import distribute, shares
from replayer.simulator.errors import ApiError, Unknown, missing_resource
from replayer.simulator.generic import write
from replayer.simulator.issuers import attempt
from replayer.simulator.payment_methods import NOBODY, decline_error
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, DESCRIPTOR, GROUP, METADATA, PAGES, RECEIPT, Rule
from replayer.simulator.sources import card_values

Declined = tuple[str, str | None, str]  # code, decline code, message
_APPROVED = {
    "advice_code": None, "network_advice_code": None, "network_decline_code": None, "network_status": "approved_by_network",
    "reason": None, "risk_level": "normal", "risk_score": 20, "seller_message": "Payment complete.", "type": "authorized",
}  # fmt: skip
_CARD_WORLD = ("fingerprint", "exp_month", "exp_year", "checks", "authorization_code", "network_transaction_id", "regulated_status")
_WORLD = dict.fromkeys(("outcome", "receipt_url", "calculated_statement_descriptor", "source"), "world")
_WORLD |= {f"payment_method_details.card.{name}": "world" for name in _CARD_WORLD}
BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "application", "application_fee", "application_fee_amount", "balance_transaction", "customer", "description", "destination",
        "dispute", "failure_balance_transaction", "failure_code", "failure_message", "invoice", "on_behalf_of", "order", "payment_intent",
        "payment_method", "receipt_email", "receipt_number", "receipt_url", "review", "shipping", "source", "source_transfer",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
    )),
    "amount_refunded": 0, "calculated_statement_descriptor": "SIMULATOR", "disputed": False, "fraud_details": {}, "metadata": {},
    "radar_options": {}, "refunded": False,
}  # fmt: skip
_CARD_SHOWN = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")


def authorize(
    call: Call, card: TestCard, values: dict[str, Any], looks: dict[str, Any], *, capture: bool, declined: Declined | None = None
) -> Record:
    """Make a charge: authorized, captured at once, or `declined` by the issuer. `looks` is the card as its payment method shows it."""
    amount, paid = values["amount"], declined is None
    fields = {
        **BLANK,
        **values,
        "amount_captured": amount if paid and capture else 0,
        "captured": paid and capture,
        "outcome": {**_APPROVED, "risk_level": card.risk_level} if declined is None else _declined(card, declined),
        "paid": paid,
        "payment_method_details": {"card": _details(call, looks, amount, capture=capture), "type": "card"},
        "status": "succeeded" if paid else "failed",
    }
    if declined is not None:
        fields |= {"failure_code": declined[0], "failure_message": declined[2]}
    record = call.create("charge", fields)
    if paid:
        record.assign({"receipt_url": f"https://pay.stripe.com/receipts/payment/{record.id}"})
    record.mark(
        _WORLD if card.dispute is None or card.dispute in disputes.REASONS else {**_WORLD, "disputed": "template", "dispute": "template"}
    )
    call.event("charge.succeeded" if paid else "charge.failed", record)
    if paid and capture:
        call.money(record, amount)
    elif paid:
        holds.expect(call, record)
    return record


def _declined(card: TestCard, declined: Declined) -> dict[str, Any]:
    code, decline, _ = declined
    blocked = card.risk_level == "highest"
    return {
        **_APPROVED,
        **advice(decline),
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else decline or code,
        "risk_level": card.risk_level,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "blocked" if blocked else "issuer_declined",
    }


def _details(call: Call, looks: dict[str, Any], amount: int, *, capture: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        **{name: looks.get(name) for name in _CARD_SHOWN},
        "amount_authorized": amount,
        "authorization_code": "000000",
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": looks.get("brand"),
        "network_token": {"used": False},
        "network_transaction_id": "000000000000000",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": None,
    }
    return found if capture else {**found, "capture_before": holds.capture_before(call, looks.get("brand"))}


def book(call: Call, charge: Record) -> Record:
    """Give a captured charge its balance transaction, and those for whom it was taken their part."""
    charge = distribute(call, charge)
    disputes.expect(call, charge)
    return charge


def take(call: Call, charge: Record, amount: int) -> Record:
    """Capture an authorized charge, whole or in part; what is not captured is given back as a refund."""
    charge = book(call, call.update(charge, {"captured": True, "amount_captured": amount}))
    call.event("charge.captured", charge)
    call.money(charge, amount)
    left = charge["amount"] - amount
    return refunds.release(call, charge, left) if left else charge


# --- the older way: charges by hand


def create(call: Call) -> Answer:
    """Charge a source or a customer's default source at once."""
    amount, currency = check_amount(call), check_currency(call)
    customer = call.named("customer")
    card, looks, source = _paying(call, customer, amount)
    capturing = call.params.get("capture") is not False
    values = {
        "amount": amount,
        "billing_details": NOBODY,
        "currency": currency,
        "customer": customer.id if customer is not None else None,
        "payment_method": source,
        "source": source,
        **inert_of(call, (*_CREATE_INERT, "statement_descriptor")),
        **_parts(call),
    }
    declined = _answer(card)
    charge = authorize(call, card, values, looks, capture=capturing, declined=declined)
    if declined is not None:
        raise _refusal(card, charge, declined)
    if charge.values.get("destination") and not charge.values.get("transfer_group"):
        charge = call.update(charge, {"transfer_group": f"group_{charge.id}"})
    return book(call, charge) if capturing else charge


def _parts(call: Call) -> dict[str, Any]:
    """For whom the charge is made; `destination` is the older way to say it."""
    old, fee = call.params.get("destination"), call.params.get("application_fee")
    given = {name: call.params[name] for name in ("transfer_data", "on_behalf_of", "application_fee_amount") if name in call.params}
    if isinstance(old, str):
        given["transfer_data"] = {"destination": old}
    elif isinstance(old, dict):
        given["transfer_data"] = {"destination": old.get("account"), "amount": old.get("amount")}
    if fee is not None:
        given["application_fee_amount"] = int(fee)
    found = shares(call.within(**given))
    data = found.get("transfer_data")
    application = None if call.store.platform else call.store.of_account(None).application_id
    return {**found, "application": application, "destination": data.get("destination") if isinstance(data, dict) else None}


def _answer(card: TestCard) -> Declined | None:
    """What the issuer says where nobody can be asked for authentication."""
    if card.on_charge == "requires_action":
        return "authentication_required", "authentication_required", MESSAGES["authentication_required"]
    code = code_of(card)
    return (code, card.decline_code, message_of(code, card.decline_code)) if card.on_charge == "declined" else None


def _refusal(card: TestCard, charge: Record, declined: Declined) -> ApiError:
    if card.on_charge == "declined":
        return decline_error(card, charge=charge.id)
    code, decline, message = declined
    return refuse(message, status=402, kind="card_error", code=code, decline_code=decline, charge=charge.id)


def _paying(call: Call, customer: Record | None, amount: int) -> tuple[TestCard, dict[str, Any], str]:
    """The card that pays, how it looks, and the id of what stands for it."""
    source = call.params.get("source")
    if source is None and customer is not None:
        source = customer["default_source"]
        if source is None:
            raise refuse("Cannot charge a customer that has no active card", status=402, kind="card_error", code="missing", param="card")
    if not isinstance(source, str):
        raise ApiError("Must provide source or customer.", code="parameter_missing")
    card = by_token(source)
    if card is not None:
        return card, card_values(call, card), call.store.mint.of("card")
    found = call.store.first(("card", "source", "payment_method", "bank_account"), source)
    if found is None:
        raise missing_resource("token" if source.startswith("tok_") else "source", source, param="source", status=400)
    if found.type in ("source", "bank_account"):
        raise Unknown(f"how payments with {source} end")
    looks = found.values.get("card") if found.type == "payment_method" else found.values
    return attempt(call, found, amount), looks if isinstance(looks, dict) else {}, found.id


def capture(call: Call) -> Answer:
    """Capture the charge in the path, whole or in part."""
    charge = call.sure(call.at())
    if charge["captured"]:
        raise refuse(f"Charge {charge.id} has already been captured.", code="charge_already_captured")
    if charge["refunded"]:
        raise refuse(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    wanted, limit = call.params.get("amount"), charge["amount"]
    if isinstance(wanted, int) and not 0 < wanted <= limit:
        raise refuse("The amount to capture must be positive and no more than the charge's.", code="amount_too_large", param="amount")
    shown = {**inert_of(call, _CAPTURE_INERT), **shares(call, charge.values)}
    if shown:
        charge = call.update(charge, shown)
    return take(call, charge, wanted if isinstance(wanted, int) else limit)


_UPDATE_INERT = {"description": ARBITRARY, "metadata": METADATA, "receipt_email": RECEIPT}
_CREATE_INERT = {**_UPDATE_INERT, "transfer_group": GROUP, "statement_descriptor_suffix": DESCRIPTOR}
_CAPTURE_INERT = {"receipt_email": RECEIPT, "statement_descriptor_suffix": DESCRIPTOR}

_CREATE = ("amount", "currency", "source", "customer", "capture")
RULES = {
    "POST /v1/charges": Rule(create, (*_CREATE, "application_fee_amount", "on_behalf_of", "transfer_data", "destination"), _CREATE_INERT),
    "POST /v1/charges/{}": Rule(write, (), _UPDATE_INERT),
    "POST /v1/charges/{}/capture": Rule(capture, ("amount", "application_fee_amount", "transfer_data"), _CAPTURE_INERT),
    "GET /v1/charges/{}": Rule(),
    "GET /v1/charges": Rule(None, ("customer", "payment_intent", "created", *PAGES)),
}
