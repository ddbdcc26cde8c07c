"""How far a recorder's clock is off Stripe's, from the answers' `Date`: what lets the times of several hosts be put in one order."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from replayer.capture.wire import http_date
from replayer.model import Exchange

_SECOND = 1.0  # what a `Date` and a `created` are rounded down to
Bounds = tuple[float, float]


def offset_of(exchanges: Iterable[Exchange]) -> float:
    """Seconds to add to a recorder's times; 0.0 where its clock agrees with Stripe's as far as whole seconds tell.

    Each answer bounds the offset: Stripe wrote the `Date` (or made the object) between request and answer. What satisfies all answers
    is the estimate, or, where a clock drifted, the median.
    """
    bounds = [found for exchange in exchanges if (found := _bounds(exchange)) is not None]
    if not bounds:
        return 0.0
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    if low > high:
        low, high = median(low for low, _ in bounds), median(high for _, high in bounds)
    return 0.0 if low <= 0.0 <= high else (low + high) / 2


def _bounds(exchange: Exchange) -> Bounds | None:
    if exchange.lane != "api" or exchange.at is None or exchange.outcome.status is None:
        return None
    stripes = http_date(exchange.outcome.headers.get("date")) or _created(exchange)
    if stripes is None:
        return None
    return stripes - (exchange.at + (exchange.duration or 0.0)), stripes + _SECOND - exchange.at


def _created(exchange: Exchange) -> float | None:
    """When Stripe made what a POST to a collection answers with; an answer that was replayed for its key was made earlier."""
    body = exchange.outcome.body
    is_new = exchange.request.method == "POST" and isinstance(body, dict) and "idempotent-replayed" not in exchange.outcome.headers
    named = isinstance(body, dict) and isinstance(body.get("id"), str) and body["id"] not in exchange.request.path
    made = body.get("created") if is_new and named and "/" not in exchange.request.path.removeprefix("/v1/") else None
    return float(made) if isinstance(made, int) and not isinstance(made, bool) else None
