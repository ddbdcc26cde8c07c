"""`expand`: what it shows whole, and what it refuses."""

from __future__ import annotations

import pytest


def test_references_are_ids_until_they_are_expanded(account):
    intent = account.paid()
    assert isinstance(intent["latest_charge"], str)
    whole = account.ok(f"GET /v1/payment_intents/{intent['id']}", {"expand": ["latest_charge.balance_transaction"]})
    assert whole["latest_charge"]["balance_transaction"]["net"] == 2000 - 88


def test_lists_are_expanded_through_data(account):
    account.paid()
    page = account.ok("GET /v1/payment_intents", {"expand": ["data.latest_charge"]})
    assert page["data"][0]["latest_charge"]["object"] == "charge"


def test_what_is_includable_comes_when_it_is_named(account):
    customer = account.customer()
    assert "tax" not in account.ok(f"GET /v1/customers/{customer}")
    assert account.ok(f"GET /v1/customers/{customer}", {"expand": ["tax", "sources"]})["sources"]["data"] == []


@pytest.mark.parametrize(
    ("operation", "path", "words"),
    [
        ("GET /v1/payment_intents", "latest_charge", "You may want to try expanding 'data.latest_charge' instead."),
        ("POST /v1/customers", "unicorn", "This property cannot be expanded (unicorn)."),
        ("POST /v1/customers", "email", "This property cannot be expanded (email)."),
        ("GET /v1/payment_intents", "data.latest_charge.customer.default_source.customer.test_clock", "more than 4 levels"),
    ],
)
def test_bad_paths_are_refused(account, operation, path, words):
    status, error = account.error(operation, {"expand": [path]})
    assert status == 400
    assert words in error["message"]


def test_a_refused_path_does_nothing(account):
    account.error("POST /v1/customers", {"expand": ["unicorn"]})
    assert account.ok("GET /v1/customers")["data"] == []


def test_a_deleted_customer_expands_to_what_is_left(account):
    customer = account.customer()
    intent = account.ok("POST /v1/payment_intents", {"amount": "2000", "currency": "usd", "customer": customer})
    account.ok(f"DELETE /v1/customers/{customer}")
    shown = account.ok(f"GET /v1/payment_intents/{intent['id']}", {"expand": ["customer"]})
    assert shown["customer"] == {"id": customer, "object": "customer", "deleted": True}
