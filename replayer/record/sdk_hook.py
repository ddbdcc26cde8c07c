"""Record without a proxy: wrap the HTTP client of the official Python SDK (stripe-python), sync and async.

    client = stripe.StripeClient(key, http_client=recording(stripe.RequestsClient(), "capture"))

Exchanges are written behind the answer, by a thread, off the request's path: nothing waits for the disk, and nothing here raises into the
user's program. The price: a crash loses what is in the queue, where the recorder's proxy loses nothing that was answered.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from replayer.capture import wire
from replayer.capture.keep_rules import load_rules
from replayer.model import ORIGIN_STRIPE, InputError, Outcome, ReplayerError
from replayer.record.journal import Journal
from replayer.record.lanes import as_stripes

_QUEUED = 1_000
_LARGEST_BODY = 1 << 20
_PATIENCE_SECONDS = 5.0


class _Seen(msgspec.Struct, frozen=True):
    """One attempt of the SDK's: retries are exchanges of their own. `status` is null where the SDK raised."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    duration: float
    status: int | None = None
    answer: wire.Message = wire.Message()
    kept: bool = True


_Make = Callable[[Path, str], tuple[Journal, wire.Identify | None]]


class Recording:
    """The thread that writes, and its bounded queue.

    `dropped` counts, by reason, what was not recorded; a full queue and a failing disk drop exchanges and disturb nobody. A process that
    was forked off writes a capture of its own, `OUT-PID`: `replayer merge` makes one of them.
    """

    def __init__(self, out: Path | str, *, queued: int = _QUEUED, journal: _Make) -> None:
        self.dropped: dict[str, int] = {}
        self._out = Path(out)
        self._make = journal
        self._home = os.getpid()
        self._size = queued
        self._begin(self._home)
        atexit.register(self.close)

    def _begin(self, process: int) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._queue: queue.Queue[_Seen | None] = queue.Queue(self._size)
        self._thread: threading.Thread | None = None

    def put(self, seen: _Seen) -> None:
        """Hand over an exchange; never waits, never raises."""
        try:
            if self._process != os.getpid():
                self._begin(os.getpid())
            if self._thread is None:
                self._start()
            self._queue.put_nowait(seen)
        except queue.Full:
            self._drop("the queue is full")
        except Exception as error:
            self._drop(type(error).__name__)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="replayer", daemon=True)
                self._thread.start()

    def _drop(self, reason: str) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1

    def _write(self) -> None:
        out = self._out if self._process == self._home else self._out.with_name(f"{self._out.name}-{self._process}")
        seen = self._queue.get()
        if seen is None:
            return
        host = urlsplit(seen.url).hostname or ""
        try:
            journal, identify = self._make(out, host)
        except (ReplayerError, OSError) as error:
            self._refuse(str(error))
            return
        while seen is not None:
            try:
                _journal(journal, seen, identify, host)
            except Exception as error:
                journal.drop(error)
            seen = self._queue.get()
        for reason, count in self.dropped.items():
            journal.dropped[reason] += count
        journal.finish()
        self.dropped = dict(journal.dropped)

    def _refuse(self, reason: str) -> None:
        """No capture can be opened: count what comes, by why."""
        self._drop(reason)
        while self._queue.get() is not None:
            self._drop(reason)

    def close(self) -> None:
        """Write what is queued, and complete the capture; waits a few seconds at most."""
        if self._thread is not None and self._process == os.getpid():
            thread, self._thread = self._thread, None
            try:
                self._queue.put(None, timeout=_PATIENCE_SECONDS)
            except queue.Full:
                return
            thread.join(_PATIENCE_SECONDS)


def _journal(journal: Journal, seen: _Seen, identify: wire.Identify | None, first: str) -> None:
    sent = wire.Message(wire.headers((str(name), str(value)) for name, value in seen.headers.items()), seen.body)
    request = wire.decode_request(seen.method, seen.url, sent, identify)
    if wire.is_stripe(request.host) != wire.is_stripe(first):  # one capture must not pass another's answers off as Stripe's
        raise InputError("sent to another server than the first")
    request = as_stripes(request if seen.kept else msgspec.structs.replace(request, kept=False))
    opened = journal.open(request, seen.at)
    if opened is None:
        return
    if seen.status is None:
        outcome = Outcome(error="the SDK could not reach Stripe, or had no answer")
    else:
        outcome = wire.decode_outcome(seen.answer, seen.status)
    journal.close(opened, outcome, seen.duration)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode()


def recording(
    http_client: Any, out: Path | str, *, trusted: bool = False, rules: Path | str | None = None, queued: int = _QUEUED
) -> Any:  # fmt: skip
    """Make an HTTP client of stripe-python record into a capture, and return it; `client.recording.close()` completes that.

    `rules` is a file of paths whose values stay, as `replayer record --rules` takes it. `queued` bounds what waits for the disk. The client
    that it uses for async calls records too.
    """
    keep = load_rules(Path(rules)) if rules else ()
    made = Recording(out, queued=queued, journal=lambda path, host: _open(path, host, trusted, keep))
    seen_already: set[int] = set()
    client = http_client
    while client is not None and id(client) not in seen_already:
        seen_already.add(id(client))
        _wrap(client, made)
        client = getattr(client, "_async_fallback_client", None)
    http_client.recording = made
    return http_client


def _open(out: Path, host: str, trusted: bool, keep: Iterable[str] = ()) -> tuple[Journal, wire.Identify | None]:
    upstream = ORIGIN_STRIPE if wire.is_stripe(host) else host
    if trusted:
        return Journal(out, upstream=upstream), None
    from replayer.capture.project_key import project_key
    from replayer.capture.redact import Redactor

    redactor = Redactor(project_key(), keep)
    return Journal(out, upstream=upstream, redactor=redactor), redactor.identify


def _wrap(client: Any, made: Recording) -> None:
    """Record each attempt of a client: what it is asked, and what it answers or raises.

    Methods are replaced on this object only; a client whose async calls go to another is recorded there, once.
    """
    client.request = _sync(client.request, made)
    client.request_stream = _sync(client.request_stream, made, is_streamed=True)
    if getattr(client, "_async_fallback_client", None) is None:
        client.request_async = _async(client.request_async, made)
        client.request_stream_async = _async(client.request_stream_async, made, is_streamed=True)


def _sync(send: Callable[..., Any], made: Recording, *, is_streamed: bool = False) -> Callable[..., Any]:
    def recorded(method: str, url: str, headers: Mapping[str, str], post_data: Any = None, **more: Any) -> Any:
        at = time.time()
        try:
            answer = send(method, url, headers, post_data, **more)
        except BaseException:
            made.put(_seen(method, url, headers, post_data, at))
            raise
        made.put(_seen(method, url, headers, post_data, at, answer, is_streamed))
        return answer

    return recorded


def _async(send: Callable[..., Any], made: Recording, *, is_streamed: bool = False) -> Callable[..., Any]:
    async def recorded(method: str, url: str, headers: Mapping[str, str], post_data: Any = None, **more: Any) -> Any:
        at = time.time()
        try:
            answer = await send(method, url, headers, post_data, **more)
        except BaseException:
            made.put(_seen(method, url, headers, post_data, at))
            raise
        made.put(_seen(method, url, headers, post_data, at, answer, is_streamed))
        return answer

    return recorded


def _seen(
    method: str, url: str, headers: Mapping[str, str], body: Any, at: float, answer: tuple[Any, int, Mapping[str, str]] | None = None,
    is_streamed: bool = False,
) -> _Seen:  # fmt: skip
    """What is known of an attempt. A body that is large is not kept, and of an answer that is streamed none is: it is not ours to read."""
    sent = _bytes(body)
    kept = len(sent) <= _LARGEST_BODY
    seen = _Seen(method, url, dict(headers), sent if kept else b"", at, time.time() - at, kept=kept)
    if answer is None:
        return seen
    content, status, received = answer
    found = b"" if is_streamed else _bytes(content)
    message = wire.Message(wire.headers(received.items()), found if len(found) <= _LARGEST_BODY else b"")
    return msgspec.structs.replace(seen, status=status, answer=message)
