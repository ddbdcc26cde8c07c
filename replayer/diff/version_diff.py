"""Two API versions side by side: of a field that is gone, where the newer version has it now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replayer.diff.compare import Place
from replayer.model import Exchange


def gone(place: Place, candidate: Exchange | None, version: str) -> str:
    """What became of a field, in words: a field of the same name and value elsewhere in the answer is where it moved to."""
    name = place.path.replace("[]", "").rpartition(".")[2]
    body = candidate.outcome.body if candidate is not None else None
    found = {path for path, value in _leaves("", body) if path.replace("[]", "").rpartition(".")[2] == name and value == place.control}
    moved = f": it is at {', '.join(sorted(found)[:3])} now" if found else ""
    return f"gone in {version}{moved}"


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, child)
    elif isinstance(value, list):
        for child in value:
            yield from _leaves(path + "[]", child)
    else:
        yield path, value
