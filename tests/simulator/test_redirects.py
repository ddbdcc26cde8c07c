"""Payments on the bank's own page: iDEAL, Bancontact and their like (docs.stripe.com/payments/ideal/accept-a-payment)."""

from __future__ import annotations

import pytest

from tests.simulator.debiting import events, now, subscriber, visit

_BACK = {"redirect_to_url": {"return_url": "https://example.test/back"}, "type": "redirect_to_url"}


@pytest.mark.parametrize("kind", ["ideal", "bancontact", "eps", "p24"])
def test_nothing_is_charged_before_the_customer_said_yes(account, kind):
    intent = visit(account, kind)
    assert (intent["status"], intent["latest_charge"]) == ("requires_action", None)
    assert intent["next_action"]["redirect_to_url"]["return_url"] == _BACK["redirect_to_url"]["return_url"]
    done = account.ok(f"POST /_replayer/payment_intents/{intent['id']}/authorize")
    charge = now(account, done)["latest_charge"]
    assert (done["status"], done["amount_received"], charge["status"]) == ("succeeded", 2000, "succeeded")
    assert charge["payment_method_details"]["type"] == kind
    assert events(account)[1:] == ["payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded"]


def test_a_customer_who_fails_to_authorize_has_paid_nothing(account):
    intent = visit(account, "ideal")
    failed = account.ok(f"POST /_replayer/payment_intents/{intent['id']}/authorize", {"outcome": "fail"})
    assert (failed["status"], failed["latest_charge"]) == ("requires_payment_method", None)
    assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert events(account)[-1] == "payment_intent.payment_failed"


def test_a_redirect_needs_somewhere_to_come_back_to(account):
    given = {"amount": "2000", "currency": "eur", "payment_method_data": {"type": "ideal"}, "payment_method_types": ["ideal"]}
    status, error = account.error("POST /v1/payment_intents", {**given, "confirm": "true"})
    assert (status, error["param"]) == (400, "return_url")


def test_the_fee_is_that_of_the_price_list(account):
    """iDEAL: 0.29."""
    intent = visit(account, "ideal")
    account.ok(f"POST /_replayer/payment_intents/{intent['id']}/authorize")
    entry = account.ok(f"GET /v1/balance_transactions/{now(account, intent)['latest_charge']['balance_transaction']}")
    assert (entry["type"], entry["fee"], entry["net"]) == ("payment", 29, 1971)


@pytest.mark.parametrize(("kind", "last4"), [("ideal", "5264"), ("bancontact", "7061")])
def test_the_account_behind_it_can_be_debited_again(account, kind, last4):
    customer = account.customer()
    intent = visit(account, kind, customer=customer, setup_future_usage="off_session")
    account.ok(f"POST /_replayer/payment_intents/{intent['id']}/authorize")
    details = now(account, intent)["latest_charge"]["payment_method_details"][kind]
    made = account.ok(f"GET /v1/payment_methods/{details['generated_sepa_debit']}")
    assert (made["type"], made["customer"], made["sepa_debit"]["last4"], details["iban_last4"]) == ("sepa_debit", customer, last4, last4)
    again = {"amount": "700", "currency": "eur", "customer": customer, "payment_method": made["id"], "payment_method_types": ["sepa_debit"]}
    second = account.ok("POST /v1/payment_intents", {**again, "confirm": "true", "off_session": "true"})
    assert now(account, second)["status"] == "succeeded"


def test_a_subscription_that_began_with_ideal_renews_by_debit(account):
    customer, price = subscriber(account, None)
    made = account.ok("POST /v1/subscriptions", {
        "customer": customer, "items": [{"price": price}], "payment_behavior": "default_incomplete", "expand": ["latest_invoice.payments"],
        "payment_settings": {"payment_method_types": ["ideal"], "save_default_payment_method": "on_subscription"},
    })  # fmt: skip
    intent = made["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
    account.ok(f"POST /v1/payment_intents/{intent}/confirm", {"payment_method_data": {"type": "ideal"}, "return_url": "https://a.example/"})
    account.ok(f"POST /_replayer/payment_intents/{intent}/authorize")
    active = account.ok(f"GET /v1/subscriptions/{made['id']}", {"expand": ["default_payment_method"]})
    assert (active["status"], active["default_payment_method"]["type"]) == ("active", "sepa_debit")
    renewed = account.ok("GET /v1/invoices", {"customer": customer}, at=account.simulator.now + 32 * 86400)["data"]
    assert [(one["status"], one["amount_paid"]) for one in renewed] == [("paid", 1000), ("paid", 1000)]
