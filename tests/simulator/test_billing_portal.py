"""The customer portal: what its configuration allows, and what a customer's visit does. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def shop(account):
    """A subscriber at 10.00 a month, and a price of 30.00."""
    product = account.ok("POST /v1/products", {"name": "Tea"})["id"]
    low, high = (
        account.ok("POST /v1/prices", {"product": product, "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"}})[
            "id"
        ]
        for amount in ("1000", "3000")
    )
    payer = account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    subscription = account.ok("POST /v1/subscriptions", {"customer": payer, "items": [{"price": low}]})
    return {"product": product, "low": low, "high": high, "payer": payer, "subscription": subscription["id"]}


def _session(account, shop, **features):
    configuration = account.ok("POST /v1/billing_portal/configurations", {"features": features})["id"] if features else None
    more = {"configuration": configuration} if configuration else {}
    return account.ok("POST /v1/billing_portal/sessions", {"customer": shop["payer"], "return_url": "https://shop.test", **more})


def _visit(account, session, what, **params):
    return account.call(f"POST /_replayer/billing_portal/sessions/{session['id']}/{what}", params)


def _updates(shop, **more):
    products = [{"product": shop["product"], "prices": [shop["low"], shop["high"]]}]
    return {"enabled": "true", "default_allowed_updates": ["price", "quantity"], "products": products, **more}


def test_the_default_lets_customers_cancel_at_the_end_and_think_again(account, shop):
    session = _session(account, shop)
    assert (session["customer"], session["return_url"], session["flow"]) == (shop["payer"], "https://shop.test", None)
    ended = _visit(account, session, "cancel_subscription")
    assert (ended.body["cancel_at_period_end"], ended.body["status"]) == (False, "active")
    assert ended.body["cancel_at"] == ended.body["items"]["data"][0]["current_period_end"]
    assert [one.object for one in ended.effects if one.kind == "event"] == ["customer.subscription.updated"]
    assert _visit(account, session, "renew_subscription").body["cancel_at"] is None
    assert _visit(account, session, "update_subscription", quantity="2").status == 400


def test_in_the_classic_billing_mode_it_is_the_period_that_is_the_last_one(account, shop):
    account.ok(f"DELETE /v1/subscriptions/{shop['subscription']}")
    given = {"customer": shop["payer"], "items": [{"price": shop["low"]}], "billing_mode": {"type": "classic"}}
    account.ok("POST /v1/subscriptions", given)
    assert _visit(account, _session(account, shop), "cancel_subscription").body["cancel_at_period_end"] is True


def test_it_ends_at_once_where_the_configuration_says_so(account, shop):
    session = _session(account, shop, subscription_cancel={"enabled": "true", "mode": "immediately"})
    assert _visit(account, session, "cancel_subscription").body["status"] == "canceled"


def test_a_change_is_billed_as_the_configuration_says(account, shop):
    session = _session(account, shop, subscription_update=_updates(shop, proration_behavior="always_invoice"))
    changed = _visit(account, session, "update_subscription", price=shop["high"], quantity="2")
    (item,) = changed.body["items"]["data"]
    assert (item["price"]["id"], item["quantity"]) == (shop["high"], 2)
    newest = account.ok("GET /v1/invoices", {"customer": shop["payer"], "limit": "1"})["data"][0]
    assert newest["total"] == 2 * 3000 - 1000  # nothing of the period has passed


def test_only_what_is_offered_can_be_taken(account, shop):
    other = account.ok(
        "POST /v1/prices", {"product": shop["product"], "currency": "usd", "unit_amount": "1", "recurring": {"interval": "month"}}
    )
    session = _session(account, shop, subscription_update=_updates(shop, default_allowed_updates=["price"]))
    assert _visit(account, session, "update_subscription", price=other["id"]).status == 400
    assert _visit(account, session, "update_subscription", quantity="2").status == 400
    assert account.ok(f"GET /v1/subscriptions/{shop['subscription']}")["items"]["data"][0]["price"]["id"] == shop["low"]


def test_a_change_that_cannot_be_paid_is_none(account, shop):
    session = _session(
        account, shop, subscription_update=_updates(shop, proration_behavior="always_invoice"), payment_method_update={"enabled": "true"}
    )
    _visit(account, session, "update_payment_method", payment_method="pm_card_chargeCustomerFail")
    assert _visit(account, session, "update_subscription", price=shop["high"]).status == 402
    assert account.ok(f"GET /v1/subscriptions/{shop['subscription']}")["items"]["data"][0]["price"]["id"] == shop["low"]


def test_the_default_payment_method_is_changed(account, shop):
    session = _session(account, shop)
    changed = _visit(account, session, "update_payment_method", payment_method="pm_card_mastercard").body
    method = account.ok(f"GET /v1/payment_methods/{changed['invoice_settings']['default_payment_method']}")
    assert (method["card"]["brand"], method["customer"]) == ("mastercard", shop["payer"])


def test_others_subscriptions_are_out_of_reach(account, shop):
    stranger = account.customer()
    session = account.ok("POST /v1/billing_portal/sessions", {"customer": stranger})
    assert _visit(account, session, "cancel_subscription", subscription=shop["subscription"]).status == 400
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": shop["subscription"]}}
    status, error = account.error("POST /v1/billing_portal/sessions", {"customer": stranger, "flow_data": flow})
    assert (status, error["param"]) == (400, "flow_data[subscription_cancel][subscription]")
    found = account.ok("POST /v1/billing_portal/sessions", {"customer": shop["payer"], "flow_data": flow})["flow"]
    assert (found["type"], found["subscription_cancel"]["subscription"]) == ("subscription_cancel", shop["subscription"])


def test_configurations_are_changed_in_part_and_closed(account, shop):
    made = account.ok("POST /v1/billing_portal/configurations", {"features": {"invoice_history": {"enabled": "true"}}})
    assert (made["is_default"], made["active"], made["features"]["subscription_cancel"]["enabled"]) == (False, True, False)
    changed = account.ok(
        f"POST /v1/billing_portal/configurations/{made['id']}",
        {"features": {"subscription_cancel": {"enabled": "true"}}, "active": "false"},
    )
    features = changed["features"]
    assert (features["invoice_history"]["enabled"], features["subscription_cancel"]["enabled"]) == (True, True)
    status, _ = account.error("POST /v1/billing_portal/sessions", {"customer": shop["payer"], "configuration": made["id"]})
    assert status == 400
