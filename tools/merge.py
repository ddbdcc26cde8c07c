"""Merge one tree per edition into one tree in which what comes and goes says when: `discount<2025-03-31`, `parent>2025-03-31`.

`>` is the first edition that has it, `<` the first that has it no longer. The grammar is described in `docs/catalogue.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import msgspec

from tools.tree import Node

Json = Any
Versions = Sequence[Node | None]
Trees = Sequence[dict[str, Node] | None]


class Merger:
    """Merges trees of the editions it is given, oldest first."""

    def __init__(self, editions: Sequence[str]) -> None:
        self.editions = editions

    def fields(self, trees: Trees) -> dict[str, Json]:
        """A field's type in one edition is one type: each change of it makes an entry of its own."""
        return self._children(trees, _header, self._field)

    def params(self, trees: Trees) -> dict[str, Json]:
        """A parameter's entry holds every type that it accepts in any edition."""
        return self._children(trees, lambda node: True, self._param)

    def _children(self, trees: Trees, header: Callable[[Node], Hashable], encode: Callable[[Versions], Json]) -> dict[str, Json]:
        result: dict[str, Json] = {}
        for name in sorted({name for tree in trees if tree for name in tree}, key=lambda name: (name != "id", name != "object", name)):
            nodes = _decimals([tree.get(name) if tree is not None else None for tree in trees])
            keys = [None if node is None else header(node) for node in nodes]
            for start, stop in _runs(keys, [tree is not None for tree in trees]):
                inside = [node if start <= index < stop else None for index, node in enumerate(nodes)]
                result[name + self._span(start, stop, [tree is not None for tree in trees])] = encode(inside)
        return result

    def _span(self, start: int, stop: int, alive: Sequence[bool]) -> str:
        since = f">{self.editions[start]}" if any(alive[:start]) else ""
        return since + (f"<{self.editions[stop]}" if any(alive[stop:]) else "")

    def _field(self, nodes: Versions) -> Json:
        newest = _newest(nodes)
        if newest.code in "eE":
            return f"{newest.flags}{newest.code}:{self._choices(nodes)}"
        if newest.code == "h":
            return _flagged(newest.flags, self.fields([node.children if node else None for node in nodes]))
        if newest.code in "lm":
            return _wrapped(newest, self._field([node.item if node else None for node in nodes]))
        return newest.flags + newest.code + (f":{newest.target}" if newest.target else "")

    def _choices(self, nodes: Versions) -> str:
        sets = [set(node.choices) if node else None for node in nodes]
        result = []
        for value in sorted({value for each in sets if each for value in each}):
            if set("<>|#") & set(value):
                raise ValueError(f"an enum value that the grammar cannot hold: {value}")
            for start, stop in _runs([bool(each and value in each) or None for each in sets], [each is not None for each in sets]):
                result.append(value + self._span(start, stop, [each is not None for each in sets]))
        return "|".join(result)

    def _param(self, nodes: Versions) -> Json:
        """Required is what every edition requires, cleared what any lets clear: nobody is told of an error that there is not."""
        required = all("!" in node.flags for node in nodes if node)
        clears = any("^" in node.flags for node in nodes if node)
        flags = ("!" if required else "") + ("^" if clears else "")
        codes = dict.fromkeys(option.code for node in reversed(nodes) if node for option in _options(node))
        if "E" in codes or ("e" in codes and "s" in codes):
            codes = {code: None for code in codes if code not in "es"} | {"E": None}
        options = [self._option(code, nodes) for code in codes]
        if len(options) > 1:
            return {"": flags, "|": options} if flags else {"|": options}
        return flags + options[0] if isinstance(options[0], str) else _prefixed(flags, options[0])

    def _option(self, code: str, nodes: Versions) -> Json:
        """One of the types that a parameter accepts, over all editions that accept it."""
        wanted = "eEs" if code == "E" else code
        picked = [next((option for option in _options(node) if option.code in wanted), None) if node else None for node in nodes]
        newest = _newest(picked)
        if code in "eE":
            return f"{code}:{'|'.join(sorted({choice for node in picked if node for choice in node.choices}))}"
        if code == "h":
            return self.params([node.children if node else None for node in picked])
        if code in "lm":
            return _wrapped(Node(code), self._param([node.item if node else None for node in picked]))
        return newest.code


def _decimals(nodes: Versions) -> Versions:
    """Older releases call a decimal a string, which it is on the wire."""
    if not any(node is not None and node.code == "d" for node in nodes):
        return nodes
    return [msgspec.structs.replace(node, code="d") if node is not None and node.code == "s" else node for node in nodes]


def _newest(nodes: Versions) -> Node:
    return next(node for node in reversed(nodes) if node is not None)


def _options(node: Node) -> tuple[Node, ...]:
    return (node, *node.alternatives)


def _header(node: Node) -> Hashable:
    """What must be equal for two editions to share an entry; an enum's values and a hash's children are merged inside it."""
    return node.code.replace("E", "e"), node.flags, node.target, _header(node.item) if node.item else None


def _runs(keys: Sequence[Hashable], alive: Sequence[bool]) -> list[tuple[int, int]]:
    """The stretches of editions with an equal key that is not null; editions in which the parent does not exist interrupt nothing."""
    runs: list[tuple[int, int]] = []
    last: Hashable = None
    for index, key in enumerate(keys):
        if not alive[index]:
            continue
        if key is not None and key == last:
            runs[-1] = (runs[-1][0], index + 1)
        elif key is not None:
            runs.append((index, index + 1))
        last = key
    return runs


def _flagged(flags: str, children: dict[str, Json]) -> dict[str, Json]:
    return {"": flags, **children} if flags else children


def _wrapped(node: Node, item: Json) -> Json:
    if node.code == "m":
        return _flagged(node.flags, {"*": item})
    return [node.flags, item] if node.flags else [item]


def _prefixed(flags: str, value: Json) -> Json:
    if isinstance(value, list):
        return [flags, *value] if flags else value
    return _flagged(flags, value)
