"""The leaves of an answer, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (folded path, value): an empty hash is a leaf of its own name, an empty list one of its name with `[]`."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from leaves(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        if not value:
            yield path + "[]", value
        for child in value:
            yield from leaves(child, path + "[]")
    else:
        yield path, value
