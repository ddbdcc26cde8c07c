"""`expand`: which references of an answer to show whole.

Paths are dotted, up to four levels, and begin with `data.` in lists (Stripe API reference, "Expanding responses").
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from replayer.simulator.errors import cannot_expand, too_deep
from replayer.simulator.nodes import targets_of
from replayer.stripeapi.catalogue import Field, catalogue

Tree = dict[str, Any]
NOTHING: Tree = {}
_DEPTH = 4


def paths_of(params: dict[str, Any]) -> tuple[str, ...]:
    """The `expand` paths of a request's parameters."""
    found = params.get("expand")
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, str):
        found = [found]
    return tuple(path for path in found or () if isinstance(path, str) and path)


@lru_cache(maxsize=4096)
def parse(paths: tuple[str, ...], object_type: str | None, version: str | None, in_list: bool) -> Tree:
    """The tree of paths, checked against the type of the answer; an unknown type is not checked."""
    tree: Tree = {}
    for path in paths:
        parts = path.split(".")
        if in_list and parts == ["data"]:
            continue
        if in_list and parts[0] != "data":
            raise cannot_expand(path, in_list=True)
        levels = parts[1:] if in_list else parts
        if len([part for part in parts if part != "data"]) > _DEPTH:
            raise too_deep(path)
        if object_type is not None and not _expandable(levels, (object_type,), version):
            raise cannot_expand(path)
        _graft(tree, levels)
    return tree


def _graft(tree: Tree, parts: list[str]) -> None:
    for part in parts:
        tree = tree.setdefault(part, {})


def _expandable(parts: list[str], types: tuple[str, ...], version: str | None) -> bool:
    for object_type in types:
        fields = catalogue().fields(object_type, version)
        if not fields or _walk(parts, fields, version):
            return True
    return False


def _walk(parts: list[str], fields: dict[str, Field], version: str | None) -> bool:
    field = fields.get(parts[0])
    if field is None:
        return False
    rest = parts[1:]
    while field.kind == "list" and field.item is not None:
        field = field.item
    if field.kind in ("expandable", "object"):
        return not rest or _expandable(rest, targets_of(field.target), version)
    if field.kind == "listing":
        return _listing(rest, field, version)
    if field.kind == "hash" and rest:
        return _walk(rest, field.children, version)
    return field.includable and not rest


def _listing(rest: list[str], field: Field, version: str | None) -> bool:
    """A list object inside an object: itself where it is includable, and through `data` what its members hold."""
    if not rest or rest == ["data"]:
        return True
    return rest[0] == "data" and _expandable(rest[1:], targets_of(field.target), version)
