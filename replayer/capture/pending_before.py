"""What waited for an invoice before a source began: a line names the invoice item behind it (docs.stripe.com/api/invoice-line-item).

Stripe sends no event when an invoice takes an item up, so that the line is all there is to tell of an item made before the capture. What
a call of the capture makes as of an earlier date is no such item.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from replayer.capture.history import events_in
from replayer.model import BaselineObject, Exchange
from replayer.stripeapi.ids import find_ids, objects

_SAME = (
    "amount", "currency", "description", "discountable", "discounts", "livemode", "metadata", "period", "plan", "price", "pricing",
    "quantity",
)  # fmt: skip


class PendingBefore:
    """Learns which invoice items were made before a source's first exchange and taken up by an invoice made since."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._items: dict[str, BaselineObject] = {}
        self._made: set[str] = set()
        self._backdated: set[str] = set()

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange, an answer or an event."""
        if self._since is None:
            self._since = exchange.at
        for told in events_in(exchange):
            if told.type == "invoiceitem.created":
                self._made.add(told.about)
            self._learn(told.object, told.version, told.account, exchange)
        if exchange.lane == "api":
            if "proration_date" in exchange.request.params:
                self._backdated.update(find_ids(exchange.request.path))
            self._learn(exchange.outcome.body, exchange.request.version, exchange.request.account, exchange)

    def items(self, made: Container[str]) -> Iterator[BaselineObject]:
        """The items, as they waited; none of a subscription that the source itself `made`, or changed as of an earlier date."""
        for item in self._items.values():
            subscription = (item.state or {}).get("subscription")
            if item.id not in self._made and item.id not in made and subscription not in made and subscription not in self._backdated:
                yield item

    def _learn(self, body: Any, version: str | None, account: str | None, exchange: Exchange) -> None:
        for identifier, kind, state in objects(body):
            if kind == "invoiceitem" and exchange.request.path == "/v1/invoiceitems" and exchange.request.method == "POST":
                self._made.add(identifier)
            if kind != "invoice" or self._since is None or not isinstance(state.get("created"), int) or state["created"] < self._since:
                continue
            lines = state["lines"].get("data") if isinstance(state.get("lines"), dict) else None
            for line in lines if isinstance(lines, list) else []:
                item = _item(line, state) if isinstance(line, dict) else None
                if item is not None and item["id"] not in self._items and item["date"] < self._since:
                    self._items[item["id"]] = BaselineObject(
                        id=item["id"], object="invoiceitem", provenance="reversed", state=item, version=version, account=account,
                        seen=exchange.id,
                    )  # fmt: skip


def _item(line: dict[str, Any], invoice: dict[str, Any]) -> dict[str, Any] | None:
    """The item behind a line, dated where its period begins, which is when it was made unless somebody set it; null where there is none."""
    parent: dict[str, Any] = line.get("parent") or {}
    details = parent.get("invoice_item_details") or {}
    identifier, proration = line.get("invoice_item") or details.get("invoice_item"), line.get("proration", details.get("proration"))
    since = (line.get("period") or {}).get("start")
    if not isinstance(identifier, str) or not isinstance(since, int):
        return None
    state = {name: line[name] for name in _SAME if name in line}
    subscription = line.get("subscription") or details.get("subscription")
    return {
        "id": identifier, "object": "invoiceitem", "customer": invoice.get("customer"), "date": since, "invoice": None,
        "proration": bool(proration), "subscription": subscription, "subscription_item": line.get("subscription_item"),
        "tax_rates": [rate["id"] for rate in line.get("tax_rates") or [] if isinstance(rate, dict)], **state,
    }  # fmt: skip
