"""Align the calls of two arms with the recorded call that they were replayed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from replayer.diff.canonical import Canon
from replayer.model import Exchange, Request
from replayer.stripeapi.forms import flatten, fold
from replayer.stripeapi.operations import match


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
        )
        if a != b
    ]
    mine, other = _plain(canon_c.params(control)), _plain(canon_k.params(candidate))
    if mine == other:
        return changes
    names = [*mine, *(name for name in other if name not in mine)]
    return changes + [ParamChange(fold(name), mine.get(name), other.get(name)) for name in names if mine.get(name) != other.get(name)]


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters by wire name; an element of a list keeps its position, the paths of `expand` stand in order of the alphabet."""
    expand = params.get("expand")
    if isinstance(expand, list):
        params = {**params, "expand": sorted(map(str, expand))}
    return dict(flatten(params))


class ByParent:
    """The calls of one arm grouped by the recorded call they answer to, read side by side with the recording.

    An arm whose calls stand in the recording's order is streamed; whatever comes early is held until it is asked for.
    """

    def __init__(self, exchanges: Iterable[Exchange], parent_of: Callable[[Exchange], str | None]) -> None:
        self._exchanges: Iterator[Exchange] = iter(exchanges)
        self._parent_of = parent_of
        self._held: dict[str, list[Exchange]] = {}
        self._last = -1
        self.out_of_order = 0

    def of(self, recorded_id: str) -> list[Exchange]:
        """The calls that answer to one recorded call, in the order in which they were made."""
        place = _place(recorded_id)
        while self._last <= place:
            exchange = next(self._exchanges, None)
            if exchange is None:
                self._last = 1 << 62
                break
            parent = self._parent_of(exchange)
            if parent is not None:
                self._held.setdefault(parent, []).append(exchange)
                at = _place(parent)
                self.out_of_order += at < self._last
                self._last = max(self._last, at)
        return self._held.pop(recorded_id, [])


def _place(identifier: str) -> int:
    digits = identifier[1:]
    return int(digits) if digits.isdigit() else 0
