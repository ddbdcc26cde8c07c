"""Payment intents: states, amounts, effects, refusals."""

from __future__ import annotations

import pytest

from replayer.simulator.store import INDEXED
from replayer.stripeapi.places import HARD, kind_of

_INTENT = {"amount": "2000", "currency": "usd"}


def _events(outcome):
    return [effect.object for effect in outcome.effects if effect.kind == "event"]


def _money(outcome):
    return [(effect.object, effect.amount, effect.currency) for effect in outcome.effects if effect.kind == "money"]


def _made(outcome):
    return {effect.object for effect in outcome.effects if effect.kind == "created"}


def test_without_a_payment_method_it_waits_for_one(account):
    outcome = account.call("POST /v1/payment_intents", _INTENT)
    assert outcome.body["status"] == "requires_payment_method"
    assert _events(outcome) == ["payment_intent.created"]
    assert _money(outcome) == []


def test_with_one_it_waits_for_confirmation(account):
    intent = account.ok("POST /v1/payment_intents", {**_INTENT, "payment_method": "pm_card_visa"})
    assert intent["status"] == "requires_confirmation"
    confirmed = account.call(f"POST /v1/payment_intents/{intent['id']}/confirm")
    assert confirmed.body["status"] == "succeeded"
    assert _money(confirmed) == [("charge", 2000, "usd")]


def test_a_confirmed_one_is_paid_by_a_charge(account):
    outcome = account.call("POST /v1/payment_intents", {**_INTENT, "payment_method": "pm_card_visa", "confirm": "true"})
    intent = outcome.body
    assert (intent["status"], intent["amount_received"], intent["amount_capturable"]) == ("succeeded", 2000, 0)
    assert _events(outcome)[:3] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert _made(outcome) == {"payment_method", "payment_intent", "charge", "balance_transaction"}
    charge = account.ok(f"GET /v1/charges/{intent['latest_charge']}")
    assert (charge["amount"], charge["amount_captured"], charge["paid"], charge["captured"]) == (2000, 2000, True, True)
    assert charge["payment_method_details"]["card"]["last4"] == "4242"
    assert charge["payment_intent"] == intent["id"]


def test_captured_asynchronously_the_balance_transaction_comes_later(account):
    params = {**_INTENT, "payment_method": "pm_card_visa", "confirm": "true", "expand": ["latest_charge"]}
    intent = account.ok("POST /v1/payment_intents", params)
    assert intent["capture_method"] == "automatic_async"
    assert intent["latest_charge"]["balance_transaction"] is None
    assert account.ok(f"GET /v1/charges/{intent['latest_charge']['id']}")["balance_transaction"] is not None
    at_once = account.ok("POST /v1/payment_intents", {**params, "capture_method": "automatic"})
    assert at_once["latest_charge"]["balance_transaction"] is not None


@pytest.mark.parametrize(
    ("version", "capturing", "automatic"),
    [("2023-08-16", "automatic", True), ("2022-11-15", "automatic", False), ("2024-04-10", "automatic_async", True)],
)
def test_defaults_are_those_of_the_version(account, version, capturing, automatic):
    intent = account.ok("POST /v1/payment_intents", _INTENT, version=version)
    assert intent["capture_method"] == capturing
    assert (intent["automatic_payment_methods"] is not None) is automatic


def test_old_versions_show_the_charges(account):
    intent = account.paid()
    old = account.ok(f"GET /v1/payment_intents/{intent['id']}", version="2020-08-27")
    assert "latest_charge" not in old
    assert [charge["id"] for charge in old["charges"]["data"]] == [intent["latest_charge"]]
    assert old["charges"]["data"][0]["refunds"]["data"] == []


def test_a_manual_one_waits_for_capture(account):
    outcome = account.call(
        "POST /v1/payment_intents", {**_INTENT, "payment_method": "pm_card_visa", "confirm": "true", "capture_method": "manual"}
    )
    assert (outcome.body["status"], outcome.body["amount_capturable"]) == ("requires_capture", 2000)
    assert _money(outcome) == []
    captured = account.call(f"POST /v1/payment_intents/{outcome.body['id']}/capture")
    assert (captured.body["status"], captured.body["amount_received"]) == ("succeeded", 2000)
    assert _money(captured) == [("charge", 2000, "usd")]
    assert _events(captured) == ["charge.captured", "payment_intent.succeeded"]


def test_a_part_captured_gives_the_rest_back(account):
    intent = account.paid(capture_method="manual")
    captured = account.call(f"POST /v1/payment_intents/{intent['id']}/capture", {"amount_to_capture": "1500"})
    assert (captured.body["amount"], captured.body["amount_received"]) == (2000, 1500)
    assert _money(captured) == [("charge", 1500, "usd")]
    charge = account.ok(f"GET /v1/charges/{intent['latest_charge']}", {"expand": ["refunds"]})
    assert (charge["amount_captured"], charge["amount_refunded"], charge["refunded"]) == (1500, 500, False)
    assert [refund["amount"] for refund in charge["refunds"]["data"]] == [500]


@pytest.mark.parametrize(("amount", "code"), [("2001", "amount_too_large"), ("0", "parameter_invalid_integer")])
def test_captures_out_of_range_are_refused(account, amount, code):
    intent = account.paid(capture_method="manual")
    status, error = account.error(f"POST /v1/payment_intents/{intent['id']}/capture", {"amount_to_capture": amount})
    assert (status, error["code"]) == (400, code)


def test_a_capture_at_the_wrong_time_carries_the_intent(account):
    intent = account.paid()
    status, error = account.error(f"POST /v1/payment_intents/{intent['id']}/capture")
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")
    assert error["payment_intent"]["id"] == intent["id"]
    assert "status of succeeded" in error["message"]


def test_a_decline_is_a_402_that_carries_everything(account):
    outcome = account.call(
        "POST /v1/payment_intents", {**_INTENT, "payment_method": "pm_card_chargeDeclinedInsufficientFunds", "confirm": "true"}
    )
    error = outcome.body["error"]
    assert outcome.status == 402
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", "card_declined", "insufficient_funds")
    intent = error["payment_intent"]
    assert (intent["status"], intent["payment_method"], intent["amount_received"]) == ("requires_payment_method", None, 0)
    assert intent["last_payment_error"]["decline_code"] == "insufficient_funds"
    assert intent["last_payment_error"]["payment_method"]["id"] == error["payment_method"]["id"]
    charge = account.ok(f"GET /v1/charges/{error['charge']}")
    assert (charge["status"], charge["paid"], charge["failure_code"]) == ("failed", False, "card_declined")
    assert _money(outcome) == []
    assert _events(outcome) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_after_a_decline_another_card_pays(account):
    _, error = account.error("POST /v1/payment_intents", {**_INTENT, "payment_method": "pm_card_chargeDeclined", "confirm": "true"})
    intent = error["payment_intent"]["id"]
    assert account.ok(f"POST /v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})["status"] == "succeeded"


def test_a_card_that_asks_for_authentication_waits_for_it(account):
    params = {**_INTENT, "payment_method": "pm_card_threeDSecure2Required", "confirm": "true"}
    intent = account.ok("POST /v1/payment_intents", {**params, "return_url": "https://example.test/"})
    assert intent["status"] == "requires_action"
    assert intent["next_action"]["redirect_to_url"]["return_url"] == "https://example.test/"
    assert account.ok("POST /v1/payment_intents", params)["next_action"]["type"] == "use_stripe_sdk"


def test_off_session_nobody_can_authenticate(account):
    params = {**_INTENT, "payment_method": "pm_card_authenticationRequired", "confirm": "true", "off_session": "true"}
    status, error = account.error("POST /v1/payment_intents", params)
    assert (status, error["code"], error["decline_code"]) == (402, "authentication_required", "authentication_required")


def test_an_action_can_be_an_error(account):
    params = {**_INTENT, "payment_method": "pm_card_authenticationRequired", "confirm": "true", "error_on_requires_action": "true"}
    assert account.error("POST /v1/payment_intents", params)[0] == 402


def test_a_confirmation_needs_a_payment_method(account):
    status, error = account.error("POST /v1/payment_intents", {**_INTENT, "confirm": "true"})
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")


@pytest.mark.parametrize("amount", ["0", "-5", "10", "100000000"])
def test_amounts_out_of_range_are_refused(account, amount):
    assert account.error("POST /v1/payment_intents", {**_INTENT, "amount": amount})[1]["param"] == "amount"


def test_another_customers_card_is_refused(account):
    card = account.card(account.customer())
    other = account.customer()
    assert account.error("POST /v1/payment_intents", {**_INTENT, "customer": other, "payment_method": card})[1]["param"] == "payment_method"


def test_a_card_that_is_to_be_used_again_is_attached(account):
    customer = account.customer()
    intent = account.paid(customer=customer, setup_future_usage="off_session")
    assert account.ok(f"GET /v1/payment_methods/{intent['payment_method']}")["customer"] == customer
    once = account.paid(customer=customer)
    assert account.ok(f"GET /v1/payment_methods/{once['payment_method']}")["customer"] is None


def test_canceling_releases_what_was_authorized(account):
    intent = account.paid(capture_method="manual")
    canceled = account.call(f"POST /v1/payment_intents/{intent['id']}/cancel", {"cancellation_reason": "duplicate"})
    assert (canceled.body["status"], canceled.body["cancellation_reason"]) == ("canceled", "duplicate")
    assert canceled.body["canceled_at"] == int(account.simulator.now)
    assert _money(canceled) == []
    assert account.ok(f"GET /v1/charges/{intent['latest_charge']}")["refunded"] is True


def test_what_is_paid_cannot_be_canceled_or_changed(account):
    intent = account.paid()["id"]
    assert account.error(f"POST /v1/payment_intents/{intent}/cancel")[1]["code"] == "payment_intent_unexpected_state"
    assert account.error(f"POST /v1/payment_intents/{intent}", {"amount": "3000"})[1]["code"] == "payment_intent_unexpected_state"
    assert account.ok(f"POST /v1/payment_intents/{intent}", {"metadata": {"order": "7"}})["metadata"] == {"order": "7"}


def test_an_unpaid_one_can_be_changed(account):
    intent = account.ok("POST /v1/payment_intents", {**_INTENT, "metadata": {"a": "1", "b": "2"}})["id"]
    changed = account.ok(f"POST /v1/payment_intents/{intent}", {"amount": "3000", "payment_method": "pm_card_visa", "metadata": {"a": ""}})
    assert (changed["amount"], changed["status"], changed["metadata"]) == (3000, "requires_confirmation", {"b": "2"})


def test_a_missing_one_is_named_as_stripe_names_it(account):
    status, error = account.error("GET /v1/payment_intents/pi_missing")
    assert (status, error["code"], error["param"]) == (404, "resource_missing", "intent")
    assert error["message"] == "No such payment_intent: 'pi_missing'"


@pytest.mark.parametrize("version", ["2020-08-27", "2022-11-15", "2024-06-20", "2025-03-31.basil", "2025-10-29.clover", None])
def test_nothing_hard_is_a_template(account, version):
    """Money, currency, status and quantity of payment intents, charges and refunds are set by rules, null and 0 too."""
    account.version = version
    params = {**_INTENT, "payment_method": "pm_card_visa", "confirm": "true", "capture_method": "manual"}
    made = account.call("POST /v1/payment_intents", params)
    intent = made.body["id"]
    outcomes = [made, account.call(f"POST /v1/payment_intents/{intent}/capture", {"amount_to_capture": "1500"})]
    outcomes.append(account.call("POST /v1/refunds", {"payment_intent": intent, "amount": "200"}))
    outcomes.append(account.call("GET /v1/charges", {"payment_intent": intent}))
    declined = {**params, "payment_method": "pm_card_chargeDeclined"}
    outcomes.append(account.call("POST /v1/payment_intents", declined))
    for outcome in outcomes:
        template = account.origins(outcome).get("template", [])
        assert [path for path in template if kind_of(path) in HARD] == []


def test_what_objects_point_to_can_be_found(account):
    assert {"customer", "charge", "payment_intent"} <= set(INDEXED)
