"""What is to come for a customer, as far as the simulator can know it."""

from __future__ import annotations

from collections.abc import Iterable

from replayer.simulator.calls import Call
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


def money_to_come(stores: Iterable[Store], customer_id: str) -> tuple[Amounts, Amounts]:
    """(committed, next bill): both empty where a customer was made here and nothing was made to bill it for, else null."""
    for store in stores:
        record = store.own.records.get("customer", {}).get(customer_id)
        if record is not None:
            known = record.raw is None and record.sequence > 0 and customer_id not in store.billed
            if record.deleted and known:
                return {}, {}
            return ({}, {}) if known and not record.values.get("balance") else (None, None)
    return None, None
