"""Mandates: a customer's permission to debit their account (Stripe API reference, "Mandates")."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call
from replayer.simulator.errors import Unknown, missing_resource
from replayer.simulator.payment_methods import kind_of
from replayer.simulator.records import Record
from replayer.simulator.rule import Rule

_BLANK: dict[str, Any] = {"multi_use": {}, "on_behalf_of": None, "single_use": None, "status": "active", "type": "multi_use"}


def of(call: Call, method: Record) -> Record | None:
    """The mandate of a payment method, null where none is known."""
    found = call.store.children("mandate", "payment_method", method.id)
    return found[0] if found else None


def given(call: Call, method: Record) -> Record:
    """The mandate of a payment method: an earlier one, or one that comes with the call; a customer's account has one in any case."""
    held = of(call, method)
    if held is not None:
        return held
    data = call.params.get("mandate_data")
    acceptance = data.get("customer_acceptance") if isinstance(data, dict) else None
    if not isinstance(acceptance, dict) and not method.values.get("customer"):
        raise Unknown(f"what comes of a debit of {method.id} that no mandate allows (`mandate_data`)")
    if method.raw is not None or not isinstance(acceptance, dict):
        acceptance = {"type": "offline"}
    return make(call, method, acceptance)


def make(call: Call, method: Record, acceptance: dict[str, Any]) -> Record:
    """A mandate that the customer has accepted, for any number of payments."""
    kind = kind_of(method)
    accepted = {"accepted_at": call.now, "offline": None, "online": None, **acceptance}
    details: dict[str, Any] = {"type": kind, kind: {}}
    if kind in ("sepa_debit", "bacs_debit"):
        reference = f"SIM{method.id[-9:].upper()}"
        details[kind] = {"reference": reference, "url": f"https://payments.stripe.com/mandate/{reference}"}
        if kind == "bacs_debit":
            details[kind] |= {"network_status": "accepted", "revocation_reason": None}
    values = {**_BLANK, "customer_acceptance": accepted, "payment_method": method.id, "payment_method_details": details}
    record = call.create("mandate", values)
    record.mark({"payment_method_details": "world", "customer_acceptance": "world"})
    return record


def retrieve(call: Call) -> Answer:
    """Show a mandate."""
    found = call.store.get("mandate", call.ids[0])
    if found is None:
        raise missing_resource("mandate", call.ids[0], param="mandate")
    return found


RULES = {"GET /v1/mandates/{}": Rule(retrieve)}
