"""The simulator as a server, and a user's webhook endpoint, for real clients."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from replayer.simulator.http import make_server

# What a subscription's life tells: begun and paid, changed, canceled.
TOLD = (
    "customer.created",
    "customer.subscription.created",
    "invoice.paid",
    "customer.subscription.updated",
    "customer.subscription.deleted",
)


class Endpoint(ThreadingHTTPServer):
    """A webhook endpoint: `got` are the raw bodies with their signatures."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        super().__init__(("127.0.0.1", 0), _Taking)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def wait_for(self, *types: str) -> list[str]:
        """The types of the events that came, once all of some did."""
        until = time.monotonic() + 15
        while not set(types) <= set(self.types) and time.monotonic() < until:
            time.sleep(0.01)
        return self.types

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.got]


class _Taking(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        self.server.got.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def simulator_url() -> Iterator[str]:
    with make_server("127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
