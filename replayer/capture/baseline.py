"""The baseline: what must exist before a source's first exchange, and how sure we are of it.

An answer shows an object as it was *before* the capture only if no earlier call of the capture could have changed it (`observed`);
else only a later state is known (`after`); an object that is named and never shown is `named`. Where events tell what changed, it is
undone (`reversed`): what calls, actors and Stripe did since is done again in a replay.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from replayer.capture.chains import named_ids
from replayer.capture.history import events_in
from replayer.capture.pending_before import PendingBefore
from replayer.capture.pointers import pointed_at
from replayer.capture.reversal import Reversal, Touch
from replayer.model import BaselineObject, Exchange
from replayer.stripeapi.ids import ids_in, is_shared, objects, type_hint
from replayer.stripeapi.operations import Match, match
from replayer.stripeapi.testdata import is_documented_test_value

_SLACK = 60.0  # seconds by which an object's `created` may lie before the call that made it: clocks and slow calls
_STUB = 3  # an embedded object of fewer fields is a reference, not a state
NEVER_BASELINE = frozenset({"list", "search_result", "event", "line_item", "balance"})


class Baseline:
    """Learns one source's baseline exchange by exchange."""

    def __init__(self, stored: Iterable[BaselineObject] = ()) -> None:
        self._known: dict[str, BaselineObject] = {item.id: item for item in stored}
        self._made: set[str] = set()
        self._touched: dict[str, Touch] = {}
        self._seen_at: dict[str, float | None] = {}
        self._reversal, self._pending = Reversal(), PendingBefore()
        self._shown: set[str] = set()
        self._absent: set[str] = set()
        self._first_write: float | None = None

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange. A write may change whatever it names or answers with, types that are only read apart."""
        self._reversal.add(exchange)
        self._pending.add(exchange)
        if exchange.lane != "api":
            return
        found = match(exchange.request.method, exchange.request.path)
        if found.writes and self._first_write is None:
            self._first_write = exchange.at or 0.0
        named = list(named_ids(exchange.request))
        self._name(exchange, named)
        if exchange.outcome.status is not None and exchange.outcome.status < 300:
            self._learn(exchange, found, {identifier for identifier, _ in named})
        shown = set(ids_in(exchange.outcome.body))
        self._shown |= shown
        if found.writes and exchange.outcome.status != 404:
            for identifier in _changeable(exchange, found).union(identifier for _, identifier in found.path_ids):
                self._touched.setdefault(identifier, Touch(exchange.id, exchange.at))

    def objects(self) -> list[BaselineObject]:
        """What must exist beforehand, in the order in which it was first named or seen."""
        found = dict(self._known)
        for identifier in self._reversal.about(self._known.keys() | self._shown):
            item = None if identifier in self._made else self._reversed(identifier, self._known.get(identifier))
            if item is not None:
                found[identifier] = item
        for item in self._pending.items(self._made):
            if found.get(item.id, item).provenance in ("after", "named", "reversed"):
                found[item.id] = item
        for item in [item for item in found.values() if item.provenance == "reversed"]:
            self._take_apart(item, found)
        return list(found.values())

    def _take_apart(self, holder: BaselineObject, found: dict[str, BaselineObject]) -> None:
        """What a state that was rebuilt holds of objects of which only a later state was known."""
        for identifier, kind, state in objects(holder.state):
            known = found.get(identifier)
            if known is not None and known.provenance in ("after", "named") and len(state) > _STUB:
                found[identifier] = msgspec.structs.replace(holder, id=identifier, object=kind, state=state)

    def _reversed(self, identifier: str, known: BaselineObject | None) -> BaselineObject | None:
        """An object's state before the source, by what events tell; null where what is known is as good."""
        preceded = known is not None and self._reversal.preceded(known, self._seen_at.get(identifier))
        if known is not None and (known.provenance == "supplied" or (known.provenance == "observed" and not preceded)):
            return None
        before = self._reversal.before(identifier, self._touched.get(identifier))
        if before is not None and (before.provenance == "reversed" or known is None or known.state is None):
            return before
        return msgspec.structs.replace(known, provenance="after") if known is not None and preceded else None

    def made(self, identifier: str) -> bool:
        """Whether the exchanges made an object."""
        return identifier in self._made

    def touched(self, identifier: str) -> bool:
        """Whether a call may have changed an object."""
        return identifier in self._touched

    def _name(self, exchange: Exchange, named: list[tuple[str, str | None]]) -> None:
        if _missing(exchange):
            message = str(exchange.outcome.body["error"].get("message", ""))
            self._absent.update(identifier for identifier, _ in named if identifier in message)
        for identifier, kind in named:
            if identifier in self._known or identifier in self._made or identifier in self._absent or is_documented_test_value(identifier):
                continue
            self._known[identifier] = BaselineObject(
                id=identifier, object=kind or type_hint(identifier), provenance="named", account=exchange.request.account, seen=exchange.id
            )

    def _learn(self, exchange: Exchange, found: Match, named: set[str]) -> None:
        path_names = {identifier for _, identifier in found.path_ids}
        top = exchange.outcome.body.get("id") if isinstance(exchange.outcome.body, dict) else None
        for identifier, kind, state in objects(exchange.outcome.body):
            if kind in NEVER_BASELINE or identifier in self._made:
                continue
            known = self._known.get(identifier)
            if known is not None and known.state is not None:
                continue
            new = known is None or known.seen == exchange.id
            if new and self._was_made(exchange, found, identifier, state, named, top=identifier == top and not path_names):
                self._made.add(identifier)
                self._known.pop(identifier, None)
            elif len(state) > _STUB or state.get("deleted"):
                self._see(exchange, found, identifier, kind, state)

    def _see(self, exchange: Exchange, found: Match, identifier: str, kind: str, state: dict[str, Any]) -> None:
        touched = identifier in self._touched or (found.writes and not is_shared(identifier, kind))
        self._seen_at[identifier] = exchange.at
        changed_here = found.writes and any(identifier == name for _, name in found.path_ids)
        self._known[identifier] = BaselineObject(
            id=identifier,
            object=kind,
            provenance="after" if touched or changed_here else "observed",
            state=state,
            version=exchange.request.version,
            account=exchange.request.account,
            seen=exchange.id,
        )

    def _was_made(self, exchange: Exchange, found: Match, identifier: str, state: dict[str, Any], named: set[str], *, top: bool) -> bool:
        """Whether an object that is seen for the first time was made by the capture's own calls (also as a side effect of them)."""
        created = state.get("created")
        if identifier in named and not top and identifier not in self._shown:
            return False  # it was named before any answer showed it: it was there, or made off camera
        if found.writes and top:
            return not (isinstance(created, int) and exchange.at and created < exchange.at - _SLACK and identifier in named)
        if isinstance(created, int) and self._first_write is not None:
            return created >= self._first_write - _SLACK
        return found.writes and not is_shared(identifier, state.get("object"))


def _changeable(exchange: Exchange, found: Match) -> set[str]:
    """What a write may have changed: all that it names or shows, but for types that are only read, and for what it only points at."""
    named = {identifier for identifier, kind in named_ids(exchange.request) if not is_shared(identifier, kind)}
    named.update(identifier for identifier in ids_in(exchange.outcome.body) if not is_shared(identifier))
    return named - pointed_at(found.name, exchange.request)


def _missing(exchange: Exchange) -> bool:
    body = exchange.outcome.body
    error = body.get("error") if isinstance(body, dict) else None
    return isinstance(error, dict) and error.get("code") == "resource_missing"


def derive(exchanges: Iterable[Exchange], stored: Iterable[BaselineObject] = ()) -> list[BaselineObject]:
    """The baseline of one source's exchanges, on top of what is stored."""
    baseline = Baseline(stored)
    for exchange in exchanges:
        baseline.add(exchange)
    return baseline.objects()


def state_after(exchanges: Iterable[Exchange], stored: Iterable[BaselineObject] = ()) -> list[BaselineObject]:
    """The baseline of what follows `exchanges`: each object's last known state; `after` where a later call may have changed it."""
    seen = list(exchanges)
    latest = {item.id: item for item in derive(seen, stored)}
    for exchange in seen:
        found = match(exchange.request.method, exchange.request.path)
        if found.writes:
            for identifier in _changeable(exchange, found) & latest.keys():
                latest[identifier] = _demoted(latest[identifier])
        if exchange.outcome.status is not None and exchange.outcome.status < 300:
            _remember(exchange, latest)
        for told in events_in(exchange):
            if told.about in latest:
                latest[told.about] = BaselineObject(
                    id=told.about, object=latest[told.about].object, provenance="observed", state=told.object, version=told.version,
                    account=latest[told.about].account, seen=exchange.id,
                )  # fmt: skip
    return list(latest.values())


def _demoted(item: BaselineObject) -> BaselineObject:
    if item.state is None:
        return item
    return BaselineObject(
        id=item.id, object=item.object, provenance="after", state=item.state, version=item.version, account=item.account, seen=item.seen
    )


def _remember(exchange: Exchange, latest: dict[str, BaselineObject]) -> None:
    for identifier, kind, state in objects(exchange.outcome.body):
        if kind in NEVER_BASELINE or (len(state) <= _STUB and not state.get("deleted")):
            continue
        latest[identifier] = BaselineObject(
            id=identifier,
            object=kind,
            provenance="observed",
            state=state,
            version=exchange.request.version,
            account=exchange.request.account,
            seen=exchange.id,
        )
    for identifier in ids_in(exchange.outcome.body):
        if identifier not in latest and type_hint(identifier):
            latest[identifier] = BaselineObject(
                id=identifier, object=type_hint(identifier), provenance="named", account=exchange.request.account, seen=exchange.id
            )
