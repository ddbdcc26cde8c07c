"""A server of this machine that stands in for Stripe's test mode: the simulator's HTTP server behind Stripe's documented limits.

Rate (25 a second and key, 429), lock time-outs (429 `lock_timeout`, should-retry true), 409 while a key is in use, idempotent replays (the
simulator's own), asynchronous test clocks that go forward only and at most two intervals at a time, and `livemode`. `executed` are the
writes that were really made, in order: (account key, idempotency key, method, path).
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from replayer.model import Outcome
from replayer.simulator.http import Server
from replayer.simulator.simulator import Simulator
from replayer.stripeapi import forms
from replayer.stripeapi.wire import key_of

CLOCKS = "/v1/test_helpers/test_clocks"
_MONTH = 31 * 86_400


class StandIn(Server):
    """One stand-in. `lock_every` answers every n-th write with a lock time-out; `advancing` is how long a clock takes, in seconds."""

    def __init__(
        self,
        *,
        rate: int = 25,
        lock_every: int = 0,
        latency: float = 0.0,
        advancing: float = 0.05,
        live: bool = False,
        live_after: int | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), Simulator(time.time()))
        self.rate, self.lock_every, self.latency, self.advancing = rate, lock_every, latency, advancing
        self.live, self.live_after = live, live_after
        self.calls: list[tuple[str, str]] = []
        self.executed: list[tuple[str, str, str, str]] = []
        self.refused: Counter[str] = Counter()
        self.clocks: dict[str, dict[str, Any]] = {}
        self.clock_of: dict[str, str] = {}
        self.advances: list[tuple[str, int, int]] = []
        self._guard = threading.Lock()
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._in_use: set[tuple[str, str]] = set()
        self._writes = 0
        self._clock_keys: dict[str, Outcome] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Outcome:
        key, path = key_of(headers), urlsplit(target).path
        used = (key, headers.get("idempotency-key", ""))
        with self._guard:
            self.calls.append((method, path))
            refusal = self._refusal(key, method, used)
            if refusal is not None:
                return refusal
            if used[1]:
                self._in_use.add(used)
        try:
            if self.latency:
                time.sleep(self.latency)
            outcome = (
                self._clock(method, path, body, used[1])
                if path.startswith(CLOCKS)
                else self._simulated(method, target, headers, body, used)
            )
        finally:
            with self._guard:
                self._in_use.discard(used)
        return self._lively(outcome, path)

    def _refusal(self, key: str, method: str, used: tuple[str, str]) -> Outcome | None:
        recent, now = self._recent[key], time.monotonic()
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        if self.rate and len(recent) >= self.rate:
            return self._no(429, "rate_limit", "Request rate limit exceeded.")
        recent.append(now)
        if used[1] and used in self._in_use:
            return self._no(409, "idempotency_key_in_use", "There is currently another in-progress request using this idempotency key.")
        if method != "GET" and self.lock_every:
            self._writes += 1
            if self._writes % self.lock_every == 0:
                return self._no(
                    429, "lock_timeout", "This object cannot be accessed right now because another request is currently accessing it."
                )
        return None

    def _no(self, status: int, code: str, message: str) -> Outcome:
        self.refused[code] += 1
        kind = "idempotency_error" if status == 409 else "invalid_request_error"
        return Outcome(status=status, headers={}, body={"error": {"code": code, "message": message, "type": kind}})

    def _simulated(self, method: str, target: str, headers: dict[str, str], body: bytes, used: tuple[str, str]) -> Outcome:
        params = forms.decode(body.decode()) if body and b"test_clock" in body else {}
        clock = params.pop("test_clock", None)
        if clock is not None:
            if clock not in self.clocks:
                return Outcome(
                    status=404,
                    body={"error": {"code": "resource_missing", "message": "No such test clock", "type": "invalid_request_error"}},
                )
            body = forms.encode(params).encode()
        outcome = super().answer(method, target, headers, body)
        if method != "GET" and outcome.headers.get("idempotent-replayed") != "true":
            with self._guard:
                self.executed.append((*used, method, urlsplit(target).path))
        if clock is not None and outcome.status == 200:
            outcome.body["test_clock"] = clock
            self.clock_of[outcome.body["id"]] = clock
        return outcome

    def _clock(self, method: str, path: str, body: bytes, used: str) -> Outcome:
        params = forms.decode(body.decode()) if body else {}
        parts = path[len(CLOCKS) :].strip("/").split("/")
        with self._guard:
            if method == "POST" and parts == [""]:
                if used in self._clock_keys:
                    return self._clock_keys[used]
                made = {
                    "id": f"clock_Standin{len(self.clocks):06}",
                    "object": "test_helpers.test_clock",
                    "status": "ready",
                    "name": params.get("name"),
                }
                made |= {"frozen_time": int(params["frozen_time"]), "livemode": False, "until": 0.0}
                self.clocks[made["id"]] = made
                self._clock_keys[used] = Outcome(status=200, body=self._shown(made))
                return self._clock_keys[used]
            if method == "GET" and parts == [""]:
                return Outcome(
                    status=200, body={"object": "list", "data": [self._shown(clock) for clock in self.clocks.values()], "has_more": False}
                )
            clock = self.clocks.get(parts[0])
            if clock is None:
                return Outcome(status=404, body={"error": {"message": "No such test clock", "type": "invalid_request_error"}})
            if method == "DELETE":
                del self.clocks[parts[0]]
                return Outcome(status=200, body={"id": parts[0], "object": "test_helpers.test_clock", "deleted": True})
            if parts[1:] == ["advance"]:
                return self._advance(clock, int(params["frozen_time"]))
            return Outcome(status=200, body=self._shown(clock))

    def _advance(self, clock: dict[str, Any], to: int) -> Outcome:
        if self._status(clock) != "ready":
            return self._no(429, "lock_timeout", "The clock is advancing.")
        if to <= clock["frozen_time"] or (to - clock["frozen_time"] > 2 * _MONTH and clock.get("subscribed", True)):
            return Outcome(status=400, body={"error": {"message": f"cannot advance to {to}", "type": "invalid_request_error"}})
        self.advances.append((clock["id"], clock["frozen_time"], to))
        clock |= {"frozen_time": to, "until": time.monotonic() + self.advancing}
        return Outcome(status=200, body=self._shown(clock))

    def _status(self, clock: dict[str, Any]) -> str:
        return "advancing" if time.monotonic() < clock["until"] else "ready"

    def _shown(self, clock: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in clock.items() if name != "until"} | {"status": self._status(clock)}

    def _lively(self, outcome: Outcome, path: str) -> Outcome:
        """Answers of an account that is live say so; one that turns out to be live later is what nobody should ever meet."""
        live = self.live or (self.live_after is not None and len(self.calls) > self.live_after)
        if isinstance(outcome.body, dict) and (path == "/v1/balance" or live):
            outcome.body["livemode"] = live
        return outcome


@contextmanager
def standing_in(**options: Any):
    """Serve a stand-in on a free port."""
    with StandIn(**options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
