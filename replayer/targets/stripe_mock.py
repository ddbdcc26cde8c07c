"""stripe-mock as a target: one that runs already, a binary, or a container, in this order.

It is stateless and knows the newest API version only: it tells whether a request is valid, never whether a bill is equal.
"""

from __future__ import annotations

import atexit
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from replayer.model import BaselineObject, Claims, TargetError
from replayer.targets.transport import Connections
from replayer.targets.url import HttpSession, made_up_key

PORT = 12111
IMAGE = "stripe/stripe-mock:v0.203.0"
_HINT = "install it (brew install stripe/stripe-mock/stripe-mock, or go install github.com/stripe/stripe-mock@latest), or start docker"
_PATIENCE = 20.0  # seconds


class StripeMockTarget:
    """Finds stripe-mock, starts one if none runs, and stops what it started."""

    name = "stripe-mock"
    origin = "stripe-mock"
    clock = False
    rate = None
    holds_baseline = True  # it keeps no state: every id is there
    version = ""

    def __init__(self) -> None:
        self._base: str | None = None
        self._connections: Connections | None = None
        self._started: subprocess.Popen[bytes] | None = None

    def claims(self, operation: str) -> Claims:
        """It computes nothing: every parameter is echoed only."""
        return Claims()

    def open(self, source: str, baseline: Sequence[BaselineObject] = (), key: str = "") -> HttpSession:
        """Begin a source's replay; there is no state to lay a baseline under."""
        base = self.base
        self._connections = self._connections or Connections(base)
        return HttpSession(base, key or made_up_key(source), connections=self._connections)

    @property
    def base(self) -> str:
        """Where it listens; it is started if it does not run."""
        if self._base is None:
            running = f"http://127.0.0.1:{PORT}"
            self._base = running if is_stripe_mock(PORT) else self._start()
        return self._base

    def close(self) -> None:
        """Stop what was started."""
        if self._started is not None:
            self._started.terminate()
            try:
                self._started.wait(10)
            except subprocess.TimeoutExpired:
                self._started.kill()
                self._started.wait(10)
            self._started = None
        self._base = self._connections = None

    def _start(self) -> str:
        port = _free_port()
        command = command_for(port)
        if command is None:
            raise TargetError("stripe-mock is not here", hint=_HINT)
        self._started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.close)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if is_stripe_mock(port):
                return f"http://127.0.0.1:{port}"
            if self._started.poll() is not None:
                break
            time.sleep(0.05)
        self.close()
        raise TargetError(f"stripe-mock did not start: {' '.join(command)}", hint=_HINT)


def command_for(port: int) -> list[str] | None:
    """How to start it on a port; null where neither a binary nor a docker engine is here."""
    binary = find_binary()
    if binary is not None:
        return [binary, "-http-port", str(port), "-https-port", str(_free_port())]
    if docker_runs():
        return ["docker", "run", "--rm", "-p", f"127.0.0.1:{port}:{PORT}", IMAGE]
    return None


def find_binary(start: Path | None = None) -> str | None:
    """stripe-mock's binary: in the PATH, or in `.tools/bin` of this folder or one above it."""
    found = shutil.which("stripe-mock")
    if found is not None:
        return found
    here = (start or Path.cwd()).resolve()
    places = (folder / ".tools" / "bin" / "stripe-mock" for folder in (here, *here.parents))
    return next((str(place) for place in places if place.is_file()), None)


def docker_runs() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_stripe_mock(port: int) -> bool:
    """Whether what listens on a port of this machine is stripe-mock: every answer of it says so in a header."""
    import httpx

    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=1.0)
    except httpx.HTTPError:
        return False
    return "stripe-mock-version" in answer.headers
