"""From the wire to an exchange: what recorders and importers share.

Takes requests and answers as bytes, and never fails: a body that cannot be decoded is kept as it is. The API key does not get beyond this
file; of it stay the mode and, with `identify`, a keyed fingerprint.
"""

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from replayer.capture.multipart import decode as decode_multipart
from replayer.model import ORIGIN_STRIPE, Exchange, Lane, Outcome, Request
from replayer.stripeapi import forms
from replayer.stripeapi.sensitive import KEY_HEADERS, REQUEST_HEADERS, RESPONSE_HEADERS

_SIGNATURE, SIGNED = "stripe-signature", "~secret"
Identify = Callable[[str], str | None]
READ_HEADERS = frozenset(
    {"authorization", "content-encoding", "content-type", "date", "stripe-version", "stripe-account", "stripe-context"}
)
READ_HEADERS |= KEY_HEADERS | REQUEST_HEADERS.keys() | RESPONSE_HEADERS.keys()
_KEY = re.compile(r"(?P<mode>(?:sk|rk|pk)_(?:live|test)|sk_org)_?(?P<rest>[A-Za-z0-9_]{8,})")


class Message(msgspec.Struct, frozen=True):
    """A request's or an answer's headers, by lower-case name, and its body."""

    headers: dict[str, str] = {}
    body: bytes = b""


def headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; one that is sent twice is joined by a comma."""
    found: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def is_stripe(host: str | None, others: Iterable[str] = ()) -> bool:
    """Whether a host is Stripe's, or one that the user says stands for it."""
    return host is not None and (host == "stripe.com" or host.endswith(".stripe.com") or host in others)


def exchange(
    method: str, url: str, sent: Message, answer: Message | None, status: int | None, *, at: float | None = None,
    duration: float | None = None, error: str | None = None, lane: Lane = "api", identify: Identify | None = None,
) -> Exchange:  # fmt: skip
    """Decode a request and its answer; raises ValueError where the URL names no host.

    `status` is null where the outcome is unknown; then `error` says why.
    """
    request = decode_request(method, url, sent, identify)
    echoed = answer.headers.get("stripe-version") if answer else None
    if request.version is None and echoed:
        request = msgspec.structs.replace(request, version=echoed)
    outcome = decode_outcome(answer, status) if answer and status and status > 0 else Outcome(error=error or "no answer was recorded")
    return Exchange(id="", source="", lane=lane, at=at, duration=duration, request=request, outcome=outcome)


def decode_request(method: str, url: str, sent: Message, identify: Identify | None = None) -> Request:
    """Decode a request; raises ValueError where its URL names no host."""
    parts = urlsplit(url)
    host = parts.hostname
    if not host:
        raise ValueError("its URL names no host")
    return request_of(method, host, parts.path, parts.query, sent, identify)


def request_of(method: str, host: str, path: str, query: str, sent: Message, identify: Identify | None = None) -> Request:
    """Decode a request: query and body in one tree of parameters, Stripe's headers in fields of their own."""
    known = sent.headers
    fields = _merge(query, _form(query), _body(known, _inflate(known, sent.body)))
    if host != ORIGIN_STRIPE:
        fields["host"] = host
    return Request(
        method=method.upper(), path=unquote(path) or "/",
        version=known.get("stripe-version") or None,
        account=known.get("stripe-account") or known.get("stripe-context") or None,
        idempotency_key=known.get("idempotency-key") or None,
        headers=_kept(known),
        caller=caller(known.get("authorization"), identify),
        **fields,
    )  # fmt: skip


def _kept(known: Mapping[str, str]) -> dict[str, str]:
    """The request's headers that are kept; of a signature only that it was there."""
    kept = {name: known[name] for name in REQUEST_HEADERS if name in known and name != "content-type"}
    return {**kept, _SIGNATURE: SIGNED} if _SIGNATURE in kept else kept


def _merge(raw_query: str, query: dict[str, Any] | None, body: dict[str, Any]) -> dict[str, Any]:
    if query is None:
        return {"encoding": "raw", "body": "?" + raw_query, "kept": False}
    if query and "params" in body:
        return {**body, "params": {**query, **body["params"]}}
    return {"params": query, **body}


def _body(known: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """A request's body as fields of a Request: `params` and `encoding`, or `body` where it cannot be decoded."""
    kind = known.get("content-type", "")
    if not body:
        return {}
    if kind.startswith("multipart/form-data"):
        return decode_multipart(kind, body) or _raw(body)
    if "json" in kind or (not kind and body[:1] == b"{"):
        return _json_params(body) or _raw(body)
    params = _form(_text(body))
    return _raw(body) if params is None else {"params": params}


def _json_params(body: bytes) -> dict[str, Any] | None:
    try:
        return {"params": msgspec.json.decode(body, type=dict[str, Any]), "encoding": "json"}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _raw(body: bytes) -> dict[str, Any]:
    return {"body": readable(body), "encoding": "raw"}


def _form(text: str | None) -> dict[str, Any] | None:
    """A form's parameters, null where it holds bytes that are no text."""
    if not text:
        return None if text is None else {}
    try:
        unquote(text, errors="strict")
        return forms.decode(text)
    except (UnicodeError, RecursionError):
        return None


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def readable(body: bytes) -> str:
    """A body as text; binary is marked `base64:`."""
    text = _text(body)
    return text if text is not None else "base64:" + base64.b64encode(body).decode()


def decode_outcome(answer: Message, status: int) -> Outcome:
    """Decode an answer; one that is not JSON is kept as text."""
    body = _inflate(answer.headers, answer.body)
    kept = {name: value for name in (*RESPONSE_HEADERS, *KEY_HEADERS) if (value := answer.headers.get(name)) is not None}
    if not body:
        return Outcome(status=status, headers=kept)
    try:
        return Outcome(status=status, headers=kept, body=msgspec.json.decode(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Outcome(status=status, headers=kept, text=readable(body))


def _inflate(known: Mapping[str, str], body: bytes) -> bytes:
    """Undo a content encoding that is still there: many tools store the decoded body beside the header."""
    coding = known.get("content-encoding", "").strip().lower()
    try:
        if body[:2] == b"\x1f\x8b":
            return gzip.decompress(body)
        if coding == "deflate":
            return _inflate_deflate(body)
        if coding == "br":
            return _inflate_brotli(body)
    except (OSError, EOFError, zlib.error):
        return body
    return body


def _inflate_brotli(body: bytes) -> bytes:
    """Undo brotli where its library is installed (mitmproxy brings it)."""
    try:
        import brotli  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return body
    try:
        return bytes(brotli.decompress(body))
    except brotli.error:
        return body


def _inflate_deflate(body: bytes) -> bytes:
    """`deflate` means zlib's format, and some send it bare (RFC 9110, 8.4.1.2)."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


@lru_cache(maxsize=64)
def caller(authorization: str | None, identify: Identify | None = None) -> str | None:
    """Name the API key of a request without holding it: its mode and a fingerprint; null for a key that was scrubbed."""
    key = _bearer(authorization or "")
    found = _KEY.fullmatch(key)
    if found is None or "redacted" in key.lower() or set(found["rest"]) <= {"x", "X", "_"}:
        return None
    return f"{found['mode']}:{identify(key)}" if identify else found["mode"]


def _bearer(authorization: str) -> str:
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def http_date(text: str | None) -> float | None:
    """The epoch seconds of an HTTP date such as an answer's `Date`, null where it is none."""
    if not text:
        return None
    try:
        return _seconds(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def iso_date(text: str | None) -> float | None:
    """The epoch seconds of an ISO 8601 date, null where it is none; without a zone it is UTC."""
    try:
        return _seconds(datetime.fromisoformat(text)) if text else None
    except (ValueError, OverflowError):
        return None


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
