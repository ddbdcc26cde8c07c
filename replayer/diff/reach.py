"""Reach: how far a difference between the arms' calls can have come. It follows data, on recorded ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from replayer.capture.chains import named_ids
from replayer.diff.align import Aligned, ParamChange, sent
from replayer.diff.canonical import Canon
from replayer.diff.compare import Missing
from replayer.model import Claims, Effect, Exchange
from replayer.stripeapi.forms import scalar
from replayer.stripeapi.ids import ids_in, is_id, is_shared, type_hint
from replayer.stripeapi.limits import is_choice, metadata_within_limits, within_limits
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import Name, competence, param_name, plain_params

_MOST_ECHOES = 64
# What these show, every write may have changed, though they name no object of it.
_OF_THE_ACCOUNT = frozenset({"GET /v1/balance", "GET /v1/balance_transactions", "GET /v1/balance/history", "GET /v1/events"})
# What is shown in two ways: an amount also in decimals, a price also as the plan that it was before prices.
_TWINS = {
    "unit_amount": "unit_amount_decimal", "unit_amount_decimal": "unit_amount", "flat_amount": "flat_amount_decimal",
    "flat_amount_decimal": "flat_amount", "amount": "amount_decimal", "amount_decimal": "amount", "price": "plan", "plan": "price",
}  # fmt: skip
_PASSERS_BY = frozenset({"customer", "payment_method"})  # named by most answers, changed by few calls


class Echo(msgspec.Struct, frozen=True):
    """A parameter that differs: its name, and what the candidate sent for it; null where it left it out."""

    name: Name
    sent: str | None


class Taint(msgspec.Struct, frozen=True):
    """What reaches an object or a call.

    `blind`: through a parameter that the target only echoes. `full`: through more than inert parameters; what differs only in those brings
    no money, status or existence into reach. `root` is the finding it follows from, `echoes` the parameters that differ there.
    """

    root: str
    blind: bool
    full: bool
    echoes: frozenset[Echo] = frozenset()

    def join(self, other: Taint | None) -> Taint:
        """Both at once; the earlier root stands, but one that is full before one that is not."""
        if other is None or other == self:
            return self
        first, second = (self, other) if self.full or not other.full else (other, self)
        echoes = first.echoes | second.echoes if len(first.echoes) < _MOST_ECHOES else first.echoes
        return Taint(first.root, self.blind or other.blind, self.full or other.full, echoes)


def place_name(path: str) -> Name:
    """A place's name in the same parts: `items.data[].quantity` is (`items`, `quantity`)."""
    return tuple(part for part in path.replace("[]", "").split(".") if part and part != "data")


def echoed_by(path: str, echoes: Iterable[Echo], *, anywhere: bool = False) -> list[tuple[Echo, Name]]:
    """The differing parameters whose name a place has, with what is left of the name below the place.

    A place has the name of a parameter, of what is nested in it, or of the hash it is nested in. `anywhere`: also where an object stands
    inside another (`latest_charge.metadata.order`).
    """
    name = place_name(path)
    starts = range(len(name) if anywhere else 1)
    return [(echo, echo.name[len(name) - start :]) for echo in echoes for start in starts if _echoes(name[start:], echo)]


def shows(value: Any, below: Name, sent: str | None) -> bool:
    """Whether what stands at a place is what was sent: its text, or nothing where the parameter cleared or left out."""
    for part in below:
        value = value.get(part) if isinstance(value, dict) else None
    if sent is None or sent == "":
        return value in (None, "", {}, []) or type(value) is Missing
    return scalar(value) == sent if not isinstance(value, dict | list) else False


def _echoes(name: Name, echo: Echo) -> bool:
    """Whether a place has a parameter's name, or one within it or around it; of an object that a sent id stands for only the id has it."""
    if echo.name[: len(name)] == name:
        return True
    return name[: len(echo.name)] == echo.name and (echo.sent is None or not is_id(echo.sent) or name[len(echo.name) :] == ("id",))


def _sent(value: Any) -> str | None:
    return None if value is None else scalar(value)


class Reach:
    """Follows the reach of the candidate's differences through one source."""

    def __init__(self, claims: Callable[[str], Claims | None], *, distinct_ids: bool = True) -> None:
        """`distinct_ids`: the target never gives one id to two objects. A stateless one does, and would tie everything together."""
        self._claims = claims
        self._distinct_ids = distinct_ids
        self._objects: dict[str, Taint] = {}
        self._account: Taint | None = None

    def own(self, call: Aligned, root: str) -> Taint | None:
        """What a call's own difference brings; null where the arms' calls are the same."""
        if not call.differs and call.raised is None:
            return None
        claims = self._claims(call.operation)
        kinds = [_competence(call.operation, claims, change) for change in call.changes]
        if call.candidate is not None and not metadata_within_limits(call.candidate.request.params):
            kinds.append("echoed")
        whole = [item for item in (*call.extra, *call.doubled, *([call.control] if call.missing else [])) if item is not None]
        blind = call.raised is not None or "echoed" in kinds or any(self._blind(exchange) for exchange in whole)
        full = call.raised is not None or bool(whole) or any(kind != "inert" for kind in kinds)
        echoes = {Echo(param_name(change.name), _sent(change.candidate)) for change in call.changes if not change.name.startswith("(")}
        twins = {Echo((*echo.name[:-1], twin), echo.sent) for echo in echoes if echo.name and (twin := _TWINS.get(echo.name[-1]))}
        return Taint(root, blind, full, frozenset(echoes | twins))

    def is_inert(self, call: Aligned) -> bool:
        """Whether only parameters differ that move nothing."""
        taint = self.own(call, "")
        return taint is not None and not taint.full and not taint.blind

    def incoming(self, call: Aligned, canon_c: Canon, canon_k: Canon) -> Taint | None:
        """What comes to a call through the objects that it names or returns."""
        if not self._objects and self._account is None:
            return None
        taint = self._account if call.operation in _OF_THE_ACCOUNT else None
        for identifier in self._seen(call, canon_c, canon_k):
            found = self._objects.get(identifier)
            if found is not None and found is not taint:
                taint = found if taint is None else taint.join(found)
        return taint

    def root_of(self, identifier: str) -> str | None:
        """The finding that an object's reach follows from."""
        found = self._objects.get(identifier)
        return found.root if found else None

    def spread(self, call: Aligned, taint: Taint, effects: list[list[Effect]], canon_c: Canon, canon_k: Canon) -> None:
        """Pass a call's reach on to every object that it creates, changes or deletes in either arm."""
        writes = match(call.recorded.request.method, call.recorded.request.path).writes
        if not writes and not (call.extra or call.doubled) and not any(_is_change(effect) for arm in effects for effect in arm):
            return
        if taint.full:
            self._account = taint.join(self._account)
        for identifier in self._changed(call, taint, effects, canon_c, canon_k):
            self._objects[identifier] = taint.join(self._objects.get(identifier))

    def _blind(self, exchange: Exchange) -> bool:
        """A whole call that is missing or added differs in all its parameters; an operation without a rule is echoed only."""
        operation, request = match(exchange.request.method, exchange.request.path).name, exchange.request
        claims = self._claims(operation)
        if claims is None or not claims.computed:
            return True
        return any(competence(claims, name) == "echoed" for name in request.params) or any(
            not is_choice(name, value, operation=operation) for name, value in plain_params(request.params, request.encoding).items()
        )

    def _changed(self, call: Aligned, taint: Taint, effects: list[list[Effect]], canon_c: Canon, canon_k: Canon) -> Iterator[str]:
        for exchange, canon in _calls(call, canon_c, canon_k):
            request = exchange.request
            if request.method == "GET":
                continue
            paths = {canon.text(identifier) for _, identifier in match(request.method, request.path).path_ids}
            named = {canon.text(identifier): kind for identifier, kind in named_ids(request)}
            yield from paths
            if isinstance(exchange.outcome.body, dict) and isinstance(exchange.outcome.body.get("id"), str):
                yield canon.text(exchange.outcome.body["id"])
            for identifier in set(self._answered(exchange, canon)):
                passer_by = type_hint(identifier) in _PASSERS_BY and not taint.blind
                if identifier not in named and not passer_by and not is_shared(identifier):
                    yield identifier
            if taint.blind:
                yield from (identifier for identifier, kind in named.items() if not is_shared(identifier, kind))
        for arm, canon in zip(effects, (canon_c, canon_k), strict=True):
            yield from (canon.text(effect.id) for effect in arm if effect.id and _is_change(effect))

    def _answered(self, exchange: Exchange, canon: Canon) -> Iterator[str]:
        """The ids in an answer, as recorded ones."""
        for identifier in ids_in(exchange.outcome.body):
            if self._distinct_ids or canon is _AS_RECORDED:
                yield canon.text(identifier)
            elif (recorded := canon.recorded_id(identifier)) is not None:
                yield recorded

    def _seen(self, call: Aligned, canon_c: Canon, canon_k: Canon) -> Iterator[str]:
        for exchange, canon in _calls(call, canon_c, canon_k):
            for identifier, _ in named_ids(exchange.request):
                yield canon.text(identifier)
            yield from self._answered(exchange, canon)
            # What the target did by itself by then (a renewal) is told with this call, and concerns what it concerns.
            yield from (canon.text(effect.id) for effect in exchange.outcome.effects or () if effect.id and _is_change(effect))


def _is_change(effect: Effect) -> bool:
    return effect.kind in ("created", "updated", "deleted")


def _competence(operation: str, claims: Claims | None, change: ParamChange) -> str:
    """What a target says of a parameter that differs; beyond what Stripe takes for it no claim of *inert* holds.

    A word that is none of an enum's Stripe refuses, unless an older version had it: no claim at all holds there.
    """
    said = competence(claims, change.name)
    if not is_choice(change.name, change.candidate, operation=operation):
        return "echoed"
    inside = all(within_limits(change.name, value, operation=operation) for value in (change.control, change.candidate))
    return "echoed" if said == "inert" and not inside else said


def _calls(call: Aligned, canon_c: Canon, canon_k: Canon) -> Iterator[tuple[Exchange, Canon]]:
    """Every call that has to do with a recorded one, with its arm's canonical form; the recording's own ids need none."""
    yield call.recorded, _AS_RECORDED
    if sent(call.control) and call.control is not None:
        yield call.control, canon_c
    for exchange in (call.candidate, *call.extra, *call.doubled):
        if exchange is not None and sent(exchange):
            yield exchange, canon_k


_AS_RECORDED = Canon()  # one that has learned nothing: the recording's ids stand for themselves
