"""What really moved: charged, refunded, credited; inferred from answers where the target does not say it itself."""

from __future__ import annotations

from typing import Any

from replayer.model import Effect, Exchange
from replayer.stripeapi.ids import objects
from replayer.stripeapi.operations import match

_PAYS = ("/confirm", "/capture", "/pay", "/increment_authorization", "/verify_microdeposits")


class Ledger:
    """One arm's money over one source, by the payment it belongs to, so that a charge, its intent and its invoice count once."""

    def __init__(self) -> None:
        self._paid: dict[str, int] = {}
        self._alias: dict[str, str] = {}

    def add(self, exchange: Exchange) -> list[Effect]:
        """The money that a call moved, as effects: signed minor units; reads move none, and only teach what was there before."""
        body = exchange.outcome.body
        if exchange.outcome.status is None or not isinstance(body, dict):
            return []
        found = match(exchange.request.method, exchange.request.path)
        moved: list[Effect] = []
        seen = list(objects(body))
        for _, _, item in seen:
            self._link(item)
        for identifier, kind, item in seen:
            value = _value(kind, item)
            if value is None:
                continue
            key = self._root(identifier)
            known = self._paid.get(key)
            before = known if known is not None else (0 if self._fresh(exchange, found.name, item) else value)
            if found.writes and value != before and item.get("currency"):
                moved.append(
                    Effect("money", kind, identifier, amount=value - before, currency=item["currency"], customer=_ref(item.get("customer")))
                )
            if known is None or abs(value) >= abs(known):
                self._paid[key] = value
        return moved

    def _fresh(self, exchange: Exchange, operation: str, item: dict[str, Any]) -> bool:
        """Whether what is seen for the first time was paid by this very call."""
        created = item.get("created")
        if isinstance(created, int) and exchange.at is not None and created >= exchange.at - 120:
            return True
        return operation.endswith(_PAYS) or created is None

    def _link(self, item: dict[str, Any]) -> None:
        """A charge counts as its intent, an invoice as the intent or charge that paid it."""
        kind, identifier = item.get("object"), item["id"]
        root: str | None = None
        if kind == "charge":
            root = _ref(item.get("payment_intent"))
        elif kind == "payment_intent" and _ref(item.get("latest_charge")):
            self._alias.setdefault(str(_ref(item.get("latest_charge"))), identifier)
        elif kind == "invoice":
            root = _ref(item.get("payment_intent")) or _ref(item.get("charge")) or _paid_through(item)
        elif kind == "invoice_payment" and isinstance(item.get("payment"), dict):
            payment, invoice = item["payment"], _ref(item.get("invoice"))
            through = _ref(payment.get("payment_intent")) or _ref(payment.get("charge"))
            if invoice and through:
                self._alias.setdefault(invoice, through)
                if invoice in self._paid:
                    self._paid.setdefault(through, self._paid[invoice])
        if root and root != identifier:
            self._alias.setdefault(identifier, root)

    def _root(self, identifier: str) -> str:
        for _ in range(4):
            if identifier not in self._alias:
                break
            identifier = self._alias[identifier]
        return identifier


def _value(kind: str, item: dict[str, Any]) -> int | None:
    """What a payment object says has moved so far, in minor units; null where it is no payment object."""
    if kind == "charge":
        paid = item.get("paid") and item.get("status") == "succeeded" and item.get("captured")
        return int(item.get("amount_captured", item.get("amount")) or 0) if paid else 0
    if kind == "payment_intent":
        return int(item.get("amount_received") or 0)
    if kind == "invoice":
        return int(item.get("amount_paid") or 0) if item.get("status") == "paid" else 0
    if kind == "refund":
        return 0 if item.get("status") in ("failed", "canceled") else -int(item.get("amount") or 0)
    return None


def _paid_through(invoice: dict[str, Any]) -> str | None:
    payments = invoice.get("payments")
    data = payments.get("data") if isinstance(payments, dict) else None
    for item in data if isinstance(data, list) else []:
        payment = item.get("payment") or {}
        through = _ref(payment.get("payment_intent")) or _ref(payment.get("charge"))
        if through:
            return through
    return None


def _ref(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else None
