"""A draft's lines are put on, changed and taken off; its totals follow, by hand."""

from __future__ import annotations

import pytest

LINES = "2025-10-29.clover"


@pytest.fixture
def draft(account):
    """A draft of one line of 5.00."""
    customer = account.customer()
    account.ok("POST /v1/invoiceitems", {"customer": customer, "amount": "500", "currency": "usd"})
    return account.ok("POST /v1/invoices", {"customer": customer, "pending_invoice_items_behavior": "include"}, version=LINES)


def _amounts(invoice):
    return invoice["total"], [line["amount"] for line in invoice["lines"]["data"]]


def test_lines_are_put_on_by_amount_and_by_what_waits(account, draft):
    waiting = account.ok("POST /v1/invoiceitems", {"customer": draft["customer"], "amount": "70", "currency": "usd"})["id"]
    given = {"lines": [{"amount": "300", "description": "Cups"}, {"invoice_item": waiting}], "invoice_metadata": {"a": "1"}}
    changed = account.ok(f"POST /v1/invoices/{draft['id']}/add_lines", given, version=LINES)
    assert _amounts(changed) == (870, [500, 300, 70])
    assert changed["metadata"] == {"a": "1"}
    assert account.ok(f"GET /v1/invoiceitems/{waiting}")["invoice"] == draft["id"]


def test_a_line_is_changed_with_its_item(account, draft):
    line = draft["lines"]["data"][0]["id"]
    assert account.ok(f"POST /v1/invoices/{draft['id']}/lines/{line}", {"amount": "450"}, version=LINES)["amount"] == 450
    changed = account.ok(f"POST /v1/invoices/{draft['id']}/update_lines", {"lines": [{"id": line, "amount": "425"}]}, version=LINES)
    assert _amounts(changed) == (425, [425])
    assert [item["amount"] for item in account.ok("GET /v1/invoiceitems", {"customer": draft["customer"]})["data"]] == [425]


def test_a_line_takes_another_price(account, draft):
    given = {"currency": "usd", "unit_amount": "225", "product_data": {"name": "Pots"}}
    price, line = account.ok("POST /v1/prices", given)["id"], draft["lines"]["data"][0]["id"]
    entry = {"id": line, "pricing": {"price": price}, "quantity": "2"}
    changed = account.ok(f"POST /v1/invoices/{draft['id']}/update_lines", {"lines": [entry]}, version=LINES)
    assert _amounts(changed) == (450, [450])
    assert changed["lines"]["data"][0]["description"] == "Pots"


@pytest.mark.parametrize(("behavior", "waits"), [("delete", []), ("unassign", [500])])
def test_a_line_is_taken_off(account, draft, behavior, waits):
    entry = {"id": draft["lines"]["data"][0]["id"], "behavior": behavior}
    assert _amounts(account.ok(f"POST /v1/invoices/{draft['id']}/remove_lines", {"lines": [entry]}, version=LINES)) == (0, [])
    left = account.ok("GET /v1/invoiceitems", {"customer": draft["customer"], "pending": "true"})["data"]
    assert [item["amount"] for item in left] == waits


def test_what_is_finalized_keeps_its_lines(account, draft):
    account.ok(f"POST /v1/invoices/{draft['id']}/finalize")
    assert account.error(f"POST /v1/invoices/{draft['id']}/add_lines", {"lines": [{"amount": "1"}]}, version=LINES)[0] == 400


def test_a_line_of_another_invoice_is_refused(account, draft):
    other = account.ok("POST /v1/invoices", {"customer": draft["customer"]}, version=LINES)["id"]
    entry = {"id": draft["lines"]["data"][0]["id"], "amount": "1"}
    assert account.error(f"POST /v1/invoices/{other}/update_lines", {"lines": [entry]}, version=LINES)[1]["param"] == "lines[0][id]"


def test_a_line_of_a_subscription_is_not_known(account):
    customer = account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    given = {"currency": "usd", "unit_amount": "700", "recurring": {"interval": "month"}, "product_data": {"name": "Tea"}}
    item = {"price": account.ok("POST /v1/prices", given)["id"]}
    wanted = {
        "customer": customer,
        "items": [item],
        "collection_method": "send_invoice",
        "days_until_due": "30",
        "expand": ["latest_invoice"],
    }
    invoice = account.ok("POST /v1/subscriptions", wanted, version=LINES)["latest_invoice"]
    line = invoice["lines"]["data"][0]["id"]
    assert "unknown" in account.call(f"POST /v1/invoices/{invoice['id']}/lines/{line}", {"amount": "1"}, version=LINES).error
