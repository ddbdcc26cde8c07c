"""The baseline by reversal: the state of objects before a source began, by undoing the first change that an event tells of each.

The state before is certain only where nothing of the source can have changed the object earlier: its first event is of the very call that
may have changed it first, or happened before that call; or events are told from before that call on, so that a change by it would have been
told like the later one (an endpoint is sent all events of the types that it is enabled for). Where events are missing, what is known stays
what it was.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

import msgspec

from replayer.capture.history import Callers, Told, events_in, in_order
from replayer.model import BaselineObject, Exchange

_CLOCKS = 2.0  # seconds by which the clock of Stripe, which dates events, and that of a recorder may differ
_DELETED = ".deleted"
_MADE, _UPDATED = ".created", ".updated"
_NOTICES = ("_will_end", ".upcoming", ".will_be_due", ".overdue", ".expiring")  # nothing has changed
_NO_OBJECTS = frozenset({"event", "balance"})


class Touch(msgspec.Struct, frozen=True):
    """The first call that may have changed an object: its exchange, and when."""

    exchange: str
    at: float | None


class Reversal:
    """Learns, exchange by exchange, the first events of each object; holds no more of them than that."""

    def __init__(self) -> None:
        self.callers = Callers()
        self._first: dict[str, list[Told]] = {}
        self._since: dict[str, float] = {}

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange."""
        self.callers.add(exchange)
        for told in events_in(exchange):
            self._since[told.type] = min(told.at, self._since.get(told.type, told.at))
            known = self._first.get(told.about)
            if not told.about or told.object.get("object") in _NO_OBJECTS or told.type.endswith(_NOTICES):
                continue
            if known is None or told.at < known[0].at:
                self._first[told.about] = [told]
            elif told.at == known[0].at and all(one.id != told.id for one in known):
                known.append(told)

    def before(self, identifier: str, touch: Touch | None) -> BaselineObject | None:
        """An object's state before its first event: `reversed`, or `after` where more may have happened; null where no event tells."""
        events = in_order(self._first.get(identifier, []))
        told = next((one for one in events if one.previous), None)
        if told is None or any(one.type.endswith((_MADE, _DELETED)) for one in events):
            return None
        alone = all(one.request == told.request for one in events[: events.index(told)])
        kind = told.object.get("object")
        return BaselineObject(
            id=identifier, object=kind if isinstance(kind, str) else None, state=told.before, version=told.version,
            provenance="reversed" if alone and self._is_first(told, touch) else "after", account=told.account, seen=told.seen,
        )  # fmt: skip

    def preceded(self, item: BaselineObject, seen_at: float | None) -> bool:
        """Whether somebody else changed an object before it was observed, so that what was observed is a later state."""
        told = next(iter(in_order(self._first.get(item.id, []))), None)
        if told is None or seen_at is None or item.state is None or told.type.endswith(_MADE) or self.callers.cause(told) is not None:
            return False
        if abs(told.at - seen_at) > _CLOCKS:
            return told.at < seen_at
        return all(_holds(item.state, told.object, name) for name in told.previous)

    def about(self, ids: Container[str]) -> Iterator[str]:
        """The objects that events are about, of which these are some, or belong to customers who are."""
        for identifier, events in self._first.items():
            customer = events[0].object.get("customer")
            if identifier in ids or (isinstance(customer, str) and customer in ids):
                yield identifier

    def _is_first(self, told: Told, touch: Touch | None) -> bool:
        if touch is None:
            return True
        if self.callers.cause(told) == touch.exchange:
            return True
        if touch.at is None or self.callers.origin(told) == "unclear":
            return False
        return told.at < touch.at - _CLOCKS or (told.type.endswith(_UPDATED) and min(self._since.values()) <= touch.at + _CLOCKS)


def _holds(state: dict[str, Any], after: dict[str, Any], name: str) -> bool:
    return name in state and state[name] == after.get(name)
