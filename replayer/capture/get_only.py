"""A client that can read from Stripe and nothing else: GET only in code, below everything that httpx offers."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from replayer.model import ORIGIN_STRIPE, Refused, TargetError

if TYPE_CHECKING:
    import httpx

_RESTRICTED = re.compile(r"rk_(live|test)_[A-Za-z0-9]{8,}")
_PATH = re.compile(r"/v[12](?:/[A-Za-z0-9_.:-]+)+")
_SENT = ("authorization", "stripe-version", "stripe-account")
_PATIENCE = 5
_TIMEOUT = 30.0


def check_key(key: str) -> str:
    """The mode of a restricted key, `live` or `test`; every other key is refused, and none is shown."""
    found = _RESTRICTED.fullmatch(key)
    if found is not None:
        return found[1]
    hint = "make a restricted key with read permissions only: https://dashboard.stripe.com/apikeys"
    for start, what in (("sk_org", "an organisation's key"), ("sk_", "a secret key, which can also write"), ("pk_", "a publishable key")):
        if key.startswith(start):
            raise Refused(f"STRIPE_API_KEY is {what}; only a restricted key (rk_…) is taken here", hint=hint)
    raise Refused("STRIPE_API_KEY is no restricted key (rk_live_… or rk_test_…)" if key else "STRIPE_API_KEY is not set", hint=hint)


def check_upstream(url: str, mode: str) -> str:
    """The base URL to read from: Stripe's over TLS, or a loopback address, to which no live key is sent."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if (parts.scheme, host, parts.port) == ("https", ORIGIN_STRIPE, None) and not parts.path.strip("/") and parts.username is None:
        return f"https://{ORIGIN_STRIPE}"
    if not _is_loopback(host) or parts.scheme != "http" or parts.username is not None:
        raise Refused(f"--upstream {url!r} is neither https://{ORIGIN_STRIPE} nor a loopback address")
    if mode == "live":
        raise Refused(f"a live key is sent to https://{ORIGIN_STRIPE} only", hint="use a key that begins with rk_test_ here")
    return f"http://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(inner: httpx.BaseTransport, base: str) -> httpx.BaseTransport:
    """A transport that passes on GET without a body to one base URL, and raises Refused before a byte of anything else leaves."""
    import httpx

    origin = httpx.URL(base)

    class GetOnly(httpx.BaseTransport):
        """The gate that every request of a client goes through, by whatever method of it."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            there = (request.url.scheme, request.url.host, request.url.port)
            body = request.read()
            if (
                request.method != "GET"
                or body
                or there != (origin.scheme, origin.host, origin.port)
                or not _PATH.fullmatch(request.url.path)
            ):
                raise Refused("a snapshot only reads: this request is not sent")
            # What is sent is made anew, so that nothing that was done to the request goes along.
            headers = {
                name: request.headers[name] for name in ("authorization", "stripe-version", "stripe-account") if name in request.headers
            }
            return inner.handle_request(httpx.Request("GET", request.url, headers=headers))

        def close(self) -> None:
            inner.close()

    return GetOnly()


class Reader:
    """Reads objects with a restricted key; raises Refused for any other key before anything is sent."""

    def __init__(self, key: str, *, upstream: str = f"https://{ORIGIN_STRIPE}") -> None:
        import httpx

        self.mode = check_key(key)
        base = check_upstream(upstream, self.mode)
        transport = guarded(httpx.HTTPTransport(trust_env=False, retries=2), base)
        # trust_env=False: a proxy variable must not carry a live key elsewhere. No redirect is followed, for the same reason.
        self._client = httpx.Client(
            base_url=base, transport=transport, mounts={}, trust_env=False, follow_redirects=False, timeout=_TIMEOUT,
            headers={"authorization": f"Bearer {key}"},
        )  # fmt: skip

    def get(self, path: str, *, version: str | None = None, account: str | None = None) -> tuple[int, Any, Mapping[str, str]]:
        """The status, JSON and headers of what stands at a path; waits where Stripe asks to. Raises TargetError where nobody answers."""
        import httpx

        headers = {name: value for name, value in (("stripe-version", version), ("stripe-account", account)) if value}
        for attempt in range(_PATIENCE):
            try:
                answer = self._client.get(path, headers=headers)
            except (httpx.RemoteProtocolError, httpx.ReadError) as error:  # a connection that was kept open, and closed meanwhile
                if attempt == _PATIENCE - 1:
                    raise TargetError(f"{self._client.base_url} cannot be read: {type(error).__name__}") from None
                continue
            except httpx.TransportError as error:
                raise TargetError(f"{self._client.base_url} cannot be read: {type(error).__name__}") from None
            if answer.status_code not in (409, 429) or attempt == _PATIENCE - 1:
                break
            time.sleep(min(float(answer.headers.get("retry-after") or 2**attempt * 0.25), 10.0))
        try:
            return answer.status_code, answer.json(), answer.headers
        except ValueError:
            return answer.status_code, None, answer.headers

    def close(self) -> None:
        """Close what is open."""
        self._client.close()
