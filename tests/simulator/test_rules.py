"""What the simulator says of parameters: a computed one changes something, an inert one moves no money, status or existence."""

from __future__ import annotations

from typing import Any

import pytest

from replayer.simulator.rules import NOUNS, claims_of, rules
from replayer.stripeapi.catalogue import Param, catalogue
from replayer.stripeapi.places import HARD, kind_of
from tests.leaves import leaves

_CARD = {"type": "card", "card": {"token": "tok_visa"}}
_CONFIRMED = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
_ASKS = {**_CONFIRMED, "payment_method": "pm_card_authenticationRequired"}


def _intent(account, **more):
    return account.ok("POST /v1/payment_intents", {"amount": "2000", "currency": "usd", **more})["id"]


def _world(account) -> dict[str, str]:
    """Objects that the cases below name: two of each kind."""
    first, second = account.customer(), account.customer()
    shop = account.ok("POST /v1/products", {"name": "A"})["id"]
    return {
        "customer": first,
        "customer2": second,
        "card": account.card(first),
        "card2": account.card(first, "pm_card_mastercard"),
        "source": account.ok(f"POST /v1/customers/{first}/sources", {"source": "tok_visa"})["id"],
        "source2": account.ok(f"POST /v1/customers/{first}/sources", {"source": "tok_mastercard"})["id"],
        "loose": account.ok("POST /v1/payment_methods", _CARD)["id"],
        "intent": _intent(account),
        "ready": _intent(account, payment_method="pm_card_visa"),
        "asking": _intent(account, payment_method="pm_card_authenticationRequired"),
        "held": account.paid(capture_method="manual")["id"],
        "paid": account.paid()["id"],
        "paid2": account.paid(3000)["id"],
        "charge": account.paid()["latest_charge"],
        "charge2": account.paid(3000)["latest_charge"],
        "held_charge": account.ok("POST /v1/charges", {"amount": "2000", "currency": "usd", "source": "tok_visa", "capture": "false"})[
            "id"
        ],
        "refund": account.ok("POST /v1/refunds", {"payment_intent": account.paid()["id"]})["id"],
        "setup": account.ok("POST /v1/setup_intents", {"payment_method": "pm_card_visa"})["id"],
        "setup_asking": account.ok("POST /v1/setup_intents", {"payment_method": "pm_card_authenticationRequired"})["id"],
        "product": shop,
        "product2": account.ok("POST /v1/products", {"name": "B"})["id"],
    }


# Operation, parameters to begin with, and by computed parameter what it is changed to (a hash is merged over all parameters).
_GIVEN = {
    "payment_method_data[type]": {"payment_method_data": {"type": "klarna"}},
    "payment_method_data[card][token]": {"payment_method_data": {**_CARD}},
    "payment_method_data[card][number]": {"payment_method_data": {"type": "card", "card": {"number": "4242424242424242"}}},
}
_CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("POST /v1/customers", {}, {"payment_method": "pm_card_visa", "source": "tok_visa"}),
    (
        "POST /v1/customers/{customer}",
        {},
        {"invoice_settings[default_payment_method]": {"invoice_settings": {"default_payment_method": "{card}"}}, "source": "tok_visa",
         "default_source": "{source2}"},
    ),
    ("POST /v1/customers/{customer}/sources", {"source": "tok_visa"}, {"source": "tok_mastercard"}),
    ("POST /v1/payment_methods", _CARD, {"type": "klarna", "card[token]": {"card": {"token": "tok_mastercard"}}, "card[number]": {"card": {"number": "5555555555554444"}},
                                          "payment_method": "{card}"}),
    ("POST /v1/payment_methods/{loose}/attach", {"customer": "{customer}"}, {"customer": "{customer2}"}),
    (
        "POST /v1/payment_intents",
        _CONFIRMED,
        {"amount": "2001", "currency": "eur", "confirm": "false", "capture_method": "manual", "payment_method": "pm_card_chargeDeclined",
         "customer": "{customer}", "setup_future_usage": "off_session",
         "automatic_payment_methods": {"automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"}},
         "payment_method_types": {"payment_method_types": ["card"]}, **_GIVEN},
    ),
    ("POST /v1/payment_intents", _ASKS, {"off_session": "true", "error_on_requires_action": "true", "return_url": "https://example.test/"}),
    (
        "POST /v1/payment_intents/{ready}",
        {},
        {"amount": "2001", "currency": "eur", "customer": "{customer}", "payment_method": "pm_card_visa", "capture_method": "manual",
         "setup_future_usage": "off_session",
         **_GIVEN},
    ),
    (
        "POST /v1/payment_intents/{ready}/confirm",
        {},
        {"payment_method": "pm_card_chargeDeclined", "capture_method": "manual", "setup_future_usage": "off_session",
         **_GIVEN},
    ),
    (
        "POST /v1/payment_intents/{asking}/confirm",
        {},
        {"off_session": "true", "error_on_requires_action": "true", "return_url": "https://example.test/"},
    ),
    ("POST /v1/payment_intents/{held}/capture", {}, {"amount_to_capture": "1500"}),
    ("POST /v1/payment_intents/{held}/cancel", {}, {}),
    (
        "POST /v1/setup_intents",
        {},
        {"confirm": {"confirm": "true", "payment_method": "pm_card_visa"}, "customer": "{customer}",
         "payment_method": "pm_card_visa", "payment_method_types": {"payment_method_types": ["card"]},
         "automatic_payment_methods": {"automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"}},
         **_GIVEN},
    ),
    ("POST /v1/setup_intents", {"confirm": "true", "payment_method": "pm_card_authenticationRequired"}, {"return_url": "https://example.test/"}),
    (
        "POST /v1/setup_intents/{setup}/confirm",
        {},
        {"payment_method": "pm_card_chargeDeclined", **_GIVEN},
    ),
    ("POST /v1/setup_intents/{setup_asking}/confirm", {}, {"return_url": "https://example.test/"}),
    ("POST /v1/setup_intents/{setup}/cancel", {}, {}),
    (
        "POST /v1/charges",
        {"amount": "2000", "currency": "usd", "source": "tok_visa"},
        {"amount": "2001", "currency": "eur", "source": "tok_mastercard", "customer": {"customer": "{customer}", "source": "{source}"},
         "capture": "false"},
    ),
    ("POST /v1/charges/{held_charge}/capture", {}, {"amount": "1500"}),
    ("POST /v1/charges/{charge}/refund", {}, {"amount": "300"}),
    ("POST /v1/charges/{charge}/refunds", {}, {"amount": "300"}),
    ("POST /v1/refunds", {"charge": "{charge}"}, {"charge": "{charge2}", "amount": "300"}),
    ("POST /v1/refunds", {"payment_intent": "{paid}"}, {"payment_intent": "{paid2}"}),
    ("POST /v1/products", {"name": "A"}, {"id": "mine"}),
    (
        "POST /v1/prices",
        {"product": "{product}", "currency": "usd", "unit_amount": "500"},
        {"currency": "eur", "unit_amount": "501", "product": "{product2}", "recurring[interval]": {"recurring": {"interval": "month"}},
         "recurring[interval_count]": {"recurring": {"interval": "month", "interval_count": "3"}},
         "unit_amount_decimal": {"unit_amount_decimal": "500.5", "unit_amount": None}},
    ),
    (
        "POST /v1/plans",
        {"product": "{product}", "currency": "usd", "amount": "500", "interval": "month"},
        {"currency": "eur", "amount": "501", "product": "{product2}", "interval": "year", "interval_count": "2", "id": "mine",
         "amount_decimal": {"amount_decimal": "500.5", "amount": None}},
    ),
    (
        "POST /v1/coupons",
        {"percent_off": "10"},
        {"percent_off": "20", "amount_off": {"amount_off": "100", "currency": "usd", "percent_off": None}, "duration": "forever", "id": "mine",
         "currency": "usd", "duration_in_months": {"duration": "repeating", "duration_in_months": "3"}},
    ),
    ("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"}, {"percentage": "10", "inclusive": "true"}),
]  # fmt: skip
_WRITES = sorted(name for name in rules() if name.startswith("POST "))


def _filled(value, world):
    if isinstance(value, str):
        return value.format(**world) if value.startswith("{") else value
    if isinstance(value, dict):
        return {key: _filled(child, world) for key, child in value.items() if child is not None}
    return [_filled(child, world) for child in value] if isinstance(value, list) else value


def _did(another, operation, params):
    """What a call did, on an account of its own: status, answer, effects; its own description of itself left out."""
    account = another()
    account.version = "2025-10-29.clover"
    world = _world(account)
    return account.call(operation.format(**world), _filled(params, world))


def _cases():
    for operation, base, changes in _CASES:
        for param, change in changes.items():
            yield pytest.param(operation, base, param, change, id=f"{operation.removeprefix('POST ')} {param}")


@pytest.mark.parametrize(("operation", "base", "param", "change"), list(_cases()))
def test_a_computed_parameter_changes_what_happens(another, operation, base, param, change):
    assert param in claims_of(_blank(operation)).computed
    changed = {**base, **change} if isinstance(change, dict) else {**base, param: change}
    before, after = _did(another, operation, base), _did(another, operation, changed)
    assert before.status == 200, before
    assert (before.status, before.body, before.effects) != (after.status, after.body, after.effects)


def _blank(operation):
    return "/".join("{}" if part.startswith("{") else part for part in operation.split("/"))


def test_every_computed_parameter_of_a_write_has_a_case():
    cases = {(_blank(operation), param) for operation, _, changes in _CASES for param in changes}
    for name in _WRITES:
        for param in claims_of(name).computed:
            assert param == "expand" or (_blank(name), param) in cases, f"{name} {param}"


def _sample(param: Param, name: str, which: str) -> Any:
    if name == "metadata":
        return {"some": which}
    if param.kind == "list":
        return [{"name": "a", "value": which}] if name == "custom_fields" else [which]
    if param.children and name in ("shipping", "billing_details"):
        return {"name": which, "address": {"line1": which}}
    return which


_SHOWN_ELSEWHERE = ("receipt_email", "statement_descriptor", "statement_descriptor_suffix", "shipping")


def _inert_cases():
    bases = {_blank(operation): (operation, base) for operation, base, _ in reversed(_CASES)}
    bases |= {
        "POST /v1/payment_methods/{}": ("POST /v1/payment_methods/{card}", {}), "POST /v1/charges/{}": ("POST /v1/charges/{charge}", {}),
        "POST /v1/refunds/{}": ("POST /v1/refunds/{refund}", {}),
    }  # fmt: skip
    for name in _WRITES:
        for param in claims_of(name).inert:
            operation, base = bases[_blank(name)]
            yield pytest.param(operation, base, param, id=f"{_blank(name).removeprefix('POST ')} {param}")


@pytest.mark.parametrize(("operation", "base", "param"), list(_inert_cases()))
def test_an_inert_parameter_moves_nothing(another, operation, base, param):
    head, _, rest = param.partition("[")
    canonical = catalogue().canonical(_blank(operation))
    spec = catalogue().named(canonical).params[head] if canonical else Param("map")
    leaf = rest.rstrip("]")
    values = ({leaf: _sample(spec.children[leaf], leaf, which)} if leaf else _sample(spec, head, which) for which in ("one", "other"))
    before, after = (_did(another, operation, {**base, head: value}) for value in values)
    assert before.body != after.body or leaf or head in _SHOWN_ELSEWHERE or operation.endswith("/refund")
    assert after.status == before.status == 200, after
    assert after.effects == before.effects
    hard = [(path, leaf) for path, leaf in leaves(before.body) if kind_of(path) in HARD]
    assert hard == [(path, leaf) for path, leaf in leaves(after.body) if kind_of(path) in HARD]


def test_claims_name_parameters_that_exist():
    for name in rules():
        operation = catalogue().canonical(name)
        known = catalogue().named(operation).params if operation else {"amount", "reason", "metadata", "expand"}
        claims = claims_of(name)
        for param in (*claims.computed, *claims.inert):
            assert param.partition("[")[0] in {*known, "expand"}, f"{name} {param}"
        assert not set(claims.computed) & set(claims.inert)
        assert all(claims.inert.values())


def test_an_operation_without_a_rule_claims_nothing():
    assert claims_of("POST /v1/subscriptions").computed == []
    assert claims_of("POST /v1/subscriptions").inert == {}
    assert claims_of("POST /v1/unicorns").computed == []


def test_names_in_braces_carry_no_meaning():
    assert claims_of("POST /v1/customers/{}") == claims_of("POST /v1/customers/{whoever}") != claims_of("POST /v1/customers")


def test_every_noun_is_listed_once():
    names = [name for noun in NOUNS for name in noun.RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("filled", [True, False])
def test_no_parameter_breaks_a_call(another, filled):
    """Whatever stands in a parameter of its kind, or nothing, a call ends with an answer or in the unknown."""
    account = another()
    account.version = None
    world = _world(account)
    for operation in catalogue().operations():
        ids = [world.get(part[1:-1], world.get(part[1:-1].split("_")[-1], "x_1")) for part in operation.template.split("/") if "{" in part]
        path = "/".join(ids.pop(0) if part.startswith("{") else part for part in operation.template.split("/"))
        everything = {name: _anything(param) if filled else "" for name, param in operation.params.items() if name != "expand"}
        _no_failure(account.call(f"{operation.method} {path}", everything))
        required = {name: _anything(param) for name, param in operation.params.items() if param.required}
        for name, value in everything.items():
            _no_failure(account.call(f"{operation.method} {path}", {**required, name: value}))


def _no_failure(outcome):
    assert "failed" not in (outcome.error or ""), outcome


def _anything(param: Param) -> Any:
    if param.kind == "hash" or param.children:
        return {name: _anything(child) for name, child in param.children.items()}
    if param.kind == "list":
        return [_anything(param.item)] if param.item else ["x"]
    if param.kind == "map":
        return {"x": "y"}
    return {"integer": "7", "time": "1760000000", "boolean": "true", "number": "1.5", "decimal": "1.5"}.get(
        param.kind, param.choices[0] if param.choices else "usd"
    )
