"""The embedded stateful Stripe: answers requests as Stripe would, as far as it has rules, and says of each leaf where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from replayer.model import BaselineObject, Claims, Effect, Outcome, Request, World
from replayer.simulator import baseline, billing, clockwork, expand, idempotency, tax, webhooks
from replayer.simulator.agenda import Appointment
from replayer.simulator.ahead import Ahead
from replayer.simulator.calls import Answer, Call, Page
from replayer.simulator.errors import ApiError, Embedded, Unknown, bad_key, no_key, no_such_url
from replayer.simulator.generic import HANDLERS
from replayer.simulator.mint import base62
from replayer.simulator.origins import Origins, Sets
from replayer.simulator.params import convert
from replayer.simulator.render import Renderer
from replayer.simulator.routes import Route, find, route_of
from replayer.simulator.rule import Rule
from replayer.simulator.rules import claims_of, rules
from replayer.simulator.store import Layer, Store
from replayer.simulator.view import View
from replayer.simulator.webhooks import Delivery
from replayer.stripeapi.versions import NEWEST, parse

_TEST_KEYS = ("sk_test_", "rk_test_")


class Simulator:
    """Answers requests from state of its own; one account per secret key and per `Stripe-Account`.

    `now` is its clock, in epoch seconds; it never goes back. `world` is what it takes as given. The same calls get the same bytes.
    """

    def __init__(self, now: float = 0, world: World | None = None) -> None:
        self.now = now
        self.take(world or World())
        self._origins = Origins()
        self._layers: dict[str | None, Layer] = {}
        self._stores: dict[tuple[str, str | None], Store] = {}
        self._requests = 0
        self._unattended: list[Effect] = []
        self._indexes: dict[int, dict[str, list[Appointment]]] = {}
        self._rules = rules()

    def take(self, world: World) -> None:
        """Take a world as given, before the first call."""
        self._world, self._issuers = world, world.by_method()

    @property
    def origin_sets(self) -> Sets:
        """By the key in an outcome's `origins`: the leaves that no rule computed, by where they come from."""
        return self._origins.sets

    def lay(self, objects: Iterable[BaselineObject]) -> None:
        """Lay objects under every account; those with `account` set under that connected account."""
        for item in objects:
            baseline.lay(self._layers.setdefault(item.account, Layer()), item)

    def claims(self, operation_name: str) -> Claims:
        """What the simulator says of an operation's parameters: computed, inert, or (not listed) echoed only."""
        return claims_of(operation_name)

    def look_ahead(self, customer_id: str) -> Ahead | None:
        """What is to come for a customer, to be run on to a horizon; null where the simulator cannot tell. No call may come between."""
        return billing.look_ahead(self._stores.values(), customer_id, int(self.now), self._indexes)

    def customer_money(self, customer_id: str) -> tuple[dict[str, int] | None, dict[str, int] | None]:
        """What is to come for a customer: (committed, next bill) by currency in minor units; null where the simulator cannot tell."""
        ahead = self.look_ahead(customer_id)
        if ahead is None or not ahead.known:
            return None, None
        ahead.to_next()
        return (ahead.committed, ahead.next_bill()) if ahead.known else (None, None)

    def send(self, request: Request, *, key: str = "sk_test_simulator", at: float | None = None) -> Outcome:
        """Answer a request; `at` moves the clock forward to that time before."""
        if at is not None and at > self.now:
            self.now = at
        self._indexes.clear()
        self._requests += 1
        request_id = f"req_Sim{base62(self._requests, 11)}"
        try:
            store = self._store(key, request.account)
            operation = find(request.method, request.path)
            if operation is None:
                raise no_such_url(request.method, request.path)
            store.version = store.version or request.version or NEWEST
            self._keep_appointments(store)
            stored = idempotency.earlier(store, request, self.now)
            if stored is not None:
                return self._again(request, request_id, stored)
            route = route_of(operation.name)
            call = self._prepare(request, route, store)
            call.request_id = request_id
            call.effects, self._unattended = self._unattended, []
        except ApiError as problem:
            return self._refused(request, request_id, problem, View(None))
        except Unknown as unknown:
            return Outcome(error=f"unknown: {unknown}")
        return self._execute(call, request_id)

    def tick(self, at: float) -> None:
        """Move the clock on and let happen what is due by then, with no call."""
        self.now = max(self.now, at)
        for store in self._stores.values():
            self._keep_appointments(store)

    def take_deliveries(self) -> list[Delivery]:
        """The events that wait to be delivered to webhook endpoints, each once."""
        return [delivery for store in self._stores.values() if store.outbox for delivery in webhooks.collect(store)]

    # --- the way of a call

    def _keep_appointments(self, store: Store) -> None:
        """Let happen what is due in an account by now; its effects are told with those of the call that comes next."""
        due = store.agenda.next_due()
        if due is not None and due <= self.now:
            self._unattended.extend(clockwork.run(store, int(self.now)))

    def _store(self, key: str, account: str | None) -> Store:
        found = self._stores.get((key, account))
        if found is None:
            if not key:
                raise no_key()
            if not key.startswith(_TEST_KEYS):
                opener = next((store for store in self._stores.values() if store.sessions.get(key, 0) > self.now), None)
                if opener is None:
                    raise bad_key(key)
                return opener
            number = len(self._stores)
            identifier = account or f"acct_1Sim{base62(number + 1, 12)}"
            layer = self._layers.setdefault(account, Layer())
            opened = partial(self._store, key)
            found = Store(layer, base62(number, 3), identifier, opened, platform=account is None, world=self._world, issuers=self._issuers)
            self._stores[key, account] = found
        return found

    def _prepare(self, request: Request, route: Route, store: Store) -> Call:
        if request.version is not None and parse(request.version) is None:
            raise ApiError(f"Invalid Stripe API version: {request.version}")
        params = convert(request.params, route.operation.params, request.version, typed=request.encoding == "json")
        self._tree(request, route)
        rule = self._rules.get(route.operation.name)
        return Call(request, route, store, params, int(self.now), rule.inert if rule is not None else ())

    def _execute(self, call: Call, request_id: str) -> Outcome:
        rule = self._rules.get(call.route.operation.name)
        view = View(call.store)
        try:
            answer = self._run(call, rule)
            outcome = self._answered(call.request, call.route, request_id, answer, view, call.effects)
        except ApiError as problem:
            outcome = self._refused(call.request, request_id, problem, view, call.effects)
            if problem.executed:
                idempotency.keep(call.store, call.request, self.now, request_id, problem, view)
            return outcome
        except Unknown as unknown:
            return Outcome(error=f"unknown: {unknown}")
        idempotency.keep(call.store, call.request, self.now, request_id, answer, view)
        clockwork.finish(call)
        return outcome

    def _run(self, call: Call, rule: Rule | None) -> Answer:
        """Do what the call asks for; what trips a rule up, an object of a shape never seen, is not known rather than a crash."""
        try:
            return self._handle(call, rule)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise Unknown(f"a rule for {call.route.operation.name} failed ({type(problem).__name__}: {problem})") from problem

    def _handle(self, call: Call, rule: Rule | None) -> Answer:
        if rule is None and call.request.method != "GET":
            billing.taint(call)
        if rule is not None and rule.run is not None:
            tax.check(call)
            return rule.run(call)
        return HANDLERS[call.route.kind](call)

    def _tree(self, request: Request, route: Route) -> expand.Tree:
        paths = expand.paths_of(request.params)
        if not paths:
            return expand.NOTHING
        types = route.types
        checked = types[0] if len(types) == 1 else None
        return expand.parse(paths, checked, request.version, route.kind in ("list", "search"))

    def _again(self, request: Request, request_id: str, stored: idempotency.Stored) -> Outcome:
        """The first answer to an idempotency key, rendered anew."""
        more = {"idempotent-replayed": "true", "original-request": stored.request_id}
        if isinstance(stored.answer, ApiError):
            return self._refused(request, request_id, stored.answer, stored.view, [], more)
        operation = find(request.method, request.path)
        assert operation is not None
        return self._answered(request, route_of(operation.name), request_id, stored.answer, stored.view, [], more, stored.version)

    def _answered(
        self,
        request: Request,
        route: Route,
        request_id: str,
        answer: Answer,
        view: View,
        effects: list[Effect],
        more: dict[str, str] | None = None,
        version: str | None = None,
    ) -> Outcome:
        version = version or request.version
        renderer = Renderer(version, view)
        tree = self._tree(request, route)
        body = renderer.page(answer, tree) if isinstance(answer, Page) else renderer.record(answer, tree)
        origins = self._origins.key(renderer.parts, body, renderer.placed)
        return Outcome(status=200, headers=_headers(request, request_id, version, more), body=body, origins=origins, effects=effects)

    def _refused(
        self,
        request: Request,
        request_id: str,
        problem: ApiError,
        view: View,
        effects: list[Effect] | None = None,
        more: dict[str, str] | None = None,
    ) -> Outcome:
        renderer = Renderer(request.version, view)
        members = {name: _member(value, renderer) for name, value in problem.members().items()}
        body = {"error": members}
        origins = self._origins.key(["error", *renderer.parts], body, renderer.placed)
        headers = _headers(request, request_id, request.version, more)
        return Outcome(status=problem.status, headers=headers, body=body, origins=origins, effects=effects or [])


def _member(value: Any, renderer: Renderer) -> Any:
    if not isinstance(value, Embedded):
        return value
    record = renderer.view.first((value.type,), value.id)
    return renderer.record(record) if record is not None else None


def _headers(request: Request, request_id: str, version: str | None, more: dict[str, str] | None) -> dict[str, str]:
    found = {"content-type": "application/json", "request-id": request_id, "stripe-version": version or NEWEST}
    if request.idempotency_key:
        found["idempotency-key"] = request.idempotency_key
        found["original-request"] = request_id
    if request.account:
        found["stripe-account"] = request.account
    return {**found, **more} if more else found
