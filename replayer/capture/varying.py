"""Where redacted values differ between calls of one operation: what a diff can tell apart and nobody can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from replayer.capture._pseudonyms import DROPPED, MARKED
from replayer.model import Exchange
from replayer.stripeapi.operations import match


def is_redacted(value: Any) -> bool:
    """Whether a value stands for another."""
    return isinstance(value, str) and (MARKED.fullmatch(value) is not None or value == DROPPED)


def varying(exchanges: Iterable[Exchange]) -> dict[str, int]:
    """The places of requests at which calls of one operation have several redacted values, with how many."""
    values: dict[tuple[str, str], set[str]] = {}
    for exchange in exchanges:
        if exchange.lane == "api":
            name = match(exchange.request.method, exchange.request.path).name
            _collect(exchange.request.params, "", name, values)
    found: dict[str, int] = {}
    for (_, place), several in values.items():
        if len(several) > 1:
            found[place] = max(found.get(place, 0), len(several))
    return found


def _collect(value: Any, place: str, operation: str, into: dict[tuple[str, str], set[str]]) -> None:
    if isinstance(value, dict):
        for name, child in value.items():
            _collect(child, f"{place}.{name}" if place else name, operation, into)
    elif isinstance(value, list):
        for child in value:
            _collect(child, place, operation, into)
    elif is_redacted(value):
        into.setdefault((operation, place), set()).add(value)
