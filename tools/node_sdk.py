"""Read from an unpacked release of the official Node SDK which fields of answers may be null (`~`) and which may be missing (`?`).

The Python SDK calls both Optional; the Node SDK's declarations tell them apart for every path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tools.tree import Node
from tools.typescript import Member, Scope, find, members, parse, walk

_WORD = re.compile(r"[A-Za-z_$][\w$.]*")
_DEPTH = 14

Presence = dict[str, str]


def presence(root: Path) -> dict[str, Presence]:
    """By object type, the flags of every path of its field tree: `payment_settings.payment_method_options.card` → `~`."""
    result: dict[str, Presence] = {}
    for chain in _chains(root / "package"):
        for name, inside in list(walk(chain[-1], chain[:-1])):
            found = members(name, inside)
            kind = _object_type(found)
            if kind and not name.startswith("Deleted") and "Params" not in name:
                paths = dict(_paths(found, inside, "", 0))
                if len(paths) > len(result.get(kind, {})):
                    result[kind] = paths
    return result


def _chains(package: Path) -> Iterator[tuple[Scope, ...]]:
    """The scopes to look into: one for all files, or, in the newer layout, one a file with the shared types around it."""
    if (package / "types").exists():
        scope = Scope()
        for path in sorted((package / "types").rglob("*.d.ts")):
            parse(path.read_text(encoding="utf-8"), scope)
        yield (scope,)
        return
    shared = parse((package / "cjs" / "shared.d.ts").read_text(encoding="utf-8"), Scope())
    for path in sorted((package / "cjs" / "resources").rglob("*.d.ts")):
        yield shared, parse(path.read_text(encoding="utf-8"), Scope())


def _object_type(found: dict[str, Member]) -> str | None:
    declared = found.get("object")
    literal = declared and not declared.optional and len(declared.type) == 1 and declared.type[0]
    return literal.strip("'\"") if literal and literal[0] in "'\"" else None


def _paths(found: dict[str, Member], chain: tuple[Scope, ...], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, member in found.items():
        path = f"{prefix}{name}"
        yield path, ("~" if "null" in member.type else "") + ("?" if member.optional else "")
        if depth < _DEPTH:
            yield from _nested(member.type, chain, path, depth)


def _nested(tokens: tuple[str, ...], chain: tuple[Scope, ...], path: str, depth: int) -> Iterator[tuple[str, str]]:
    """The paths inside a hash, a list of hashes or a map; an embedded resource has a tree of its own."""
    suffix = "[]" if "Array" in tokens else ".*" if tokens[:1] == ("{",) else ""
    for word in tokens:
        place = find(word, chain) if _WORD.fullmatch(word) else None
        if place:
            inside = members(*place)
            if "object" not in inside or not _object_type(inside):
                yield from _paths(inside, (*place[1], place[1][-1].inner.get(place[0], Scope())), f"{path}{suffix}.", depth + 1)


def flag(tree: dict[str, Node], known: Presence, prefix: str = "") -> dict[str, Node]:
    """The tree with each Optional told apart where the declarations know the path."""
    return {name: _flagged(node, known, f"{prefix}{name}") for name, node in tree.items()}


def _flagged(node: Node, known: Presence, path: str) -> Node:
    if node.flags and path in known:
        node = msgspec.structs.replace(node, flags=known[path])
    if node.children:
        node = msgspec.structs.replace(node, children=flag(node.children, known, f"{path}."))
    if node.item:
        node = msgspec.structs.replace(node, item=_flagged(node.item, known, path + ("[]" if node.code == "l" else ".*")))
    return node
