"""Infer a source's stimuli: from the events that actors caused, and from what later reads show.

Two passes where events are told (whose they are is known only at the end), one where none is. What grows is an index of ids and the events
of actors; bodies of answers are not kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from replayer.capture.history import Callers, Told, events_in, in_order
from replayer.capture.stimuli.acts import Act, Group, Scene, acts_of, ref
from replayer.capture.stimuli.places import follows
from replayer.capture.stimuli.reads import Reads
from replayer.model import BaselineObject, Effect, Exchange, Outcome, Request
from replayer.stripeapi.ids import objects

Read = Callable[[], Iterable[Exchange]]
_BY_ITSELF = ("charge.dispute.created", "charge.dispute.closed")  # no request causes it, and no clock of a target's either
_WAITING = frozenset({"payment_intent", "setup_intent", "checkout.session"})


class Stimuli(msgspec.Struct, frozen=True):
    """A source's stimuli in their order.

    `supplied` are objects that they need and no call shows: payment methods made in the browser. `waiting` are the intents and Checkout
    sessions that the source's calls made and that nobody is seen to confirm or complete.
    """

    acts: list[Exchange] = []
    supplied: list[BaselineObject] = []
    waiting: list[str] = []

    @property
    def made(self) -> set[str]:
        """The ids that stimuli made."""
        return {effect.id for one in self.acts for effect in one.outcome.effects or [] if effect.kind == "created" and effect.id}


def infer(read: Read, source: str = "") -> Stimuli:
    """What actors did, by a source's events and answers."""
    callers, reads, told = Callers(), Reads(), False
    for exchange in read():
        callers.add(exchange)
        reads.add(exchange)
        told = told or next(events_in(exchange), None) is not None
    placed: list[_Placed] = []
    if told:
        actors = _Actors(callers)
        for exchange in read():
            actors.add(exchange)
        placed = actors.acts()
    known = {identifier for one in placed for identifier in _concerned(one)}
    known.update(identifier for one in reads.acts() for identifier in _within(one.act.about.object))
    placed += [_Placed(act=one.act, after=one.after, at=one.at, events=[one.act.about]) for one in reads.acts() if one.about not in known]
    done = known | {identifier for one in placed for identifier in _concerned(one)}
    return _stimuli(placed, source, [name for name in reads.waiting() if name not in done])


def _concerned(placed: _Placed) -> Iterator[str]:
    """The objects that an act changes: those of its path and its events, and what these came of."""
    yield from placed.act.path.split("/")
    for told in placed.events:
        yield told.about
        yield from _within(told.object)


def _within(state: dict[str, Any]) -> Iterator[str]:
    """The intents that a session or an invoice pays by."""
    for name in ("payment_intent", "setup_intent"):
        found = ref(state.get(name))
        if found is not None:
            yield found


class _Placed(msgspec.Struct, frozen=True, kw_only=True):
    """An act, the exchange that it follows (0: none), when it happened, and its events."""

    act: Act
    after: int
    at: float
    events: list[Told]


class _Actors:
    """The second pass: groups the events of actors by request, and knows what the source shows by then."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._seen: set[str] = set()
        self._groups: dict[str, list[Told]] = {}
        self._first: dict[str, int] = {}
        self._begun, self._numbers = array("d"), array("L")  # of the calls, their times never falling
        self._shown: dict[str, list[tuple[int, str]]] = {}
        self._portal: list[tuple[int, str, str]] = []
        self._configurations: dict[str, str] = {}
        self._types: set[str] = set()
        self._documented: dict[str, bool] = {}

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange."""
        number = int(exchange.id[1:])
        if exchange.lane == "api" and exchange.at is not None:
            self._begun.append(max(exchange.at, self._begun[-1] if self._begun else 0.0))
            self._numbers.append(number)
        for told in events_in(exchange):
            self._types.add(told.type)
            if told.id in self._seen:
                continue
            self._seen.add(told.id)
            key = self._key(told)
            if key is not None:
                self._groups.setdefault(key, []).append(told)
                self._first[key] = min(number, self._first.get(key, number))
        if exchange.lane == "api" and isinstance(exchange.outcome.body, dict):
            self._learn(number, exchange.outcome.body)

    def _key(self, told: Told) -> str | None:
        """What the events of one request share; null where no actor caused this one."""
        if told.type in _BY_ITSELF:
            return told.id
        origin = self._callers.origin(told)
        if origin == "actor":
            return f"{told.request or told.key}"
        waits = told.type.startswith(("payment_intent.", "setup_intent.")) and origin == "stripe"
        return f"{told.about} {told.at}" if waits and self._status(told.about, None) == "requires_action" else None

    def _status(self, identifier: str, before: int | None) -> str | None:
        """The last status that an answer showed of an intent or session."""
        shown = self._shown.get(identifier, [])
        return next((status for number, status in reversed(shown) if before is None or number <= before), None)

    def _learn(self, number: int, body: dict[str, Any]) -> None:
        kind = body.get("object")
        if kind == "billing_portal.configuration":
            update = (body.get("features") or {}).get("subscription_update") or {}
            self._configurations[str(body.get("id"))] = str(update.get("proration_behavior") or "none")
        elif kind == "billing_portal.session":
            behavior = self._configurations.get(ref(body.get("configuration")) or "")
            if behavior is not None:
                self._portal.append((number, str(body.get("customer")), behavior))
        for identifier, object_type, state in objects(body):
            if object_type in _WAITING and isinstance(state.get("status"), str):
                shown = self._shown.setdefault(identifier, [])
                if not shown or shown[-1][1] != state["status"]:
                    shown.append((number, state["status"]))

    def acts(self) -> list[_Placed]:
        """What actors did, in order."""
        found = []
        for key, events in self._groups.items():
            ordered = [told for at in sorted({one.at for one in events}) for told in in_order([one for one in events if one.at == at])]
            after = self._after(ordered[0].at, self._first[key])
            acts = acts_of(Group(ordered, self._scene(ordered, after)))
            found += [_Placed(act=act, after=after, at=ordered[0].at, events=ordered) for act in acts]
        return sorted(found, key=lambda one: (one.after, one.at))

    def _after(self, at: float, told: int) -> int:
        """The last exchange before an act: of those that began by its second, but none that comes after its events were told."""
        place = min(bisect_left(self._begun, at + 1), bisect_left(self._numbers, told))
        return self._numbers[place - 1] if place else 0

    def _scene(self, events: list[Told], after: int) -> Scene:
        scene = Scene()
        scene.types = self._types
        for one in events:
            status = self._status(one.about, after)
            if status is not None:
                scene.statuses[one.about] = status
        for number, customer, behavior in self._portal:
            if number <= after:
                scene.portal[customer] = behavior
        return scene


def _stimuli(placed: list[_Placed], source: str, waiting: list[str]) -> Stimuli:
    counts: dict[int, int] = {}
    acts: list[Exchange] = []
    supplied: dict[str, BaselineObject] = {}
    for one in sorted(placed, key=lambda one: (one.after, one.at)):
        counts[one.after] = counts.get(one.after, 0) + 1
        acts.append(_exchange(one, follows(f"x{one.after}", counts[one.after]), source))
        for item in _methods(one):
            supplied.setdefault(item.id, item)
    return Stimuli(acts, list(supplied.values()), waiting)


def _exchange(placed: _Placed, identifier: str, source: str) -> Exchange:
    act, told = placed.act, placed.act.about
    request = Request(
        method=act.method, path=act.path or f"/v1/events/{told.id}", params=act.params, version=told.version, account=told.account
    )
    made = [
        Effect("created", str(one.object.get("object")), one.about, customer=ref(one.object.get("customer")))
        for one in placed.events if one.about and (one.type.endswith(".created") or one.type in _CHARGED)
    ]  # fmt: skip
    outcome = Outcome(status=200, body=told.object if act.shown else None, effects=[*made, *_moved(placed.events)])
    return Exchange(
        id=identifier, source=source, lane="external", at=placed.at, request=request, outcome=outcome,
        disposition="skipped" if act.why else "sent", reason=act.why,
    )  # fmt: skip


def _moved(events: list[Told]) -> Iterator[Effect]:
    """The money that the events of an act tell of."""
    refunds = [one for one in events if one.type == "refund.created"]
    for one in events:
        charge = one.object
        if one.type in ("charge.succeeded", "charge.captured") and charge.get("captured"):
            yield _money("charge", one, int(charge.get("amount_captured", charge.get("amount")) or 0))
        elif one.type == "charge.refunded" and not refunds:
            yield _money("refund", one, int(one.before.get("amount_refunded") or 0) - int(charge.get("amount_refunded") or 0))
    for one in refunds:
        yield _money("refund", one, -int(one.object.get("amount") or 0))


def _money(through: str, told: Told, amount: int) -> Effect:
    customer = ref(told.object.get("customer"))
    return Effect("money", through, told.about, amount=amount, currency=told.object.get("currency"), customer=customer)


_CHARGED = ("charge.succeeded", "charge.failed", "charge.pending")


def _methods(placed: _Placed) -> Iterator[BaselineObject]:
    """The payment methods that a charge of an act shows: made in the browser, they are in no answer."""
    for told in placed.events:
        attached = [{**told.object, "customer": None}] if told.type == "payment_method.attached" else []
        charged = [_method(state, told) for _, kind, state in objects(told.object) if kind == "charge"]
        for state in (*attached, *(one for one in charged if one is not None)):
            yield BaselineObject(
                id=state["id"], object="payment_method", provenance="reversed", state=state, version=told.version, account=told.account,
                seen=told.seen,
            )  # fmt: skip


def _method(charge: dict[str, Any], told: Told) -> dict[str, Any] | None:
    details, identifier = charge.get("payment_method_details"), ref(charge.get("payment_method"))
    if not isinstance(details, dict) or identifier is None or not identifier.startswith("pm_"):
        return None
    kind = str(details.get("type"))
    looks = details.get(kind) or {}
    kept = {name: value for name, value in looks.items() if name in _LOOKS}
    return {
        "id": identifier, "object": "payment_method", "billing_details": charge.get("billing_details") or {}, "customer": None,
        "created": int(told.at), "livemode": bool(charge.get("livemode")), "metadata": {}, "type": kind, kind: kept,
    }  # fmt: skip


_LOOKS = (
    "brand", "country", "display_brand", "exp_month", "exp_year", "fingerprint", "funding", "last4", "networks", "wallet", "bank_name",
    "routing_number", "account_type", "account_holder_type", "bank_code", "branch_code",
)  # fmt: skip
