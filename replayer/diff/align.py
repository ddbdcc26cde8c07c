"""Align the calls of two arms with the recorded call that they were replayed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from replayer.capture.stimuli.places import Place, place_of
from replayer.diff.canonical import Canon
from replayer.model import Exchange, Request
from replayer.stripeapi.forms import fold
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import equal_json, plain_params


class ParamChange(msgspec.Struct, frozen=True):
    """One parameter that differs, by its wire name without positions; null where an arm does not send it."""

    name: str
    control: Any
    candidate: Any


class Aligned(msgspec.Struct):
    """One recorded call with what each arm made of it. `extra` are calls of the candidate that answer to no call of the control.

    `raised` is there where the candidate failed, also where it did so after its calls were made.
    """

    recorded: Exchange
    control: Exchange | None
    candidate: Exchange | None
    extra: list[Exchange]
    doubled: list[Exchange]
    changes: list[ParamChange]
    raised: Exchange | None = None

    @property
    def operation(self) -> str:
        """The recorded call's operation."""
        return operation_of(self.recorded.request)

    @property
    def missing(self) -> bool:
        """Whether the control made a call that the candidate decided not to make."""
        return sent(self.control) and (self.candidate is None or self.candidate.disposition == "dropped")

    @property
    def differs(self) -> bool:
        """Whether the candidate's calls are others than the control's."""
        return bool(self.changes or self.extra or self.doubled or self.missing)


def operation_of(request: Request) -> str:
    """A request's operation name."""
    return match(request.method, request.path).name


def sent(exchange: Exchange | None) -> bool:
    """Whether a call was really made."""
    return exchange is not None and exchange.disposition == "sent"


def align(recorded: Exchange, control: list[Exchange], candidate: list[Exchange], canon_c: Canon, canon_k: Canon) -> Aligned:
    """Pair the control's call with the candidate's of the same operation; of several, with the one most like it."""
    first = control[0] if control else None
    operation = operation_of(first.request) if first else operation_of(recorded.request)
    same_operation = [call for call in candidate if call.disposition != "dropped" and operation_of(call.request) == operation]
    chosen: Exchange | None = None
    changes: list[ParamChange] = []
    if same_operation and first is not None:
        found = [(call, param_changes(first.request, call.request, canon_c, canon_k)) for call in same_operation]
        chosen, changes = min(found, key=lambda pair: len(pair[1]))
    elif not same_operation:
        chosen = next((call for call in candidate if call.disposition in ("dropped", "raised")), None)
    rest = [call for call in candidate if call is not chosen and call.disposition in ("sent", "skipped")]
    doubled = [call for call in rest if chosen is not None and not param_changes(chosen.request, call.request, canon_k, canon_k)]
    extra = [call for call in rest if call not in doubled]
    raised = next((call for call in candidate if call.disposition == "raised"), None)
    return Aligned(recorded, first, chosen, extra, doubled, changes, raised)


def param_changes(control: Request, candidate: Request, canon_c: Canon, canon_k: Canon) -> list[ParamChange]:
    """The parameters, path, version and account in which two calls differ, in recorded ids; the order of `expand` makes none."""
    if control is candidate:
        return []
    changes = [
        ParamChange(f"({name})", a, b)
        for name, a, b in (
            ("operation", operation_of(control), operation_of(candidate)),
            ("path", canon_c.path(control), canon_k.path(candidate)),
            ("version", control.version, candidate.version),
            ("account", canon_c.text(control.account or ""), canon_k.text(candidate.account or "")),
            ("host", control.host, candidate.host),
            ("encoding", control.encoding, candidate.encoding),
            ("body", control.body, candidate.body),
        )
        if a != b
    ]
    mine = plain_params(canon_c.params(control), control.encoding)
    other = plain_params(canon_k.params(candidate), candidate.encoding)
    if equal_json(mine, other):
        return changes
    names = [*mine, *(name for name in other if name not in mine)]
    return changes + [
        ParamChange(fold(name), mine.get(name), other.get(name)) for name in names if not equal_json(mine.get(name), other.get(name))
    ]


class ByParent:
    """The calls of one arm grouped by the recorded call they answer to, read side by side with the recording.

    An arm whose calls stand in the recording's order is streamed. One that is read `whole` may have them in any order.
    """

    def __init__(self, exchanges: Iterable[Exchange], parent_of: Callable[[Exchange], str | None], *, whole: bool = False) -> None:
        self._exchanges: Iterator[Exchange] = iter(exchanges)
        self._parent_of = parent_of
        self._held: dict[str | None, list[Exchange]] = {}
        self._last = (-1, 0)
        if whole:
            self._read_to(_END)

    def of(self, recorded_id: str) -> list[Exchange]:
        """The calls that answer to one recorded call, in the order in which they were made."""
        self._read_to(place_of(recorded_id))
        return self._held.pop(recorded_id, [])

    def left(self) -> list[Exchange]:
        """The calls that nobody asked for: they answer to no recorded call, or stand where no one looks any more."""
        self._read_to(_END)
        return [exchange for calls in self._held.values() for exchange in calls]

    def _read_to(self, place: Place) -> None:
        """Read on until a call stands past a place: what is before it has then been seen."""
        while self._last <= place:
            exchange = next(self._exchanges, None)
            if exchange is None:
                self._last = (_END[0] + 1, 0)
                break
            parent = self._parent_of(exchange)
            self._held.setdefault(parent, []).append(exchange)
            self._last = max(self._last, place_of(parent or ""))


_END: Place = (1 << 62, 0)
