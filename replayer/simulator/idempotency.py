"""Idempotency keys: the first answer again, from state and version, not from rendered bytes.

A key holds for 24 hours and is kept per account; what did not execute is not stored (Stripe API reference, "Idempotent requests").
"""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.model import Request
from replayer.simulator.calls import Answer, Page
from replayer.simulator.errors import ApiError, reused_key
from replayer.simulator.records import Record
from replayer.simulator.store import Store
from replayer.simulator.view import View

_KEPT = 24 * 3600


class Stored(msgspec.Struct, frozen=True):
    """The first use of a key: the request, when, and what it was answered with; `view` is what the answer was rendered from."""

    method: str
    path: str
    params: dict[str, Any]
    at: float
    request_id: str
    answer: Answer | ApiError
    view: View
    version: str | None


def earlier(store: Store, request: Request, now: float) -> Stored | None:
    """What the request's key was first used for; raises Stripe's error if that was another request."""
    key = request.idempotency_key
    found = store.keys.get(key) if key and request.method == "POST" else None
    if found is None or now - found.at >= _KEPT:
        return None
    if (found.method, found.path, found.params) != (request.method, request.path, request.params):
        raise reused_key(key or "")
    return found


def keep(store: Store, request: Request, now: float, request_id: str, answer: Answer | ApiError, view: View) -> None:
    """Store the first answer of a key."""
    if request.idempotency_key and request.method == "POST":
        first = (request.method, request.path, request.params, now, request_id, _snapshot(answer), view.frozen(), request.version)
        store.keys[request.idempotency_key] = Stored(*first)


def _snapshot(answer: Answer | ApiError) -> Answer | ApiError:
    """The answer as it is now: values are replaced, never changed, so that a copy of the records is enough."""
    if isinstance(answer, Record):
        return answer.copy()
    if isinstance(answer, Page):
        return msgspec.structs.replace(answer, members=[member.copy() for member in answer.members])
    return answer
