"""The events that a target sent of an arm's calls, read back afterwards: `events.jsonl` in the arm's folder.

An event names the request that caused it (`event.request.id` is the answer's `Request-Id`), which is how it finds its call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from replayer.model import Effect

FILE = "events.jsonl"


class ToldEvent(msgspec.Struct, frozen=True):
    """One event: the id of the request that caused it, and the event as an effect."""

    request: str
    effect: Effect


def write_events(arm: Path, events: Iterable[ToldEvent]) -> None:
    """Write an arm's events, in order."""
    with (arm / FILE).open("wb") as stream:
        for event in events:
            stream.write(msgspec.json.encode(event) + b"\n")


def read_events(arm: Path) -> dict[str, list[Effect]] | None:
    """An arm's events by the request that caused them; null where nobody has read them back."""
    file = arm / FILE
    if not file.is_file():
        return None
    found: dict[str, list[Effect]] = {}
    with file.open("rb") as stream:
        for line in stream:
            event = msgspec.json.decode(line, type=ToldEvent)
            found.setdefault(event.request, []).append(event.effect)
    return found


def told(events: Iterator[dict[str, object]], since: float) -> Iterator[ToldEvent]:
    """Read Stripe's event objects, newest first, down to a time; what no request caused is left out."""
    for event in events:
        created, request, data = event.get("created"), event.get("request"), event.get("data")
        if isinstance(created, int) and created < since:
            return
        cause = request.get("id") if isinstance(request, dict) else request
        item = data.get("object") if isinstance(data, dict) else None
        if isinstance(cause, str) and isinstance(item, dict):
            identifier, customer = item.get("id"), item.get("customer")
            owner = identifier if item.get("object") == "customer" else customer
            effect = Effect(
                "event", str(event.get("type")), identifier if isinstance(identifier, str) else None,
                customer=owner if isinstance(owner, str) else None,
            )  # fmt: skip
            yield ToldEvent(cause, effect)
