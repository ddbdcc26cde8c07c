"""What calls stand on beyond their chain: the calls that made or changed the products, prices and coupons that they name.

Such objects are everybody's, and tie no chains. But who selects one customer asks for that customer's bill, and a price is part of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from replayer.capture.chains import named_ids
from replayer.model import Exchange
from replayer.stripeapi.operations import match


class Foundations:
    """The calls that write, by the objects that they write, and what each call names. Grows by ids, not by bodies."""

    def __init__(self) -> None:
        self._writers: dict[tuple[str, str], list[str]] = {}
        self._names: dict[str, tuple[str, list[str]]] = {}

    def add(self, exchange: Exchange) -> None:
        """Take note of a call."""
        names = [identifier for identifier, _ in named_ids(exchange.request)]
        self._names[exchange.id] = exchange.source, names
        status, body = exchange.outcome.status, exchange.outcome.body
        if exchange.request.method == "GET" or status is None or status >= 300 or not isinstance(body, dict):
            return
        for identifier in {str(body.get("id")), *(name for _, name in match(exchange.request.method, exchange.request.path).path_ids)}:
            self._writers.setdefault((exchange.source, identifier), []).append(exchange.id)

    def under(self, chosen: Iterable[str]) -> set[str]:
        """The calls that made or changed what the chosen ones name, and what these name in turn."""
        found: set[str] = set()
        waiting = list(chosen)
        while waiting:
            source, names = self._names.get(waiting.pop(), ("", []))
            for name in names:
                new = [writer for writer in self._writers.get((source, name), ()) if writer not in found]
                found.update(new)
                waiting += new
        return found
