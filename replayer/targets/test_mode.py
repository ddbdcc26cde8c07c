"""Stripe's test mode as a target: test keys only, proven not to be live before the first write, at the rate that Stripe allows.

What it makes bears the run's tag in its metadata, so that `replayer clean` finds it. Ids that users choose get the tag and the arm as a
suffix, since a second run would collide with them. Neither the tag nor the clock is shown in answers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec

from replayer.model import BaselineObject, Claims, InputError, Outcome, Refused, Request, TargetError
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.operations import match
from replayer.targets.base import Ahead, OriginSets
from replayer.targets.clocks import Clocks
from replayer.targets.keys import check_all, key_for
from replayer.targets.pace import ATTEMPTS, TEST_MODE_RATE, Bucket, goes_again, pause
from replayer.targets.transport import Connections
from replayer.targets.url import HttpSession, is_loopback

BASE = "https://api.stripe.com"
BASE_VARIABLE = "REPLAYER_TEST_MODE_BASE"
TAG = "replayer_run"
_LOOKS, _BETWEEN_LOOKS = 6, 1.0  # events are written a moment after what they tell of (seconds)
_CHOSEN = ("/v1/plans", "/v1/coupons", "/v1/products", "/v1/customers")
_buckets: dict[str, Bucket] = {}
_proven: set[tuple[str, str]] = set()
_lock = Lock()


def base_url() -> str:
    """Where test mode is: Stripe, or a server of this machine that stands in for it; anything else is refused."""
    base = os.environ.get(BASE_VARIABLE, "").strip().rstrip("/")
    if not base:
        return BASE
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or "") or parts.username or parts.password:
        hint = f"{BASE_VARIABLE} is for a server that stands in for Stripe on this machine, e.g. http://127.0.0.1:12113"
        raise Refused("test mode is Stripe's, or a server of this machine", hint=hint)
    return base


class TestModeTarget:
    """An arm's account in test mode. `tag` marks what the run makes; `clocks` is whether customers get a test clock."""

    __test__ = False  # no test class, whatever pytest makes of the name

    name = "test-mode"
    origin = "api.stripe.com"
    clock = False
    rate = TEST_MODE_RATE
    holds_baseline = False
    version = ""

    def __init__(self, role: str = "control", tag: str = "", *, clocks: bool = True) -> None:
        check_all()
        self.role, self.tag, self._clocks = role, tag, clocks
        self.base = base_url()
        self._connections = Connections(self.base)

    def claims(self, operation: str) -> Claims:
        """It is Stripe: whatever the catalogue knows is computed."""
        name = catalogue().canonical(operation)
        return Claims(computed=sorted(catalogue().named(name).params)) if name else Claims()

    def open(self, source: str, baseline: Sequence[BaselineObject] = (), key: str = "") -> TestModeSession:
        """Begin a source's replay; `key` is made up, and no account of test mode has it."""
        session = TestModeSession(self.base, key_for(self.role), self._connections, self.role, self.tag, clocks=self._clocks)
        try:
            session.prove()
        except BaseException:
            session.close()
            raise
        return session


class TestModeSession:
    """One source's replay in an account of test mode. May be used by several threads."""

    __test__ = False

    def __init__(
        self, base: str, key: str, connections: Connections, role: str, tag: str, *, clocks: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._http = HttpSession(base, key, guarded=True, connections=connections)
        self._account = (base, key)
        with _lock:
            self._bucket = _buckets.setdefault(key, Bucket(TEST_MODE_RATE))
        self._tag, self._suffix, self._sleep = tag, f"-{tag[:8]}-{role}" if tag else "", sleep
        self._clocks = Clocks(self._call, tag, sleep) if clocks else None

    @property
    def origin_sets(self) -> OriginSets:
        """Stripe computes everything."""
        return {}

    def prove(self) -> None:
        """Prove, by a read, that the key is not live; raises `Refused` where that is not certain, `TargetError` where nobody answers."""
        if self._account in _proven:
            return
        answer = self._call(Request(method="GET", path="/v1/balance"))
        if answer.status != 200:
            raise TargetError(f"test mode does not answer: {answer.error or f'status {answer.status}'}", hint="nothing was written")
        if not isinstance(answer.body, dict) or answer.body.get("livemode") is not False:
            raise Refused("this account does not say that it is in test mode", hint="nothing was written")
        _proven.add(self._account)

    def send(self, request: Request, at: float | None = None) -> Outcome:
        """Send a request as often as Stripe asks for; raises `Refused` where an answer says that it is live."""
        marked = self._marked(request)
        if self._clocks is None:
            return self._shown(self._call(marked))
        ready = self._clocks.prepare(marked, at)
        outcome = self._call(ready)
        self._clocks.learn(ready, outcome)
        return self._shown(outcome, ready.params.get("test_clock") if ready is not marked else None)

    def recall(self, request: Request, outcome: Outcome) -> None:
        """Take note of a call that was made before a kill, which is not sent again."""
        if self._clocks is not None and request.path == "/v1/customers" and request.method == "POST" and outcome.status == 200:
            found = outcome.headers.get("replayer-clock")
            if found:
                self._clocks.adopt(found, outcome)
                return
        if self._clocks is not None:
            self._clocks.learn(request, outcome)

    def goes_by_recorded_time(self, request: Request) -> bool:
        """What is on a test clock does, and a customer that will be."""
        return self._clocks is not None and self._clocks.holds(request)

    def look_ahead(self, customer_id: str) -> Ahead | None:
        """Not asked for: what is to come would be previews, and these cost calls."""
        return None

    def events(self, since: float) -> Iterator[dict[str, Any]]:
        """Stripe's events, newest first, from a time on (epoch seconds): polled until a second look finds no more of them."""
        seen = -1
        for attempt in range(_LOOKS):
            found = list(self._events(since))
            if len(found) == seen:
                break
            seen = len(found)
            if attempt + 1 < _LOOKS:
                self._sleep(_BETWEEN_LOOKS)
        yield from found

    def _events(self, since: float) -> Iterator[dict[str, Any]]:
        params: dict[str, Any] = {"created": {"gte": str(int(since))}, "limit": "100"}
        while True:
            answer = self._call(Request(method="GET", path="/v1/events", params=params))
            if answer.status != 200 or not isinstance(answer.body, dict):
                raise TargetError(
                    f"events cannot be read: {answer.error or f'status {answer.status}'}", hint="a restricted key needs to read events"
                )
            page = answer.body
            yield from page.get("data") or []
            if not page.get("has_more") or not page["data"]:
                return
            params = {**params, "starting_after": page["data"][-1]["id"]}

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _call(self, request: Request) -> Outcome:
        """Send a request, in one's turn, until its answer is one of its own."""
        outcome = Outcome(error="not sent")
        for attempt in range(ATTEMPTS):
            self._bucket.take()
            outcome = self._http.send(request)
            if _is_live(outcome.body):
                raise Refused("an answer says that it is live: the replay stops", hint="look at the account that this key belongs to")
            lost = outcome.status is None and (request.method == "GET" or request.idempotency_key is not None)
            if not lost and not goes_again(outcome.status, outcome.headers):
                break
            if attempt + 1 < ATTEMPTS:
                self._sleep(pause(attempt, outcome.headers))
        return outcome

    def _marked(self, request: Request) -> Request:
        """The request with the run's tag, and with a suffix on an id that it chooses."""
        if request.method != "POST" or not self._tag or request.encoding != "form":
            return request
        found = match(request.method, request.path)
        params = dict(request.params)
        if found.operation is not None and "metadata" in found.operation.params and not found.path_ids:
            given = params.get("metadata")
            if given is None or isinstance(given, dict):
                params["metadata"] = {**(given or {}), TAG: self._tag}
        if request.path in _CHOSEN and isinstance(params.get("id"), str):
            params["id"] += self._suffix
        return msgspec.structs.replace(request, params=params) if params != request.params else request

    def _shown(self, outcome: Outcome, clock: Any = None) -> Outcome:
        """The answer without what the replay itself put there."""
        if not self._tag:
            return outcome
        headers = {**outcome.headers, "replayer-clock": str(clock)} if clock else outcome.headers
        return msgspec.structs.replace(outcome, body=_without_marks(outcome.body), headers=headers)


def _without_marks(value: Any) -> Any:
    if isinstance(value, Mapping):
        shown = {name: _without_marks(child) for name, child in value.items()}
        if isinstance(shown.get("metadata"), dict):
            shown["metadata"].pop(TAG, None)
        if isinstance(shown.get("test_clock"), str) and "object" in shown:
            shown["test_clock"] = None
        return shown
    return [_without_marks(child) for child in value] if isinstance(value, list) else value


def _is_live(value: Any) -> bool:
    """Whether any object in an answer says that it is live."""
    if isinstance(value, Mapping):
        return value.get("livemode") is True or any(_is_live(child) for child in value.values() if isinstance(child, (dict, list)))
    return any(_is_live(child) for child in value) if isinstance(value, list) else False


def wanted_tag(text: str) -> str:
    """A run's tag as the user gave it; raises `InputError` for what is none."""
    if not text or not text.isalnum() or len(text) > 64:
        raise InputError(f"{text!r} is no run's id", hint="`replayer run` says the id of its run; `seed` in the run's folder holds it")
    return text
