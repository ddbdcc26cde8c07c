"""Read `multipart/form-data`: parameters are kept, of a file only its name, type and size."""

import re
from collections.abc import Iterator
from typing import Any

from replayer.stripeapi import forms

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def decode(content_type: str, body: bytes) -> dict[str, Any] | None:
    """A multipart body as fields of a Request, null where it is none. A request with a file cannot be sent again, so it is not `kept`."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return None
    pairs = list(_pairs((boundary[1] or boundary[2]).encode(), body))
    try:
        params = forms.nest(pairs)
    except RecursionError:
        return None
    return {"params": params, "encoding": "multipart", "kept": not any(isinstance(value, dict) for _, value in pairs)}


def _pairs(boundary: bytes, body: bytes) -> Iterator[tuple[str, Any]]:
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            continue
        lines = head.decode(errors="replace").split("\r\n")
        known = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(known.get("content-disposition", ""))}
        if "name" in attributes:
            yield attributes["name"], _value(attributes, known, content)


def _value(attributes: dict[str, str], known: dict[str, str], content: bytes) -> Any:
    if "filename" not in attributes:
        try:
            return content.decode()
        except UnicodeDecodeError:
            pass
    return {"@file": {"filename": attributes.get("filename", ""), "type": known.get("content-type", ""), "size": len(content)}}
