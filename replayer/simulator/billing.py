"""What is to come for a customer, as far as the simulator can know it."""

from __future__ import annotations

from collections.abc import Iterable

from replayer.simulator.agenda import Appointment
from replayer.simulator.ahead import Ahead
from replayer.simulator.calls import Call, clock_of
from replayer.simulator.errors import ApiError, Unknown
from replayer.simulator.store import Store
from replayer.stripeapi.ids import texts_in

# Calls without a rule that bring nothing to bill, though they name a customer.
_HARMLESS = frozenset({
    "POST /v1/customers/{customer}/tax_ids", "POST /v1/tax_ids", "POST /v1/ephemeral_keys", "POST /v1/customer_sessions",
    "POST /v1/billing_portal/sessions",
})  # fmt: skip


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


def look_ahead(stores: Iterable[Store], customer_id: str, now: int, indexes: dict[int, dict[str, list[Appointment]]]) -> Ahead | None:
    """What is to come for a customer, null where nobody can tell: not there, deleted, or billed by calls without a rule.

    `indexes` keeps each agenda's appointments by object, by the agenda's identity, from one customer to the next.
    """
    for store in stores:
        record = store.get("customer", customer_id)
        if record is None:
            continue
        clock = clock_of(store, record)
        agenda = store.agenda if clock is None else store.clocks.get(clock, store.agenda)
        if id(agenda) not in indexes:
            indexes[id(agenda)] = agenda.by_object()
        try:
            return Ahead(store, Call.unattended(store, now).sure(record), now, indexes[id(agenda)])
        except (ApiError, Unknown):
            return None
    return None
