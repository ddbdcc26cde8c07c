"""Make what a recording takes for granted by ordinary calls, from the copies that its answers embed: for targets that start empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from replayer.model import BaselineObject, Exchange, Outcome, Request
from replayer.stripeapi import forms
from replayer.stripeapi.ids import ID
from replayer.stripeapi.testdata import cards, like

# Parameters that name an object which a test suite usually makes outside its recording.
_REFERENCE = re.compile(
    r"(?:^|\[|\b)(?:plan|price|product|coupon|customer|payment_method|default_payment_method|tax_rates|default_tax_rates|default_price)"
    r"\]?(?:\[\d*\])?$"
)
_TEST_CARDS = ("pm_card_", "tok_")
_COPIED = {
    "product": ("id", "name", "description", "active", "statement_descriptor", "unit_label"),
    "plan": ("id", "amount", "currency", "interval", "interval_count", "nickname", "trial_period_days", "usage_type"),
    "price": ("unit_amount", "currency", "nickname", "lookup_key", "tax_behavior"),
    "coupon": ("id", "amount_off", "percent_off", "currency", "duration", "duration_in_months", "name"),
    "tax_rate": ("display_name", "percentage", "inclusive", "country", "jurisdiction", "description"),
    "customer": ("email", "name", "description", "phone"),
}
_PATHS = {kind: f"/v1/{kind}s" for kind in _COPIED}


def referenced(request: Request) -> set[str]:
    """The values of parameters that name an object."""
    return {value for name, value in forms.flatten(request.params) if value and _REFERENCE.search(name)}


def named(request: Request) -> set[str]:
    """The ids, by their shape, that a request's path and parameters hold."""
    return set(ID.findall(" ".join([request.path, *(value for _, value in forms.flatten(request.params))])))


class Seeder:
    """Seeds one source. `send` makes a call; `ids` gets recorded id to live id; `made` holds what could be made.

    `baseline` are objects whose state is known besides; `refused` says of those that could not be made why.
    """

    def __init__(
        self,
        exchanges: Iterable[Exchange],
        send: Callable[[Request], Outcome],
        ids: dict[str, str],
        baseline: Iterable[BaselineObject] = (),
    ) -> None:
        self._send = send
        self._ids = ids
        self.made: set[str] = set()
        self.refused: dict[str, str] = {}
        self._copies: dict[str, dict[str, Any]] = {}
        self._wanted: list[str] = []
        self._version: str | None = None
        for item in baseline:
            if item.state is not None:
                self._copies[item.id] = {"object": item.object, **item.state}
                self._wanted.append(item.id)
                self._version = self._version or item.version
        self._read(exchanges)

    def run(self) -> set[str]:
        """Make everything that is wanted and known; returns the recorded ids of what was made."""
        for identifier in self._wanted:
            self._make(identifier)
        return self.made

    def _read(self, exchanges: Iterable[Exchange]) -> None:
        own: set[str] = set()
        for exchange in exchanges:
            self._version = self._version or exchange.request.version
            wanted = referenced(exchange.request) | set(ID.findall(exchange.request.path))
            self._wanted += sorted(name for name in wanted - own if name not in self._wanted and not name.startswith(_TEST_CARDS))
            for identifier, copy in _embedded(exchange.outcome.body):
                if identifier not in self._copies or copy["object"] == "plan":
                    self._copies[identifier] = copy
            body = exchange.outcome.body
            if exchange.request.method == "POST" and isinstance(body, dict) and isinstance(body.get("id"), str):
                own.add(body["id"])

    def _make(self, identifier: str) -> None:
        if identifier in self.made or identifier in self.refused:
            return
        copy = self._copies.get(identifier)
        if copy is None:
            self.refused[identifier] = "known by its id only"
            return
        kind = copy["object"]
        params = {name: copy.get(name) for name in _COPIED.get(kind, ())}
        if kind in ("plan", "price") and _ref(copy.get("product")):
            params |= self._product(str(_ref(copy["product"])))
            if kind == "price":
                recurring = copy.get("recurring") or {}
                params["recurring"] = _plain({name: recurring.get(name) for name in ("interval", "interval_count", "usage_type")})
        if kind == "payment_method" and copy.get("type") == "card":
            self._payment_method(identifier, copy)
        elif kind == "subscription":
            self._subscription(identifier, copy)
        elif kind in _PATHS:
            self._call(identifier, _PATHS[kind], params)
        else:
            self.refused[identifier] = f"a {kind} is not copied"

    def _product(self, product: str) -> dict[str, Any]:
        self._copies.setdefault(product, {"id": product, "object": "product", "name": "Seeded"})
        self._make(product)
        return {"product": self._ids.get(product, product)}

    def _subscription(self, identifier: str, copy: dict[str, Any]) -> None:
        """A subscription of the same customer to the same prices. Its period begins now: what depends on it is another."""
        customer, entries = _ref(copy.get("customer")), (copy.get("items") or {}).get("data") or []
        for name in (customer, *(_ref(entry.get("price")) for entry in entries)):
            if name:
                self._make(name)
        items = [_plain({"price": self._live(_ref(entry.get("price"))), "quantity": entry.get("quantity")}) for entry in entries]
        params = {"customer": self._live(customer), "items": items, "currency": copy.get("currency")}
        if copy.get("collection_method") == "send_invoice":
            params |= {"collection_method": "send_invoice", "days_until_due": copy.get("days_until_due") or 30}
        self._call(identifier, "/v1/subscriptions", params)

    def _live(self, identifier: str | None) -> str | None:
        return self._ids.get(identifier, identifier) if identifier else None

    def _payment_method(self, identifier: str, copy: dict[str, Any]) -> None:
        customer = _ref(copy.get("customer"))
        if customer:
            self._make(customer)
        token = token_like(copy.get("card") or {})
        outcome = self._call(identifier, "/v1/payment_methods", {"type": "card", "card": {"token": token}})
        if outcome.status == 200 and customer:
            self._post(identifier, f"/v1/payment_methods/{outcome.body.get('id')}/attach", {"customer": self._ids.get(customer, customer)})

    def _call(self, identifier: str, path: str, params: dict[str, Any]) -> Outcome:
        outcome = self._post(identifier, path, _plain(params))
        self.made.add(identifier)
        live = outcome.body.get("id") if outcome.status == 200 and isinstance(outcome.body, dict) else None
        if isinstance(live, str):
            if live != identifier:
                self._ids[identifier] = live
        else:
            self.refused[identifier] = f"{path}: {outcome.why}"
        return outcome

    def _post(self, identifier: str, path: str, params: dict[str, Any]) -> Outcome:
        """Make a call for one recorded object: two that look alike stay two, whatever the key is made of."""
        return self._send(Request(method="POST", path=path, params=params, version=self._version, idempotency_key=f"{identifier} {path}"))


def token_like(card: dict[str, Any]) -> str:
    """The test token of a card's brand and funding; of one with a test card's last digits, which may be declined or ask, that card's."""
    brand, funding, last4 = str(card.get("brand")), card.get("funding"), str(card.get("last4"))
    same = [one for one in cards() if one.brand == brand and (one.number or "")[-4:] == last4]
    for found in (*same, like(brand, funding if isinstance(funding, str) else None)):
        for name in found.names:
            if name.startswith("tok_"):
                return name
    return "tok_visa"


def _embedded(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every full object in an answer, with its id."""
    if isinstance(value, dict):
        if isinstance(value.get("id"), str) and isinstance(value.get("object"), str) and len(value) > 4:
            yield value["id"], value
        for child in value.values():
            yield from _embedded(child)
    elif isinstance(value, list):
        for child in value:
            yield from _embedded(child)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, dict | list) else forms.scalar(value)
        for name, value in params.items()
        if value not in (None, "", {}, [])
    }


def _ref(value: Any) -> str | None:
    value = value.get("id") if isinstance(value, dict) else value
    return value if isinstance(value, str) else None
