"""Ruby VCR: `http_interactions[]` of a request (`method`, `uri`, `body`, `headers`), a response and `recorded_at`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from replayer.capture import wire
from replayer.capture.importers import _cassette, _yaml
from replayer.capture.importers._seam import Problem, broken
from replayer.model import Exchange

_MARK = re.compile(rb'(?m)^"?http_interactions"?\s*:|^\s*\{\s*"http_interactions"|!ruby/struct:VCR::')


class RubyVcr:
    """Reads the cassettes of Ruby's VCR, also those of its first version and of its JSON serialiser."""

    name = "ruby_vcr"

    def __init__(self, identify: wire.Identify | None = None) -> None:
        self._identify = identify

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a cassette holds `http_interactions`."""
        return _cassette.is_cassette(path) and _MARK.search(head) is not None

    def read(self, path: Path) -> Iterator[Exchange | Problem]:
        """Yield a cassette's exchanges; the time of each is the answer's `Date`, Stripe's own clock, else `recorded_at`."""
        cassette = _yaml.load(path)
        interactions = cassette.get("http_interactions") if isinstance(cassette, dict) else cassette
        if interactions is None:
            raise broken(path, "", "this is no Ruby VCR cassette: it has no http_interactions")
        yield from _cassette.read_all(interactions, self._exchange)

    def _exchange(self, interaction: dict[str, Any]) -> Exchange:
        request, response = interaction["request"], interaction["response"]
        answer = _cassette.message(response)
        at = wire.http_date(answer.headers.get("date")) or wire.http_date(interaction.get("recorded_at"))
        method = str(request["method"]).lstrip(":")
        status = _cassette.status(response["status"])
        return wire.exchange(method, str(request["uri"]), _cassette.message(request), answer, status, at=at, identify=self._identify)
