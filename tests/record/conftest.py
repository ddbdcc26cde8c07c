"""A stand-in for Stripe on a loopback port, and the recorder in front of it as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
KEY = "a key of the tests, not of a project"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "StandIn"

    def _answer(self) -> None:
        sent = self._sent()
        self.server.headers.append(self.headers)
        self.server.executed.append(f"{self.command} {self.path} {sent}".strip())
        if self.path.endswith("/slow"):
            time.sleep(1.5)
        if self.path.endswith("/reset"):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        body = (
            b" " * self.server.padding
            + json.dumps({"id": f"cus_A{len(self.server.executed):09}", "object": "customer", "email": self.server.email}).encode()
        )
        self.send_response(200)
        headers = {"Content-Type": "application/json", "Request-Id": "req_A1b2C3d4", "Stripe-Version": "2026-03-25.dahlia"}
        for name, value in {**headers, **self.server.extra, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _sent(self) -> str:
        """The body; of a large one nothing, but its size is noted."""
        left = size = int(self.headers.get("Content-Length") or 0)
        if size <= 1 << 20:
            return self.rfile.read(size).decode(errors="replace")
        while left and (block := self.rfile.read(min(left, 1 << 20))):
            left -= len(block)
        self.server.largest = max(self.server.largest, size - left)
        if left:
            raise ConnectionError("the upload was cut off")
        return ""

    do_GET = do_POST = do_DELETE = do_PATCH = do_BREW = _answer

    def log_message(self, *args: Any) -> None:
        pass


class StandIn(ThreadingHTTPServer):
    """Answers every request as a customer, `/slow` late and `/reset` never."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.executed: list[str] = []
        self.headers: list[Message] = []
        self.largest = 0
        self.padding = 0
        self.email = "jane@doe.example"
        self.extra: dict[str, str] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def _served() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with _served() as server:
        yield server


@pytest.fixture
def stand_ins() -> Iterator[Callable[[], StandIn]]:
    """Make further stand-ins."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_served())


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key (cryptography comes with mitmproxy)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    built = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    signed = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(private, hashes.SHA256())
    cert.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return cert, key


class Recorder:
    """A recorder that runs: `url` is where it listens."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self.process = process
        self.first_line = process.stdout.readline().strip()
        self.url = self.first_line.removeprefix("listening on ")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and return the exit code and stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


def arguments(out: Path, upstream: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "replayer.cli", "record", "--out", str(out), "--listen", "127.0.0.1:0", "--upstream", upstream, *more]


def environment() -> dict[str, str]:
    return {**os.environ, "REPLAYER_KEY": KEY, "PYTHONPATH": str(REPOSITORY)}


@contextmanager
def _recording(out: Path, upstream: str, *more: str, preexec: Callable[[], None] | None = None) -> Iterator[Recorder]:
    process = subprocess.Popen(
        arguments(out, upstream, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), preexec_fn=preexec
    )
    watchdog = threading.Timer(25, process.kill)
    watchdog.start()
    try:
        yield Recorder(process)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


@pytest.fixture
def recording() -> Callable[..., Any]:
    return _recording
