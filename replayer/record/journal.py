"""The recorder's journal: a request is on disk before it is forwarded, its outcome before it is answered.

The user's traffic comes first: nothing here raises into a hook. What cannot be written is counted, on disk too and before the answer, and
the manifest says so.
"""

from collections import Counter
from pathlib import Path

import msgspec

from replayer.capture._drops import not_recorded
from replayer.capture.redact import Redactor
from replayer.capture.store import Writer, is_capture, open_capture
from replayer.model import ORIGIN_STRIPE, Exchange, InputError, Lane, Manifest, Outcome, ReplayerError, Request
from replayer.record.lanes import Kept

_MOCK_REQUEST = "req_123"  # stripe-mock's only request id
_NOTHING = Kept()
FULL = "--max-disk is reached"


class Opened(msgspec.Struct, frozen=True):
    """An exchange whose outcome is not there yet: its id in the capture, its lane, and its request as it was sent."""

    id: str
    request: Request
    lane: Lane = "api"


class Journal:
    """Writes what a recorder sees into a capture, a new one or, as a further source, one that is there.

    `upstream` is the host that answers; whether it is the simulator or stripe-mock is read from its first answer. `app` says what may be
    kept of the user's own traffic. Beyond `max_disk` bytes nothing more is recorded.
    """

    def __init__(
        self, out: Path, *, upstream: str = ORIGIN_STRIPE, redactor: Redactor | None = None, app: Kept | None = None,
        app_redactor: Redactor | None = None, max_disk: int | None = None,
    ) -> None:  # fmt: skip
        self.dropped: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.seen = self.opened = 0
        self.open_ids: set[str] = set()
        self._finished: Manifest | None = None
        self._redactor = redactor
        self._app, self._app_redactor = app or Kept(), app_redactor
        self._max_disk = max_disk
        self._upstream = upstream
        self._is_known = upstream.endswith("stripe.com")
        self._made = not is_capture(out)
        self.source, origin, problems = _next_source(out)
        manifest = Manifest(origin=self._origin(), redaction=redactor.fingerprint() if redactor else "trusted")
        self._writer = Writer(out, manifest, append=True, sync=True)
        self._before = sum(file.stat().st_size for file in out.glob("segment-*.jsonl"))
        self._writer.source(self.source, "record")
        self._writer.describe(origin=_less_believed(origin, self._origin()), problems=problems)
        self._writer.dropped(self.source, {})

    @property
    def path(self) -> Path:
        """Where the capture lies."""
        return self._writer.path

    @property
    def bytes(self) -> int:
        """How large the capture's exchanges are."""
        return self._before + self._writer.written

    def _origin(self) -> str:
        return ORIGIN_STRIPE if self._is_known else self._upstream

    def open(self, request: Request, at: float, lane: Lane = "api") -> Opened | None:
        """Journal a request that is about to be forwarded; null where that failed."""
        self.seen += 1
        try:
            if self._max_disk is not None and self.bytes >= self._max_disk:
                raise InputError(FULL)
            exchange = Exchange(id="", source=self.source, lane=lane, at=at, request=self._kept(request, lane))
            redactor = self._redactor_of(lane)
            written = self._writer.open(redactor.exchange(exchange) if redactor else exchange)
        except Exception as error:
            self.drop(error)
            return None
        self.open_ids.add(written.id)
        self.opened += 1
        return Opened(written.id, request, lane)

    def close(self, opened: Opened, outcome: Outcome, duration: float | None) -> None:
        """Journal the outcome of a request that was opened."""
        self.open_ids.discard(opened.id)
        try:
            self._close(opened, outcome, duration)
        except Exception as error:
            self.drop(error)
            self._give_up(opened, error)

    def _close(self, opened: Opened, outcome: Outcome, duration: float | None) -> None:
        version = None
        if opened.lane == "api":
            self._learn_origin(outcome)
            version = outcome.headers.get("stripe-version") if opened.request.version is None else None
        else:
            outcome = self._kept_answer(outcome, opened)
        redactor = self._redactor_of(opened.lane)
        redacted = redactor.outcome(outcome, opened.request, opened.lane) if redactor else outcome
        self._writer.close(opened.id, redacted, duration, version=redacted.headers.get("stripe-version") if version else None)

    def _give_up(self, opened: Opened, error: Exception) -> None:
        """An outcome that may not be stored is unknown, and says why; on a full disk the exchange stays open, which says the same."""
        if not isinstance(error, OSError):
            try:
                self._writer.close(opened.id, Outcome(error=f"not recorded: {_reason(error)}"))
            except OSError as full:
                self.drop(full)

    def _kept(self, request: Request, lane: Lane) -> Request:
        return self._app.request(request) if lane == "app" else request

    def _kept_answer(self, outcome: Outcome, opened: Opened) -> Outcome:
        """Of what an endpoint for webhooks answers the status is kept, whatever may be kept of the user's own traffic."""
        return (self._app if opened.lane == "app" else _NOTHING).outcome(outcome, opened.request.path)

    def _redactor_of(self, lane: Lane) -> Redactor | None:
        return self._app_redactor if lane == "app" and self._app_redactor else self._redactor

    def skip(self, why: str) -> None:
        """Count an exchange that was passed on unrecorded because the user wants it so."""
        self.seen += 1
        self.passed[why] += 1

    def drop(self, error: Exception) -> None:
        """Count what could not be recorded, by its reason, on disk too; no reason quotes a value."""
        self.dropped[_reason(error)] += 1
        try:
            self._writer.dropped(self.source, self.dropped)
        except OSError as worse:
            self.dropped[f"{_reason(worse)}, the count too"] += 1

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
        lost = not_recorded(self.source, self.dropped)
        self._finished = self._writer.manifest
        try:
            self._finished = self._writer.finish(problems=[*self._writer.manifest.problems, *lost])
        except OSError as error:  # a full disk: the capture is read as that of a recorder that was killed
            self.dropped[_reason(error)] += 1
        if self._made and len(self._writer) == 0 and not lost:
            self._remove()
        return self._finished

    def _remove(self) -> None:
        for file in self.path.iterdir():
            if file.name == "manifest.json" or (file.name.startswith("segment-") and file.stat().st_size == 0):
                file.unlink()
        if not any(self.path.iterdir()):
            self.path.rmdir()


def _reason(error: Exception) -> str:
    """Why something was not recorded. A ReplayerError's text is ours and quotes nothing of the traffic; another's may."""
    if isinstance(error, ReplayerError):
        return error.what
    return f"{type(error).__name__}: {error.strerror}" if isinstance(error, OSError) else type(error).__name__


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
