"""What a recorder is told: where it listens, what it passes on to, and what it may keep."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from replayer.model import ORIGIN_STRIPE, InputError

Address = tuple[str, int]
HOSTS = {"api": ORIGIN_STRIPE, "files": "files.stripe.com", "connect": "connect.stripe.com", "meter-events": "meter-events.stripe.com"}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a recorder is told.

    `upstreams` are base URLs by the names of `HOSTS`, and one for all others under the empty name; without any, requests go to Stripe.
    `app_keep` are the parts of the user's own traffic whose bodies may be kept: paths (`/checkout`) or fields (`plan`, `items.quantity`).
    `keep` are paths whose values are not redacted (`metadata.plan`). `max_disk` is in bytes, `until` in epoch seconds, `sample` the share
    of customers to keep. `allow_keys` are fingerprints of API keys.
    """

    out: Path
    mode: Literal["reverse", "forward"] = "reverse"
    listen: Address = ("127.0.0.1", 12113)
    upstreams: dict[str, str] = {}
    webhook_listen: Address | None = None
    webhook_forward_to: str | None = None
    app_listen: Address | None = None
    app_upstream: str | None = None
    app_keep: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    trusted: bool = False
    fail_closed: bool = False
    bypass: bool = False
    max_disk: int | None = None
    until: float | None = None
    sample: float | None = None
    health: Address | None = None
    allow_keys: frozenset[str] = frozenset()
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def listeners(self) -> list[Address]:
        """The addresses on which traffic is taken."""
        return [place for place in (self.listen, self.webhook_listen, self.app_listen) if place is not None]

    @property
    def upstream_host(self) -> str:
        """Who answers, as far as the settings tell."""
        url = self.upstreams.get("") or self.upstreams.get("api")
        return (urlsplit(url).hostname or ORIGIN_STRIPE) if url else ORIGIN_STRIPE

    def upstream(self, name: str) -> str:
        """The base URL of one of Stripe's hosts, by its name in `HOSTS`."""
        return self.upstreams.get(name) or self.upstreams.get("") or f"https://{HOSTS[name]}"

    def check(self) -> None:
        """Raise InputError where the settings contradict themselves, or would serve strangers."""
        for name, url in self.upstreams.items():
            if name and name not in HOSTS:
                raise InputError(f"{name!r} is none of Stripe's hosts", place="--upstream", hint=f"one of {', '.join(HOSTS)}")
            _need_base(url, "--upstream")
        if self.trusted and self.keep:
            raise InputError("with --trusted every value is kept", place="--rules", hint="leave one of them out")
        _need_both("--webhook-listen", self.webhook_listen, "--webhook-forward-to", self.webhook_forward_to)
        _need_both("--app-listen", self.app_listen, "--app-upstream", self.app_upstream)
        _need_both("--tls-cert", self.tls_cert, "--tls-key", self.tls_key)
        if self.app_upstream:
            _need_base(self.app_upstream, "--app-upstream")
        if self.webhook_forward_to and not urlsplit(self.webhook_forward_to).hostname:
            raise InputError(f"{self.webhook_forward_to!r} is no URL", place="--webhook-forward-to", hint="http://localhost:3000/webhooks")
        for file in (self.tls_cert, self.tls_key):
            if file is not None and not file.is_file():
                raise InputError("there is no such file", place=str(file))
        self._check_reach()

    def _check_reach(self) -> None:
        """Beyond loopback a recorder would be an open relay with the user's traffic in it."""
        key = next((one for one in self.allow_keys if one.startswith(("sk_", "rk_", "pk_")) and ":" not in one), None)
        if key is not None:
            raise InputError(
                "--allow-key takes a fingerprint, not a key", place=f"{key[:8]}…",
                hint="STRIPE_API_KEY=… replayer record --fingerprint says what to write",
            )  # fmt: skip
        for host, port in self.listeners:
            if not is_loopback(host) and self.tls_cert is None:
                raise InputError(
                    "beyond loopback traffic needs TLS",
                    place=f"{host}:{port}",
                    hint="give --tls-cert and --tls-key, or listen on 127.0.0.1",
                )
        if is_loopback(self.listen[0]):
            return
        place = f"{self.listen[0]}:{self.listen[1]}"
        if self.mode == "forward":
            raise InputError("a forward proxy serves loopback only", place=place, hint="use --mode reverse, or listen on 127.0.0.1")
        if not self.allow_keys:
            raise InputError(
                "beyond loopback only keys that were named are served",
                place=place,
                hint="name them by --allow-key; STRIPE_API_KEY=… replayer record --fingerprint says what to write",
            )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and nobody else's."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _need_base(url: str, place: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise InputError(f"{url!r} is no base URL", place=place, hint="write scheme, host and port only: https://api.stripe.com")


def _need_both(one: str, first: object, other: str, second: object) -> None:
    if (first is None) != (second is None):
        given, missing = (one, other) if second is None else (other, one)
        raise InputError(f"{given} needs {missing} beside it", place=given)
