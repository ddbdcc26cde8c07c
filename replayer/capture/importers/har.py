"""HAR 1.2: `log.entries[]`; bodies come decoded, or as base64; a failure has status 0."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from replayer.capture import wire
from replayer.capture.importers import _cassette, _json
from replayer.capture.importers._seam import Problem, broken
from replayer.model import Exchange

_MARK = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:')


class Har:
    """Reads HTTP archives, as browsers and proxies export them."""

    name = "har"

    def __init__(self, identify: wire.Identify | None = None) -> None:
        self._identify = identify

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file is an archive, by its name or its first key."""
        return path.suffix == ".har" or _MARK.match(head) is not None

    def read(self, path: Path) -> Iterator[Exchange | Problem]:
        """Yield an archive's exchanges in its order; `at` is the client's clock."""
        archive = _json.load(path)
        log = archive.get("log") if isinstance(archive, dict) else None
        if not isinstance(log, dict) or not isinstance(log.get("entries"), list):
            raise broken(path, "", "this is no HAR: it has no log.entries")
        yield from _cassette.read_all(log["entries"], self._exchange)

    def _exchange(self, entry: dict[str, Any]) -> Exchange:
        request, response = entry["request"], entry["response"]
        sent = wire.Message(_headers(request), _posted(request.get("postData") or {}))
        answer = wire.Message(_headers(response), _content(response.get("content") or {}))
        took = entry.get("time")
        return wire.exchange(
            request["method"], request["url"], sent, answer, int(response.get("status") or 0),
            at=wire.iso_date(entry.get("startedDateTime")) or wire.http_date(answer.headers.get("date")),
            duration=took / 1000 if isinstance(took, int | float) and took >= 0 else None,
            error=response.get("_error") or entry.get("_error") or "no answer was recorded", identify=self._identify,
        )  # fmt: skip


def _headers(part: dict[str, Any]) -> dict[str, str]:
    return wire.headers((pair["name"], str(pair.get("value", ""))) for pair in part.get("headers") or [])


def _posted(data: dict[str, Any]) -> bytes:
    """A posted body: a text, base64, or parameters only."""
    if data.get("text"):
        return _decoded(data["text"], data.get("encoding") or data.get("_encoding"))
    pairs = [(pair["name"], pair.get("value") or "") for pair in data.get("params") or []]
    return urlencode(pairs).encode() if pairs else b""


def _content(content: dict[str, Any]) -> bytes:
    return _decoded(content.get("text") or "", content.get("encoding"))


def _decoded(text: str, encoding: str | None) -> bytes:
    return base64.b64decode(text) if encoding == "base64" else text.encode(errors="surrogateescape")
