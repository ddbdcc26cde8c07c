"""Any HTTP server that speaks Stripe's API as a target."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from replayer.model import BaselineObject, Claims, InputError, Outcome, Refused, Request
from replayer.stripeapi.wire import BODILESS, render_request
from replayer.targets.base import Ahead, OriginSets
from replayer.targets.keys import checked
from replayer.targets.transport import Connections, Failure

TEST_KEYS = ("sk_test_", "rk_test_")
_STRIPE = "stripe.com"
# Headers of an answer that say nothing of it.
_HOP = frozenset({"connection", "transfer-encoding", "content-length", "content-encoding", "keep-alive", "date", "server", "set-cookie"})


def is_stripe(host: str) -> bool:
    """Whether a host is Stripe's own."""
    name = host.rstrip(".").lower()
    return name == _STRIPE or name.endswith("." + _STRIPE)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def made_up_key(source: str) -> str:
    """A secret key that no account has, the same for the same source: on servers of this machine an account of its own."""
    return "sk_test_" + hashlib.sha256(source.encode()).hexdigest()[:24]


class UrlTarget:
    """A server at a URL. `name` is the URL."""

    clock = False
    rate = None
    holds_baseline = False
    version = ""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{url!r} is no target", hint="a URL begins with http:// or https://; others are simulator and stripe-mock")
        if parts.username or parts.password:
            raise Refused("a URL with a key in it is not taken", hint="put the key into STRIPE_API_KEY")
        self.name = url.rstrip("/")
        self._host = self.origin = parts.hostname
        self._connections = Connections(self.name)

    def claims(self, operation: str) -> Claims:
        """Nothing is known of such a server: its parameters are echoed only."""
        return Claims()

    def open(self, source: str, baseline: Sequence[BaselineObject] = (), key: str = "") -> HttpSession:
        """Begin a source's replay; a baseline cannot be laid there."""
        key = (key if is_loopback(self._host) else "") or self._key(source)
        return HttpSession(self.name, key, guarded=is_stripe(self._host), connections=self._connections)

    def _key(self, source: str) -> str:
        if is_loopback(self._host):
            return made_up_key(source)
        found = os.environ.get("STRIPE_API_KEY", "").strip()
        if not found:
            raise InputError(f"no key for {self.name}", hint="set STRIPE_API_KEY to a test mode key (sk_test_… or rk_test_…)")
        return checked(found, "STRIPE_API_KEY")


class HttpSession:
    """A server, over one connection a thread. `guarded` servers get writes only with a test mode key."""

    def __init__(self, base: str, key: str, *, guarded: bool = False, connections: Connections | None = None) -> None:
        if guarded and not key.startswith(TEST_KEYS):
            raise Refused("only a test mode key may be used on Stripe's own hosts")
        self.base, self._key = base, key
        self._connections = (connections or Connections(base)).enter()
        self._closed = False

    @property
    def origin_sets(self) -> OriginSets:
        """A server does not tell where its leaves come from."""
        return {}

    def send(self, request: Request, at: float | None = None) -> Outcome:
        """Send a request now; a failure on the way is an outcome without a status."""
        method, target, headers, body = render_request(request)
        headers["Authorization"] = f"Bearer {self._key}"
        try:
            status, found, content = self._connections.mine().exchange(method, target, headers, body if method not in BODILESS else None)
        except Failure as problem:
            text = str(problem).replace(self._key, "sk_test_…")
            return Outcome(error=f"{type(problem).__name__}: {text}" if text else type(problem).__name__)
        return outcome_of(status, found, content)

    def goes_by_recorded_time(self, request: Request) -> bool:
        """Nothing does: its clock is the wall's."""
        return False

    def look_ahead(self, customer_id: str) -> Ahead | None:
        """A server without a clock does not tell what is to come."""
        return None

    def close(self) -> None:
        """Let go of the connections."""
        if not self._closed:
            self._closed = True
            self._connections.leave()


def outcome_of(status: int, headers: dict[str, str], content: bytes) -> Outcome:
    """The outcome that an HTTP answer is."""
    kept = {name.lower(): value for name, value in headers.items() if name.lower() not in _HOP}
    try:
        body: Any = msgspec.json.decode(content) if content else None
    except msgspec.DecodeError:
        return Outcome(status=status, headers=kept, text=content.decode("utf-8", "replace"))
    return Outcome(status=status, headers=kept, body=body)
