"""Payment links, and the Checkout sessions that opening one makes. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def shop(account):
    product = account.ok("POST /v1/products", {"name": "Tea"})["id"]
    made = {"once": {"unit_amount": "1500"}, "monthly": {"unit_amount": "1000", "recurring": {"interval": "month"}}}
    return {name: account.ok("POST /v1/prices", {"product": product, "currency": "usd", **more})["id"] for name, more in made.items()}


def _link(account, price, quantity=1, **more):
    return account.ok("POST /v1/payment_links", {"line_items": [{"price": price, "quantity": str(quantity)}], **more})


def _buy(account, link, **params):
    session = account.ok(f"POST /_replayer/payment_links/{link['id']}/open", params)
    return account.ok(f"POST /_replayer/checkout/sessions/{session['id']}/complete", {"payment_method": "pm_card_visa"})


def test_a_link_sells_again_and_again(account, shop):
    link = _link(account, shop["once"], 2, metadata={"a": "1"})
    first, second = (_buy(account, link, prefilled_email="a@shop.test", client_reference_id="7") for _ in range(2))
    assert (first["amount_total"], first["payment_status"], first["payment_link"], first["mode"]) == (3000, "paid", link["id"], "payment")
    assert (first["metadata"], first["client_reference_id"], first["customer_email"]) == ({"a": "1"}, "7", "a@shop.test")
    assert first["payment_intent"] != second["payment_intent"]
    assert len(account.ok("GET /v1/checkout/sessions", {"payment_link": link["id"]})["data"]) == 2


def test_line_items_are_shown_and_their_quantity_changed(account, shop):
    link = _link(account, shop["once"], 2)
    (line,) = account.ok(f"GET /v1/payment_links/{link['id']}/line_items")["data"]
    assert (line["amount_total"], line["quantity"], line["description"]) == (3000, 2, "Tea")
    account.ok(f"POST /v1/payment_links/{link['id']}", {"line_items": [{"id": line["id"], "quantity": "3"}]})
    assert _buy(account, link)["amount_total"] == 4500


def test_a_subscription_is_sold_with_its_trial(account, shop):
    data = {"trial_period_days": "7", "metadata": {"a": "1"}}
    bought = _buy(account, _link(account, shop["monthly"], subscription_data=data))
    subscription = account.ok(f"GET /v1/subscriptions/{bought['subscription']}")
    assert (bought["amount_total"], subscription["status"], subscription["metadata"]) == (0, "trialing", {"a": "1"})


def test_what_goes_to_others_goes_with_the_payment(account, shop):
    seller = account.ok("POST /v1/accounts", {"type": "custom", "country": "US", "capabilities": {"transfers": {"requested": "true"}}})[
        "id"
    ]
    link = _link(account, shop["once"], transfer_data={"destination": seller}, application_fee_amount="100")
    intent = account.ok(f"GET /v1/payment_intents/{_buy(account, link)['payment_intent']}")
    assert (intent["application_fee_amount"], intent["transfer_data"]["destination"]) == (100, seller)


def test_it_closes_after_so_many_sales(account, shop):
    link = _link(account, shop["once"], restrictions={"completed_sessions": {"limit": "1"}})
    _buy(account, link)
    found = account.ok(f"GET /v1/payment_links/{link['id']}")
    assert (found["active"], found["restrictions"]) == (False, {"completed_sessions": {"count": 1, "limit": 1}})
    assert account.call(f"POST /_replayer/payment_links/{link['id']}/open").status == 400


def test_it_can_be_closed_and_opened(account, shop):
    link = _link(account, shop["once"])
    assert account.ok(f"POST /v1/payment_links/{link['id']}", {"active": "false"})["active"] is False
    assert account.call(f"POST /_replayer/payment_links/{link['id']}/open").status == 400
    account.ok(f"POST /v1/payment_links/{link['id']}", {"active": "true"})
    assert _buy(account, link)["status"] == "complete"


@pytest.mark.parametrize(
    ("kind", "more"),
    [("monthly", {"payment_intent_data": {"capture_method": "manual"}}), ("once", {"subscription_data": {"trial_period_days": "3"}})],
)
def test_what_does_not_go_together_is_refused(account, shop, kind, more):
    status, _ = account.error("POST /v1/payment_links", {"line_items": [{"price": shop[kind], "quantity": "1"}], **more})
    assert status == 400
