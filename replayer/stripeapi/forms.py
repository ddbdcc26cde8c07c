"""Stripe's form encoding: `items[0][price]=p` to nested dicts and lists and back.

`x[]`, `x[0]` and `x%5B0%5D` mean the same list; an empty value clears and is kept (Stripe API reference).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus

_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Decode a query string or form body into nested dicts and lists of strings, in the order sent."""
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return nest((_name(name), _unquoted(value)) for name, _, value in pairs)


@lru_cache(maxsize=4096)  # a program's calls repeat their names
def _name(text: str) -> str:
    return _unquoted(text)


def _unquoted(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape") if "%" in text or "+" in text else text


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Nest pairs of wire name and value. A name sent twice keeps its last value, as Stripe does; `[]` appends."""
    root: dict[str, Any] = {}
    is_flat = True
    for name, value in pairs:
        parts = _split(name)
        if len(parts) == 1:
            root[name] = value
        else:
            is_flat = False
            _put(root, parts, value)
    return root if is_flat else {key: _lists(value, key) for key, value in root.items()}


def split_name(name: str) -> list[str]:
    """Split a wire name into its parts: `items[0][price]` into `items`, `0`, `price`; a malformed one stays whole."""
    head, bracket, _ = name.partition("[")
    if not bracket or not head:
        return [name]
    tail = name[len(head) :]
    parts = _PART.findall(tail)
    return [head, *parts] if "".join(f"[{part}]" for part in parts) == tail else [name]


_split = lru_cache(maxsize=4096)(split_name)  # a program's calls repeat their names


class _Node(dict[str, Any]):
    """A hash or a list that is still being read: which one it is shows when all of its names are known."""

    appended = 0


def _put(root: dict[str, Any], parts: list[str], value: Any) -> None:
    node = root
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if part == "" and isinstance(node, _Node):
            part = _append_key(node, parts[position + 1 :])
        if last:
            node[part] = value
            return
        child = node.get(part)
        if not isinstance(child, _Node):
            child = node[part] = _Node()
        node = child


def _append_key(node: _Node, rest: list[str]) -> str:
    """`x[][a]=1&x[][b]=2` fills one element until a name repeats, as Rack and PHP read it."""
    current = str(node.appended - 1)
    element = node.get(current)
    if rest and rest[0] and isinstance(element, _Node) and rest[0] not in element:
        return current
    while str(node.appended) in node:
        node.appended += 1
    key = str(node.appended)
    node.appended += 1
    return key


def _lists(value: Any, name: str = "") -> Any:
    if not isinstance(value, _Node):
        return value
    return as_list({key: _lists(child, key) for key, child in value.items()}, name)


def as_list(plain: dict[str, Any], name: str) -> dict[str, Any] | list[Any]:
    """The list that a hash is whose names count from 0; those of a metadata hash are the user's and stay names."""
    if name != "metadata" and "0" in plain and set(plain) == {str(index) for index in range(len(plain))}:
        return [plain[str(index)] for index in range(len(plain))]
    return plain


def flatten(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield pairs of wire name (indexed lists) and value. An empty hash or list is sent as an empty value."""
    for key, value in params.items():
        yield from _flatten(key, value)


def _flatten(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            yield from _flatten(f"{name}[{key}]", child)
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from _flatten(f"{name}[{index}]", child)
    else:
        yield name, scalar(value)


def scalar(value: Any) -> str:
    """A value as it stands on the wire: `true`, decimal text, and the empty string for what clears."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value == {} or value == [] else str(value)


def encode(params: Mapping[str, Any]) -> str:
    """Encode nested parameters as a form; brackets stay literal, as the official SDKs send them."""
    return "&".join(f"{_quote(name, '[]')}={_quote(value, '')}" for name, value in flatten(params))


def _quote(text: str, safe: str) -> str:
    return quote(text, safe=safe + "-_.~", errors="surrogateescape")


def fold(name: str) -> str:
    """A wire name without list positions: `items[0][quantity]` gives `items[][quantity]`."""
    return re.sub(r"\[\d+\]", "[]", name)
