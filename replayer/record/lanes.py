"""The lanes that a recorder sees, and what each of them keeps of a request and of its answer.

`api`: what the user's program sends to Stripe. `webhook`: what Stripe delivers to the user's endpoint; its answer is the outcome. `app`:
the user's own traffic, of which only the parts that were named are kept. Of what the user's programs answer, on either, the status is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec

from replayer.capture import wire
from replayer.model import ORIGIN_STRIPE, Lane, Outcome, Request
from replayer.record.settings import HOSTS

_CONTENTS = re.compile(r"/v1/files/[^/]+/contents")


class Route(msgspec.Struct, frozen=True):
    """What one listener serves: its lane, the mode that mitmproxy runs for it, and where requests go on to (the api lane knows itself).

    `is_public`: others than this machine reach it.
    """

    lane: Lane
    mode: str
    forward_to: str | None = None
    is_public: bool = False


def host_of(method: str, path: str) -> str:
    """Which of Stripe's hosts serves a path, by its name in `HOSTS`, so that one base address does for all of an SDK's [SDK]."""
    if path.startswith(("/oauth/", "/express/oauth/")):
        return "connect"
    if (method == "POST" and path == "/v1/files") or _CONTENTS.fullmatch(path):
        return "files"
    return "meter-events" if path == "/v2/billing/meter_event_stream" else "api"


def as_stripes(request: Request) -> Request:
    """A request as Stripe would have it: what stands for Stripe is recorded under the host that Stripe serves it on."""
    if wire.is_stripe(request.host) and request.host != ORIGIN_STRIPE:
        return request
    return msgspec.structs.replace(request, host=HOSTS[host_of(request.method, request.path)])


class Kept:
    """What of the user's own traffic may be kept: bodies by path, as pseudonyms, and values by field, as they are."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        listed = list(names)
        self.paths = tuple(name for name in listed if name.startswith("/"))
        self.fields = tuple(name for name in listed if not name.startswith("/"))
        self._fields = tuple(tuple(part for part in field.replace("[]", "").split(".") if part) for field in self.fields)

    def request(self, request: Request) -> Request:
        """A request with no more in it than may be kept."""
        bare = msgspec.structs.replace(request, caller=None, body=None, idempotency_key=None, account=None, version=None)
        if self._keeps(request.path):
            return msgspec.structs.replace(bare, kept=request.body is None and request.kept)
        params = self._part(request.params, ())
        return msgspec.structs.replace(bare, params=params, kept=request.body is None and request.kept and params == request.params)

    def outcome(self, outcome: Outcome, path: str) -> Outcome:
        """An answer with no more in it than may be kept."""
        if self._keeps(path):
            return outcome
        body = self._part(outcome.body, ()) if isinstance(outcome.body, dict) else None
        return msgspec.structs.replace(outcome, body=body or None, text=None)

    def _keeps(self, path: str) -> bool:
        return any(path == kept or path.startswith(kept.rstrip("/") + "/") for kept in self.paths)

    def _part(self, value: Any, place: tuple[str, ...]) -> Any:
        """The part of a tree that lies under the fields that were named."""
        found: dict[str, Any] = {}
        for name, child in value.items():
            here = (*place, name)
            if any(here[-len(field) :] == field for field in self._fields):
                found[name] = child
            elif isinstance(child, dict) and (inner := self._part(child, here)):
                found[name] = inner
            elif isinstance(child, list) and (
                items := [part for item in child if isinstance(item, dict) and (part := self._part(item, here))]
            ):
                found[name] = items
        return found


@lru_cache(maxsize=64)
def split_url(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), parts.path
