"""Payment methods and the customers they belong to."""

from __future__ import annotations

import pytest


def test_a_test_value_becomes_a_payment_method_on_attach(account):
    customer = account.customer()
    first, second = account.card(customer), account.card(customer)
    assert first != second
    shown = account.ok(f"GET /v1/payment_methods/{first}")
    assert (shown["customer"], shown["type"], shown["card"]["last4"]) == (customer, "card", "4242")


@pytest.mark.parametrize(
    ("token", "brand", "last4", "country"),
    [("pm_card_amex", "amex", "8431", "US"), ("pm_card_discover", "discover", "9424", "US"), ("pm_card_pl", "visa", "0005", "PL")],
)
def test_cards_look_as_documented(account, token, brand, last4, country):
    shown = account.ok(f"GET /v1/payment_methods/{account.card(account.customer(), token)}")["card"]
    assert (shown["brand"], shown["last4"], shown["country"]) == (brand, last4, country)


def test_a_declined_card_cannot_be_attached(account):
    status, error = account.error("POST /v1/payment_methods/pm_card_chargeDeclined/attach", {"customer": account.customer()})
    assert (status, error["type"], error["code"], error["decline_code"]) == (402, "card_error", "card_declined", "generic_decline")


def test_a_card_that_fails_later_can_be_attached(account):
    customer = account.customer()
    card = account.card(customer, "pm_card_chargeCustomerFail")
    params = {"amount": "2000", "currency": "usd", "customer": customer, "payment_method": card, "confirm": "true"}
    assert account.error("POST /v1/payment_intents", params)[0] == 402


def test_a_payment_method_is_made_of_a_token(account):
    made = account.ok("POST /v1/payment_methods", {"type": "card", "card": {"token": "tok_mastercard"}, "billing_details": {"name": "A"}})
    assert (made["card"]["brand"], made["billing_details"]["name"], made["customer"]) == ("mastercard", "A", None)
    assert account.error("POST /v1/payment_methods", {"type": "card", "card": {"token": "tok_unicorn"}})[1]["code"] == "resource_missing"


def test_other_kinds_show_what_they_were_given_but_no_number(account):
    made = account.ok("POST /v1/payment_methods", {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}})
    assert made["sepa_debit"]["last4"] == "3201"
    assert "iban" not in made["sepa_debit"]


def test_attached_to_another_customer_is_refused(account):
    card = account.card(account.customer())
    assert account.error(f"POST /v1/payment_methods/{card}/attach", {"customer": account.customer()})[0] == 400


def test_detached_it_is_nobodys_and_no_default(account):
    customer = account.customer()
    card = account.card(customer)
    account.ok(f"POST /v1/customers/{customer}", {"invoice_settings": {"default_payment_method": card}})
    assert account.ok(f"POST /v1/payment_methods/{card}/detach")["customer"] is None
    assert account.ok(f"GET /v1/customers/{customer}")["invoice_settings"]["default_payment_method"] is None
    assert account.error(f"POST /v1/payment_methods/{card}/detach")[0] == 400


@pytest.mark.parametrize("path", ["GET /v1/payment_methods/pm_missing", "POST /v1/payment_methods/pm_missing/attach"])
def test_a_missing_one_is_named_as_stripe_names_it(account, path):
    params = {"customer": account.customer()} if path.endswith("attach") else {}
    status, error = account.error(path, params)
    assert (status, error["code"], error["param"]) == (404, "resource_missing", "payment_method")
    assert error["message"].startswith("No such PaymentMethod: 'pm_missing'")


def test_reading_a_test_value_makes_nothing(account):
    outcome = account.call("GET /v1/payment_methods/pm_card_visa")
    assert outcome.body["card"]["last4"] == "4242"
    assert outcome.effects == []


def test_a_real_card_is_not_guessed_at(account):
    account.card(account.customer())
    status = account.call("POST /v1/payment_methods", {"type": "card", "card": {"number": "4111111111111111"}})
    assert status.status is None
    assert "unknown" in (status.error or "")
