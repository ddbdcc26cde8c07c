"""What later answers show that no call of the source did: an intent that succeeded, a page that was completed, a charge that was refunded.

Only changes that Stripe does not make by itself count: an intent that waits for its payer, an open page, money given back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from replayer.capture.history import Told
from replayer.capture.stimuli.acts import UNPAID, Act, ref, sent
from replayer.model import Exchange
from replayer.stripeapi.ids import objects
from replayer.stripeapi.operations import match

_PAID = frozenset({"succeeded", "processing", "requires_capture"})
_PATHS = {"payment_intent": "payment_intents", "setup_intent": "setup_intents"}
_RETURN = "https://example.test/return"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An act that an answer shows: of which object, after which exchange (0: none), and when."""

    act: Act
    about: str
    after: int
    at: float


class Reads:
    """Learns a source's answers one by one; remembers a status or a sum an object."""

    def __init__(self) -> None:
        self._status: dict[str, str] = {}
        self._refunded: dict[str, int] = {}
        self._made: set[str] = set()
        self._found: list[Shown] = []
        self._last = 0

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange."""
        if exchange.lane != "api" or not isinstance(exchange.outcome.body, dict) or (exchange.outcome.status or 999) >= 300:
            self._last = _number(exchange)
            return
        found = match(exchange.request.method, exchange.request.path)
        for identifier, kind, state in objects(exchange.outcome.body):
            if kind == "payment_intent" and found.writes and (charge := ref(state.get("latest_charge"))) is not None:
                self._refunded.setdefault(charge, 0)  # what it made has not been given back yet
            if kind in _PATHS or kind == "checkout.session":
                self._intent(exchange, identifier, kind, state, is_own=found.writes)
            elif kind == "charge":
                self._charge(exchange, identifier, state, is_own=found.writes)
            elif kind == "refund" and found.writes:
                charge = ref(state.get("charge"))
                if charge is not None:
                    self._refunded[charge] = self._refunded.get(charge, 0) + int(state.get("amount") or 0)
        self._last = _number(exchange)

    def acts(self) -> Iterator[Shown]:
        """What was done off camera, in the order in which it was shown."""
        return iter(self._found)

    def waiting(self) -> list[str]:
        """What the source's calls made and no answer shows paid or completed."""
        return [name for name in self._made if self._status[name] in UNPAID or self._status[name] == "open"]

    def _intent(self, exchange: Exchange, identifier: str, kind: str, state: dict[str, Any], *, is_own: bool) -> None:
        status, before = state.get("status"), self._status.get(identifier)
        if not isinstance(status, str) or not isinstance(exchange.outcome.body, dict):
            return
        self._status[identifier] = status if not _is_collected(state) else f"{status} by itself"
        if is_own and before is None and exchange.outcome.body.get("id") == identifier:
            self._made.add(identifier)
        if is_own or before is None or before == status:
            return
        if kind == "checkout.session" and before == "open" and status == "complete":
            self._add(exchange, identifier, state, _completed(identifier, state))
        elif kind in _PATHS and before in UNPAID and status in _PAID:
            self._add(exchange, identifier, state, _confirmed(identifier, kind, state, before))

    def _charge(self, exchange: Exchange, identifier: str, state: dict[str, Any], *, is_own: bool) -> None:
        now, before = state.get("amount_refunded"), self._refunded.get(identifier)
        if not isinstance(now, int):
            return
        if not is_own and before is not None and now > before:
            given = {"charge": identifier, "amount": str(now - before)}
            self._add(exchange, identifier, state, Act(about=_told(exchange, state), path="/v1/refunds", params=given, shown=False))
        self._refunded[identifier] = max(now, before or 0)

    def _add(self, exchange: Exchange, about: str, state: dict[str, Any], act: Act) -> None:
        at = exchange.at or 0.0
        paid = (state.get("latest_charge") or {}).get("created") if isinstance(state.get("latest_charge"), dict) else None
        act = msgspec.structs.replace(act, about=_told(exchange, state))
        self._found.append(Shown(act=act, about=about, after=self._last, at=float(paid) if isinstance(paid, int) else at))


def _is_collected(intent: dict[str, Any]) -> bool:
    """Whether Stripe tries by itself to be paid: a payment of an invoice that failed before."""
    is_invoices = intent.get("invoice") is not None or str(intent.get("description") or "").startswith("Subscription")
    return is_invoices and intent.get("last_payment_error") is not None


def _number(exchange: Exchange) -> int:
    return int(exchange.id[1:])


def _told(exchange: Exchange, state: dict[str, Any]) -> Told:
    """What an answer shows, in the form of an event."""
    return Told(
        id=exchange.id, type="", at=exchange.at or 0.0, object=state, account=exchange.request.account, version=exchange.request.version,
        seen=exchange.id,
    )  # fmt: skip


def _confirmed(identifier: str, kind: str, state: dict[str, Any], before: str) -> Act:
    path, about = f"/v1/{_PATHS[kind]}/{identifier}", Told(id="", type="", at=0.0, object=state)
    if before == "requires_action":
        return Act(about=about, path=f"/_replayer/{_PATHS[kind]}/{identifier}/authorize", params={"outcome": "succeed"})
    method = ref(state.get("payment_method"))
    if method is None:
        return Act(about=about, why="with which payment method an intent was confirmed is not told")
    return Act(about=about, path=f"{path}/confirm", params={"payment_method": method, "return_url": _RETURN})


def _completed(identifier: str, session: dict[str, Any]) -> Act:
    details = session.get("customer_details") or {}
    intent, subscription = session.get("payment_intent"), session.get("subscription")
    held = [(intent, "payment_method"), (session.get("setup_intent"), "payment_method"), (subscription, "default_payment_method")]
    method = next((found for whole, name in held if isinstance(whole, dict) and (found := ref(whole.get(name)))), None)
    given = [("payment_method", method), ("email", details.get("email")), ("name", details.get("name"))]
    about = Told(id="", type="", at=0.0, object=session)
    return Act(about=about, path=f"/_replayer/checkout/sessions/{identifier}/complete", params=sent(given))
