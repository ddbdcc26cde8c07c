"""The simulator's speed: in process, over HTTP beside stripe-mock and an empty handler, and whether a call's cost stays flat as objects grow.

Goals: 10,000 simple calls a second in process, 700 subscriptions with their invoice, intent, charge and events; over HTTP towards half of
stripe-mock's throughput; a call costs the same with 100,000 objects as with 1,000.
"""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from replayer.model import Request, TargetError
from replayer.simulator import Simulator
from replayer.simulator.http import make_server
from replayer.targets.stripe_mock import StripeMockTarget

SIZES = (1_000, 10_000, 100_000)
_HTTP_CALLS = 3_000
_CARD = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
_BODY = b"email=jane%40example.com&name=Jane&metadata[order]=1"
_HEADERS = {"Authorization": "Bearer sk_test_bench", "Content-Type": "application/x-www-form-urlencoded"}


def run() -> dict[str, object]:
    """Measure and return the figures."""
    return {**_in_process(), **_flat(), **_over_http()}


def _send(simulator: Simulator, operation: str, **params: object) -> dict[str, object]:
    method, path = operation.split(" ")
    outcome = simulator.send(Request(method=method, path=path, params=params), at=1_760_000_000)  # type: ignore[arg-type]
    assert outcome.status == 200, outcome
    assert isinstance(outcome.body, dict)
    return outcome.body


def _rate(calls: int, call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(calls):
        call()
    return calls / (time.perf_counter() - begun)


def _in_process() -> dict[str, object]:
    simulator = Simulator(1_760_000_000)
    creates = _rate(20_000, lambda: _send(simulator, "POST /v1/customers", email="jane@example.com", name="Jane"))
    product = _send(simulator, "POST /v1/products", name="Gold")["id"]
    monthly = {"product": product, "currency": "usd", "unit_amount": "1000", "recurring": {"interval": "month"}}
    price = _send(simulator, "POST /v1/prices", **monthly)["id"]
    payers = iter([_send(simulator, "POST /v1/customers", **_CARD)["id"] for _ in range(1_000)])
    subscriptions = _rate(1_000, lambda: _send(simulator, "POST /v1/subscriptions", customer=next(payers), items=[{"price": price}]))
    return {"customers created, calls/s (goal 10,000)": round(creates), "subscriptions created, calls/s (goal 700)": round(subscriptions)}


def _flat() -> dict[str, object]:
    """Microseconds a call in an account that holds so many customers: the median of five batches, as one may hold a whole collection of garbage."""
    simulator, found = Simulator(1_760_000_000), {}
    made, last = 0, ""
    for size in SIZES:
        while made < size:
            last = str(_send(simulator, "POST /v1/customers", email="jane@example.com")["id"])
            made += 1
        calls: dict[str, Callable[[], object]] = {
            "create": lambda: _send(simulator, "POST /v1/customers", email="jane@example.com"),
            "retrieve": lambda last=last: _send(simulator, f"GET /v1/customers/{last}"),
            "update": lambda last=last: _send(simulator, f"POST /v1/customers/{last}", name="Jane"),
            "list of 10": lambda: _send(simulator, "GET /v1/customers"),
        }
        for name, call in calls.items():
            batches = [1e6 / _rate(500, call) for _ in range(5)]
            found[f"{name}, {size:,} objects, µs"] = round(statistics.median(batches), 1)
    return found


class _Empty(BaseHTTPRequestHandler):
    """The same server with nothing to do but to answer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def _served(server: ThreadingHTTPServer) -> Iterator[tuple[str, int]]:
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "127.0.0.1", server.server_address[1]
        server.shutdown()


def _http_rate(host: str, port: int) -> float:
    connection = http.client.HTTPConnection(host, port)

    def call() -> None:
        connection.request("POST", "/v1/customers", _BODY, _HEADERS)
        connection.getresponse().read()

    for _ in range(200):
        call()
    return _rate(_HTTP_CALLS, call)


def _over_http() -> dict[str, object]:
    with _served(make_server("127.0.0.1", 0)) as place:
        ours = _http_rate(*place)
    with _served(ThreadingHTTPServer(("127.0.0.1", 0), _Empty)) as place:
        empty = _http_rate(*place)
    figures: dict[str, object] = {"HTTP, simulator, calls/s": round(ours), "HTTP, the same with an empty handler, calls/s": round(empty)}
    try:
        host, port = StripeMockTarget().base.removeprefix("http://").split(":")
    except TargetError as error:
        return {**figures, "HTTP, stripe-mock": f"not measured: {error.what}"}
    theirs = _http_rate(host, int(port))
    return {
        **figures,
        "HTTP, stripe-mock, calls/s": round(theirs),
        "HTTP, simulator against stripe-mock (goal 0.5)": round(ours / theirs, 2),
    }
