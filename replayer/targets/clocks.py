"""Test clocks: each customer that a replay makes lives on a clock frozen at the recorded time, which moves on with the recording.

A clock goes forward only, at most two intervals of its shortest subscription at a time, and advancing is asynchronous (Stripe's page
"Test clocks"). A clock for each customer keeps its limit of three customers, and customers of one chain stay in step, as each is moved
to the recorded time before it is used.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any

import msgspec

from replayer.model import Outcome, Request, TargetError
from replayer.stripeapi.ids import ids_in, references
from replayer.stripeapi.operations import match

PATH = "/v1/test_helpers/test_clocks"
SLACK = 60  # seconds that a clock may lie behind the recorded time: what happens within a minute moves no bill
_PATIENCE = 120.0  # seconds until an advance must be done
_SECONDS = {"day": 86_400, "week": 7 * 86_400, "month": 28 * 86_400, "year": 365 * 86_400}


class _Clock:
    def __init__(self, identifier: str, at: int) -> None:
        self.id, self.at = identifier, at
        self.shortest: int | None = None  # seconds of the shortest subscription's interval
        self.lock = RLock()


class Clocks:
    """The clocks of one session. `call` sends a request; may be used by several threads."""

    def __init__(self, call: Callable[[Request], Outcome], tag: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._call, self._tag, self._sleep = call, tag, sleep
        self._of: dict[str, _Clock] = {}

    def prepare(self, request: Request, at: float | None) -> Request:
        """Bring the clock of what a request names to its recorded time; a new customer gets a clock of its own."""
        if at is None:
            return request
        if request.method == "POST" and request.path == "/v1/customers":
            clock = self._make(request, int(at))
            return msgspec.structs.replace(request, params={**request.params, "test_clock": clock.id})
        for clock in {id(found): found for found in self._named(request)}.values():
            self._advance(clock, int(at), request.version)
        return request

    def holds(self, request: Request) -> bool:
        """Whether a request makes a customer, or names something on a clock."""
        return (request.method, request.path) == ("POST", "/v1/customers") or next(self._named(request), None) is not None

    def learn(self, request: Request, outcome: Outcome) -> None:
        """Note which objects an answer puts on which clock."""
        body = outcome.body
        if outcome.status is None or outcome.status >= 300 or not isinstance(body, dict):
            return
        clock = next(iter(self._named(request)), None)
        identifier = request.params.get("test_clock")
        if isinstance(identifier, str):
            clock = self._of.get(identifier)
        if clock is None or match(request.method, request.path).name.startswith("GET "):
            return
        for name in ids_in(body):
            if name.partition("_")[0] not in ("price", "prod", "plan", "txr", "acct"):
                self._of.setdefault(name, clock)
        for length in _intervals(body):
            clock.shortest = min(clock.shortest or length, length)

    def adopt(self, clock_id: str, outcome: Outcome) -> None:
        """Take over a customer's clock from before a kill; where it stands is asked before it moves."""
        clock = self._of.setdefault(clock_id, _Clock(clock_id, 0))
        self.learn(Request(method="POST", path="/v1/customers", params={"test_clock": clock.id}), outcome)

    def _named(self, request: Request) -> Iterator[_Clock]:
        names = [name for _, name in match(request.method, request.path).path_ids]
        names += [name for name, _ in references(request.params)]
        return (self._of[name] for name in names if name in self._of)

    def _make(self, request: Request, at: int) -> _Clock:
        """A clock of the customer's own; a resumed run finds the one that it made by the key."""
        key = hashlib.sha256(f"clock\0{request.idempotency_key}".encode()).hexdigest()[:32]
        params = {"frozen_time": str(at), "name": f"replayer {self._tag}"}
        made = self._call(Request(method="POST", path=PATH, params=params, version=request.version, idempotency_key=key))
        if made.status != 200 or not isinstance(made.body, dict):
            raise TargetError(f"no test clock could be made: {made.why}")
        clock = self._of[made.body["id"]] = _Clock(made.body["id"], int(made.body.get("frozen_time") or at))
        return clock

    def _advance(self, clock: _Clock, to: int, version: str | None) -> None:
        with clock.lock:
            if to - clock.at < SLACK:
                return
            state = self._ready(clock, version)
            clock.at = max(clock.at, int(state["frozen_time"]))
            while to - clock.at >= SLACK:
                step = min(to, clock.at + 2 * clock.shortest) if clock.shortest else to
                path, params = f"{PATH}/{clock.id}/advance", {"frozen_time": str(step)}
                key = hashlib.sha256(f"advance\0{clock.id}\0{step}".encode()).hexdigest()[:32]
                moved = self._call(Request(method="POST", path=path, params=params, version=version, idempotency_key=key))
                if moved.status != 200:
                    raise TargetError(f"the test clock {clock.id} could not be advanced: {moved.why}")
                self._ready(clock, version)
                clock.at = step

    def _ready(self, clock: _Clock, version: str | None) -> dict[str, Any]:
        """Wait until an advance is done; returns the clock as it is then."""
        deadline, wait = time.monotonic() + _PATIENCE, 0.05
        while True:
            found = self._call(Request(method="GET", path=f"{PATH}/{clock.id}", version=version))
            body = found.body if isinstance(found.body, dict) else {}
            if body.get("status") == "ready":
                return body
            if body.get("status") == "internal_failure" or time.monotonic() > deadline:
                raise TargetError(f"the test clock {clock.id} did not become ready: {body.get('status') or found.why}")
            self._sleep(wait)
            wait = min(2.0, wait * 2)


def _intervals(value: Any) -> Iterator[int]:
    """The lengths, in seconds, of the intervals in an answer."""
    if isinstance(value, dict):
        unit = value.get("interval")
        if isinstance(unit, str) and unit in _SECONDS:
            yield _SECONDS[unit] * int(value.get("interval_count") or 1)
        for child in value.values():
            yield from _intervals(child)
    elif isinstance(value, list):
        for child in value:
            yield from _intervals(child)
