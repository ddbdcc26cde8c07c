"""Word a difference between two structured values; DeepDiff finds the words, never the verdict."""

from __future__ import annotations

from typing import Any

_MOST = 6


def word(control: Any, candidate: Any) -> list[str]:
    """One line for each difference, e.g. `['amount'] 2000 → 2400`; at most six, and how many more."""
    from deepdiff import DeepDiff  # takes 220 ms to import: only where something is shown

    found = DeepDiff(control, candidate, view="tree", zip_ordered_iterables=True, threshold_to_diff_deeper=0, ignore_order=False)
    lines = [
        f"{item.path(root='')} {_value(item.t1)} → {_value(item.t2)}"
        for kind in sorted(found)
        for item in sorted(found[kind], key=lambda item: str(item.path()))
    ]
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"… and {len(lines) - _MOST} more"]


def _value(value: Any) -> str:
    return "nothing" if repr(value) == "not present" else str(value)
