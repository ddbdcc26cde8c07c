"""Stripe's event JSON: one object, a list object, an array, or a line each; thin events (`v2.core.event`) too.

What `GET /v1/events`, `stripe events retrieve` or a webhook handler's log give. Each becomes an exchange of the lane `webhook`.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from replayer.capture import wire
from replayer.capture.importers import _json
from replayer.capture.importers._seam import Problem, broken
from replayer.model import Exchange, Outcome, Request

_MARK = re.compile(rb'"object"\s*:\s*"(?:v2\.core\.)?event"')
_LATEST = 1e12  # seconds; what is later is no time
_KINDS = frozenset({"event", "v2.core.event"})


class StripeEvents:
    """Reads event objects; what the user's endpoint answered is not known."""

    name = "stripe_events"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file is JSON that names an event object."""
        return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and _MARK.search(head) is not None

    def read(self, path: Path) -> Iterator[Exchange | Problem]:
        """Yield the events in the file's order; a list object is Stripe's own, newest first, and is turned round."""
        for where, event in _events(path):
            if _is_event(event):
                yield _exchange(event)
            else:
                yield Problem(where, "this is not an event object")


def _is_event(found: Any) -> bool:
    kind = found.get("object") if isinstance(found, dict) else None
    return isinstance(kind, str) and kind in _KINDS


def _events(path: Path) -> Iterator[tuple[str, Any]]:
    if _is_lines(path):
        yield from _lines(path)
        return
    found = _json.load(path)
    if isinstance(found, dict) and not _is_event(found):
        if not isinstance(found.get("data"), list):
            raise broken(path, "", "this is neither an event nor a list of events")
        found = _oldest_first(found["data"])
    events = found if isinstance(found, list) else [found]
    yield from ((f"event {number}", event) for number, event in enumerate(events, 1))


def _oldest_first(events: list[Any]) -> list[Any]:
    times = [_created(event) or 0.0 for event in events if isinstance(event, dict)]
    return events[::-1] if all(later <= earlier for earlier, later in pairwise(times)) else events


def _is_lines(path: Path) -> bool:
    """Whether the first line is a JSON object of its own, and more follow."""
    with path.open("rb") as file:
        first, second = file.readline().removeprefix(b"\xef\xbb\xbf").strip(), file.readline().strip()
    return first.startswith(b"{") and first.endswith(b"}") and second.startswith(b"{")


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    """JSON lines; raises InputError with line and column at the first broken one."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"line {number}", _json.decode(path, line.removeprefix(b"\xef\xbb\xbf"), number)


def _created(event: dict[str, Any]) -> float | None:
    created = event.get("created")
    if isinstance(created, str):
        return wire.iso_date(created)
    return float(created) if isinstance(created, int | float) and abs(created) < _LATEST else None


def _exchange(event: dict[str, Any]) -> Exchange:
    version, account = event.get("api_version"), event.get("account")
    request = Request(
        method="POST", path="/", params=event, encoding="json",
        version=version if isinstance(version, str) else None, account=account if isinstance(account, str) else None,
    )  # fmt: skip
    return Exchange(id="", source="", lane="webhook", at=_created(event), request=request, outcome=Outcome(error="not recorded"))
