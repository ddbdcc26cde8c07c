"""The neutral tree that the SDK readers make and the packer writes: one node is the type of one field or parameter."""

from __future__ import annotations

import msgspec


class Node(msgspec.Struct, frozen=True):
    """A type. `code` is a letter of `CODES`; `flags` are `~` may be null, `?` may be missing, `+` includable, `!` required, `^` clears.

    `alternatives` are further types that a parameter accepts in its place, this one's flags hold for all.
    """

    code: str
    flags: str = ""
    target: str = ""
    choices: tuple[str, ...] = ()
    children: dict[str, Node] = {}
    item: Node | None = None
    alternatives: tuple[Node, ...] = ()


# s string, i integer, b boolean, f number, d decimal text, t time, * any, e closed and E open enum, h hash, l list, m map;
# r embedded resource, x expandable, L list object: these three name a target.
CODES = frozenset("sibfdt*eEhlmrxL")


def count(tree: dict[str, Node]) -> int:
    """The number of fields at all levels."""
    return sum(1 + inner(node) for node in tree.values())


def inner(node: Node) -> int:
    """The number of fields inside a node."""
    return count(node.children) + (inner(node.item) if node.item else 0) + sum(inner(other) for other in node.alternatives)
