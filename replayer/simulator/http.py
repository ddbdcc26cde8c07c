"""The simulator over HTTP/1.1: each secret key is an account of its own, the clock is the wall's.

Threads take connections, one lock guards the state: answers are as if the calls came one after the other.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from replayer.model import BaselineObject, Outcome, Request, World
from replayer.simulator.faults import FAILURES, Faults, answer_of
from replayer.simulator.simulator import Simulator
from replayer.stripeapi.wire import Malformed, key_of, parse_request

if TYPE_CHECKING:
    from replayer.simulator.deliveries import Postman
    from replayer.simulator.webhooks import Delivery

_LARGEST = 64 * 1024 * 1024  # bytes of a body
_SPELLED = {
    "content-type": "Content-Type", "request-id": "Request-Id", "stripe-version": "Stripe-Version", "idempotency-key": "Idempotency-Key",
    "original-request": "Original-Request", "stripe-account": "Stripe-Account", "idempotent-replayed": "Idempotent-Replayed",
}  # fmt: skip
_MARK = b"Replayer-Origin: simulator\r\n"


class Server(ThreadingHTTPServer):
    """Serves one simulator until it is shut down."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], simulator: Simulator, clock: Callable[[], float] = time.time, deliver_to: Collection[str] = (),
        faults: Faults | None = None,
    ) -> None:  # fmt: skip
        self.simulator = simulator
        self.clock = clock
        self.lock = Lock()
        self.faults = faults
        self._failures = 0
        self._deliver_to = deliver_to
        self._postman: Postman | None = None
        self._ticked = 0.0
        super().__init__(address, _Handler)  # closes itself where the address is taken

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Outcome | None:
        """Answer one HTTP message; null where the connection is to break instead."""
        try:
            request = parse_request(method, target, headers, body)
        except Malformed as problem:
            return _error(400, f"Invalid request body: {problem}")
        key = key_of(headers)
        if self.faults is not None:
            return self._faulty(self.faults, request, key)
        return self._sound(request, key)

    def _sound(self, request: Request, key: str) -> Outcome:
        with self.lock:
            outcome = self.simulator.send(request, key=key, at=self.clock())
            deliveries = self.simulator.take_deliveries()
        if deliveries:
            self._deliver(deliveries)
        return outcome

    def _faulty(self, faults: Faults, request: Request, key: str) -> Outcome | None:
        """Answer as on a bad day."""
        with self.lock:
            now, rule = self.clock(), faults.of(request)
            kept = faults.kept(key, request, now)
            self._failures += rule is not None
            failure = answer_of(rule.fault, f"req_Fault{self._failures:012}") if rule is not None and rule.fault in FAILURES else None
            if kept is None and rule is not None and rule.fault == "error" and failure is not None:
                faults.keep(key, request, now, failure)
        if kept is not None:
            return kept
        if rule is None:
            return self._sound(request, key)
        outcome = self._sound(request, key) if rule.executed or rule.fault == "slow" else None
        if rule.fault == "slow":
            time.sleep(rule.seconds)
            return outcome
        return failure

    def service_actions(self) -> None:
        """Let the clock go on between calls too: what is due happens, and its events are delivered."""
        super().service_actions()
        now = self.clock()
        if now - self._ticked >= 1:
            self._ticked = now
            with self.lock:
                self.simulator.tick(now)
                deliveries = self.simulator.take_deliveries()
            if deliveries:
                self._deliver(deliveries)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        with self.lock:
            if self._postman is None:
                from replayer.simulator.deliveries import Postman

                self._postman = Postman(self._delivered, self._deliver_to)
        self._postman.take(deliveries)

    def _delivered(self, delivery: Delivery) -> None:
        with self.lock:
            delivery.event.values["pending_webhooks"] -= 1

    def server_close(self) -> None:
        """Stop listening, and delivering."""
        super().server_close()
        if self._postman is not None:
            self._postman.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Drop a connection that broke, without a word."""


def _error(status: int, message: str) -> Outcome:
    body = {"error": {"message": message, "type": "invalid_request_error"}}
    return Outcome(status=status, headers={"content-type": "application/json"}, body=body)


class _Handler(BaseHTTPRequestHandler):
    """One connection; reads requests by itself, as the headers of this API are few and plain."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server
    _reasons: ClassVar[dict[int, str]] = {status.value: status.phrase for status in HTTPStatus}

    def handle_one_request(self) -> None:
        """Read one request and answer it; the connection stays open unless either side ends it."""
        self.close_connection = True
        line = self.rfile.readline(65537)
        if not line.strip():
            return
        try:
            method, target, protocol = line.decode("latin-1").split()
            headers = self._headers()
            body = self._body(headers)
        except ValueError as problem:
            self._write(_error(400, f"Malformed request: {problem}"), keep=False)
            return
        keep = headers.get("connection", "").lower() != "close" and protocol == "HTTP/1.1"
        outcome = self.server.answer(method, target, headers, body)
        if outcome is None:
            self._reset()
            return
        self._write(outcome, keep=keep, head=method == "HEAD")
        self.close_connection = not keep

    def _reset(self) -> None:
        """Break the connection without a word: the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while len(found) < 100:
            line = self.rfile.readline(65537)
            if line in (b"\r\n", b"\n", b""):
                return found
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or name != name.strip():
                raise ValueError("a header without a name")
            found[name.lower()] = value.strip()
        raise ValueError("too many headers")

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = int(headers.get("content-length") or 0)
        if not 0 <= length <= _LARGEST:
            raise ValueError("a body of this length is not taken")
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ConnectionError("the body was cut off: nothing is executed")
        return body

    def _chunks(self) -> bytes:
        pieces: list[bytes] = []
        while size := int(self.rfile.readline(1024).partition(b";")[0] or b"0", 16):
            if sum(map(len, pieces)) + size > _LARGEST:
                raise ValueError("a body of this length is not taken")
            pieces.append(self.rfile.read(size))
            self.rfile.readline(8)
        while self.rfile.readline(65537) not in (b"\r\n", b"\n", b""):
            pass
        return b"".join(pieces)

    def _write(self, outcome: Outcome, *, keep: bool, head: bool = False) -> None:
        """Write an answer; an outcome that the simulator does not know is a 501 that says so."""
        if outcome.status is None:
            outcome = _error(501, f"The simulator cannot answer this: {outcome.error}")
        status = outcome.status or 501
        content = msgspec.json.format(msgspec.json.encode(outcome.body), indent=2)
        lines = [f"HTTP/1.1 {status} {self._reasons.get(status, '')}\r\n"]
        lines += [f"{_SPELLED.get(name, name)}: {_clean(value)}\r\n" for name, value in outcome.headers.items()]
        if status in (409, 429):
            lines.append("Stripe-Should-Retry: true\r\n")
        elif status >= 400:
            lines.append("Stripe-Should-Retry: false\r\n")
        lines.append(f"Content-Length: {len(content)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n")
        head_bytes = "".join(lines).encode("latin-1", "replace") + _MARK + b"\r\n"
        self.wfile.write(head_bytes if head else head_bytes + content)
        self.wfile.flush()


def _clean(value: str) -> str:
    return value.replace("\r", "").replace("\n", "")


def make_server(
    host: str, port: int, lay: Iterable[BaselineObject] = (), *, now: float | None = None, deliver_to: Collection[str] = (),
    world: World | None = None, faults: Faults | None = None,
) -> Server:  # fmt: skip
    """A server that listens already (port 0: a free one, told by `server_address`) and serves once `serve_forever` is called.

    Events are delivered to webhook endpoints on this machine, and on the hosts `deliver_to`. `world` is what is taken as given, `faults`
    what goes wrong on demand.
    """
    simulator = Simulator(time.time() if now is None else now, world)
    simulator.lay(lay)
    return Server((host, port), simulator, deliver_to=deliver_to, faults=faults)


def serve(host: str, port: int, lay: Iterable[BaselineObject] = ()) -> None:
    """Serve until interrupted; a baseline is laid under each account."""
    with make_server(host, port, lay) as server:
        server.serve_forever(poll_interval=0.1)
