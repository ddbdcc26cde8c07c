"""What is to come for a customer, as far as the simulator can know it."""

from __future__ import annotations

from collections.abc import Iterable

from replayer.simulator.calls import Call
from replayer.simulator.endings import ENDED
from replayer.simulator.errors import ApiError, Unknown
from replayer.simulator.previews import next_invoice
from replayer.simulator.records import Record
from replayer.simulator.store import Store
from replayer.stripeapi.ids import texts_in

# Calls without a rule that bring nothing to bill, though they name a customer.
_HARMLESS = frozenset({
    "POST /v1/customers/{customer}/tax_ids", "POST /v1/tax_ids", "POST /v1/ephemeral_keys", "POST /v1/customer_sessions",
    "POST /v1/billing_portal/sessions",
})  # fmt: skip
Amounts = dict[str, int] | None


def taint(call: Call) -> None:
    """Note the customers of whom a call without a rule may make something to bill."""
    if call.route.operation.name in _HARMLESS:
        return
    store = call.store
    for identifier in (*call.ids, *texts_in(call.params)):
        if store.get("customer", identifier) is not None:
            store.billed.add(identifier)
        else:
            for records in (store.own.records, store.baseline.records):
                for by_id in records.values():
                    owner = by_id[identifier].values.get("customer") if identifier in by_id else None
                    if isinstance(owner, str):
                        store.billed.add(owner)


def money_to_come(stores: Iterable[Store], customer_id: str, now: int) -> tuple[Amounts, Amounts]:
    """(committed, next bill) of a customer that was made here and that no call without a rule may have billed; else null.

    Committed: invoice items that wait, drafts, and the balance (negative is credit). Next bill: the totals of the next invoice of each
    subscription, as a renewal makes it on a fork of the account.
    """
    for store in stores:
        record = store.own.records.get("customer", {}).get(customer_id)
        if record is None:
            continue
        if record.raw is not None or record.sequence == 0 or customer_id in store.billed:
            return None, None
        if record.deleted:
            return {}, {}
        call = Call.unattended(store.fork(), now)
        call.on_clock(record)
        try:
            return _committed(call, record), _next_bill(call, record)
        except (ApiError, Unknown):
            return None, None
    return None, None


def _committed(call: Call, customer: Record) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in call.store.children("invoiceitem", "customer", customer.id):
        if item.values.get("invoice") is None:
            _add(found, item, "amount")
    for invoice in call.store.children("invoice", "customer", customer.id):
        if invoice["status"] == "draft":
            _add(found, invoice, "total")
    balance = customer.values.get("balance") or 0
    if balance:
        currency = str(customer.values.get("currency") or "usd")
        found[currency] = found.get(currency, 0) + balance
    return {currency: amount for currency, amount in found.items() if amount}


def _add(found: dict[str, int], record: Record, field: str) -> None:
    currency = str(record["currency"])
    found[currency] = found.get(currency, 0) + int(record[field])


def _next_bill(call: Call, customer: Record) -> dict[str, int]:
    found: dict[str, int] = {}
    held = [one for one in call.store.children("subscription", "customer", customer.id) if one["status"] not in ENDED]
    for subscription in sorted(held, key=lambda one: (one["current_period_end"], one.sequence)):
        call.sure(subscription)
        invoice = _next_invoice(call, subscription, customer)
        if invoice is not None and invoice["status"] not in ("void", "uncollectible"):  # as they are while collection is paused
            _add(found, invoice, "total")
    return found


def _next_invoice(call: Call, subscription: Record, customer: Record) -> Record | None:
    try:
        invoice = next_invoice(call, subscription, customer)
        return call.store.get("invoice", invoice.id) or invoice
    except ApiError as none:
        if none.code == "invoice_upcoming_none":
            return None
        raise
