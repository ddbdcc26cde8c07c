"""What Stripe's API consists of, as data: operations with parameters, object field trees, by API version.

Made by `make catalogue` from the official SDKs' releases; see `data/SOURCES.md`. A verdict depends on this data, not on an installed SDK.
"""

from __future__ import annotations

import msgspec


class Param(msgspec.Struct, frozen=True):
    """A parameter. `kind`: `string`, `integer`, `boolean`, `number`, `decimal`, `enum`, `time` (epoch seconds), `hash`, `list`, `map`, `any`.

    `clears`: an empty value clears it. `children` are a hash's, `item` a list's or map's. `choices` of an enum.
    """

    kind: str
    required: bool = False
    clears: bool = False
    choices: tuple[str, ...] = ()
    children: dict[str, Param] = {}
    item: Param | None = None
    since: str | None = None
    until: str | None = None


class Field(msgspec.Struct, frozen=True):
    """A field of an answer. `kind` as a parameter's, and `object` (an embedded resource), `expandable` (an id, or the object), `listing` (a list object).

    `target` is the type that an object, expandable or listing holds. `nullable`: may be null. `optional`: may be missing.
    `includable`: missing until `expand` names it.
    """

    kind: str
    nullable: bool = False
    optional: bool = False
    includable: bool = False
    target: str | None = None
    choices: tuple[str, ...] = ()
    children: dict[str, Field] = {}
    item: Field | None = None


class Operation(msgspec.Struct, frozen=True):
    """An operation: `name` is `POST /v1/customers/{customer}`. `returns` is the type of the answer, `shape` is `object`, `list`, `search` or `deleted`."""

    name: str
    method: str
    template: str
    params: dict[str, Param] = {}
    returns: str | None = None
    shape: str = "object"
    since: str | None = None
    until: str | None = None


class Catalogue:
    """The whole catalogue."""

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request's method and concrete path name, null where none does."""
        raise NotImplementedError

    def canonical(self, name: str) -> str | None:
        """The catalogue's name of an operation written with any names in braces, null where there is none."""
        raise NotImplementedError

    def nearest(self, name: str) -> str:
        """The known operation name that is most like one that is unknown."""
        raise NotImplementedError

    def named(self, name: str) -> Operation:
        """The operation of a canonical name; KeyError where there is none."""
        raise NotImplementedError

    def operations(self) -> list[Operation]:
        """All operations, by name."""
        raise NotImplementedError

    def fields(self, object_type: str, version: str | None = None) -> dict[str, Field]:
        """The field tree of an object type in an API version (null: the newest); empty where the type is unknown."""
        raise NotImplementedError

    def types(self) -> list[str]:
        """All object types of all versions."""
        raise NotImplementedError


def catalogue() -> Catalogue:
    """The catalogue that ships with replayer, loaded once."""
    raise NotImplementedError
