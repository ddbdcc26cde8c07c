"""One call while it executes: what a rule is given, and the only way in which it changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from replayer.model import Effect, Request
from replayer.model.effect import EffectKind
from replayer.simulator import events
from replayer.simulator.agenda import Agenda
from replayer.simulator.errors import ApiError, Unknown, missing_resource
from replayer.simulator.records import Record
from replayer.simulator.routes import Route
from replayer.simulator.store import Store
from replayer.stripeapi.catalogue import Operation


class Page(msgspec.Struct):
    """A list's answer: one page of objects. `exact` is whether the simulator knows of all that such a list may hold;
    `next_page` is a search's cursor."""

    members: list[Record]
    url: str
    has_more: bool = False
    exact: bool = True
    search: bool = False
    next_page: str | None = None


Answer = Record | Page
_NOBODY = Request(method="", path="")
_NOWHERE = Route(Operation("", "", "", {}, None), "action", (), (), False)


class Call:
    """A call of one account.

    `params` are converted by the catalogue's kinds (null is what an empty value clears), `ids` are those of the path, in order, `now` is
    the clock in whole seconds. `later` runs after the answer was rendered: what Stripe does a moment later. `request_id` is what events
    name. `assumed` are the facts of the world on which rests what it does from here on. `reactions` are what Stripe's own services do when
    they hear of an event (rules.py lists them).
    """

    __slots__ = (
        "_before", "_created", "_inert", "assumed", "effects", "ids", "later", "now", "params", "request", "request_id", "route", "store",
    )  # fmt: skip
    reactions: ClassVar[Mapping[str, Callable[[Call, Record], None]]] = {}

    def __init__(self, request: Request, route: Route, store: Store, params: dict[str, Any], now: int, inert: Iterable[str] = ()) -> None:
        self.request, self.route, self.store, self.params, self.now = request, route, store, params, now
        self.ids = route.path_ids(request.path)
        self.effects: list[Effect] = []
        self.later: list[tuple[Record, Callable[[], None]]] = []
        self.assumed: list[str] = []
        self.request_id: str | None = None
        self._created: set[str] = set()
        self._before: dict[str, dict[str, Any]] = {}
        self._inert = inert

    @classmethod
    def unattended(cls, store: Store, now: int) -> Call:
        """What Stripe does by itself at a time of the clock: no request, no parameters."""
        return cls(_NOBODY, _NOWHERE, store, {}, now)

    def within(self, **params: Any) -> Call:
        """The same call with other parameters: a part of its work, whose effects are the call's."""
        inner = Call(self.request, self.route, self.store, params, self.now)
        inner.effects, inner.later, inner._created, inner._before = self.effects, self.later, self._created, self._before
        inner.request_id, inner.assumed = self.request_id, self.assumed
        return inner

    def tried(self) -> Call:
        """The same call on a fork of the account: what it does there is done nowhere."""
        inner = Call(self.request, self.route, self.store.fork(), self.params, self.now)
        inner.request_id = self.request_id
        return inner

    def on_account(self, account: str | None) -> Call:
        """The same call on another account of the platform (null: the platform's own), whose effects are the call's."""
        inner = self.within(**self.params)
        inner.store = self.store.of_account(account)
        return inner

    @property
    def is_attended(self) -> bool:
        """Whether somebody sent a request for it."""
        return self.request is not _NOBODY

    @property
    def version(self) -> str | None:
        """The API version of the call, null for the newest."""
        return self.request.version

    # --- finding

    def at(self, position: int = 0, *, deleted: bool = False) -> Record:
        """The object that the path names; 404 where there is none, or where it was deleted and `deleted` does not allow that."""
        _, types, param = self.route.named[position]
        return self.find(types, self.ids[position], param, status=404, deleted=deleted)

    def find(self, types: tuple[str, ...] | str, identifier: str, param: str, *, status: int = 400, deleted: bool = False) -> Record:
        """An object by id; the error of Stripe that names `param` where there is none, `Unknown` where a baseline object refers to it."""
        wanted = (types,) if isinstance(types, str) else types
        found = self.store.first(wanted, identifier)
        if found is None and identifier in self.store.baseline.named:
            raise Unknown(f"{identifier} is known by its id only")
        if found is None or (found.deleted and not deleted):
            raise missing_resource(wanted[0] if wanted else "resource", identifier, param=param, status=status)
        return found

    def named(self, param: str, object_type: str | None = None) -> Record | None:
        """The object that a parameter names, null where the parameter is not there."""
        identifier = self.params.get(param)
        return self.find(object_type or param, identifier, param) if isinstance(identifier, str) and identifier else None

    def sure(self, record: Record) -> Record:
        """A record whose state decides what happens; raises `Unknown` where only its state after later calls is known."""
        if record.origin == "after":
            raise Unknown(f"the state of {record.id} before this call is not known")
        if record.weak:
            raise Unknown(f"the state of {record.id} is not known: a call without a rule wrote it")
        return record

    # --- changing

    def create(self, object_type: str, values: dict[str, Any], *, origin: str = "computed", identifier: str | None = None) -> Record:
        """Make an object; `values` are its fields beside `id`, `object`, `created` and `livemode`."""
        new = identifier or self.store.mint.of(object_type)
        head = {"id": new, "object": object_type, "created": self.now, "livemode": False}
        marks = {name: "given" for name in self._inert if name in self.params and name in values} if origin == "computed" else None
        record = Record(object_type, new, {**head, **values}, origin=origin, marks=marks)
        self.store.add(record)
        if self.assumed:
            record.rest_on(self.assumed, values)
        self._created.add(new)
        self.effect("created", record)
        return record

    def passing(self, object_type: str, values: dict[str, Any], marks: dict[str, str] | None = None) -> Record:
        """An object that is shown and kept nowhere."""
        head = {"id": self.store.mint.of(object_type), "object": object_type, "created": self.now, "livemode": False}
        return Record(object_type, str(head["id"]), {**head, **values}, marks=marks)

    def update(
        self, record: Record, changes: dict[str, Any], *, origin: str | None = "computed", paths: Iterable[str] | None = None
    ) -> Record:
        """Change fields of an object; the copy that was written on is returned."""
        own = self.store.writable(record)
        if own.id not in self._created:
            self._before.setdefault(own.id, own.values)
        own.assign(changes, origin, paths)
        if self.assumed and paths is None:
            own.rest_on(self.assumed, changes)
        self.store.own.put(own)
        if own.id not in self._created:
            self._created.add(own.id)
            self.effect("updated", own)
        return own

    def delete(self, record: Record) -> Record:
        """Delete an object; what is left is its stub."""
        own = self.store.writable(record)
        own.deleted = True
        own.mark({})
        self.effect("deleted", own)
        return own

    # --- telling

    def effect(self, kind: EffectKind, record: Record, *, name: str | None = None) -> None:
        """Tell that an object was created, updated or deleted, or that an event about it was sent."""
        self.effects.append(Effect(kind, name or record.type, record.id, customer=self._customer_of(record)))

    def event(self, name: str, record: Record) -> None:
        """Tell that Stripe sends an event, and let what listens to it act."""
        self.effect("event", record, name=name)
        events.write(self, name, record, self._before)
        self.react(name, record)

    def react(self, name: str, record: Record) -> None:
        """Let act what listens to an event, or to what Stripe sends no event of."""
        reaction = self.reactions.get(name)
        if reaction is not None:
            reaction(self, record)

    def afterwards(self, record: Record, what: Callable[[], None]) -> None:
        """Let something happen to an object once the call is answered."""
        self.later.append((record, what))

    def appoint(self, due: int, what: str, record: Record, *, first: bool = False) -> None:
        """Let something happen to an object by itself at a time (clockwork.py lists what); `first` before all else at that time."""
        clock = clock_of(self.store, record)
        agenda = self.store.agenda if clock is None else self.store.clocks.setdefault(clock, Agenda())
        agenda.add(due, what, record.id, first=first)

    def on_clock(self, customer: Record | None) -> None:
        """Go by the test clock of a customer, where it has one."""
        clock = clock_of(self.store, customer) if customer is not None else None
        found = self.store.get("test_helpers.test_clock", clock) if clock is not None else None
        if found is not None:
            self.now = int(found["frozen_time"])

    def assume(self, fact: str | None) -> None:
        """Note a fact that is used beyond the conditions in which it was seen (null: none is): what follows in this call rests on it."""
        if fact is not None and fact not in self.assumed:
            self.assumed.append(fact)

    def money(self, record: Record, amount: int) -> None:
        """Tell that money moved: positive from the customer, negative back; `amount` is in minor units."""
        customer = self._customer_of(record)
        self.effects.append(Effect("money", record.type, record.id, amount, record.values.get("currency"), customer, tuple(self.assumed)))

    def _customer_of(self, record: Record) -> str | None:
        """The customer that an object belongs to, by itself or through what it is a part of."""
        owner = customer_of(record)
        for field in ("charge", "subscription") if owner is None else ():
            through = record.values.get(field)
            whole = self.store.get(field, through) if isinstance(through, str) else None
            owner = owner or (customer_of(whole) if whole is not None else None)
        return owner


def clock_of(store: Store, record: Record) -> str | None:
    """The test clock that an object goes by: its own or its customer's."""
    if not store.clocks:
        return None
    found = record.values.get("test_clock")
    if not isinstance(found, str):
        owner = customer_of(record)
        customer = store.get("customer", owner) if owner is not None else None
        found = customer.values.get("test_clock") if customer is not None else None
    return found if isinstance(found, str) else None


def customer_of(record: Record) -> str | None:
    """The customer that an object belongs to."""
    if record.type == "customer":
        return record.id
    value = record.values.get("customer")
    return value if isinstance(value, str) else None


def refuse(message: str, **more: Any) -> ApiError:
    """An error of a call that began to execute: its idempotency key is used up."""
    return ApiError(message, executed=True, **more)
