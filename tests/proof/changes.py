"""Changes to one call, as a programmer might make them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from replayer.candidates import Call
from replayer.model import Exchange
from replayer.stripeapi import forms
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.ids import is_id
from replayer.stripeapi.operations import match
from tests.proof.parameters import Twist, twists

_AMOUNT = re.compile(r"(?:^|\[)(?:amount|unit_amount|amount_to_capture|application_fee_amount)\]?$")
_OTHER = {
    "customer": "cus_Other000000001", "payment_method": "pm_card_mastercard", "default_payment_method": "pm_card_mastercard",
    "price": "price_1Other0000000001", "plan": "another-plan", "coupon": "ANOTHER", "source": "tok_amex",
}  # fmt: skip
_ADDED: dict[str, tuple[str, Any]] = {
    "POST /v1/subscriptions": ("trial_period_days", "30"),
    "POST /v1/subscriptions/{subscription}": ("proration_behavior", "none"),
    "DELETE /v1/subscriptions/{subscription}": ("invoice_now", "true"),
    "POST /v1/payment_intents": ("application_fee_amount", "100"),
    "POST /v1/payment_intents/{payment_intent}/capture": ("amount_to_capture", "100"),
    "POST /v1/payment_intents/{payment_intent}/confirm": ("payment_method", "pm_card_mastercard"),
    "POST /v1/charges/{charge}/refund": ("amount", "100"),
    "POST /v1/invoices": ("auto_advance", "true"),
    "POST /v1/invoices/{invoice}/pay": ("paid_out_of_band", "true"),
    "POST /v1/invoiceitems": ("discountable", "false"),
    "POST /v1/checkout/sessions": ("allow_promotion_codes", "true"),
    "POST /v1/setup_intents": ("payment_method_types", ["card", "us_bank_account"]),
    "POST /v1/customers": ("balance", "-500"),
    "POST /v1/customers/{customer}": ("balance", "-500"),
    "POST /v1/transfers": ("source_type", "card"),
    "POST /v1/payment_methods": ("allow_redisplay", "always"),
    "POST /v1/billing_portal/sessions": ("locale", "de"),
}
_SWITCHES = {
    "confirm": ("true", "false"), "off_session": ("true", "false"), "trial_from_plan": ("true", "false"),
    "capture_method": ("automatic", "manual"), "confirmation_method": ("automatic", "manual"), "usage": ("off_session", "on_session"),
    "setup_future_usage": ("off_session", "on_session"), "cancel_at_period_end": ("true", "false"),
}  # fmt: skip


class Change(msgspec.Struct, frozen=True):
    """A change of one call. `params` are the parameters that differ, empty where the call itself does; `become` makes the calls instead."""

    name: str
    kind: str
    become: Callable[[Call], Any]
    params: tuple[str, ...] = ()


def changes_of(exchange: Exchange) -> Iterator[Change]:
    """Every seeded change that one recorded call can take."""
    request, found = exchange.request, match(exchange.request.method, exchange.request.path)
    yield Change("call dropped", "call dropped", lambda call: call.drop())
    yield Change("call doubled", "call doubled", lambda call: [call, call])
    for wire, value in forms.flatten(request.params):
        yield from _of_leaf(wire, value)
    for param, value in request.params.items():
        nested = tuple(wire for wire, _ in forms.flatten({param: value}))
        kind = "expand" if param == "expand" else "parameter dropped"
        yield Change(f"{param} dropped", kind, lambda call, param=param: call.without(param), nested)
    if found.name in _ADDED and _ADDED[found.name][0] not in request.params:
        yield _set(*_ADDED[found.name], "parameter added")
    known = found.operation.params if found.operation else {}
    for param, wire in (("metadata", "metadata[seeded]"), ("description", "description")):
        if param in known:
            yield _set(wire, "Seeded", param)
    yield from _expansion(exchange)
    yield Change("another version", "version", lambda call: _with(call, version=_other_version(call.version)), ("(version)",))
    if found.path_ids:
        yield Change("another id in the path", "path", _another_path, ("(path)",))


def parameters_of(exchange: Exchange, ids: list[str]) -> Iterator[Change]:
    """A change of each parameter that the operation of a call has, in the version of the call."""
    request = exchange.request
    name = match(request.method, request.path).name
    yield from _expansion(exchange)
    for twist in twists(name, request.params, ids, str(request.version)):
        yield Change(twist.name, "parameter", twist.change, _named(twist, request.params))


def _named(twist: Twist, params: dict[str, Any]) -> tuple[str, ...]:
    dropped = twist.name.removesuffix(" dropped")
    return (twist.name,) if dropped == twist.name else tuple(wire for wire, _ in forms.flatten({dropped: params[dropped]}))


def _of_leaf(wire: str, value: str) -> Iterator[Change]:
    last = wire.rpartition("[")[2].rstrip("]")
    if _AMOUNT.search(wire) and value.lstrip("-").isdigit():
        for word, amount in (("+1", int(value) + 1), ("-1", int(value) - 1), ("×2", int(value) * 2)):
            if str(amount) != value:
                yield _set(wire, str(amount), "amount", f"{wire} {word}")
    elif last == "currency":
        yield _set(wire, "eur" if value != "eur" else "usd", "currency")
    elif last == "quantity":
        yield _set(wire, str(int(value) + 1), "quantity")
    elif last == "proration_behavior":
        yield _set(wire, "none" if value != "none" else "always_invoice", "proration")
    elif last in _OTHER and value != _OTHER[last]:
        yield _set(wire, _OTHER[last], f"another {last}")
    elif last in _SWITCHES:
        one, other = _SWITCHES[last]
        yield _set(wire, other if value.lower() == one else one, "switch")


def _set(wire: str, value: Any, kind: str, name: str | None = None) -> Change:
    changed = tuple(found for found, _ in forms.flatten({wire: value}))
    return Change(name or f"{wire} set", kind, lambda call: call.with_param(wire, value), changed)


def _expansion(exchange: Exchange) -> Iterator[Change]:
    """One more field shown whole."""
    expandable = next(_expandable(exchange), None)
    if expandable is not None:
        yield _set(f"expand[{len(exchange.request.params.get('expand', []))}]", expandable, "expand")


def _expandable(exchange: Exchange) -> Iterator[str]:
    """The fields of the answer that hold an id and that `expand` would show whole."""
    body = exchange.outcome.body
    if isinstance(body, dict) and isinstance(body.get("object"), str):
        for name, field in catalogue().fields(body["object"], exchange.request.version).items():
            value = body.get(name)
            if field.kind == "expandable" and isinstance(value, str) and is_id(value):
                yield name


def _with(call: Call, **changes: Any) -> Call:
    """A call with another field of its request: what a rewrite cannot change, and what a service may do all the same."""
    request = msgspec.structs.replace(call.request, **changes)
    return Call(request, str(call.operation)[:], recorded=call.recorded, chain=call.chain, stands_for=call.stands_for)


def _other_version(version: str | None) -> str:
    return "2024-06-20" if version != "2024-06-20" else "2020-08-27"


def _another_path(call: Call) -> Call:
    identifier = match(call.method, call.path).path_ids[-1][1]
    other = identifier[:-6] + "Other1" if len(identifier) > 12 else identifier + "Other1"
    return _with(call, path=call.path.replace(identifier, other))


__all__ = ["Change", "changes_of", "parameters_of"]
