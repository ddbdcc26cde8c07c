"""What is to come for a customer: known to be nothing, or not known."""

from __future__ import annotations

import pytest

from replayer.model import BaselineObject

NOTHING = ({}, {})
UNKNOWN = (None, None)


def test_a_customer_of_whom_nothing_is_billed_has_nothing_to_come(account):
    customer = account.customer()
    account.card(customer)
    account.paid(customer=customer)
    assert account.simulator.customer_money(customer) == NOTHING


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("POST /v1/quotes", {}),
        ("POST /v1/checkout/sessions", {"mode": "setup"}),
    ],
)
def test_a_call_without_a_rule_makes_it_unknown(account, operation, params):
    customer, other = account.customer(), account.customer()
    account.call(operation, {"customer": customer, **params})
    assert account.simulator.customer_money(customer) == UNKNOWN
    assert account.simulator.customer_money(other) == NOTHING


def test_what_waits_and_credit_are_committed(account):
    customer = account.customer(balance="-500")
    assert account.simulator.customer_money(customer) == ({"usd": -500}, {})
    account.ok("POST /v1/invoiceitems", {"customer": customer, "amount": "800", "currency": "usd"})
    assert account.simulator.customer_money(customer) == ({"usd": 300}, {})


def test_the_next_bill_is_the_next_invoice_of_each_subscription(account):
    customer = account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    product = account.ok("POST /v1/products", {"name": "A"})["id"]
    price = account.ok(
        "POST /v1/prices", {"product": product, "currency": "usd", "unit_amount": "1000", "recurring": {"interval": "month"}}
    )
    subscription = account.ok("POST /v1/subscriptions", {"customer": customer, "items": [{"price": price["id"], "quantity": "2"}]})
    assert account.simulator.customer_money(customer) == ({}, {"usd": 2000})
    account.ok(f"POST /v1/subscriptions/{subscription['id']}", {"cancel_at_period_end": "true"})
    assert account.simulator.customer_money(customer) == ({}, {})


def test_a_customer_from_before_is_unknown(account):
    state = {"id": "cus_Laid0000000001", "object": "customer"}
    account.simulator.lay([BaselineObject(id="cus_Laid0000000001", object="customer", provenance="observed", state=state)])
    assert account.simulator.customer_money("cus_Laid0000000001") == UNKNOWN
    account.ok("POST /v1/customers/cus_Laid0000000001", {"name": "A"})
    assert account.simulator.customer_money("cus_Laid0000000001") == UNKNOWN
    assert account.simulator.customer_money("cus_missing") == UNKNOWN


def test_a_deleted_customer_has_nothing_to_come(account):
    customer = account.customer()
    account.ok(f"DELETE /v1/customers/{customer}")
    assert account.simulator.customer_money(customer) == NOTHING


def test_a_portal_session_bills_nothing(account):
    customer = account.customer()
    account.call("POST /v1/billing_portal/sessions", {"customer": customer})
    assert account.simulator.customer_money(customer) == NOTHING
