"""Changes to one call, as a programmer might make them: what the verdict must find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from replayer.candidates import Call
from replayer.model import Claims, Exchange, Finding, Request, Verdict
from replayer.simulator.rules import claims_of
from replayer.stripeapi import forms
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import competence

_AMOUNT = re.compile(r"(?:^|\[)(?:amount|unit_amount|amount_to_capture|application_fee_amount)\]?$")
_OTHER = {
    "customer": "cus_Other000000001", "payment_method": "pm_card_mastercard", "default_payment_method": "pm_card_mastercard",
    "price": "price_1Other0000000001", "plan": "another-plan", "coupon": "ANOTHER", "source": "tok_amex",
}  # fmt: skip
_ADDED = {
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
    "POST /v1/setup_intents": ("payment_method_types", ["card"]),
    "POST /v1/customers": ("balance", "-500"),
    "POST /v1/customers/{customer}": ("balance", "-500"),
    "POST /v1/transfers": ("source_type", "card"),
    "POST /v1/payment_methods": ("allow_redisplay", "always"),
}
_SWITCHES = {
    "confirm": ("true", "false"), "off_session": ("true", "false"), "trial_from_plan": ("true", "false"),
    "capture_method": ("automatic", "manual"), "confirmation_method": ("automatic", "manual"), "usage": ("off_session", "on_session"),
    "setup_future_usage": ("off_session", "on_session"), "proration_behavior": ("create_prorations", "none"),
    "cancel_at_period_end": ("true", "false"), "mode": ("payment", "setup"), "payment_behavior": ("allow_incomplete", "error_if_incomplete"),
}  # fmt: skip


class Change(msgspec.Struct, frozen=True):
    """A change of one call. `params` are the parameters that differ, empty where the call itself does; `become` makes the calls instead."""

    name: str
    kind: str
    become: Any
    params: tuple[str, ...] = ()

    def inert(self, claims: Claims) -> bool:
        """Whether a target says of every parameter that differs that nothing follows from it."""
        return bool(self.params) and all(competence(claims, name) == "inert" for name in self.params)

    def competences(self, claims: Claims) -> str:
        """What a target says of the parameters that differ."""
        return " ".join(sorted({competence(claims, name) for name in self.params})) or "whole call"


def changes_of(exchange: Exchange) -> Iterator[Change]:
    """Every seeded change that one recorded call can take."""
    request = exchange.request
    name = match(request.method, request.path).name
    yield Change("call dropped", "call dropped", lambda call: call.drop())
    yield Change("call doubled", "call doubled", lambda call: [call, call])
    leaves = list(forms.flatten(request.params))
    for wire, value in leaves:
        yield from _of_leaf(wire, value)
    for param, value in request.params.items():
        nested = tuple(wire for wire, _ in forms.flatten({param: value}))
        yield Change(f"{param} dropped", "parameter dropped", lambda call, param=param: call.without(param), nested)
    if name in _ADDED and _ADDED[name][0] not in request.params:
        yield _set(*_ADDED[name], "parameter added")
    if request.method == "POST":
        yield _set("metadata[seeded]", "1", "metadata")
        if match(request.method, request.path).operation and "description" in match(request.method, request.path).operation.params:
            yield _set("description", "Seeded", "description")
    yield _set(f"expand[{len(request.params.get('expand', []))}]", "customer", "expand")
    yield Change("another version", "version", lambda call: _with(call, version=_other_version(call.version)), ("(version)",))
    ids = match(request.method, request.path).path_ids
    if ids:
        yield Change("another id in the path", "path", _another_path, ("(path)",))


def _of_leaf(wire: str, value: str) -> Iterator[Change]:
    last = wire.rpartition("[")[2].rstrip("]")
    if _AMOUNT.search(wire) and value.lstrip("-").isdigit():
        for word, amount in (("+1", int(value) + 1), ("-1", int(value) - 1), ("×2", int(value) * 2)):
            yield _set(wire, str(amount), "amount", f"{wire} {word}")
    elif last == "currency":
        yield _set(wire, "eur" if value != "eur" else "usd", "currency")
    elif last == "quantity":
        yield _set(wire, str(int(value) + 1), "quantity")
    elif last in _OTHER and value != _OTHER[last]:
        yield _set(wire, _OTHER[last], f"another {last}")
    elif last in _SWITCHES:
        one, other = _SWITCHES[last]
        yield _set(wire, other if value.lower() == one else one, "switch")


def _set(wire: str, value: Any, kind: str, name: str | None = None) -> Change:
    changed = tuple(found for found, _ in forms.flatten({wire: value})) if isinstance(value, list) else (wire,)
    return Change(name or f"{wire} set", kind, lambda call: call.with_param(wire, value), changed)


def _with(call: Call, **changes: Any) -> Call:
    """A call with another field of its request: what a rewrite cannot change, and what a service may do all the same."""
    request: Request = msgspec.structs.replace(call.request, **changes)
    return Call(request, str(call.operation), recorded=call.recorded, chain=call.chain, stands_for=call.stands_for)


def _other_version(version: str | None) -> str:
    return "2024-06-20" if version != "2024-06-20" else "2020-08-27"


def _another_path(call: Call) -> Call:
    identifier = match(call.method, call.path).path_ids[-1][1]
    other = identifier[:-6] + "Other1" if len(identifier) > 12 else identifier + "Other1"
    return _with(call, path=call.path.replace(identifier, other))


def root_at(verdict: Verdict, operation: str, exchange: str) -> Finding | None:
    """The finding of the changed call itself, at its own operation."""
    for finding in verdict.findings:
        if finding.kind.startswith("call.") and (finding.operation, finding.cause, finding.examples) == (operation, None, [exchange]):
            return finding
    return None


def roots(verdict: Verdict) -> int:
    """How many findings follow from no other."""
    return sum(finding.cause is None for finding in verdict.findings)


def shown(verdict: Verdict) -> list[str]:
    """What of the consequences a verdict shows as a divergence: answers, effects, money."""
    return sorted({finding.kind for finding in verdict.findings if finding.judgement == "divergence" and not finding.kind.startswith("call.")})


__all__ = ["Change", "changes_of", "claims_of", "root_at", "roots", "shown"]
