"""How issuers answered: one attempt to charge after the other, by what answers and events show of charges, errors, intents and invoices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from replayer.capture.world_payers import Payers, id_of
from replayer.model import Exchange
from replayer.model.world import Answer, IssuerAnswer
from replayer.stripeapi.ids import objects, references, texts_in
from replayer.stripeapi.operations import match
from replayer.stripeapi.testdata import behind, is_documented_test_value

_SLACK = 60  # seconds by which a charge may be older than the first call of the capture that shows it
_PAID = "(invoice)"
_SUBSCRIBE = "POST /v1/subscriptions"
_METHODS = frozenset({"payment_method", "card", "source"})


class Attempt(msgspec.Struct):
    """One attempt to charge; `order` is when it was made and when it was first seen."""

    order: tuple[float, int]
    method: str
    answer: Answer
    code: str | None = None
    decline_code: str | None = None
    amount: int | None = None
    currency: str | None = None
    intent: str | None = None


class Issuers:
    """Learns the attempts of one source."""

    def __init__(self) -> None:
        self.payers = Payers()
        self._began: float | None = None
        self._attempts: dict[str, Attempt] = {}
        self._made: set[str] = set()

    def begin(self, exchange: Exchange, body: Any) -> None:
        """Take the next exchange, whose answer or event is `body`."""
        if self._began is None and exchange.at is not None:
            self._began = exchange.at
        self._made.update(_made_of_test_values(exchange))
        self._refused(exchange, body)

    def add(self, identifier: str, kind: str, state: dict[str, Any], exchange: Exchange) -> None:
        """Learn from an object that an exchange shows."""
        status = state.get("status")
        if kind == "charge":
            self._charge(identifier, state)
        elif kind == "payment_intent" and status == "requires_action":
            self._asked(identifier, state, _asked_at(exchange, state))
        elif kind == "invoice" and status == "paid":
            self._paid(identifier, state)
        elif kind == "event" and state.get("type") == "invoice.payment_failed":
            self._failed(state)
        elif kind == "subscription" and status == "active" and _makes(exchange):
            self._subscribed(state, exchange)
        self.payers.add(kind, state)

    def _charge(self, identifier: str, charge: dict[str, Any]) -> None:
        source = charge.get("source")
        method = charge.get("payment_method") or (source.get("id") if isinstance(source, dict) else source)
        details = charge.get("payment_method_details")
        looks = details.get("card") if isinstance(details, dict) else None
        looks = looks if isinstance(looks, dict) else source if isinstance(source, dict) else {}
        if identifier in self._attempts or not isinstance(method, str) or charge.get("status") not in ("succeeded", "failed"):
            return
        if not looks or (not charge.get("livemode") and behind(looks) is not None):
            return  # what is no card has an outcome of its own, and a documented test card needs no fact
        outcome = charge.get("outcome")
        decline = outcome.get("reason") if isinstance(outcome, dict) and outcome.get("type") == "issuer_declined" else None
        paid = charge["status"] == "succeeded"
        code = charge.get("failure_code")
        at = charge.get("created")
        self._note(
            identifier, method, at if isinstance(at, int) else None, "succeeds" if paid else "declined",
            code=None if paid else code if isinstance(code, str) else "card_declined",
            decline_code=None if paid else decline,
            amount=charge.get("amount"), currency=charge.get("currency"), intent=id_of(charge.get("payment_intent")),
        )  # fmt: skip

    def _refused(self, exchange: Exchange, body: Any) -> None:
        """An error of the card, which names the charge that failed."""
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict) or error.get("type") != "card_error" or not isinstance(error.get("charge"), str):
            return
        method, intent = error.get("payment_method"), error.get("payment_intent")
        looks = method.get("card") if isinstance(method, dict) else None
        if not isinstance(method, dict) or not isinstance(looks, dict) or not isinstance(intent, dict):
            return
        if method.get("livemode") or behind(looks) is None:
            self._note(
                error["charge"], str(method.get("id")), int(exchange.at) if exchange.at else None, "declined", code=error.get("code"),
                decline_code=error.get("decline_code"), amount=intent.get("amount"), currency=intent.get("currency"),
                intent=intent.get("id"),
            )  # fmt: skip

    def _asked(self, identifier: str, intent: dict[str, Any], at: int | None) -> None:
        """3D Secure was demanded: an attempt, unless its charge has been seen to fail for that."""
        method = intent.get("payment_method")
        looks = method.get("card") if isinstance(method, dict) else None
        if isinstance(looks, dict) and not intent.get("livemode") and behind(looks) is not None:
            return
        name = id_of(method)
        if name is None or any(one.intent == identifier and one.method == name for one in self._attempts.values()):
            return
        self._note(
            f"{identifier} asks", name, at, "requires_action", amount=intent.get("amount"), currency=intent.get("currency"),
            intent=identifier,
        )  # fmt: skip

    def _paid(self, identifier: str, invoice: dict[str, Any]) -> None:
        """A paid invoice: what it was paid with was charged, also where no answer shows the charge."""
        amount, at = invoice.get("amount_paid"), (invoice.get("status_transitions") or {}).get("paid_at")
        if amount and isinstance(at, int) and not invoice.get("paid_out_of_band"):
            self._charged(f"{identifier} {_PAID}", invoice, at, "succeeds", amount)

    def _failed(self, event: dict[str, Any]) -> None:
        """The event of an invoice that could not be paid."""
        data, at = event.get("data"), event.get("created")
        invoice = data.get("object") if isinstance(data, dict) else None
        if isinstance(invoice, dict) and isinstance(at, int):
            self._charged(f"{event['id']} {_PAID}", invoice, at, "declined", invoice.get("amount_remaining"), code="card_declined")

    def _subscribed(self, subscription: dict[str, Any], exchange: Exchange) -> None:
        """A subscription that was active at once: its first invoice was paid, also where the answer only names it."""
        first, at = subscription.get("latest_invoice"), exchange.at
        amount = sum(map(_listed, (subscription.get("items") or {}).get("data") or []))
        if isinstance(first, str) and at is not None and amount and subscription.get("collection_method") == "charge_automatically":
            invoice = {name: subscription.get(name) for name in ("customer", "currency")} | {"subscription": subscription["id"]}
            self.payers.add("subscription", subscription)
            self._charged(f"{first} {_PAID}", invoice, int(at), "succeeds", amount)

    def _charged(self, key: str, invoice: dict[str, Any], at: int, answer: Answer, amount: Any, **more: Any) -> None:
        method = self.payers.of_invoice(invoice)
        if method is not None and not self.payers.is_documented(method):
            self._note(key, method, at, answer, amount=amount, currency=invoice.get("currency"), **more)

    def _note(self, key: str, method: str, at: int | None, answer: Answer, **more: Any) -> None:
        if at is not None and self._began is not None and at < self._began - _SLACK:
            return  # from before the capture: no attempt of its calls
        asked = self._attempts.get(f"{more.get('intent')} asks")
        if key in self._attempts or (asked is not None and asked.method == method and answer == "succeeds"):
            return  # the attempt that was asked for authentication, which the customer has given
        self._attempts[key] = Attempt((float(at or 0), len(self._attempts)), method, answer, **more)

    def answers(self) -> Iterator[IssuerAnswer]:
        """How each attempt was answered, in the order of time."""
        counts: dict[str, int] = {}
        for key, one in sorted(self._attempts.items(), key=lambda pair: pair[1].order):
            if one.method in self._made or (key.endswith(_PAID) and self._is_shown(one)):
                continue
            counts[one.method] = counts.get(one.method, 0) + 1
            yield IssuerAnswer(
                payment_method=one.method, attempt=counts[one.method], answer=one.answer, code=one.code, decline_code=one.decline_code,
                amount=one.amount, currency=one.currency, at=datetime.fromtimestamp(one.order[0], UTC) if one.order[0] else None,
            )  # fmt: skip

    def _is_shown(self, inferred: Attempt) -> bool:
        """Whether an attempt that an invoice tells of is one whose charge was seen."""
        return any(
            (one.method, one.amount, one.answer) == (inferred.method, inferred.amount, inferred.answer)
            and abs(one.order[0] - inferred.order[0]) <= _SLACK
            for key, one in self._attempts.items()
            if not key.endswith(_PAID)
        )


def _asked_at(exchange: Exchange, intent: dict[str, Any]) -> int | None:
    """When authentication was demanded: in the call that shows it, or, where that only reads, some time after the intent was made."""
    if exchange.lane == "api" and exchange.request.method != "GET":
        return int(exchange.at) if exchange.at is not None else None
    created = intent.get("created")
    return created if isinstance(created, int) else None


def _made_of_test_values(exchange: Exchange) -> Iterator[str]:
    """The payment methods that a call made of documented test values, which answer as documented."""
    request = exchange.request
    if request.method == "POST" and any(map(is_documented_test_value, (*request.path.split("/"), *texts_in(request.params)))):
        named = {identifier for identifier, _ in references(request.params)}
        yield from (name for name, kind, _ in objects(exchange.outcome.body) if kind in _METHODS and name not in named)
        for _, _, state in objects(exchange.outcome.body):
            method = id_of(state.get("payment_method"))
            if method is not None and method not in named:
                yield method


def _makes(exchange: Exchange) -> bool:
    return exchange.lane == "api" and match(exchange.request.method, exchange.request.path).name == _SUBSCRIBE


def _listed(item: dict[str, Any]) -> int:
    """What an item costs by its price's unit amount."""
    price = item.get("price") or item.get("plan")
    return (item.get("quantity") or 0) * (price.get("unit_amount") or 0) if isinstance(price, dict) else 0
