"""Events: what Stripe tells of a change, with what was before (Stripe API reference, "The Event object").

An event keeps references to the object as it was then, not a copy of an answer; it is rendered when it is read or delivered, in the
account's default version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from replayer.simulator.records import Record

if TYPE_CHECKING:
    from replayer.simulator.calls import Call
    from replayer.simulator.store import Store

# The lists that an object's event shows with it: field, type of the members, and the field by which these point back.
_SHOWN_WITH = {"subscription": ("items", "subscription_item", "subscription"), "invoice": ("lines", "line_item", "invoice")}
_BY_ITSELF = {"id": None, "idempotency_key": None}


class Moment(msgspec.Struct, frozen=True):
    """An object at the moment of its event, and, where the event tells of a change, as it was before."""

    now: Record
    before: Record | None


def write(call: Call, name: str, record: Record, before: dict[str, dict[str, Any]]) -> Record:
    """Write an event about an object into the account's log; `before` has the states, by id, of what the call has changed so far."""
    now = call.store.get(record.type, record.id) or record
    request = {"id": call.request_id, "idempotency_key": call.request.idempotency_key} if call.is_attended else _BY_ITSELF
    identifier = call.store.mint.of("event")
    values = {
        "id": identifier,
        "object": "event",
        "api_version": call.store.version,
        "created": call.now,
        "data": _moment(call, now, before if name.endswith("updated") else {}),
        "livemode": False,
        "pending_webhooks": 0,
        "request": request,
        "type": name,
    }
    event = Record("event", identifier, values)
    call.store.add(event)
    _post(call.store, event)
    return event


def _post(store: Store, event: Record) -> None:
    """Put an event into the outbox for every webhook endpoint that wants it."""
    for endpoint in store.own.records.get("webhook_endpoint", {}).values():
        wanted = endpoint.values["enabled_events"]
        if not endpoint.deleted and endpoint.values["status"] == "enabled" and ("*" in wanted or event.values["type"] in wanted):
            event.values["pending_webhooks"] += 1
            store.outbox.append((endpoint.id, event))


def _moment(call: Call, now: Record, before: dict[str, dict[str, Any]]) -> Moment:
    shown, earlier = now.copy(), None
    changed = now.id in before
    if changed:
        earlier = now.copy()
        earlier.values = before[now.id]
    listed = _SHOWN_WITH.get(now.type)
    if listed is not None:
        field, member_type, back = listed
        members = [member.copy() for member in call.store.children(member_type, back, now.id)[::-1]]
        shown.held = {field: members}
        if earlier is not None:
            earlier.held = {field: [_earlier(member, before) for member in members]}
    return Moment(shown, earlier)


def _earlier(member: Record, before: dict[str, dict[str, Any]]) -> Record:
    if member.id not in before:
        return member
    found = member.copy()
    found.values = before[member.id]
    return found


def previous(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """The attributes that changed, as they were: of hashes only the names that changed."""
    found: dict[str, Any] = {}
    for name, value in before.items():
        current = now.get(name)
        if value == current:
            continue
        if isinstance(value, dict) and isinstance(current, dict) and "object" not in value:
            found[name] = previous(value, current)
        else:
            found[name] = value
    return {**found, **{name: None for name in now if name not in before}}
