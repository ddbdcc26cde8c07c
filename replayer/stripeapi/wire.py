"""HTTP to `Request` and back: forms, multipart, JSON, and who asks. Pure; keys go past it, never into a `Request`."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from replayer.model import Request
from replayer.stripeapi import forms

BODILESS = frozenset({"GET", "DELETE", "HEAD"})
_FORM = "application/x-www-form-urlencoded"
# Headers that a request keeps in places of its own, or that belong to the connection.
_ELSEWHERE = frozenset({
    "authorization", "stripe-version", "stripe-account", "stripe-context", "idempotency-key", "host", "content-length", "content-type",
    "connection", "accept-encoding", "transfer-encoding", "cookie", "x-stripe-client-telemetry", "x-stripe-client-user-agent", "user-agent",
    "accept", "expect",
})  # fmt: skip


class Malformed(ValueError):
    """A body that cannot be read as what it claims to be."""


def parse_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    """The request that an HTTP message holds; raises `Malformed` for a body that is not what its content type says.

    `target` is a path with query or a whole URL. The API key is not kept: `key_of` reads it.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    parts = urlsplit(target)
    params: dict[str, Any] = forms.decode(parts.query) if parts.query else {}
    encoding, more, raw = _decode(lower.get("content-type", ""), body)
    return Request(
        method=method.upper(),
        path=parts.path or "/",
        params={**params, **more},
        version=lower.get("stripe-version"),
        account=lower.get("stripe-account") or lower.get("stripe-context") or None,
        idempotency_key=lower.get("idempotency-key") or None,
        headers={name: value for name, value in lower.items() if name not in _ELSEWHERE},
        host=parts.netloc or lower.get("host", "api.stripe.com"),
        encoding=encoding,
        body=raw,
    )


def key_of(headers: Mapping[str, str]) -> str:
    """The API key of a message, from Bearer or Basic authorization; empty where there is none."""
    value = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode("utf-8", "replace").partition(":")[0]
        except ValueError:
            return ""
    return ""


def _decode(content_type: str, body: bytes) -> tuple[Any, dict[str, Any], str | None]:
    """Encoding, parameters, and what of the body could not be decoded."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return "json" if kind == "application/json" else "form", {}, None
    if kind == "application/json":
        try:
            found = json.loads(body)
        except ValueError as problem:
            raise Malformed(f"invalid JSON: {problem}") from None
        return ("json", found, None) if isinstance(found, dict) else ("raw", {}, body.decode("utf-8", "replace"))
    if kind == "multipart/form-data":
        return "multipart", forms.nest(_parts(content_type, body)), None
    if kind in ("", _FORM):
        try:
            return "form", forms.decode(body.decode("utf-8", "surrogateescape")), None
        except ValueError as problem:
            raise Malformed(f"invalid form: {problem}") from None
    try:
        return "raw", {}, body.decode("utf-8")
    except UnicodeDecodeError:
        return "raw", {}, "base64:" + base64.b64encode(body).decode("ascii")


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, Any]]:
    """Names and values of a multipart form; of a file, what it is called and how large it is (RFC 7578)."""
    boundary = _attribute(content_type, "boundary")
    if not boundary:
        raise Malformed("a multipart body without a boundary")
    for part in body.split(b"--" + boundary.encode("utf-8"))[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            continue
        lines = head.decode("utf-8", "replace").split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if ":" in line)}
        disposition = fields.get("content-disposition", "")
        content = content.removesuffix(b"\r\n")
        filename = _attribute(disposition, "filename")
        if filename is not None:
            kind = fields.get("content-type", "application/octet-stream")
            yield _attribute(disposition, "name") or "", {"@file": {"filename": filename, "type": kind, "size": len(content)}}
        else:
            yield _attribute(disposition, "name") or "", content.decode("utf-8", "replace")


def _attribute(value: str, name: str) -> str | None:
    for piece in value.split(";")[1:]:
        key, _, found = piece.strip().partition("=")
        if key.lower() == name:
            return found.strip('"')
    return None


def render_request(request: Request) -> tuple[str, str, dict[str, str], bytes]:
    """(method, path with query, headers, body) of a request; authorization is the sender's to add."""
    path = request.path
    headers = {name: value for name, value in request.headers.items() if name not in _ELSEWHERE}
    own = {"Stripe-Version": request.version, "Stripe-Account": request.account, "Idempotency-Key": request.idempotency_key}
    headers |= {name: value for name, value in own.items() if value}
    if request.method in BODILESS:
        query = forms.encode(request.params)
        return request.method, f"{path}?{query}" if query else path, headers, b""
    kind, body = _encode(request)
    if kind:
        headers["Content-Type"] = kind
    return request.method, path, headers, body


def _encode(request: Request) -> tuple[str, bytes]:
    if request.encoding == "json":
        return "application/json", json.dumps(request.params, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    if request.encoding == "multipart":
        return _multipart(_forms_of(request.params))
    if request.encoding == "raw":
        text = request.body or ""
        content = base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode("utf-8", "surrogateescape")
        return request.headers.get("content-type", "application/octet-stream"), content
    return _FORM, forms.encode(request.params).encode("utf-8", "surrogateescape")


def _forms_of(params: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Wire names and values, files as they are."""
    for name, value in params.items():
        if isinstance(value, dict) and "@file" in value:
            yield name, value["@file"]
        else:
            yield from forms.flatten({name: value})


def _multipart(pairs: Iterable[tuple[str, Any]]) -> tuple[str, bytes]:
    """A multipart body; a file whose content was not kept is sent as zeros of its size."""
    boundary = "replayer-0123456789abcdef"
    pieces: list[bytes] = []
    for name, value in pairs:
        head = f'Content-Disposition: form-data; name="{name}"'
        content = str(value).encode("utf-8") if not isinstance(value, dict) else bytes(int(value.get("size", 0)))
        if isinstance(value, dict):
            head += f'; filename="{value.get("filename", "file")}"\r\nContent-Type: {value.get("type", "application/octet-stream")}'
        pieces.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces) + f"--{boundary}--\r\n".encode()
