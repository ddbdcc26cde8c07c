"""Where the leaves of an answer come from, as a set that many answers share.

A leaf is named by its folded path (`data[].amount`); an empty hash is a leaf of its own name, an empty list one of its name with `[]`.
Leaves that a rule computed are in no set. Where equal paths come from different places, the weakest is told.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

import msgspec

from replayer.simulator.records import Record
from replayer.simulator.render import EXACT
from replayer.stripeapi.places import HARD, kind_of

# From the weakest on. `computed` is not told.
STRENGTH = ("template", "after", "assumed", "baseline", "world", "given")
_RANK = {name: rank for rank, name in enumerate((*STRENGTH, "computed"))}
_ALWAYS_COMPUTED = frozenset({"id", "object", "created", "livemode", "deleted"})

Sets = dict[str, dict[str, list[str]]]
_MOST_SHAPES = 20_000


class Origins:
    """The origin sets of one simulator, by the hash of their content."""

    # By what decides the leaves: the key and content of the set. Shapes hold no ids and no values, so that all simulators share them.
    _known: ClassVar[dict[tuple[Any, ...], tuple[str, dict[str, list[str]]]]] = {}

    def __init__(self) -> None:
        self.sets: Sets = {}

    def key(self, parts: list[Any], body: Any, placed: dict[int, Record | str]) -> str:
        """The key of the set that an answer has; `parts` decides it."""
        shape = tuple(parts)
        known = self._known.get(shape)
        if known is None:
            if len(self._known) >= _MOST_SHAPES:
                self._known.clear()
            known = self._known[shape] = self._intern(trace(body, placed))
        key, content = known
        self.sets.setdefault(key, content)
        return key

    @staticmethod
    def _intern(leaves: dict[str, str]) -> tuple[str, dict[str, list[str]]]:
        grouped: dict[str, list[str]] = {}
        for path, origin in leaves.items():
            if origin != "computed":
                grouped.setdefault(origin, []).append(path)
        content = {name: sorted(grouped[name]) for name in sorted(grouped)}
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12], content


def trace(body: Any, placed: dict[int, Record | str]) -> dict[str, str]:
    """The origin of every leaf of an answer by its folded path."""
    found: dict[str, str] = {}
    _Tracer(placed, found).walk(body, "", "", None, None)
    return found


class _Tracer:
    """Walks an answer beside the state that it was rendered from."""

    def __init__(self, placed: dict[int, Record | str], found: dict[str, str]) -> None:
        self._placed = placed
        self._found = found

    def walk(self, value: Any, path: str, inner: str, record: Record | str | None, state: Any) -> None:
        """Name the leaves of a value: `path` is its place in the answer, `inner` its place in the record that it shows."""
        here = self._placed.get(id(value)) if type(value) is dict else None
        if here is not None:
            record, inner, state = here, "", here.values if isinstance(here, Record) else None
        if type(value) is dict and value:
            for key, child in value.items():
                known = state.get(key, _MISSING) if type(state) is dict else _MISSING
                self.walk(child, f"{path}.{key}" if path else key, f"{inner}.{key}" if inner else key, record, known)
        elif type(value) is list and value:
            for index, child in enumerate(value):
                known = state[index] if type(state) is list and index < len(state) else _MISSING
                self.walk(child, path + "[]", inner, record, known)
        else:
            self._leaf(path + "[]" if type(value) is list else path, inner, record, known=state is not _MISSING)

    def _leaf(self, path: str, inner: str, record: Record | str | None, *, known: bool) -> None:
        origin = _origin(path, inner, record, known=known)
        if path not in self._found or _RANK[origin] < _RANK[self._found[path]]:
            self._found[path] = origin


_MISSING = object()


def _origin(path: str, inner: str, record: Record | str | None, *, known: bool) -> str:
    if record is None:
        return "computed"
    if isinstance(record, str):
        return "computed" if record == EXACT or inner in ("object", "url") else record
    if record.deleted or (inner in _ALWAYS_COMPUTED and record.raw is None):
        return "computed"
    origin = record.origin_of(inner) if known else record.marks.get(inner, "template")
    if record.weak and origin != "given" and kind_of(path) in HARD:
        return "template"
    return origin
