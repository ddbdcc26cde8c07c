"""VCR.py: `version: 1` and `interactions[]` of a request and a response; the only time is the answer's `Date`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from replayer.capture import wire
from replayer.capture.importers import _cassette, _yaml
from replayer.capture.importers._seam import Problem, broken
from replayer.model import Exchange

_MARK = re.compile(rb'(?m)^"?interactions"?\s*:|^\s*\{\s*"(?:interactions|version)"\s*:')


class VcrPy:
    """Reads the cassettes of Python's VCR.py, from its YAML and its JSON serialiser."""

    name = "vcrpy"

    def __init__(self, identify: wire.Identify | None = None) -> None:
        self._identify = identify

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a cassette holds `interactions`."""
        return _cassette.is_cassette(path) and _MARK.search(head) is not None and b"request" in head

    def read(self, path: Path) -> Iterator[Exchange | Problem]:
        """Yield a cassette's exchanges."""
        cassette = _yaml.load(path)
        if not isinstance(cassette, dict) or "interactions" not in cassette:
            raise broken(path, "", "this is no VCR.py cassette: it has no interactions")
        yield from _cassette.read_all(cassette["interactions"], self._exchange)

    def _exchange(self, interaction: dict[str, Any]) -> Exchange:
        request, response = interaction["request"], interaction["response"]
        answer = _cassette.message(response)
        at = wire.http_date(answer.headers.get("date"))
        status, method = _cassette.status(response["status"]), str(request["method"])
        return wire.exchange(method, str(request["uri"]), _cassette.message(request), answer, status, at=at, identify=self._identify)
