"""Events: what Stripe tells of a change, with what was before (Stripe API reference, "The Event object").

An event keeps references to the object as it was then, not a copy of an answer; it is rendered when it is read or delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from replayer.simulator.records import Record

if TYPE_CHECKING:
    from replayer.simulator.calls import Call

# The lists that an object's event shows with it.
_SHOWN_WITH = {"subscription": ("subscription_item", "subscription"), "invoice": ("line_item", "invoice")}


class Moment(msgspec.Struct, frozen=True):
    """An object at the moment of its event: its state, its members of lists, and the fields it had before."""

    record: Record
    members: dict[str, list[Record]]
    previous: dict[str, Any] | None


def write(call: Call, name: str, record: Record, before: dict[str, Any] | None) -> Record:
    """Write an event about an object into the account's log."""
    now = call.store.get(record.type, record.id) or record
    listed = _SHOWN_WITH.get(record.type)
    members = {} if listed is None else {listed[0]: [one.copy() for one in call.store.children(*listed, record.id)]}
    previous = None if before is None else {key: before.get(key) for key, value in now.values.items() if before.get(key) != value}
    moment = Moment(now.copy(), members, previous)
    request = {"id": call.request_id, "idempotency_key": call.request.idempotency_key} if call.is_attended else dict.fromkeys(_REQUEST)
    identifier = call.store.mint.of("event")
    head = {"id": identifier, "object": "event", "created": call.now, "livemode": False, "type": name}
    values = {**head, "api_version": None, "data": moment, "pending_webhooks": 0, "request": request}
    event = Record("event", identifier, values)
    call.store.add(event)
    return event


_REQUEST = ("id", "idempotency_key")
