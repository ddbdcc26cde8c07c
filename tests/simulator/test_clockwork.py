"""What happens by itself: what fails there is not known."""

from __future__ import annotations

from replayer.simulator.calls import Call
from replayer.simulator.clockwork import finish
from replayer.simulator.errors import Unknown


def test_what_fails_after_a_call_is_not_known_rather_than_a_crash(account):
    customer, other = account.customer(), account.customer()
    store = next(iter(account.simulator._stores.values()))
    call = Call.unattended(store, int(account.simulator.now))

    def fail() -> None:
        raise Unknown("never seen")

    call.afterwards(store.get("customer", customer), fail)
    finish(call)
    assert account.simulator.customer_money(customer) == (None, None)
    assert account.simulator.customer_money(other) == ({}, {})
