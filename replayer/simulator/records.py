"""One object as the simulator holds it: what is, free of versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from replayer.simulator.errors import Unknown
from replayer.stripeapi.places import kind_of

Shape = tuple[Any, ...]
_RESTING = frozenset({"money", "status", "quantity"})


class Record:
    """An object's state and where its leaves come from.

    `values` is never changed in place, only replaced, so that a snapshot is a reference. `origin` is where its leaves come from unless
    `marks` (by dotted path, a hash's covering all in it) says otherwise: `computed`, `given`, `baseline`, `after`,
    `world`, `assumed`, `template`.
    `weak` is true once a call without a rule wrote it: its money, status and quantities are then nobody's word any more.
    `raw` are the fields that a baseline object was observed with in `version`, in order, with the ids of what its lists held; `touched`
    are the fields that changed since. `held` are the members of its lists where these are in no account: a preview's lines. `assumed` are
    the facts of the world that it rests on beyond the conditions in which they were seen.
    """

    __slots__ = (
        "_shape", "assumed", "deleted", "held", "id", "marks", "origin", "raw", "sequence", "touched", "type", "values", "version", "weak",
    )  # fmt: skip

    def __init__(
        self,
        object_type: str,
        identifier: str,
        values: dict[str, Any],
        *,
        origin: str = "computed",
        marks: dict[str, str] | None = None,
        sequence: int = 0,
    ) -> None:
        self.type, self.id, self.values, self.origin = object_type, identifier, values, origin
        self.marks: dict[str, str] = marks or {}
        self.sequence = sequence
        self.weak = False
        self.deleted = False
        self.raw: dict[str, tuple[str, ...]] | None = None
        self.held: dict[str, list[Record]] = {}
        self.version: str | None = None
        self.touched: frozenset[str] = frozenset()
        self.assumed: tuple[str, ...] = ()
        self._shape: Shape | None = None

    def copy(self) -> Record:
        """A copy to write on: the values are shared until they are replaced."""
        other = Record(self.type, self.id, self.values, origin=self.origin, marks=self.marks, sequence=self.sequence)
        other.weak, other.deleted, other.raw, other.version, other.touched = self.weak, self.deleted, self.raw, self.version, self.touched
        other.held, other.assumed = self.held, self.assumed
        return other

    def assign(self, changes: dict[str, Any], origin: str | None = None, paths: Iterable[str] | None = None) -> None:
        """Replace fields; `origin` is where their values come from, null for the record's own; `paths` are the places that it holds for."""
        self.values = {**self.values, **changes}
        if self.raw is not None:
            self.touched = self.touched.union(changes)
        told = set(changes if paths is None else paths)
        if self.marks or origin not in (None, self.origin):
            kept = {mark: where for mark, where in self.marks.items() if not any(_covers(path, mark) for path in told)}
            if origin is not None and origin != self.origin:
                kept.update(dict.fromkeys(sorted(told), origin))
            self.marks = kept
        self._shape = None

    def mark(self, paths: dict[str, str]) -> None:
        """Say where single places come from."""
        self.marks = {**self.marks, **paths}
        self._shape = None

    def rest_on(self, facts: Iterable[str], changes: dict[str, Any]) -> None:
        """Say that fields were computed from facts beyond the conditions in which these were seen: money, status and quantities in them."""
        self.assumed = tuple(dict.fromkeys((*self.assumed, *facts)))
        self.mark(dict.fromkeys(_hard_paths(changes), "assumed"))

    def weaken(self) -> None:
        """Say that a call without a rule wrote this object."""
        self.weak = True
        self._shape = None

    def __getitem__(self, name: str) -> Any:
        """A field that a rule needs; `Unknown` where the object was never seen with it."""
        if name not in self.values:
            raise Unknown(f"{self.id} was never seen with its {name}")
        return self.values[name]

    @property
    def shape(self) -> Shape:
        """What decides which leaves an answer has and where they come from; equal shapes are equal in that."""
        if self._shape is None:
            marks = tuple(self.marks.items())
            self._shape = (self.type, self.origin, self.weak, marks, self.version, self.touched or None, shape_of(self.values))
        return self._shape

    def origin_of(self, path: str) -> str:
        """Where the leaf at a dotted path comes from."""
        while path:
            if path in self.marks:
                return self.marks[path]
            path = path.rpartition(".")[0]
        return self.origin


def _hard_paths(value: Any, path: str = "") -> Iterator[str]:
    """The places of money, status and quantities in a value, lists folded."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _hard_paths(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for child in value:
            yield from _hard_paths(child, path)
    elif kind_of(path) in _RESTING:
        yield path


def _covers(path: str, mark: str) -> bool:
    return mark == path or mark.startswith(path + ".")


def shape_of(value: Any) -> Any:
    """The keys of hashes and lists, without the values."""
    if type(value) is dict:
        return tuple([(key, shape_of(child)) if type(child) is dict or type(child) is list else key for key, child in value.items()])
    if type(value) is list:
        return tuple(dict.fromkeys(shape_of(child) for child in value))
    return None
