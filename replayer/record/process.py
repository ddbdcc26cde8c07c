"""`replayer record` as a process of its own: a reverse proxy until a signal or a command's end.

mitmproxy changes the whole event loop and ends the process when it cannot start, so nothing else runs beside it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from replayer.model import ORIGIN_STRIPE, InputError, NothingSelected, ReplayerError
from replayer.record.addon import RecorderAddon
from replayer.record.journal import Journal
from replayer.record.master import Address, serve

if TYPE_CHECKING:
    from replayer.capture.redact import Redactor

_GRACE_SECONDS = 10.0


def record(
    out: Path, *, host: str = "127.0.0.1", port: int = 12113, upstream: str = f"https://{ORIGIN_STRIPE}", command: Sequence[str] = (),
    trusted: bool = False,
) -> int:  # fmt: skip
    """Record what passes through a reverse proxy into a capture, and return the exit code: the command's, else 0.

    Prints `listening on http://HOST:PORT`. Ends on SIGINT and SIGTERM, or with `command`, which gets the address as STRIPE_API_BASE.
    Raises NothingSelected where no exchange was seen, InputError where the address is taken or upstream is no base URL.
    """
    answers = _upstream(upstream)
    _need_mitmproxy()
    redactor = _redactor(trusted)
    journal = Journal(out, upstream=answers, redactor=redactor)
    addon = RecorderAddon(journal, hosts=[answers], identify=redactor.identify if redactor else None)
    running = _Running(command)
    try:
        with tempfile.TemporaryDirectory(prefix="replayer-") as confdir:  # private (0700): it holds a CA's key
            asyncio.run(
                serve(
                    addon,
                    host=host,
                    port=port,
                    upstream=upstream,
                    confdir=Path(confdir),
                    until=running.until,
                    is_idle=lambda: not journal.open_ids,
                )
            )
    finally:
        journal.finish()
    return _result(journal, running)


def _upstream(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise InputError(f"{url!r} is no base URL", place="--upstream", hint="write scheme, host and port only: https://api.stripe.com")
    return parts.hostname


def _need_mitmproxy() -> None:
    try:
        import mitmproxy  # noqa: F401
    except ImportError:
        raise ReplayerError("recording needs mitmproxy, which is not installed", hint="pip install 'replayer[record]'") from None


def _redactor(trusted: bool) -> Redactor | None:
    if trusted:
        return None
    from replayer.capture.project_key import project_key
    from replayer.capture.redact import Redactor

    return Redactor(project_key())


class _Running:
    """What decides when recording ends: a command's end, or a signal."""

    def __init__(self, command: Sequence[str]) -> None:
        self.status = 0
        self.url = ""
        self._command = command

    async def until(self, address: Address) -> None:
        """Say where the recorder listens, and wait."""
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        self.url = f"http://{host}:{address[1]}"
        print(f"listening on {self.url}", flush=True)
        signalled = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, signalled.set)
        try:
            await (self._run(signalled) if self._command else signalled.wait())
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _run(self, signalled: asyncio.Event) -> None:
        """Run the command to its end; a signal is passed on."""
        try:
            process = await asyncio.create_subprocess_exec(*self._command, env={**os.environ, "STRIPE_API_BASE": self.url})
        except OSError as error:
            raise InputError(
                f"{self._command[0]!r} cannot be started: {error.strerror}", hint="what follows -- is a program and its arguments"
            ) from None
        ended, told = asyncio.ensure_future(process.wait()), asyncio.ensure_future(signalled.wait())
        await asyncio.wait([ended, told], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            process.terminate()
            await asyncio.wait([ended], timeout=_GRACE_SECONDS)
            if not ended.done():
                process.kill()
        told.cancel()
        status = await ended
        self.status = 0 if signalled.is_set() else status if status >= 0 else 128 - status


def _result(journal: Journal, running: _Running) -> int:
    dropped = sum(journal.dropped.values())
    if dropped:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(journal.dropped.items()))
        print(f"warning: {dropped} exchanges were not recorded whole: {reasons}", file=sys.stderr)
    if journal.seen == 0 and running.status == 0:
        raise NothingSelected(
            "no exchange was seen",
            hint=f"point the SDK at the recorder: its API base is {running.url} (STRIPE_API_BASE in a command's environment)",
        )
    print(f"recorded {journal.seen} exchanges as {journal.source!r} in {journal.path}", file=sys.stderr)
    return running.status
