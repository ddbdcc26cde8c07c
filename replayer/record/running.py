"""What decides when recording ends (a command's end, or a signal) and what the user is told meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from replayer.model import InputError
from replayer.record.master import Listening
from replayer.record.policy import Policy
from replayer.record.settings import Address, Settings

_GRACE_SECONDS = 10.0


class Running:
    """One run of a recorder: `url` is where its api lane listens, `status` the command's exit code."""

    def __init__(self, command: Sequence[str], settings: Settings, policy: Policy, ca: Path) -> None:
        self.status = 0
        self.url = ""
        self._command = command
        self._settings = settings
        self._policy = policy
        self._ca = ca

    async def until(self, listening: Listening) -> None:
        """Say where the recorder listens, and wait."""
        self.url = self._url(listening.api)
        print(f"listening on {self.url}", flush=True)
        for lane, place in listening.others.items():
            print(f"{lane}: listening on {self._url(place)}", flush=True)
        if self._settings.mode == "forward" and not self._command:
            print(f"HTTPS_PROXY={self.url} REPLAYER_CA={self._ca}", file=sys.stderr, flush=True)
        signalled = asyncio.Event()
        loop = asyncio.get_running_loop()
        handlers = {signal.SIGINT: signalled.set, signal.SIGTERM: signalled.set, signal.SIGUSR1: self._switch}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            await (self._run(signalled) if self._command else signalled.wait())
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def _url(self, place: Address) -> str:
        host = f"[{place[0]}]" if ":" in place[0] else place[0]
        return f"{'https' if self._settings.tls_cert else 'http'}://{host}:{place[1]}"

    def _switch(self) -> None:
        """SIGUSR1: record no more, or again."""
        self._policy.is_bypassing = not self._policy.is_bypassing
        print("bypassing: nothing is recorded" if self._policy.is_bypassing else "recording", file=sys.stderr, flush=True)

    def environment(self) -> dict[str, str]:
        """What a command gets: where the recorder listens, and what it takes to trust it."""
        names = {"STRIPE_API_BASE": self.url}
        if self._settings.mode == "forward":
            names = {"STRIPE_API_BASE": self._settings.upstream("api"), "HTTPS_PROXY": self.url, "REPLAYER_CA": str(self._ca)}
        return {**os.environ, **names}

    async def _run(self, signalled: asyncio.Event) -> None:
        """Run the command to its end; a signal is passed on."""
        try:
            process = await asyncio.create_subprocess_exec(*self._command, env=self.environment())
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
