"""A customer's balance: negative is credit, positive is owed; the next invoice takes it up (docs.stripe.com/billing/customer/balance)."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call
from replayer.simulator.errors import missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule


def change(call: Call, customer: Record, amount: int, kind: str, currency: str, **more: Any) -> Record:
    """Add to a customer's balance (minor units) and write it into its ledger."""
    now = call.store.get("customer", customer.id) or customer
    ending = (now.values.get("balance") or 0) + amount
    call.update(now, {"balance": ending})
    blank: dict[str, Any] = dict.fromkeys(("checkout_session", "credit_note", "description", "invoice"))
    values = {**blank, "amount": amount, "currency": currency, "customer": customer.id, "ending_balance": ending, "metadata": {}}
    return call.create("customer_balance_transaction", {**values, "type": kind, **more})


def create(call: Call) -> Answer:
    """Adjust a customer's balance by hand."""
    customer = call.sure(call.at())
    amount, currency = call.params.get("amount"), call.params.get("currency")
    if not isinstance(amount, int):
        raise missing_parameter("amount")
    if not currency:
        raise missing_parameter("currency")
    more = {name: call.params[name] for name in ("description", "metadata") if call.params.get(name) is not None}
    record = change(call, customer, amount, "adjustment", str(currency).lower(), **more)
    record.mark(dict.fromkeys(more, "given"))
    call.event("customer.updated", call.store.get("customer", customer.id) or customer)
    call.event("customer_balance_transaction.created", record)
    return record


_SHOWN = {"description": ARBITRARY, "metadata": METADATA}
RULES = {
    "POST /v1/customers/{}/balance_transactions": Rule(create, ("amount", "currency"), _SHOWN),
    "POST /v1/customers/{}/balance_transactions/{}": Rule(write, (), _SHOWN),
    "GET /v1/customers/{}/balance_transactions": Rule(None, PAGES),
    "GET /v1/customers/{}/balance_transactions/{}": Rule(),
}
