"""How fast a key may be used: a token bucket, and how long to wait before a call goes again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from threading import Lock

TEST_MODE_RATE = 24.0  # requests a second: Stripe's limit in test mode and sandboxes is 25 (page "Rate limits"), and clocks differ
ATTEMPTS = 8
_FIRST, _LONGEST = 0.25, 8.0  # seconds between attempts


class Bucket:
    """Lets `rate` calls a second through, never a burst: Stripe counts within a second, and nobody knows where its seconds begin."""

    def __init__(
        self, rate: float, *, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:  # fmt: skip
        self._gap = 1.0 / rate
        self._now, self._sleep = now, sleep
        self._next = 0.0
        self._lock = Lock()

    def take(self) -> float:
        """Wait for one's turn; returns the seconds waited."""
        with self._lock:
            now = self._now()
            turn = max(self._next, now)
            self._next = turn + self._gap
        if turn > now:
            self._sleep(turn - now)
        return turn - now


def goes_again(status: int | None, headers: Mapping[str, str]) -> bool:
    """Whether a call that was answered so is sent again: `Stripe-Should-Retry` decides, then 409, 429 and 5xx (Stripe's SDKs).

    SDKs give up on a plain 429; a replay that was too fast must not, or a recorded call would count as refused.
    """
    said = headers.get("stripe-should-retry")
    if said == "true":
        return True
    if status == 429:
        return True
    return said != "false" and status is not None and (status == 409 or status >= 500)


def pause(attempt: int, headers: Mapping[str, str], jitter: Callable[[], float] = random.random) -> float:
    """Seconds before attempt `attempt` + 1: doubling, with jitter; `Retry-After` where it asks for more."""
    own = min(_LONGEST, _FIRST * 2.0**attempt) * (0.5 + jitter() / 2)
    asked = headers.get("retry-after", "")
    return max(own, min(float(asked), 60.0)) if asked.isdigit() else own
