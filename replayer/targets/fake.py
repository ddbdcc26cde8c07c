"""A target with canned answers, for tests of programs that use replayer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from replayer.model import BaselineObject, Claims, Outcome, Request
from replayer.targets.base import Ahead, OriginSets

Canned = Outcome | Callable[[Request], Outcome]


class FakeTarget:
    """Answers each operation (`POST /v1/customers`, by method and concrete path) with what it was told; others with a 404.

    `sent` are the requests that came, in order, with their source.
    """

    def __init__(
        self,
        answers: Mapping[str, Canned] | None = None,
        *,
        name: str = "fake",
        clock: bool = True,
        version: str = "",
        claims: Mapping[str, Claims] | None = None,
        origin_sets: OriginSets | None = None,
    ) -> None:
        self.name, self.origin, self.clock, self.version, self.rate = name, name, clock, version, None
        self.holds_baseline = True
        self.answers: dict[str, Canned] = dict(answers or {})
        self.sent: list[tuple[str, Request]] = []
        self._claims = dict(claims or {})
        self._origin_sets = origin_sets or {}

    def claims(self, operation: str) -> Claims:
        """What the test said of an operation."""
        return self._claims.get(operation, Claims())

    def open(self, source: str, baseline: Sequence[BaselineObject] = (), key: str = "") -> FakeSession:
        """Begin a source's replay."""
        return FakeSession(self, source, self._origin_sets)


class FakeSession:
    """A session that answers from its target's table."""

    def __init__(self, target: FakeTarget, source: str, origin_sets: OriginSets) -> None:
        self._target, self._source, self._origin_sets = target, source, origin_sets

    @property
    def origin_sets(self) -> OriginSets:
        """What the test said."""
        return self._origin_sets

    def send(self, request: Request, at: float | None = None) -> Outcome:
        """The canned answer of the request's method and path."""
        self._target.sent.append((self._source, request))
        found = self._target.answers.get(f"{request.method} {request.path}")
        if found is None:
            message = f"Unrecognized request URL ({request.method}: {request.path})."
            return Outcome(status=404, body={"error": {"message": message, "type": "invalid_request_error"}})
        return found(request) if callable(found) else found

    def goes_by_recorded_time(self, request: Request) -> bool:
        """Nothing does: its clock is the wall's."""
        return False

    def look_ahead(self, customer_id: str) -> Ahead | None:
        """Nothing is known of what is to come."""
        return None

    def close(self) -> None:
        """Nothing is held."""
