"""Setup intents: states and refusals."""

from __future__ import annotations


def test_without_a_payment_method_it_waits_for_one(account):
    intent = account.ok("POST /v1/setup_intents")
    assert (intent["status"], intent["usage"]) == ("requires_payment_method", "off_session")
    assert intent["client_secret"].startswith(f"{intent['id']}_secret_")


def test_confirmed_it_attaches_the_payment_method(account):
    customer = account.customer()
    outcome = account.call("POST /v1/setup_intents", {"customer": customer, "payment_method": "pm_card_visa", "confirm": "true"})
    assert outcome.body["status"] == "succeeded"
    assert account.ok(f"GET /v1/payment_methods/{outcome.body['payment_method']}")["customer"] == customer
    assert [e.object for e in outcome.effects if e.kind == "event"] == [
        "setup_intent.created", "payment_method.attached", "setup_intent.succeeded",
    ]  # fmt: skip
    assert not [e for e in outcome.effects if e.kind == "money"]


def test_a_card_that_asks_waits_for_the_customer(account):
    intent = account.ok("POST /v1/setup_intents", {"payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": "true"})
    assert (intent["status"], intent["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")


def test_a_decline_carries_the_intent(account):
    status, error = account.error("POST /v1/setup_intents", {"payment_method": "pm_card_chargeDeclined", "confirm": "true"})
    assert (status, error["code"], error["setup_intent"]["status"]) == (402, "card_declined", "requires_payment_method")


def test_a_confirmation_needs_a_payment_method(account):
    intent = account.ok("POST /v1/setup_intents")["id"]
    status, error = account.error(f"POST /v1/setup_intents/{intent}/confirm")
    assert (status, error["code"], error["setup_intent"]["id"]) == (400, "setup_intent_unexpected_state", intent)
    assert account.ok(f"POST /v1/setup_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})["status"] == "succeeded"


def test_what_is_done_cannot_be_canceled(account):
    intent = account.ok("POST /v1/setup_intents")["id"]
    assert account.ok(f"POST /v1/setup_intents/{intent}/cancel", {"cancellation_reason": "abandoned"})["status"] == "canceled"
    assert account.error(f"POST /v1/setup_intents/{intent}/cancel")[1]["code"] == "setup_intent_unexpected_state"


def test_an_open_one_is_changed_and_a_closed_one_is_not(account):
    intent = account.ok("POST /v1/setup_intents", {"metadata": {"a": "1", "b": "2"}})["id"]
    customer = account.customer()
    changed = account.ok(
        f"POST /v1/setup_intents/{intent}", {"customer": customer, "payment_method": "pm_card_visa", "metadata": {"a": ""}}
    )
    assert (changed["customer"], changed["status"], changed["metadata"]) == (customer, "requires_confirmation", {"b": "2"})
    assert account.ok(f"POST /v1/setup_intents/{intent}/confirm")["status"] == "succeeded"
    status, error = account.error(f"POST /v1/setup_intents/{intent}", {"description": "late"})
    assert (status, error["code"]) == (400, "setup_intent_unexpected_state")
