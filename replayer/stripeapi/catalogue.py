"""What Stripe's API consists of, as data: operations with parameters, object field trees, by API version.

Made by `make catalogue` from the official SDKs' releases; see `data/SOURCES.md`. A verdict depends on this data, not on an installed SDK.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from replayer.stripeapi import versions
from replayer.stripeapi.trees import Field, Param, Reader

__all__ = ["Catalogue", "Field", "Operation", "Param", "catalogue"]

_BRACE = re.compile(r"\{\w*\}")
_END = "/"  # no segment can be called so
_Trie = dict[str, Any]


class Operation(msgspec.Struct, frozen=True):
    """An operation: `name` is `POST /v1/customers/{customer}`.

    `returns` is the type of the answer (`bank_account|card` where there are several, null where it is no object), `shape` is `object`,
    `list`, `search` or `deleted`. `since` is the first version that has it, `until` the first that has it no longer.
    """

    name: str
    method: str
    template: str
    params: dict[str, Param] = {}
    returns: str | None = None
    shape: str = "object"
    since: str | None = None
    until: str | None = None


class _Row(msgspec.Struct, frozen=True):
    """An operation as packed."""

    returns: str
    shape: str
    params: dict[str, Any]
    since: str | None = None
    until: str | None = None


class Catalogue:
    """The whole catalogue. Nothing is decoded before it is asked for."""

    def __init__(self, operations: bytes, types: bytes, shapes: bytes, editions: bytes) -> None:
        raw = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._editions = msgspec.json.decode(editions, type=dict[str, str])
        self._rows = raw.decode(operations)
        self._types = raw.decode(types)
        self._reader = Reader(raw.decode(shapes), self._editions)
        self._packed: dict[str, dict[str, Any]] = {}
        self._trees: dict[tuple[str, int], dict[str, Field]] = {}
        self._known: dict[tuple[str, str | None], dict[str, Field]] = {}
        self._operations: dict[str, Operation] = {}
        self._times: dict[str, frozenset[str]] = {}
        self._names = {_BRACE.sub("{}", name): name for name in self._rows}
        self._trie = _trie(list(self._rows))

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request's method and concrete path name, null where none does. Literal segments win over names in braces."""
        node: _Trie | None = self._trie.get(method)
        if "?" in path:
            return self._search(method, path)
        for part in path[1:].split("/"):
            if node is None or not part:
                return self._search(method, path)
            node = node.get(part) or node.get("{}")
        name = node.get(_END) if node else None
        if name is None:
            return self._search(method, path)
        return self._operations.get(name) or self.named(name)

    def canonical(self, name: str) -> str | None:
        """The catalogue's name of an operation written with any names in braces, null where there is none."""
        return self._names.get(_BRACE.sub("{}", name))

    def nearest(self, name: str) -> str:
        """The known operation name that is most like one that is unknown."""
        close = difflib.get_close_matches(_BRACE.sub("{}", name), self._names, n=1, cutoff=0.0)
        return self._names[close[0]]

    def named(self, name: str) -> Operation:
        """The operation of a canonical name; KeyError where there is none."""
        if name not in self._operations:
            self._operations[name] = self._decode(name, msgspec.json.decode(self._rows[name], type=_Row))
        return self._operations[name]

    def operations(self) -> list[Operation]:
        """All operations, by name."""
        return [self.named(name) for name in sorted(self._rows)]

    def fields(self, object_type: str, version: str | None = None) -> dict[str, Field]:
        """The field tree of an object type in an API version (null: the newest); empty where the type is unknown."""
        key = (object_type, version)
        if key not in self._known:
            self._known[key] = self._tree(object_type, versions.date(version))
        return self._known[key]

    def times(self, name: str) -> frozenset[str]:
        """The parameters of an operation that are times, by folded wire name: `trial_end`, `phases[][end_date]`, `created[gte]`."""
        if name not in self._times:
            self._times[name] = frozenset(_times(self.named(name).params, ""))
        return self._times[name]

    def types(self) -> list[str]:
        """All object types of all versions."""
        return sorted(self._types)

    def _decode(self, name: str, row: _Row) -> Operation:
        method, _, template = name.partition(" ")
        since, until = self._editions.get(row.since or ""), self._editions.get(row.until or "")
        return Operation(name, method, template, self._reader.params(row.params), row.returns or None, row.shape, since, until)

    def _tree(self, object_type: str, date: str) -> dict[str, Field]:
        if object_type not in self._types:
            return {}
        if object_type not in self._packed:
            self._packed[object_type] = msgspec.json.decode(self._types[object_type])
        packed = self._packed[object_type]
        key = (object_type, self._reader.epoch(packed, date))
        if key not in self._trees:
            self._trees[key] = self._reader.fields(packed, date)
        return self._trees[key]

    def _search(self, method: str, path: str) -> Operation | None:
        """The slow way: a query, a slash too many, a method in small letters, or a literal segment that led into a dead end."""
        level = [self._trie.get(method.upper(), {})]
        for part in path.partition("?")[0].strip("/").split("/"):
            level = [node[key] for node in level for key in (part, "{}") if part and key in node]
        name = next((node[_END] for node in level if _END in node), None)
        return self.named(name) if name else None


def _times(params: dict[str, Param], prefix: str) -> Iterator[str]:
    for name, param in params.items():
        path = f"{prefix}[{name}]" if prefix else name
        if param.accepts("time"):
            yield path
        yield from _times(param.children, path)
        if param.item:
            yield from _times(param.item.children, f"{path}[]")


def _trie(names: list[str]) -> dict[str, _Trie]:
    """Nested segments; a slash at a template's end holds the operation's name."""
    root: dict[str, _Trie] = {}
    for name in names:
        method, _, template = name.partition(" ")
        node = root.setdefault(method, {})
        for part in _BRACE.sub("{}", template)[1:].split("/"):
            node = node.setdefault(part, {})
        node[_END] = name
    return root


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with replayer, loaded once."""
    data = Path(__file__).parent / "data"
    return Catalogue(*((data / f"{name}.json").read_bytes() for name in ("operations", "types", "shapes", "editions")))
