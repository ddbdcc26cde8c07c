"""The leaf walk: every place of the recorded, the control's and the candidate's answer, side by side."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import msgspec

from replayer.diff.canonical import SECONDS_OF_RECORDING, Canon, normal, same
from replayer.model import Exchange
from replayer.stripeapi.places import Kind, kind_of

_encode = msgspec.json.Encoder().encode


class Missing:
    """Nothing stands at a place."""

    def __repr__(self) -> str:
        return "absent"


MISSING: Any = Missing()


def equal_bytes(one: Any, other: Any) -> bool:
    """Whether two answers are byte for byte equal as JSON: the cheap way to decide most pairs."""
    return one is other or _encode(one) == _encode(other)


class Place(msgspec.Struct):
    """A place and what stands there, in canonical form; `path` has its list positions folded."""

    path: str
    kind: Kind
    recorded: Any
    control: Any
    candidate: Any
    second: Any
    recorded_equals_control: bool
    equal: bool
    stable: bool


class Side(msgspec.Struct):
    """One answer and how to read it; `body` is MISSING where there is no answer to compare."""

    exchange: Exchange
    canon: Canon
    body: Any


class Walk:
    """Walks up to four answers at once and keeps the places asked for.

    `all_places` keeps every place, else only those at which the arms differ, or the two controls. `recorded_leaves` counts the leaves of
    the recorded answer, `agreed_leaves` those that the control answered too.
    """

    def __init__(
        self, recorded: Side, control: Side, candidate: Side, second: Side | None = None, *, all_places: bool, slack: float = 0
    ) -> None:
        self.r, self.c, self.k, self.s = recorded, control, candidate, second
        self.all_places = all_places
        self.slack = slack
        self.twin = candidate.body is control.body
        self.places: list[Place] = []
        self.recorded_leaves = 0
        self.agreed_leaves = 0

    def run(self) -> Walk:
        """Walk the whole answers. Where both arms share one answer and no place is asked for, only the recording is left to compare."""
        if self.twin and not self.all_places and self.s is None:
            self.recorded_leaves, self.agreed_leaves = _agreement(self.r, self.c, "", self.r.body, self.c.body)
            return self
        self._step("", self.r.body, self.c.body, self.k.body, self.s.body if self.s else MISSING)
        return self

    def _step(self, path: str, r: Any, c: Any, k: Any, s: Any) -> None:
        if isinstance(c, dict) or isinstance(k, dict):
            if _all_are(dict, c, k) and (c or k):
                self._hash(path, r, c, k, s)
                return
        elif isinstance(c, list) or isinstance(k, list):
            if _all_are(list, c, k) and (c or k):
                self._list(path, r, c, k, s)
                return
        elif c is MISSING and k is MISSING and isinstance(r, dict | list) and r:
            self._recorded_only(path, r)
            return
        self._leaf(path, r, c, k, s)

    def _recorded_only(self, path: str, r: Any) -> None:
        """What Stripe answered and neither arm did."""
        if not self.all_places or not isinstance(r, dict | list):
            self.recorded_leaves += _leaves(r)
        elif isinstance(r, dict):
            for key, value in r.items():
                self._step(f"{path}.{key}" if path else key, value, MISSING, MISSING, MISSING)
        else:
            for value in r:
                self._step(path + "[]", value, MISSING, MISSING, MISSING)

    def _hash(self, path: str, r: Any, c: Any, k: Any, s: Any) -> None:
        rd = r if isinstance(r, dict) else {}
        sd = s if isinstance(s, dict) else {}
        base = path + "." if path else ""
        for key, value in c.items():
            self._step(base + key, rd.get(key, MISSING), value, k.get(key, MISSING), sd.get(key, MISSING))
        if not self.twin:
            for key, value in k.items():
                if key not in c:
                    self._step(base + key, rd.get(key, MISSING), MISSING, value, sd.get(key, MISSING))
        for key, value in rd.items():
            if key not in c and (self.twin or key not in k):
                self._step(base + key, value, MISSING, MISSING, MISSING)

    def _list(self, path: str, r: Any, c: list[Any], k: list[Any], s: Any) -> None:
        path += "[]"
        rs = _keyed(r, self.r.canon) if isinstance(r, list) else {}
        cs, ks = _keyed(c, self.c.canon), (None if self.twin else _keyed(k, self.k.canon))
        ks = cs if ks is None else ks
        ss = _keyed(s, self.s.canon) if self.s and isinstance(s, list) else {}
        for key, value in cs.items():
            if key in ks:
                self._step(path, rs.get(key, MISSING), value, ks[key], ss.get(key, MISSING))
            else:
                self._element(path, key, rs, value, MISSING)
        for key, value in ks.items():
            if key not in cs:
                self._element(path, key, rs, MISSING, value)
        for key, value in rs.items():
            if key not in cs and key not in ks:
                self._recorded_only(path, value)
        mine, other = [key for key in cs if key in ks], [key for key in ks if key in cs]
        if mine != other:
            self._keep(Place(path + "(order)", "other", MISSING, mine, other, MISSING, True, False, True))

    def _element(self, path: str, key: Any, recorded: dict[Any, Any], c: Any, k: Any) -> None:
        """An element that only one arm has: its existence is the place."""
        shown = {True: "absent", False: key[0] if isinstance(key, tuple) else _brief(c if k is MISSING else k)}
        there = key in recorded
        element = c if k is MISSING else k
        self._keep(
            Place(
                path,
                "existence" if isinstance(element, dict) else kind_of(path),
                shown[not there],
                shown[c is MISSING],
                shown[k is MISSING],
                MISSING,
                there == (c is not MISSING),
                False,
                True,
            )
        )

    def _leaf(self, path: str, r: Any, c: Any, k: Any, s: Any) -> None:
        kind = kind_of(path) if path else "existence"  # an answer that is no JSON, or none at all
        cn = normal(c, kind, self.c.canon, self.c.exchange, r)
        equals_recorded = c is MISSING
        if r is not MISSING:
            rn = normal(r, kind, self.r.canon, self.r.exchange)
            equals_recorded = same(rn, cn, SECONDS_OF_RECORDING)
            self.recorded_leaves += 1
            self.agreed_leaves += equals_recorded
        if self.twin:
            equal, kn = True, cn
        else:
            kn = normal(k, kind, self.k.canon, self.k.exchange, r)
            equal = same(cn, kn, self.slack)
        stable = True
        if self.s is not None:
            stable = same(cn, normal(s, kind, self.s.canon, self.s.exchange, r), self.slack)
        if equal and stable and not self.all_places:
            return
        self._keep(Place(path, kind, r, c, k, s, equals_recorded, equal, stable))

    def _keep(self, place: Place) -> None:
        self.places.append(place)


def _agreement(recorded: Side, control: Side, path: str, r: Any, c: Any) -> tuple[int, int]:
    """How many leaves a recorded answer has, and how many of them the control answered too."""
    if type(r) is dict and r and type(c) is dict:
        pairs: Any = ((f".{key}" if path else key, value, c.get(key, MISSING)) for key, value in r.items())
    elif type(r) is list and r and type(c) is list:
        pairs = (("[]", value, other) for value, other in zip_longest(r, c[: len(r)], fillvalue=MISSING))
    elif r is MISSING:
        return 0, 0
    elif type(r) in (dict, list) and r:
        return _leaves(r), 0
    else:
        return 1, int(_agree(recorded, control, path, r, c))
    total = agreed = 0
    for name, value, other in pairs:
        if type(value) is dict or type(value) is list:
            leaves, equal = _agreement(recorded, control, path + name, value, other)
            total += leaves
            agreed += equal
        else:
            total += 1
            agreed += (value == other and type(value) is type(other)) or _agree(recorded, control, path + name, value, other)
    return total, agreed


def _agree(recorded: Side, control: Side, path: str, r: Any, c: Any) -> bool:
    return (r == c and type(r) is type(c)) or _same_leaf(recorded, control, path, r, c)


def _same_leaf(recorded: Side, control: Side, path: str, r: Any, c: Any) -> bool:
    kind = kind_of(path)
    mine, theirs = normal(r, kind, recorded.canon, recorded.exchange), normal(c, kind, control.canon, control.exchange, r)
    return same(mine, theirs, SECONDS_OF_RECORDING)


def _all_are(kind: type, *values: Any) -> bool:
    return all(isinstance(value, kind) for value in values)


def _keyed(items: list[Any], canon: Canon) -> dict[Any, Any]:
    """List elements by their id where they have one (a repeat is an element of its own), else by position."""
    keyed: dict[Any, Any] = {}
    for position, item in enumerate(items):
        identifier = item.get("id") if isinstance(item, dict) else None
        if isinstance(identifier, str):
            key: Any = (canon.id(identifier), 0)
            while key in keyed:
                key = (key[0], key[1] + 1)
        else:
            key = position
        keyed[key] = item
    return keyed


def _leaves(value: Any) -> int:
    if isinstance(value, dict) and value:
        return sum(_leaves(child) for child in value.values())
    if isinstance(value, list) and value:
        return sum(_leaves(child) for child in value)
    return 1


def _brief(value: Any) -> Any:
    return value if not isinstance(value, dict | list) else f"{type(value).__name__} of {len(value)}"
