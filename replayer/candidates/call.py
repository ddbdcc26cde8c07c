"""The call that a candidate gets: frozen, compared by operation, changed by making a new one."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from replayer.model import InputError, Outcome, Request
from replayer.stripeapi import forms
from replayer.stripeapi.catalogue import catalogue


class OperationName(str):
    """An operation's name that compares whatever its braces hold, and refuses to be compared with what is no operation."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OperationName):
            return str.__eq__(self, other)
        if not isinstance(other, str):
            return NotImplemented
        return str.__eq__(self, canonical_operation(other))

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    # Spellings that are equal have no common hash: looking one up in a set or dict is an error, and not a silent miss.
    __hash__ = None  # type: ignore[assignment]


def canonical_operation(name: str) -> str:
    """The catalogue's name of an operation; an unknown one raises and names the nearest."""
    known = catalogue().canonical(name)
    if known is None:
        raise InputError(f"no operation of Stripe's is called {name!r}", hint=f"did you mean {catalogue().nearest(name)!r}?")
    return known


def _refuse(*_: Any, **__: Any) -> Any:
    raise InputError("a call is frozen: its parameters cannot be changed in place", hint='return call.with_param("items[0][quantity]", 3)')


class FrozenDict(dict[str, Any]):
    """A hash of parameters that refuses to be changed; `dict(params)` gives one that can be."""

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return {name: copy.deepcopy(value, memo) for name, value in self.items()}


class FrozenList(list[Any]):
    """A list of parameters that refuses to be changed."""

    __setitem__ = __delitem__ = __iadd__ = append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __deepcopy__(self, memo: Any) -> list[Any]:
        return [copy.deepcopy(value, memo) for value in self]


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return FrozenDict({name: _frozen(child) for name, child in value.items()})
    return FrozenList(_frozen(child) for child in value) if isinstance(value, list) else value


class Answer:
    """What a call was answered: `status` (null where unknown) and `json`, the decoded body, a copy that is the candidate's own."""

    def __init__(self, outcome: Outcome) -> None:
        self.status = outcome.status
        self.ok = outcome.status is not None and outcome.status < 300
        self._body = outcome.body

    @cached_property
    def json(self) -> Any:
        """The decoded body."""
        return copy.deepcopy(self._body)


class Drop:
    """The decision to make no call at all."""

    def __init__(self, call: Call) -> None:
        self.call = call


class Call:
    """A planned call. Frozen: every change gives a new one, and one that changes nothing gives the same one.

    `params` are nested dicts and lists whose leaves are the strings of the wire, in the order sent; `recorded` is the recorded answer's
    JSON; `chain` is a dict of JSON values that lives as long as the chain.
    """

    __slots__ = ("_recorded", "_request", "_stands_for", "chain", "operation")
    operation: OperationName
    _recorded: Any
    _request: Request
    _stands_for: dict[str, str]
    chain: dict[str, Any]

    def __init__(
        self, request: Request, operation: str, *, recorded: Any, chain: dict[str, Any], stands_for: dict[str, str] | None = None
    ) -> None:
        put = object.__setattr__
        put(self, "_request", request)
        put(self, "operation", OperationName(operation))
        put(self, "_recorded", recorded)
        put(self, "chain", chain)
        put(self, "_stands_for", {} if stands_for is None else stands_for)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a call is frozen: use with_params({name}=...) and return what it gives")

    @property
    def recorded(self) -> Any:
        """The recorded answer's JSON, read-only."""
        if type(self._recorded) in (dict, list):
            object.__setattr__(self, "_recorded", _frozen(self._recorded))
        return self._recorded

    @property
    def method(self) -> str:
        """GET, POST or DELETE."""
        return self.request.method

    @property
    def path(self) -> str:
        """The path as on the wire, without the query."""
        return self.request.path

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, frozen: to change one is an error, and no silent nothing."""
        return FrozenDict({name: _frozen(value) for name, value in self.request.params.items()})

    @property
    def version(self) -> str | None:
        """The Stripe-Version that is sent."""
        return self.request.version

    @property
    def account(self) -> str | None:
        """The connected account that the call acts for."""
        return self.request.account

    @property
    def idempotency_key(self) -> str | None:
        """The recorded idempotency key; what is sent is derived from it."""
        return self.request.idempotency_key

    @property
    def headers(self) -> dict[str, str]:
        """The other headers that were kept, in lower case."""
        return dict(self.request.headers)

    @property
    def request(self) -> Request:
        """The request as it stands."""
        return self._request

    @property
    def stands_for(self) -> dict[str, str]:
        """What `replaced_by` has said so far: recorded id to live id."""
        return self._stands_for

    def with_params(self, **changes: Any) -> Call:
        """Set top-level parameters."""
        params = {**self.request.params, **{name: self._value(name, value) for name, value in changes.items()}}
        return self._with(params)

    def with_param(self, name: str, value: Any) -> Call:
        """Set one parameter by its wire name (`items[0][quantity]`)."""
        params = copy.deepcopy(self.request.params)
        _set(params, forms.split_name(name), self._value(name, value), name)
        return self._with(params)

    def without(self, name: str) -> Call:
        """Remove one parameter, and what is nested in it, by its wire name."""
        params = copy.deepcopy(self.request.params)
        _remove(params, forms.split_name(name))
        return self._with(params)

    def drop(self) -> Drop:
        """Make no call."""
        return Drop(self)

    def instead(self, operation: str, **params: Any) -> Call:
        """Make another call in place of this one. A path with ids is written out (`POST /v1/payment_intents/pi_1/confirm`)."""
        method, _, path = operation.partition(" ")
        found = catalogue().operation(method, path)
        if found is None or "{" in path:
            known = catalogue().nearest(operation)
            raise InputError(
                f"no operation of Stripe's is called {operation!r}", hint=f"did you mean {known!r}, with ids in place of the braces?"
            )
        request = Request(
            method=method,
            path=path,
            params=params if path.startswith("/v2/") else {name: wire_value(name, value) for name, value in params.items()},
            version=self.version,
            account=self.account,
            idempotency_key=self.idempotency_key,
            headers=self.request.headers,
            host=self.request.host,
            caller=self.request.caller,
            encoding="json" if path.startswith("/v2/") else "form",
        )
        return Call(request, found.name, recorded=self._recorded, chain=self.chain, stands_for=self.stands_for)

    def replaced_by(self, answer: Answer, ids: Mapping[str, str]) -> None:
        """Say which live ids the recorded ids stand for from now on."""
        for recorded, live in ids.items():
            if not isinstance(live, str) or not live:
                raise InputError(f"replaced_by: {recorded} cannot stand for {live!r}", hint=f"the answer's status was {answer.status}")
            self.stands_for[recorded] = live

    def _value(self, name: str, value: Any) -> Any:
        """A value as this call sends it: JSON stays what it is (`/v2`), a form holds text."""
        return value if self.request.encoding == "json" else wire_value(name, value)

    def _with(self, params: dict[str, Any]) -> Call:
        if params == self.request.params:
            return self
        request = msgspec.structs.replace(self.request, params=params)
        return Call(request, str(self.operation), recorded=self._recorded, chain=self.chain, stands_for=self.stands_for)

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.path} {forms.encode(self.request.params)}>"


def wire_value(name: str, value: Any) -> Any:
    """A Python value as on the wire: `True` is `true`, a number is decimal text, `""` clears; None has no meaning and raises.

    A hash of places (`{"0": …}`) is a list, as the wire knows no difference.
    """
    if value is None:
        raise InputError(f"{name}: None is no value on the wire", hint='send "" to clear it, or call .without() to leave it out')
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return format(Decimal(repr(value)), "f") if isinstance(value, float) else format(Decimal(value), "f")
    if isinstance(value, Mapping):
        return forms.as_list({str(key): wire_value(f"{name}[{key}]", child) for key, child in value.items()}, forms.split_name(name)[-1])
    if isinstance(value, list | tuple):
        return [wire_value(f"{name}[{index}]", child) for index, child in enumerate(value)]
    if isinstance(value, str):
        return value
    raise InputError(f"{name}: {type(value).__name__} cannot be sent", hint="use text, numbers, booleans, dicts or lists")


def _set(node: Any, parts: list[str], value: Any, name: str) -> None:
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        last = following is None
        empty: Any = value if following is None else ([] if following.isdigit() else {})
        if isinstance(node, list):
            if not part.isdigit() or int(part) > len(node):
                raise InputError(f"{name}: the list has {len(node)} elements", hint=f"the next free position is [{len(node)}]")
            if int(part) == len(node):
                node.append(empty)
            elif last:
                node[int(part)] = value
            node = node[int(part)]
        elif isinstance(node, dict):
            if last or not isinstance(node.get(part), dict | list):
                node[part] = empty
            node = node[part]


def _remove(node: Any, parts: list[str]) -> None:
    *above, last = parts
    trail: list[tuple[Any, Any]] = []
    for part in above:
        key: Any = int(part) if isinstance(node, list) and part.isdigit() else part
        if not (isinstance(node, dict) and key in node) and not (isinstance(node, list) and isinstance(key, int) and key < len(node)):
            return
        trail.append((node, key))
        node = node[key]
    _pop(node, last)
    for parent, key in reversed(trail):
        if parent[key]:
            break
        _pop(parent, str(key))


def _pop(node: Any, part: str) -> None:
    if isinstance(node, dict):
        node.pop(part, None)
    elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
        del node[int(part)]


def each(result: Any) -> Iterator[Call | Drop]:
    """What a plain rewrite returned, as the calls to make; anything else is an error."""
    if isinstance(result, Call | Drop):
        yield result
    elif isinstance(result, list | tuple) and result:
        for item in result:
            yield checked(item)
    else:
        raise InputError(f"the rewrite returned {result!r}", hint="return the call, a list of calls, or call.drop() for none")


def checked(item: Any) -> Call | Drop:
    """A call or a drop as it is; anything else is an error."""
    if not isinstance(item, Call | Drop):
        raise InputError(f"the rewrite gave {item!r}", hint="give the call, a changed one, or call.drop()")
    return item
