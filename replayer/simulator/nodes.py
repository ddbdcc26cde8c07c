"""Field trees, compiled for rendering: one node per hash of an object type in one API version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from replayer.stripeapi.catalogue import Field, catalogue

# What a required scalar shows where no rule set it: the leaf is then `template` and nobody takes it for an answer.
_EMPTY: dict[str, Any] = {
    "string": "", "decimal": "0", "integer": 0, "number": 0, "time": 0, "boolean": False, "any": None, "object": None, "expandable": None,
}  # fmt: skip
# Typed in the SDKs because a type is shared, never sent: a customer's shipping is no parcel (Stripe API reference, the customer object).
_NEVER_SENT = {"customer": {"shipping": frozenset({"carrier", "tracking_number"})}}
_SCALARS = frozenset({"string", "decimal", "integer", "number", "time", "boolean", "enum"})


class Node:
    """A hash: `skeleton` is what it shows where nothing is known, `fresh` the members of it that must be made anew for each answer.

    `deep` are the fields whose values are more than scalars, `listings` the list objects that hold other objects.
    """

    __slots__ = ("deep", "fields", "fresh", "includable", "listings", "skeleton")

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields = fields
        self.skeleton: dict[str, Any] = {}
        self.fresh: list[tuple[str, Node | None, bool]] = []
        self.deep: dict[str, Deep] = {}
        self.includable = frozenset(name for name, field in fields.items() if field.includable)
        self.listings = {name: field for name, field in fields.items() if field.kind == "listing"}
        for name in sorted(fields, key=_order):
            self._add(name, fields[name])

    def _add(self, name: str, field: Field) -> None:
        deep = _deep(field)
        if deep is not None:
            self.deep[name] = deep
        if field.optional or field.includable:
            return
        if field.nullable or field.kind == "listing":
            self.skeleton[name] = None
        elif field.kind == "hash":
            self.skeleton[name] = None
            self.fresh.append((name, deep.node if deep is not None else None, False))
        elif field.kind in ("list", "map"):
            self.skeleton[name] = None
            self.fresh.append((name, None, field.kind == "list"))
        elif field.kind == "enum":
            self.skeleton[name] = field.choices[0] if field.choices else ""
        else:
            self.skeleton[name] = _EMPTY.get(field.kind)

    def blank(self) -> dict[str, Any]:
        """What the hash shows where nothing of it is known."""
        found = self.skeleton.copy()
        for name, node, is_list in self.fresh:
            found[name] = node.blank() if node is not None else [] if is_list else {}
        return found


class Deep:
    """A field that is no scalar: `kind` is `hash`, `list`, `map`, `any`, `object` or `expandable`; lists hold `item`."""

    __slots__ = ("item", "kind", "node", "targets")

    def __init__(self, kind: str, *, node: Node | None = None, item: Deep | None = None, targets: tuple[str, ...] = ()) -> None:
        self.kind, self.node, self.item, self.targets = kind, node, item, targets


def _order(name: str) -> tuple[int, str]:
    return (0 if name == "id" else 1 if name == "object" else 2, name)


def _deep(field: Field | None) -> Deep | None:
    if field is None or field.kind in _SCALARS or field.kind == "listing":
        return None
    if field.kind == "hash":
        return Deep("hash", node=Node(field.children)) if field.children else Deep("any")
    if field.kind == "list":
        return Deep("list", item=_deep(field.item))
    if field.kind in ("object", "expandable"):
        return Deep(field.kind, targets=targets_of(field.target))
    return Deep("any")


def targets_of(target: str | None) -> tuple[str, ...]:
    """The types that a field may hold; a union is written with bars."""
    return tuple((target or "").split("|")) if target else ()


@lru_cache(maxsize=4096)
def node_of(object_type: str, version: str | None) -> Node | None:
    """The compiled tree of an object type in an API version (null: the newest); null where the type is unknown."""
    fields = {**catalogue().fields(object_type, version)}
    for name, absent in _NEVER_SENT.get(object_type, {}).items():
        if name in fields:
            children = {child: field for child, field in fields[name].children.items() if child not in absent}
            fields[name] = msgspec.structs.replace(fields[name], children=children)
    return Node(fields) if fields else None
