"""Deliver events over HTTP, as Stripe does: signed, until a 2xx comes back, at growing distances.

Only to this machine, unless a host was allowed by name: an endpoint that a capture registered may be a company's real one.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable
from heapq import heappop, heappush
from urllib.parse import urlsplit

import httpx

from replayer.simulator.webhooks import Delivery
from replayer.stripeapi.signatures import sign

RETRIES = (1.0, 5.0, 30.0, 120.0, 600.0)  # seconds; Stripe's own are minutes to hours apart
_PATIENCE = 10.0  # seconds for an answer


class Postman:
    """Delivers in a thread of its own. `delivered` is called with every delivery that was answered with a 2xx."""

    def __init__(self, delivered: Callable[[Delivery], None], allowed: Collection[str] = (), retries: tuple[float, ...] = RETRIES) -> None:
        self._delivered = delivered
        self._allowed = frozenset(allowed)
        self._retries = retries
        self._due: list[tuple[float, int, int, Delivery]] = []  # when, number, how many tries were made, what
        self._number = 0
        self._change = threading.Condition()
        self._ended = False
        self._refused: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self, deliveries: Iterable[Delivery]) -> None:
        """Take deliveries to make now; one to a host that is not allowed is said once, and not made."""
        for delivery in deliveries:
            if self._is_allowed(delivery.url):
                self._put(time.monotonic(), 0, delivery)
            elif delivery.url not in self._refused:
                self._refused.add(delivery.url)
                host = urlsplit(delivery.url).hostname
                print(f"events are not delivered to {host}: it is not this machine (allow it with --deliver-to {host})", file=sys.stderr)

    def close(self) -> None:
        """Stop delivering; what is left is not delivered."""
        with self._change:
            self._ended = True
            self._change.notify()
        self._thread.join()

    def _is_allowed(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        if host in self._allowed or host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _put(self, due: float, tries: int, delivery: Delivery) -> None:
        with self._change:
            self._number += 1
            heappush(self._due, (due, self._number, tries, delivery))
            self._change.notify()

    def _run(self) -> None:
        with httpx.Client(trust_env=False, timeout=_PATIENCE) as client:
            while (following := self._next()) is not None:
                tries, delivery = following
                if _sent(client, delivery):
                    self._delivered(delivery)
                elif tries < len(self._retries):
                    self._put(time.monotonic() + self._retries[tries], tries + 1, delivery)

    def _next(self) -> tuple[int, Delivery] | None:
        """Wait for what is due next; null at the end."""
        with self._change:
            while not self._ended:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    _, _, tries, delivery = heappop(self._due)
                    return tries, delivery
                self._change.wait(left)
        return None


def _sent(client: httpx.Client, delivery: Delivery) -> bool:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (replayer simulator)"}
    headers["Stripe-Signature"] = sign(delivery.body, delivery.secret, int(time.time()))
    try:
        return client.post(delivery.url, content=delivery.body, headers=headers).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
