"""The recorder's journal: a request is on disk before it is forwarded, its outcome before it is answered.

The user's traffic comes first: nothing here raises into a hook. What cannot be written is counted, and the manifest says so.
"""

from collections import Counter
from pathlib import Path

import msgspec

from replayer.capture.redact import Redactor
from replayer.capture.store import Writer, is_capture, open_capture
from replayer.model import ORIGIN_STRIPE, Exchange, Manifest, Outcome, Request

_MOCK_REQUEST = "req_123"  # stripe-mock's only request id


class Opened(msgspec.Struct, frozen=True):
    """An exchange whose outcome is not there yet: its id in the capture, and its request as it was sent."""

    id: str
    request: Request


class Journal:
    """Writes what a recorder sees into a capture, a new one or, as a further source, one that is there.

    `upstream` is the host that answers; whether it is the simulator or stripe-mock is read from its first answer.
    """

    def __init__(self, out: Path, *, upstream: str = ORIGIN_STRIPE, redactor: Redactor | None = None) -> None:
        self.dropped: Counter[str] = Counter()
        self.seen = 0
        self.open_ids: set[str] = set()
        self._finished: Manifest | None = None
        self._redactor = redactor
        self._upstream = upstream
        self._is_known = upstream.endswith("stripe.com")
        self._made = not is_capture(out)
        self.source, origin, problems = _next_source(out)
        manifest = Manifest(origin=self._origin(), redaction=redactor.fingerprint() if redactor else "trusted")
        self._writer = Writer(out, manifest, append=True, sync=True)
        self._writer.source(self.source, "record")
        self._writer.describe(origin=_less_believed(origin, self._origin()), problems=problems)

    @property
    def path(self) -> Path:
        """Where the capture lies."""
        return self._writer.path

    def _origin(self) -> str:
        return ORIGIN_STRIPE if self._is_known else self._upstream

    def open(self, request: Request, at: float) -> Opened | None:
        """Journal a request that is about to be forwarded; null where that failed."""
        self.seen += 1
        try:
            exchange = Exchange(id="", source=self.source, at=at, request=request)
            written = self._writer.open(self._redactor.exchange(exchange) if self._redactor else exchange)
        except Exception as error:
            self.drop(error)
            return None
        self.open_ids.add(written.id)
        return Opened(written.id, request)

    def close(self, opened: Opened, outcome: Outcome, duration: float | None) -> None:
        """Journal the outcome of a request that was opened."""
        self.open_ids.discard(opened.id)
        try:
            self._learn_origin(outcome)
            echoed = outcome.headers.get("stripe-version")
            version = echoed if opened.request.version is None else None
            redacted = self._redactor.outcome(outcome, opened.request) if self._redactor else outcome
            self._writer.close(opened.id, redacted, duration, version=redacted.headers.get("stripe-version") if version else None)
        except Exception as error:
            self.drop(error)

    def drop(self, error: Exception) -> None:
        """Count what could not be recorded, by its reason; no reason quotes a value."""
        reason = f"{type(error).__name__}: {error.strerror}" if isinstance(error, OSError) else type(error).__name__
        self.dropped[reason] += 1

    def _learn_origin(self, outcome: Outcome) -> None:
        """An upstream that is not Stripe may say who it is; nobody may take its figures for Stripe's."""
        if self._is_known or outcome.status is None:
            return
        self._is_known = True
        headers = outcome.headers
        if "replayer-origin" in headers:
            self._upstream = headers["replayer-origin"]
        elif headers.get("request-id") == _MOCK_REQUEST or "stripe-mock-version" in headers:
            self._upstream = "stripe-mock"
        self._writer.describe(origin=_less_believed(self._writer.manifest.origin, self._upstream))

    def finish(self) -> Manifest:
        """Complete the manifest; what was dropped is among its problems. An empty capture that this journal made is taken away again."""
        if self._finished is not None:
            return self._finished
        lost = [f"{self.source}: {count} exchanges were not recorded whole: {reason}" for reason, count in sorted(self.dropped.items())]
        self._finished = self._writer.finish(problems=[*self._writer.manifest.problems, *lost])
        if self._made and len(self._writer) == 0 and not lost:
            self._remove()
        return self._finished

    def _remove(self) -> None:
        for file in self.path.iterdir():
            if file.name == "manifest.json" or (file.name.startswith("segment-") and file.stat().st_size == 0):
                file.unlink()
        if not any(self.path.iterdir()):
            self.path.rmdir()


def _next_source(out: Path) -> tuple[str, str, list[str]]:
    """The name for a further source of a capture, the capture's origin (empty for a new one), and its problems."""
    if not is_capture(out):
        return "recorder", "", []
    capture = open_capture(out)
    names = {source.name for source in capture.sources}
    number = next(number for number in range(1, len(names) + 2) if _name(number) not in names)
    origin = capture.manifest.origin if names else ""
    return _name(number), origin, [*capture.manifest.problems, *capture.damage]


def _name(number: int) -> str:
    return "recorder" if number == 1 else f"recorder-{number}"


def _less_believed(one: str, other: str) -> str:
    """Of two origins in one capture the one that is not Stripe's, so that no capture claims more than it holds."""
    if not one or one == ORIGIN_STRIPE:
        return other
    return one if other == ORIGIN_STRIPE or "." in other or ":" in other else other
