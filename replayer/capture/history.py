"""What a source's events tell: what happened to its objects, in order, and who made it happen.

An event names the request that caused it (`event.request`, docs.stripe.com/api/events/object): one of the source's own calls, another
system or person (*actor*), or none, which is Stripe itself: a renewal, a retry, an expiry.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from replayer.model import Exchange
from replayer.stripeapi.ids import ids_in
from replayer.stripeapi.operations import match

Origin = Literal["call", "actor", "stripe", "unclear"]
_NEAR = 60.0  # seconds within which a call whose request id is not known may have caused an event


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `at` is its `created` (epoch seconds), `object` the state after it, `previous` what it changed, as it was before.

    `request` and `key` are the id and the idempotency key of the request that caused it, null where Stripe did by itself. `seen` is the id
    of the exchange that told it first.
    """

    id: str
    type: str
    at: float
    object: dict[str, Any]
    previous: dict[str, Any] = {}
    request: str | None = None
    key: str | None = None
    account: str | None = None
    version: str | None = None
    seen: str = ""

    @property
    def about(self) -> str:
        """The id of the object that it is about, or empty."""
        return str(self.object.get("id") or "")

    @property
    def before(self) -> dict[str, Any]:
        """The state before it: `previous_attributes` undone."""
        return undone(self.object, self.previous)


class Callers:
    """Who caused an event: learns the request ids and keys of a source's own calls."""

    def __init__(self) -> None:
        self._requests: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._nameless: list[tuple[float, frozenset[str]]] = []

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange."""
        if exchange.lane != "api" or exchange.request.method == "GET":
            return
        identifier = exchange.outcome.headers.get("request-id")
        if identifier is not None:
            self._requests[identifier] = exchange.id
        elif exchange.at is not None:
            shown = (identifier for _, identifier in match(exchange.request.method, exchange.request.path).path_ids)
            insort(self._nameless, (exchange.at, frozenset((*shown, *ids_in(exchange.outcome.body)))), key=_when)
        if exchange.request.idempotency_key is not None:
            self._keys.setdefault(exchange.request.idempotency_key, exchange.id)

    def cause(self, told: Told) -> str | None:
        """The id of the source's own call that caused an event."""
        by_key = self._keys.get(told.key) if told.key is not None else None
        return self._requests.get(told.request or "") or by_key

    def origin(self, told: Told) -> Origin:
        """Who made it happen; *unclear* where a call about that time has no request id in the capture, and is about some of the same."""
        if told.request is None and told.key is None:
            return "stripe"
        if self.cause(told) is not None:
            return "call"
        start, end = bisect_left(self._nameless, told.at - _NEAR, key=_when), bisect_right(self._nameless, told.at + _NEAR, key=_when)
        about = set(ids_in(told.object)) if start < end else set()
        return "unclear" if any(not about.isdisjoint(ids) for _, ids in self._nameless[start:end]) else "actor"


def _when(call: tuple[float, frozenset[str]]) -> float:
    return call[0]


class History(Callers):
    """One source's events, each once, in the order in which they happened, and who caused them."""

    def __init__(self) -> None:
        super().__init__()
        self._events: dict[str, Told] = {}

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange."""
        super().add(exchange)
        for told in events_in(exchange):
            self._events.setdefault(told.id, told)

    def __iter__(self) -> Iterator[Told]:
        found: dict[float, list[Told]] = {}
        for one in self._events.values():
            found.setdefault(one.at, []).append(one)
        for at in sorted(found):
            yield from in_order(found[at])


def history_of(exchanges: Iterable[Exchange]) -> History:
    """What the events among a source's exchanges tell."""
    history = History()
    for exchange in exchanges:
        history.add(exchange)
    return history


def events_in(exchange: Exchange) -> Iterator[Told]:
    """The events that an exchange tells, oldest first: one that was delivered, or those that an answer lists."""
    if exchange.lane == "webhook":
        found = [exchange.request.params]
    elif exchange.lane == "api" and isinstance(exchange.outcome.body, dict):
        body = exchange.outcome.body
        listed = body.get("data") if body.get("object") == "list" else None
        found = listed[::-1] if isinstance(listed, list) else [body]  # Stripe lists the newest first
    else:
        return
    for body in found:
        told = _told(body, exchange)
        if told is not None:
            yield told


def _told(body: Any, exchange: Exchange) -> Told | None:
    if not isinstance(body, dict) or body.get("object") != "event":
        return None
    identifier, at = body.get("id"), body.get("created")
    data = body["data"] if isinstance(body.get("data"), dict) else {}
    item = data.get("object")
    if not isinstance(identifier, str) or not isinstance(at, int | float) or not isinstance(item, dict):
        return None
    previous, version = data.get("previous_attributes"), body.get("api_version")
    request, key = _request(body.get("request"))
    account = body.get("account") or exchange.request.account
    return Told(
        id=identifier, type=str(body.get("type")), at=float(at), object=item, previous=previous if isinstance(previous, dict) else {},
        request=request, key=key, account=account if isinstance(account, str) else None,
        version=version if isinstance(version, str) else exchange.request.version, seen=exchange.id,
    )  # fmt: skip


def undone(state: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
    """A state before the change that `previous_attributes` tells: hashes name what changed in them, all else stands whole.

    A key of a map that was not there before (`metadata`) is told as null (docs.stripe.com/api/events/object, `previous_attributes`).
    """
    before = dict(state)
    for name, value in previous.items():
        now = state.get(name)
        if isinstance(value, dict) and isinstance(now, dict):
            before[name] = undone(now, value)
            if name == "metadata":
                before[name] = {key: text for key, text in before[name].items() if text is not None}
        else:
            before[name] = value
    return before


def _request(found: Any) -> tuple[str | None, str | None]:
    """The request id and the idempotency key; before 2017-05-25 an event names the id alone."""
    if not isinstance(found, dict):
        return (found, None) if isinstance(found, str) else (None, None)
    identifier, key = found.get("id"), found.get("idempotency_key")
    return identifier if isinstance(identifier, str) else None, key if isinstance(key, str) else None


def in_order(events: list[Told]) -> list[Told]:
    """Events of one second: of one object's, that which left the state that another begins with comes before it; else as they were told."""
    left, made = list(events), []
    while left:
        first = next((one for one in left if not any(_follows(one, other) for other in left if other is not one)), left[0])
        left.remove(first)
        made.append(first)
    return made


def _follows(one: Told, other: Told) -> bool:
    """Whether an event begins where another of the same object ended, and did not end where that began."""
    if one.about != other.about or not one.about:
        return False
    if other.type.endswith(".created") != one.type.endswith(".created"):
        return other.type.endswith(".created")
    places = one.previous.keys() | other.previous.keys()
    if not places:
        return False
    begins, ends = one.before, other.before
    return _agree(begins, other.object, places) and not _agree(one.object, ends, places)


def _agree(one: dict[str, Any], other: dict[str, Any], places: Iterable[str]) -> bool:
    return all(one.get(name) == other.get(name) for name in places)
