"""What a call only points at is not what it changes."""

from typing import Any

import pytest

from replayer.capture.baseline import derive, state_after
from replayer.capture.pointers import pointed_at
from replayer.model import Exchange, Outcome, Request
from replayer.stripeapi.operations import match

CUSTOMER, METHOD = "cus_A1b2C3d4", "pm_A1b2C3d4"


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        (f"/v1/payment_methods/{METHOD}/attach", {"customer": CUSTOMER}, {CUSTOMER}),
        (f"/v1/customers/{CUSTOMER}", {"invoice_settings": {"default_payment_method": METHOD}}, {METHOD}),
        (f"/v1/customers/{CUSTOMER}", {"payment_method": METHOD}, set()),
        ("/v1/customers", {"payment_method": METHOD, "invoice_settings": {"default_payment_method": METHOD}}, set()),
        (f"/v1/customers/{CUSTOMER}", {"invoice_settings": {"default_payment_method": METHOD}, "metadata": {"old": METHOD}}, set()),
        ("/v1/subscriptions", {"customer": CUSTOMER, "default_payment_method": METHOD}, {METHOD}),
        (f"/v1/payment_methods/{METHOD}/detach", {"customer": CUSTOMER}, set()),
        ("/v1/subscriptions", {"default_payment_method": ["x"], "customer": CUSTOMER}, set()),
    ],
)
def test_what_stands_at_a_pointers_place_and_nowhere_else_is_pointed_at(path: str, params: dict[str, Any], expected: set[str]) -> None:
    assert pointed_at(match("POST", path).name, Request(method="POST", path=path, params=params)) == expected


def call(number: int, path: str, params: dict[str, Any], body: Any) -> Exchange:
    return Exchange(
        id=f"x{number}", source="a", at=1790000000.0 + number, request=Request(method="POST", path=path, params=params), outcome=Outcome(status=200, body=body)
    )  # fmt: skip


def test_a_customer_is_still_known_after_a_card_was_attached_to_it_and_a_card_after_it_was_made_the_default() -> None:
    customer = {"id": CUSTOMER, "object": "customer", "created": 1, "name": "x", "balance": 0}
    method = {"id": METHOD, "object": "payment_method", "created": 1, "customer": CUSTOMER, "type": "card"}
    calls = [
        call(1, "/v1/customers", {}, customer),
        call(2, f"/v1/payment_methods/{METHOD}/attach", {"customer": CUSTOMER}, method),
        call(3, f"/v1/customers/{CUSTOMER}", {"invoice_settings": {"default_payment_method": METHOD}}, customer),
    ]
    assert {item.id: item.provenance for item in state_after(calls)} == {CUSTOMER: "observed", METHOD: "observed"}
    charged = call(
        4, "/v1/payment_intents", {"customer": CUSTOMER, "payment_method": METHOD}, {"id": "pi_A1b2C3d4", "object": "payment_intent"}
    )
    assert {item.provenance for item in state_after([*calls, charged]) if item.state} == {"after"}


def test_a_customer_that_is_first_shown_after_a_card_was_attached_to_it_is_observed() -> None:
    customer = {"id": CUSTOMER, "object": "customer", "created": 1, "name": "x", "balance": 0}
    attached = call(1, f"/v1/payment_methods/{METHOD}/attach", {"customer": CUSTOMER}, {"error": {}})
    shown = Exchange(id="x2", source="a", at=1790000009.0, request=Request(method="GET", path=f"/v1/customers/{CUSTOMER}"), outcome=Outcome(status=200, body=customer))  # fmt: skip
    (found,) = (item for item in derive([attached, shown]) if item.id == CUSTOMER)
    assert found.provenance == "observed"
