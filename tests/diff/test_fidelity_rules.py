"""Which rules an answer shows."""

import pytest

from replayer.diff.fidelity_rules import rules_shown
from tests.make import exchange


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ({"object": "invoice", "lines": {"data": [{"proration": True}]}}, ["proration", "invoices"]),
        ({"object": "line_item", "parent": {"subscription_item_details": {"proration": True}}}, ["proration"]),
        ({"object": "line_item", "parent": {"subscription_item_details": {"proration": False}}}, []),
        ({"object": "invoice", "starting_balance": -500}, ["credit balance", "invoices"]),
        ({"object": "subscription", "status": "trialing"}, ["trials", "subscriptions"]),
        ({"object": "payment_intent", "capture_method": "manual"}, ["manual capture"]),
        ({"object": "customer", "balance": 0}, []),
        ([{"object": "refund"}], ["refunds"]),
    ],
)
def test_an_answer_shows_its_rules(body, rules):
    assert rules_shown(exchange(1, "GET", "/v1/invoices/in_1", body=body)) == rules


def test_a_refused_call_is_an_error():
    assert rules_shown(exchange(1, "GET", "/v1/invoices/in_1", status=402, body={"error": {"decline_code": "generic_decline"}})) == [
        "declines",
        "errors",
    ]
