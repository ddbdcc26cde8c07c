"""What happens by itself as the clock moves: the table of appointments, and keeping them in order."""

from __future__ import annotations

from collections.abc import Callable

from replayer.model import Effect
from replayer.simulator import (
    checkout_sessions,
    debits,
    funds,
    holds,
    intervals,
    payouts,
    pending_updates,
    promotion_codes,
    quotes,
    renewals,
    schedules,
)
from replayer.simulator.agenda import Agenda
from replayer.simulator.calls import Call, customer_of
from replayer.simulator.errors import ApiError, Unknown
from replayer.simulator.records import Record
from replayer.simulator.store import Store

# How a rule fails that meets an object of a shape never seen.
FAILURES = (Unknown, ApiError, LookupError, TypeError, ValueError, AttributeError)
# What can be due, the type of the object that it is about, and what is then done.
APPOINTMENTS: dict[str, tuple[str, Callable[[Call, Record], None]]] = {
    "renew": ("subscription", renewals.renew),
    "cancel": ("subscription", renewals.cancel),
    "trial_will_end": ("subscription", renewals.trial_will_end),
    "expire_incomplete": ("subscription", renewals.expire_incomplete),
    "expire_update": ("subscription", pending_updates.expire),
    "bill_pending": ("subscription", intervals.bill),
    "finalize": ("invoice", renewals.finalize),
    "retry": ("invoice", renewals.retry),
    "overdue": ("invoice", renewals.overdue),
    "phase": ("subscription_schedule", schedules.turn),
    "expire_hold": ("charge", holds.expire),
    "debit": ("payment_intent", debits.end),
    "arrive": ("payout", payouts.arrive),
    "top_up": ("topup", funds.topped_up),
    "expire_session": ("checkout.session", checkout_sessions.expire_by_itself),
    "expire_quote": ("quote", quotes.expire),
    "expire_code": ("promotion_code", promotion_codes.expire),
}


def run(store: Store, until: int, agenda: Agenda | None = None, clock: str | None = None) -> list[Effect]:
    """Do all that is due up to a time, each at its own time; returns what it did. Without an agenda: the account's own clock.

    A test clock shows the time of what happens on it while that happens.
    """
    effects: list[Effect] = []
    agenda = store.agenda if agenda is None else agenda
    while (appointment := agenda.take(until)) is not None:
        due, _, what, identifier = appointment
        object_type, act = APPOINTMENTS[what]
        record = store.get(object_type, identifier)
        if record is None or record.deleted:
            continue
        frozen = store.get("test_helpers.test_clock", clock) if clock is not None else None
        if frozen is not None:
            due = max(due, int(frozen["frozen_time"]))
            store.writable(frozen).assign({"frozen_time": due})
        call = Call.unattended(store, due)
        try:
            act(call, call.sure(record))
        except FAILURES:
            doubt(store, record)
        else:
            finish(call)
        effects.extend(call.effects)
    return effects


def finish(call: Call) -> None:
    """Let happen what follows a call; what fails there is not known, and the call is answered all the same."""
    for record, what in call.later:
        try:
            what()
        except FAILURES:
            doubt(call.store, record)


def doubt(store: Store, record: Record) -> None:
    """What happened by itself is not known: from here on nobody may say what the object is, or what its customer is billed."""
    store.writable(record).weaken()
    owner = customer_of(record)
    if owner is not None:
        store.billed.add(owner)
