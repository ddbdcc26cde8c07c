"""The types of fields and parameters, and how they are read from the packed data; the grammar is in `docs/catalogue.md`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

KINDS = {
    "s": "string", "i": "integer", "b": "boolean", "f": "number", "d": "decimal", "t": "time", "*": "any", "e": "enum", "E": "enum",
    "h": "hash", "l": "list", "m": "map", "r": "object", "x": "expandable", "L": "listing",
}  # fmt: skip
FLAGS = "~?+!^"
_DATE = re.compile(r"[<>](\d{4}-\d\d-\d\d)")
_SPAN = re.compile(r"(.*?)(?:>(\d{4}-\d\d-\d\d))?(?:<(\d{4}-\d\d-\d\d))?")


class Param(msgspec.Struct, frozen=True):
    """A parameter. `kind`: `string`, `integer`, `boolean`, `number`, `decimal`, `enum`, `time`, `hash`, `list`, `map`, `any`.

    A time is in epoch seconds. `clears`: an empty value clears it. `children` are a hash's, `item` a list's or map's. `choices` are an
    enum's, and `open` where others are taken too. `also`: further kinds that it accepts, in any version: `trial_end` is a time and also an
    enum whose choice is `now`. `since` is the first version that has it, `until` the first that has it no longer.
    """

    kind: str
    required: bool = False
    clears: bool = False
    choices: tuple[str, ...] = ()
    children: dict[str, Param] = {}
    item: Param | None = None
    since: str | None = None
    until: str | None = None
    also: tuple[str, ...] = ()
    open: bool = False

    def accepts(self, kind: str) -> bool:
        """Whether values of this kind are valid, as the main one or beside it."""
        return kind == self.kind or kind in self.also


class Field(msgspec.Struct, frozen=True):
    """A field of an answer. `kind` as a parameter's, and `object` (an embedded resource), `expandable` (an id, or the object), `listing`.

    `target` is the type that an object, expandable or listing (a list object) holds, `bank_account|card` where there are several.
    `nullable`: may be null. `optional`: missing where it has no value; a field that may be both missing and null is what recordings show an
    empty one to be (`docs/catalogue.md`). `includable`: missing until `expand` names it. `open`: an enum to which Stripe may add.
    """

    kind: str
    nullable: bool = False
    optional: bool = False
    includable: bool = False
    target: str | None = None
    choices: tuple[str, ...] = ()
    children: dict[str, Field] = {}
    item: Field | None = None
    open: bool = False

    @property
    def when_empty(self) -> Literal["never", "missing", "null"]:
        """What stands where there is no value; `never`: it always has one."""
        return "missing" if self.optional or self.includable else "null" if self.nullable else "never"


class Reader:
    """Reads packed types on demand. What is equal between versions or types is one object in memory.

    Packed fields are known by their identity: whoever hands them in keeps them.
    """

    def __init__(self, shapes: Mapping[str, msgspec.Raw], editions: Mapping[str, str]) -> None:
        self._raw = shapes
        self._editions = editions
        self._shapes: dict[str, Any] = {}
        self._dates: dict[int | str, tuple[str, ...]] = {}
        self._fields: dict[tuple[int | str, int], Field] = {}
        self._params: dict[str, Param] = {}

    def epoch(self, packed: Any, date: str) -> int:
        """Which of the states of a packed type holds at a date."""
        return bisect_right(self._changes(packed), date)

    def fields(self, packed: dict[str, Any], date: str) -> dict[str, Field]:
        """The fields of a packed hash at a date."""
        return {name: self._field(value, date) for name, value in _members(packed, date)}

    def params(self, packed: dict[str, Any]) -> dict[str, Param]:
        """The parameters of a packed hash, of all versions."""
        result = {}
        for key, value in packed.items():
            if key:
                name, since, until = _span(key)
                found = self._param(value)
                if since or until:
                    found = msgspec.structs.replace(found, since=self._editions.get(since or ""), until=self._editions.get(until or ""))
                result[name] = found
        return result

    def _shape(self, name: str) -> Any:
        if name not in self._shapes:
            self._shapes[name] = msgspec.json.decode(self._raw[name])
        return self._shapes[name]

    def _changes(self, packed: Any) -> tuple[str, ...]:
        """The dates at which a packed type changes, those of the shapes in it included."""
        key = packed if isinstance(packed, str) else id(packed)
        if key not in self._dates:
            self._dates[key] = tuple(sorted(set(self._find_dates(packed))))
        return self._dates[key]

    def _find_dates(self, packed: Any) -> Iterator[str]:
        if isinstance(packed, str):
            yield from _DATE.findall(packed)
            if "#" in packed:
                yield from self._changes(self._shape(packed.partition("#")[2]))
        elif isinstance(packed, dict):
            for key, value in packed.items():
                yield from _DATE.findall(key)
                yield from self._changes(value)
        else:
            for value in packed:
                yield from self._changes(value)

    def _field(self, packed: Any, date: str) -> Field:
        key = (packed if isinstance(packed, str) else id(packed), self.epoch(packed, date))
        if key not in self._fields:
            self._fields[key] = self._read_field(packed, date)
        return self._fields[key]

    def _read_field(self, packed: Any, date: str) -> Field:
        flags, bare = _flags(packed)
        if isinstance(bare, str) and bare.startswith("#"):
            found = self._field(self._shape(bare[1:]), date)
        else:
            found = self._plain_field(bare, date)
        if not flags:
            return found
        # `?~` is missing where it is empty, `~?` null.
        return msgspec.structs.replace(found, nullable="~" in flags, optional=flags.startswith("?"), includable="+" in flags)

    def _plain_field(self, bare: Any, date: str) -> Field:
        if isinstance(bare, list):
            return Field("list", item=self._field(bare[0], date))
        if isinstance(bare, dict):
            if "*" in bare:
                return Field("map", item=self._field(bare["*"], date))
            if "=" not in bare:
                return Field("hash", children=self.fields(bare, date))
        code, values = _enum(bare)
        if code in ("e", "E"):
            choices = (_span(value) for value in values if value)
            return Field("enum", choices=tuple(name for name, since, until in choices if _alive(date, since, until)), open=code == "E")
        return Field(KINDS[code], target=values[0] if code in "rxL" else None)

    def _param(self, packed: Any) -> Param:
        if not isinstance(packed, str):
            return self._read_param(packed)
        if packed not in self._params:
            self._params[packed] = self._read_param(packed)
        return self._params[packed]

    def _read_param(self, packed: Any) -> Param:
        flags, bare = _flags(packed)
        if isinstance(bare, str) and bare.startswith("#"):
            found = self._param(self._shape(bare[1:]))
        elif isinstance(bare, dict) and "|" in bare:
            found = _united([self._param(option) for option in bare["|"]])
        else:
            found = self._plain_param(bare)
        return msgspec.structs.replace(found, required="!" in flags, clears="^" in flags) if flags else found

    def _plain_param(self, bare: Any) -> Param:
        if isinstance(bare, list):
            return Param("list", item=self._param(bare[0]))
        if isinstance(bare, dict):
            if "*" in bare:
                return Param("map", item=self._param(bare["*"]))
            if "=" not in bare:
                return Param("hash", children=self.params(bare))
        code, values = _enum(bare)
        if code in ("e", "E"):
            return Param("enum", choices=tuple(value for value in values if value), open=code == "E")
        return Param(KINDS[code])


def _united(options: list[Param]) -> Param:
    """One parameter that accepts what any of several accepts."""
    first = options[0]
    return msgspec.structs.replace(
        first,
        also=tuple(option.kind for option in options[1:]),
        choices=next((option.choices for option in options if option.choices), ()),
        children=next((option.children for option in options if option.children), {}),
        item=next((option.item for option in options if option.item), None),
        open=any(option.open for option in options),
    )


def _members(packed: dict[str, Any], date: str) -> Iterator[tuple[str, Any]]:
    for key, value in packed.items():
        if key:
            name, since, until = _span(key)
            if _alive(date, since, until):
                yield name, value


def _span(key: str) -> tuple[str, str | None, str | None]:
    """A name with its lifetime: `discount<2025-03-31`."""
    if "<" not in key and ">" not in key:
        return key, None, None
    found = _SPAN.fullmatch(key)
    return (found[1], found[2], found[3]) if found else (key, None, None)


def _alive(date: str, since: str | None, until: str | None) -> bool:
    return (since is None or date >= since) and (until is None or date < until)


def _flags(packed: Any) -> tuple[str, Any]:
    if isinstance(packed, str):
        bare = packed.lstrip(FLAGS)
        return packed[: len(packed) - len(bare)], bare
    if isinstance(packed, list):
        return (packed[0], packed[1:]) if len(packed) == 2 else ("", packed)
    return packed.get("", ""), packed


def _enum(bare: Any) -> tuple[str, list[str]]:
    """A scalar's code and what follows it: `e:a|b`, or in parts where that is long: `{"=": ["e", "a|b", "c|d"]}`."""
    if isinstance(bare, dict):
        return bare["="][0], "|".join(bare["="][1:]).split("|")
    code, _, rest = bare.partition(":")
    return code, rest.split("|") if code in "eE" else [rest]
