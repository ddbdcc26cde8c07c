"""Read the world out of a source's exchanges: what issuers answered, rates, fees and settings, each with when and where it was seen.

Amounts are never taken over: of an attempt only what was asked for is kept, of a fee only the schedule that fits every one that was seen.
Places are countries, states and the first characters of postal codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.reread import reader
from replayer.capture.store import Capture
from replayer.capture.stored_baseline import baseline_of
from replayer.capture.world_file import load_world
from replayer.capture.world_payers import Payers, id_of
from replayer.capture.world_settings import Settings
from replayer.capture.world_taxes import Taxes
from replayer.model import BaselineObject, Exchange, World
from replayer.model.world import Answer, ExchangeRate, Fee, IssuerAnswer, joined
from replayer.stripeapi.ids import objects, references, texts_in
from replayer.stripeapi.testdata import behind, is_documented_test_value

_SLACK = 60  # seconds by which a charge may be older than the first call of the capture that shows it
_HALF = Fraction(1, 2)
_PAID = "(invoice)"
_METHODS = frozenset({"payment_method", "card", "source"})
_PERCENTS = [Fraction(step, 20) for step in range(121)]  # 0 to 6 % in steps of 0.05


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


class WorldReader:
    """Learns the world of one source, exchange by exchange."""

    def __init__(self, baseline: Iterable[BaselineObject] = ()) -> None:
        self._began: float | None = None
        self._attempts: dict[str, Attempt] = {}
        self._made: set[str] = set()
        self._currencies: dict[str, str] = {}
        self._entries: dict[str, dict[str, Any]] = {}
        self._taxes = Taxes()
        self._settings = Settings()
        self._payers = Payers()
        for item in baseline:
            for _, kind, state in objects(item.state):
                self._payers.add(kind, state)

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange, an answer or an event that was delivered."""
        if self._began is None and exchange.at is not None:
            self._began = exchange.at
        account = exchange.request.account
        body = exchange.request.params if exchange.lane == "webhook" else exchange.outcome.body
        self._made.update(_made_of_test_values(exchange))
        self._refused(exchange, body)
        for identifier, kind, state in objects(body):
            if kind == "charge":
                self._charge(identifier, state)
            elif kind == "payment_intent" and state.get("status") == "requires_action":
                self._asked(identifier, state, _asked_at(exchange, state))
            elif kind == "balance_transaction":
                self._entries.setdefault(identifier, state)
            elif kind == "invoice" and state.get("status") == "paid":
                self._paid(identifier, state)
            elif kind == "event" and state.get("type") == "invoice.payment_failed":
                self._failed(state)
            self._payers.add(kind, state)
            self._taxes.add(kind, state)
            self._settings.add(kind, state, account)

    def world(self) -> World:
        """What was learnt."""
        return World(
            accounts=self._settings.accounts(self._settled_in()),
            issuers=list(self._issuers()),
            taxes=self._taxes.rates(),
            fees=list(self._fees()),
            exchange_rates=list(self._rates()),
        )

    # --- issuers

    def _charge(self, identifier: str, charge: dict[str, Any]) -> None:
        source = charge.get("source")
        method = charge.get("payment_method") or (source.get("id") if isinstance(source, dict) else source)
        details = charge.get("payment_method_details")
        looks = details.get("card") if isinstance(details, dict) else None
        looks = looks if isinstance(looks, dict) else source if isinstance(source, dict) else {}
        if isinstance(charge.get("currency"), str):
            self._currencies[identifier] = charge["currency"]
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

    def _charged(self, key: str, invoice: dict[str, Any], at: int, answer: Answer, amount: Any, **more: Any) -> None:
        method = self._payers.of_invoice(invoice)
        if method is not None and not self._payers.is_documented(method):
            self._note(key, method, at, answer, amount=amount, currency=invoice.get("currency"), **more)

    def _note(self, key: str, method: str, at: int | None, answer: Answer, **more: Any) -> None:
        if at is not None and self._began is not None and at < self._began - _SLACK:
            return  # from before the capture: no attempt of its calls
        asked = self._attempts.get(f"{more.get('intent')} asks")
        if key in self._attempts or (asked is not None and asked.method == method and answer == "succeeds"):
            return  # the attempt that was asked for authentication, which the customer has given
        self._attempts[key] = Attempt((float(at or 0), len(self._attempts)), method, answer, **more)

    def _issuers(self) -> Iterator[IssuerAnswer]:
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

    # --- balance transactions

    def _of_charges(self) -> Iterator[tuple[dict[str, Any], str]]:
        """The balance transactions of charges, each with the currency that was charged."""
        for entry in self._entries.values():
            charged = self._currencies.get(str(id_of(entry.get("source"))))
            if entry.get("type") == "charge" and charged is not None and isinstance(entry.get("amount"), int):
                yield entry, charged

    def _settled_in(self) -> str | None:
        """The one currency in which everything arrives, where something was charged in another."""
        found = [(str(entry["currency"]), charged) for entry, charged in self._of_charges()]
        arrived = {currency for currency, _ in found}
        return arrived.pop() if len(arrived) == 1 and any(one != other for one, other in found) else None

    def _rates(self) -> Iterator[ExchangeRate]:
        known = set()
        for entry, charged in self._of_charges():
            if entry.get("exchange_rate") is not None and entry["currency"] != charged:
                rate = ExchangeRate(
                    currency=charged, to=str(entry["currency"]), rate=str(entry["exchange_rate"]), on=day_of(entry.get("created"))
                )
                if rate not in known:
                    known.add(rate)
                    yield rate

    def _fees(self) -> Iterator[Fee]:
        """The schedule that fits every fee of Stripe's own in a currency, where there is just one."""
        by_currency: dict[str, list[tuple[int, int]]] = {}
        for entry, charged in self._of_charges():
            details = entry.get("fee_details")
            own = [one for one in details if one.get("type") == "stripe_fee"] if isinstance(details, list) else []
            if len(own) == 1 and charged == entry["currency"] and own[0].get("currency") == charged:
                by_currency.setdefault(charged, []).append((entry["amount"], own[0]["amount"]))
        for currency, seen in sorted(by_currency.items()):
            found = [(percent, fixed) for percent in _PERCENTS if (fixed := _fixed(seen, percent)) is not None]
            if len(found) == 1:
                amounts = [amount for amount, _ in seen]
                yield Fee(currency=currency, percent=_plain(found[0][0]), fixed=found[0][1], least=min(amounts), most=max(amounts))


def _fixed(seen: list[tuple[int, int]], percent: Fraction) -> int | None:
    """The fixed part that goes with a percentage in every fee that was seen, null where there is none."""
    rest = {fee - int(amount * percent / 100 + _HALF) for amount, fee in seen}
    return rest.pop() if len(rest) == 1 and min(rest, default=-1) >= 0 else None


def _plain(value: Fraction) -> str:
    return f"{float(value):g}"


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


def day_of(created: object) -> date | None:
    """The day of a time in epoch seconds."""
    return datetime.fromtimestamp(created, UTC).date() if isinstance(created, int) else None


def read_world(exchanges: Iterable[Exchange], baseline: Iterable[BaselineObject] = ()) -> World:
    """The world of one source's exchanges on their baseline."""
    reader_ = WorldReader(baseline)
    for exchange in exchanges:
        reader_.add(exchange)
    return reader_.world()


def whole_world(capture: Capture) -> World:
    """The world of all sources of a capture; each fact names its source where there are several."""
    several = len(capture.sources) > 1
    found = []
    for one in capture.sources:
        read = reader(capture, one.name)
        found.append((one.name if several else None, read_world(read(), baseline_of(capture, one.name, read))))
    return joined(found)


def world_of(source: str, read: Callable[[], Iterable[Exchange]], baseline: Iterable[BaselineObject], file: Path | None = None) -> World:
    """The world that a source's replay takes as given: a file's, where one is named, else what its own exchanges tell."""
    return read_world(read(), baseline) if file is None else _loaded(file, file.stat().st_mtime_ns).of(source)


@lru_cache(maxsize=2)
def _loaded(file: Path, changed: int) -> World:
    return load_world(file)
