"""Refunds: whole or in part, and what is given back when an authorization is released."""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError
from replayer.simulator.generic import update
from replayer.simulator.ledger import settle
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, Rule

_WORLD = {"destination_details": "world", "receipt_number": "world"}
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def _make(call: Call, charge: Record, amount: int, values: dict[str, Any]) -> Record:
    fields = {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge.id,
        "currency": charge.values["currency"],
        "destination_details": {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": charge.values.get("payment_intent"),
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
        **values,
    }
    record = call.create("refund", fields)
    record.mark(_WORLD)
    return record


def _count(call: Call, charge: Record, amount: int) -> Record:
    total = charge.values["amount_refunded"] + amount
    return call.update(charge, {"amount_refunded": total, "refunded": total >= charge.values["amount"]})


def give_back(call: Call, charge: Record, amount: int, values: dict[str, Any]) -> Record:
    """Refund a part of a captured charge."""
    record = _make(call, charge, amount, values)
    entry = settle(call, record, -amount, "refund")
    record = call.update(record, {"balance_transaction": entry.id})
    charge = _count(call, charge, amount)
    call.event("refund.created", record)
    call.event("charge.refunded", charge)
    call.money(record, -amount)
    return record


def release(call: Call, charge: Record, amount: int) -> Record:
    """Give back what was authorized and not captured; no money moves. Returns the charge."""
    _make(call, charge, amount, {})
    charge = _count(call, charge, amount)
    call.event("charge.refunded", charge)
    return charge


def _charge_of(call: Call) -> Record:
    """The charge to refund: named itself, or the last one of a payment intent."""
    charge = call.named("charge")
    if charge is not None:
        return charge
    intent = call.named("payment_intent")
    if intent is None:
        raise ApiError("One of the following params should be provided for this request: payment_intent or charge.", code="parameter_missing")
    latest = intent.values.get("latest_charge")
    if not isinstance(latest, str):
        raise refuse(f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.", param="payment_intent")
    return call.find("charge", latest, "charge")


def _refund(call: Call, charge: Record) -> Record:
    values = call.sure(charge).values
    if not values.get("paid") or values.get("status") != "succeeded":
        raise refuse(f"Charge {charge.id} has not been paid and cannot be refunded.", param="charge")
    if values["refunded"]:
        raise refuse(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    left = values["amount"] - values["amount_refunded"]
    amount = call.params.get("amount")
    if isinstance(amount, int) and amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    wanted = amount if isinstance(amount, int) else left
    if wanted > left:
        raise refuse(f"Refund amount ({_money(wanted)}) is greater than unrefunded amount on charge ({_money(left)})", param="amount")
    if not values["captured"]:
        if wanted < left:
            raise refuse("You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount")
        return _released(call, charge, left)
    return give_back(call, charge, wanted, inert_of(call, ("metadata", "reason")) if call.route.types == ("refund",) else {})


def _released(call: Call, charge: Record, left: int) -> Record:
    release(call, charge, left)
    return call.store.children("refund", "charge", charge.id)[0]


def _money(amount: int) -> str:
    return f"${amount // 100}.{amount % 100:02d}"


def create(call: Call) -> Answer:
    """Refund a charge or a payment intent."""
    return _refund(call, _charge_of(call))


def of_charge(call: Call) -> Answer:
    """Refund the charge in the path; the older way answers with the charge itself."""
    charge = call.at()
    record = _refund(call, charge)
    return record if call.route.types == ("refund",) else call.store.get("charge", charge.id) or charge


def cancel(call: Call) -> Answer:
    """Cancel a refund that waits for the customer; a card refund never does."""
    record = call.at()
    raise refuse(f"You cannot cancel this Refund because it has a status of {record.values.get('status')}.", param="refund")


_PAGES = ("limit", "starting_after", "ending_before")
RULES = {
    "POST /v1/refunds": Rule(create, ("charge", "payment_intent", "amount"), {"metadata": METADATA}),
    "POST /v1/charges/{charge}/refund": Rule(of_charge, ("amount",), {"metadata": METADATA}),
    "POST /v1/charges/{charge}/refunds": Rule(of_charge, ("amount",), {"metadata": METADATA}),
    "POST /v1/refunds/{}": Rule(update, (), {"metadata": METADATA}),
    "POST /v1/refunds/{}/cancel": Rule(cancel),
    "GET /v1/refunds/{}": Rule(),
    "GET /v1/refunds": Rule(None, ("charge", "payment_intent", "created", *_PAGES)),
    "GET /v1/charges/{}/refunds": Rule(None, _PAGES),
    "GET /v1/charges/{}/refunds/{}": Rule(),
}
