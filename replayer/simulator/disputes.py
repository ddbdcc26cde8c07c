"""Disputes of test cards: opened after the charge, answered with evidence, won or lost (docs.stripe.com/testing#disputes).

The disputed amount and a fee of 15.00 are taken at once, and given back, without the fee, where the dispute is won. An inquiry takes
nothing until it becomes a chargeback, which none does here.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import behind
from replayer.simulator.echo import Echo
from replayer.simulator.errors import missing_resource
from replayer.simulator.ledger import settle, stripe_fee
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule
from replayer.stripeapi.catalogue import catalogue

_DAY = 86400
_ANSWER_WITHIN = 9 * _DAY  # world: networks allow between 7 and 21 days
_FEE = 1500
REASONS = {"fraudulent": "fraudulent", "product_not_received": "product_not_received", "inquiry": "fraudulent"}
_NETWORK_REASONS = {"fraudulent": "10.4", "product_not_received": "13.1"}
_OPEN = ("needs_response", "warning_needs_response")
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_communication", "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
    "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def expect(call: Call, charge: Record) -> None:
    """Let the customer dispute a captured charge a moment later, where its card is one that does."""
    card = behind((charge.values.get("payment_method_details") or {}).get("card") or {})
    if card is not None and card.dispute in REASONS:
        how = str(card.dispute)
        call.afterwards(charge, lambda: _expected(call, charge, how))


def _expected(call: Call, charge: Record, how: str) -> None:
    _open(call, charge, REASONS[how], inquiry=how == "inquiry")


def dispute(call: Call) -> Answer:
    """Dispute the charge in the path, as its customer does at the bank: all of it, or an amount; as an inquiry where the status says so."""
    charge = call.sure(call.at())
    if charge["status"] != "succeeded" or not charge["captured"] or charge["disputed"]:
        raise refuse(f"{charge.id} is no captured charge that can be disputed.")
    amount, status = call.params.get("amount"), str(call.params.get("status") or "")
    reason = str(call.params.get("reason") or "general")
    return _open(call, charge, reason, inquiry=status.startswith("warning"), amount=amount if isinstance(amount, int) else None)


def _open(call: Call, charge: Record, reason: str, *, inquiry: bool, amount: int | None = None) -> Record:
    charge = call.store.get("charge", charge.id) or charge
    found = behind((charge["payment_method_details"] or {}).get("card") or {})
    network = _NETWORK_REASONS.get(reason)
    values: dict[str, Any] = {
        "amount": charge["amount"] if amount is None else amount, "balance_transactions": [], "charge": charge.id,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [], "evidence": dict.fromkeys(_EVIDENCE), "evidence_details": _details(call.now, charge),
        "is_charge_refundable": inquiry, "metadata": {}, "payment_intent": charge.values.get("payment_intent"), "reason": reason,
        "network_reason_code": network, "status": "warning_needs_response" if inquiry else "needs_response",
        "payment_method_details": {
            "card": {"brand": found.brand if found else "visa", "case_type": "inquiry" if inquiry else "chargeback",
                     "network_reason_code": network},
            "type": "card",
        },
    }  # fmt: skip
    made = call.create("dispute", values)
    made.mark({"evidence_details.due_by": "world", "network_reason_code": "world"})
    charge = call.update(charge, {"disputed": True, "dispute": made.id})
    call.event("charge.dispute.created", made)
    if not inquiry:
        _withdraw(call, made, charge)
    return call.store.get("dispute", made.id) or made


def take_back(call: Call, charge: Record) -> None:
    """The customer's bank takes a debit back: lost from the beginning (docs.stripe.com/payments/ach-direct-debit, "Disputes")."""
    kind = str(charge["payment_method_details"]["type"])
    values: dict[str, Any] = {
        "amount": charge["amount"], "balance_transactions": [], "charge": charge.id, "currency": charge["currency"],
        "enhanced_eligibility_types": [], "evidence": dict.fromkeys(_EVIDENCE),
        "evidence_details": {**_details(call.now, charge), "due_by": None},
        "is_charge_refundable": False, "metadata": {}, "payment_intent": charge.values.get("payment_intent"),
        "payment_method_details": {"type": kind}, "reason": "debit_not_authorized", "network_reason_code": None, "status": "lost",
    }  # fmt: skip
    dispute = call.create("dispute", values)
    dispute.mark({"reason": "world", "evidence_details": "world"})
    charge = call.update(charge, {"disputed": True, "dispute": dispute.id})
    call.event("charge.dispute.created", dispute)
    _withdraw(call, dispute, charge)
    call.event("charge.dispute.closed", call.store.get("dispute", dispute.id) or dispute)


def _details(now: int, charge: Record) -> dict[str, Any]:
    return {
        "due_by": ((now + _ANSWER_WITHIN) // _DAY + 1) * _DAY - 1, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False,
        "submission_count": 0,
    }  # fmt: skip


def _withdraw(call: Call, dispute: Record, charge: Record) -> None:
    fees = [stripe_fee(_FEE, str(dispute["currency"]), "Dispute fee")]
    text = f"Chargeback withdrawal for {charge.id}"
    entry = settle(call, dispute, -dispute["amount"], "adjustment", fees=fees, available_on=call.now, description=text)
    dispute = call.update(dispute, {"balance_transactions": [entry.id]})
    call.event("charge.dispute.funds_withdrawn", dispute)


def _at(call: Call) -> Record:
    if call.route.types == ("dispute",) and call.route.named[0][1] == ("charge",):
        charge = call.at()
        found = charge.values.get("dispute")
        dispute = call.store.get("dispute", found) if isinstance(found, str) else None
        if dispute is None:
            raise missing_resource("dispute", charge.id, param="id")
        return dispute
    return call.at()


def update(call: Call) -> Answer:
    """Add evidence to a dispute; once submitted, the test texts for it decide the dispute."""
    dispute = call.sure(_at(call))
    fields = catalogue().fields("dispute", None)
    given = {name: call.params[name] for name in ("evidence", "metadata") if call.params.get(name) is not None}
    if "evidence" in given and dispute["status"] not in _OPEN:
        raise refuse(
            f"This dispute is already closed or under review and cannot be updated: {dispute['status']}.", code="dispute_already_closed"
        )
    echo = Echo(fields, dispute.values, call.store).take(given)
    dispute = call.update(dispute, echo.values)
    if "evidence" in given:
        dispute = _evidence(call, dispute, submit=call.params.get("submit") is not False)
    call.event("charge.dispute.updated", dispute)
    return dispute


def _evidence(call: Call, dispute: Record, *, submit: bool) -> Record:
    details = dispute["evidence_details"]
    held = any(value is not None for value in dispute["evidence"].values())
    changes: dict[str, Any] = {
        "evidence_details": {**details, "has_evidence": held, "submission_count": details["submission_count"] + submit}
    }
    if submit:
        changes["status"] = "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
    dispute = call.update(dispute, changes)
    text = dispute["evidence"].get("uncategorized_text")
    if submit and text in ("winning_evidence", "losing_evidence"):
        call.afterwards(dispute, lambda: _decide(call, dispute, won=text == "winning_evidence"))
    return dispute


def _decide(call: Call, dispute: Record, *, won: bool) -> None:
    dispute = call.store.get("dispute", dispute.id) or dispute
    if dispute["status"].startswith("warning"):
        call.event("charge.dispute.closed", call.update(dispute, {"status": "warning_closed"}))
        return
    dispute = call.update(dispute, {"status": "won" if won else "lost"})
    if won:
        text = f"Chargeback reversal for {dispute['charge']}"
        entry = settle(
            call, dispute, dispute["amount"], "adjustment", fees=[], available_on=call.now, description=text,
            reporting_category="dispute_reversal",
        )  # fmt: skip
        dispute = call.update(dispute, {"balance_transactions": [*dispute["balance_transactions"], entry.id]})
        call.event("charge.dispute.funds_reinstated", dispute)
    call.event("charge.dispute.closed", dispute)


def decide(call: Call) -> Answer:
    """Decide the dispute in the path, as the customer's bank does."""
    held = call.sure(call.at())
    outcome = call.params.get("outcome")
    if outcome not in ("won", "lost") or held["status"] in ("won", "lost", "warning_closed"):
        raise refuse(f"{held.id} cannot be decided so: it has a status of `{held['status']}`.", param="outcome")
    _decide(call, held, won=outcome == "won")
    return call.store.get("dispute", held.id) or held


def close(call: Call) -> Answer:
    """Give a dispute up: it is lost."""
    dispute = call.sure(_at(call))
    if dispute["status"] not in _OPEN:
        raise refuse("This dispute is already closed.", code="dispute_already_closed")
    dispute = call.update(dispute, {"status": "warning_closed" if dispute["status"].startswith("warning") else "lost"})
    call.event("charge.dispute.closed", dispute)
    return dispute


def retrieve(call: Call) -> Answer:
    """Show the dispute of the charge in the path."""
    return _at(call)


_UPDATE = Rule(update, ("evidence[uncategorized_text]", "submit"), {"metadata": METADATA})
RULES = {
    "POST /_replayer/charges/{}/dispute": Rule(dispute),
    "POST /_replayer/disputes/{}/decide": Rule(decide),
    "POST /v1/disputes/{}": _UPDATE,
    "POST /v1/disputes/{}/close": Rule(close),
    "GET /v1/disputes/{}": Rule(),
    "GET /v1/disputes": Rule(None, ("charge", "payment_intent", "created", *PAGES)),
    "GET /v1/charges/{}/dispute": Rule(retrieve),
    "POST /v1/charges/{}/dispute": _UPDATE,
    "POST /v1/charges/{}/dispute/close": Rule(close),
}
