"""Refunds: whole or in part, and what is given back when an authorization is released."""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import behind
from replayer.simulator.connected import take_back
from replayer.simulator.errors import ApiError
from replayer.simulator.generic import write
from replayer.simulator.ledger import settle
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule

_WORLD = {"destination_details": "world", "receipt_number": "world"}
_DESTINATION = {
    "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
    "type": "card",
}
_BLANK = dict.fromkeys(("balance_transaction", "reason", "receipt_number", "source_transfer_reversal", "transfer_reversal"))


def _make(call: Call, charge: Record, amount: int, values: dict[str, Any]) -> Record:
    card = behind((charge.values.get("payment_method_details") or {}).get("card") or {})
    later = card.refund if card is not None else None
    fields = {
        **_BLANK,
        "amount": amount,
        "charge": charge.id,
        "currency": charge["currency"],
        "destination_details": _DESTINATION,
        "metadata": {},
        "payment_intent": charge.values.get("payment_intent"),
        "status": "pending" if later == "pending_then_succeeds" else "succeeded",
        **values,
    }
    kind = (charge.values.get("payment_method_details") or {}).get("type") or "card"
    if kind != "card":  # a payment's refund; how long it is under way is the bank's
        fields["destination_details"] = {"type": kind, kind: {}}
        record = call.create("refund", fields, identifier=call.store.mint.next("pyr"))
        record.mark({**_WORLD, "status": "world"})
        return record
    record = call.create("refund", fields)
    record.mark(_WORLD if later is None else {**_WORLD, "status": "template"})
    return record


def _count(call: Call, charge: Record, amount: int) -> Record:
    total = charge["amount_refunded"] + amount
    return call.update(charge, {"amount_refunded": total, "refunded": total >= charge["amount"]})


def give_back(call: Call, charge: Record, amount: int, values: dict[str, Any]) -> Record:
    """Refund a part of a captured charge."""
    record = _make(call, charge, amount, values)
    entry = settle(call, record, -amount, "payment_refund" if record.id.startswith("pyr_") else "refund")
    record = call.update(record, {"balance_transaction": entry.id})
    charge = _count(call, charge, amount)
    record = _from_others(call, charge, record)
    call.event("refund.created", record)
    call.event("charge.refunded", charge)
    call.money(record, -amount)
    return record


def _from_others(call: Call, charge: Record, record: Record) -> Record:
    """What the refund asks for of the connected account, or gives it of the fee."""
    back, fee = bool(call.params.get("reverse_transfer")), bool(call.params.get("refund_application_fee"))
    return take_back(call, charge, record, transfer=back, fee=fee) if back or fee else record


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
        raise ApiError(
            "One of the following params should be provided for this request: payment_intent or charge.", code="parameter_missing"
        )
    latest = call.sure(intent)["latest_charge"]
    if not isinstance(latest, str):
        raise refuse(f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.", param="payment_intent")
    return call.find("charge", latest, "charge")


def _charged_back(call: Call, charge: Record) -> bool:
    held = charge.values.get("dispute")
    dispute = call.store.get("dispute", held) if isinstance(held, str) else None
    return dispute is not None and not dispute.values.get("is_charge_refundable") and dispute["status"] != "won"


def _check_parts(call: Call, charge: Record) -> None:
    if call.params.get("reverse_transfer") and not charge.values.get("transfer"):
        message = f"Cannot reverse transfer on charge {charge.id} because it does not have an associated transfer."
        raise refuse(message, param="reverse_transfer")
    if call.params.get("refund_application_fee") and not charge.values.get("application_fee"):
        message = "Application fee cannot be refunded because there is no application fee associated with this charge."
        raise refuse(message, param="refund_application_fee")


def _refund(call: Call, charge: Record) -> Record:
    call.sure(charge)
    _check_parts(call, charge)
    if _charged_back(call, charge):
        raise refuse(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    if not charge["paid"] or charge["status"] != "succeeded":
        raise refuse(f"Charge {charge.id} has not been paid and cannot be refunded.", param="charge")
    if charge["refunded"]:
        raise refuse(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    left, given = charge["amount"] - charge["amount_refunded"], call.params.get("amount")
    wanted = given if isinstance(given, int) else left
    if wanted < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if wanted > left:
        message = f"Refund amount ({_money(wanted)}) is greater than unrefunded amount on charge ({_money(left)})"
        raise refuse(message, param="amount")
    if charge["captured"]:
        return give_back(call, charge, wanted, inert_of(call, ("metadata", "reason")) if call.route.types == ("refund",) else {})
    if wanted < left:
        raise refuse("An uncaptured charge cannot be refunded in part: capture it for a smaller amount instead.", param="amount")
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
    status = call.sure(call.at())["status"]
    raise refuse(f"You cannot cancel this Refund because it has a status of {status}.", param="refund")


_AMOUNTS = ("amount", "reverse_transfer", "refund_application_fee")
RULES = {
    "POST /v1/refunds": Rule(create, ("charge", "payment_intent", *_AMOUNTS), {"metadata": METADATA}),
    "POST /v1/charges/{charge}/refund": Rule(of_charge, _AMOUNTS),
    "POST /v1/charges/{charge}/refunds": Rule(of_charge, _AMOUNTS),
    "POST /v1/refunds/{}": Rule(write, (), {"metadata": METADATA}),
    "POST /v1/refunds/{}/cancel": Rule(cancel),
    "GET /v1/refunds/{}": Rule(),
    "GET /v1/refunds": Rule(None, ("charge", "payment_intent", "created", *PAGES)),
    "GET /v1/charges/{}/refunds": Rule(None, PAGES),
    "GET /v1/charges/{}/refunds/{}": Rule(),
}
