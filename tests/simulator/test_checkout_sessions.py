"""Checkout sessions: what they come to, when they end, what they refuse. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest

URL = {"success_url": "https://shop.test/done"}


@pytest.fixture
def shop(account):
    """A price of each kind."""
    product = account.ok("POST /v1/products", {"name": "Tea"})["id"]
    made = {"once": {"unit_amount": "1500"}, "monthly": {"unit_amount": "1000", "recurring": {"interval": "month"}}}
    return {name: account.ok("POST /v1/prices", {"product": product, "currency": "usd", **more})["id"] for name, more in made.items()}


def _payment(shop, *, quantity=2, **more):
    return {**URL, "mode": "payment", "line_items": [{"price": shop["once"], "quantity": str(quantity)}], **more}


def test_amounts_are_those_of_its_line_items(account, shop):
    rate = account.ok("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"})["id"]
    account.ok("POST /v1/coupons", {"id": "TENTH", "percent_off": "10"})
    inline = {"price_data": {"currency": "usd", "unit_amount": "250", "product_data": {"name": "Milk"}}, "quantity": "3"}
    lines = [{"price": shop["once"], "quantity": "2", "tax_rates": [rate]}, inline]
    outcome = account.call(
        "POST /v1/checkout/sessions", {**URL, "mode": "payment", "line_items": lines, "discounts": [{"coupon": "TENTH"}]}
    )
    session = outcome.body
    # 3000 + 750; a tenth off each; a fifth on what is left of the first: 2700 × 0.2
    assert (session["amount_subtotal"], session["total_details"]["amount_discount"], session["total_details"]["amount_tax"]) == (
        3750,
        375,
        540,
    )
    assert session["amount_total"] == 3750 - 375 + 540
    assert not {"amount_total", "amount_subtotal", "status", "payment_status"} & account.untold(outcome)
    held = account.ok(f"GET /v1/checkout/sessions/{session['id']}/line_items")["data"]
    assert [(one["amount_total"], one["quantity"], one["price"]["unit_amount"], one["description"]) for one in held] == [
        (3240, 2, 1500, "Tea"), (675, 3, 250, "Milk"),
    ]  # fmt: skip
    assert (session["status"], session["payment_status"], session["payment_intent"]) == ("open", "unpaid", None)
    assert session["expires_at"] == session["created"] + 86400
    whole = account.ok(f"GET /v1/checkout/sessions/{session['id']}", {"expand": ["line_items"]})
    assert [one["id"] for one in whole["line_items"]["data"]] == [one["id"] for one in held]
    assert "line_items" not in session


def test_a_trial_costs_nothing_but_what_is_bought_once(account, shop):
    lines = [{"price": shop["monthly"], "quantity": "2"}, {"price": shop["once"], "quantity": "1"}]
    given = {**URL, "mode": "subscription", "line_items": lines}
    assert account.ok("POST /v1/checkout/sessions", given)["amount_total"] == 3500
    assert account.ok("POST /v1/checkout/sessions", {**given, "subscription_data": {"trial_period_days": "7"}})["amount_total"] == 1500


def test_older_versions_have_their_payment_intent_from_the_start(account, shop):
    account.version = "2020-08-27"
    session = account.ok("POST /v1/checkout/sessions", _payment(shop, payment_intent_data={"capture_method": "manual"}))
    intent = account.ok(f"GET /v1/payment_intents/{session['payment_intent']}")
    assert (intent["amount"], intent["status"], intent["capture_method"]) == (3000, "requires_payment_method", "manual")
    account.ok(f"POST /v1/checkout/sessions/{session['id']}/expire")
    assert account.ok(f"GET /v1/payment_intents/{intent['id']}")["status"] == "canceled"


def test_one_in_setup_mode_has_its_setup_intent(account):
    session = account.ok("POST /v1/checkout/sessions", {**URL, "mode": "setup", "currency": "usd", "customer": account.customer()})
    assert (session["amount_total"], session["payment_status"], session["customer_creation"]) == (None, "no_payment_required", None)
    assert account.ok(f"GET /v1/setup_intents/{session['setup_intent']}")["customer"] == session["customer"]


def test_it_expires_once(account, shop):
    session = account.ok("POST /v1/checkout/sessions", _payment(shop))["id"]
    ended = account.ok(f"POST /v1/checkout/sessions/{session}/expire")
    assert (ended["status"], ended["url"]) == ("expired", None)
    status, error = account.error(f"POST /v1/checkout/sessions/{session}/expire")
    assert status == 400
    assert "This Checkout Session has a status of `expired`" in error["message"]


def test_it_expires_by_itself(account, shop):
    until = int(account.simulator.now) + 3600
    session = account.ok("POST /v1/checkout/sessions", _payment(shop, expires_at=str(until)))["id"]
    assert account.ok(f"GET /v1/checkout/sessions/{session}", at=until - 1)["status"] == "open"
    found = account.call(f"GET /v1/checkout/sessions/{session}", at=until)
    assert found.body["status"] == "expired"
    assert [one.object for one in found.effects if one.kind == "event"] == ["checkout.session.expired"]


def test_a_completed_one_does_not_expire(account, shop):
    until = int(account.simulator.now) + 3600
    session = account.ok("POST /v1/checkout/sessions", _payment(shop, expires_at=str(until)))["id"]
    account.ok(f"POST /_replayer/checkout/sessions/{session}/complete", {"payment_method": "pm_card_visa"})
    assert account.ok(f"GET /v1/checkout/sessions/{session}", at=until + 1)["status"] == "complete"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": None}, "mode"),
        ({"success_url": None}, "success_url"),
        ({"line_items": None}, "line_items"),
        ({"mode": "subscription"}, "at least one recurring price"),
        ({"line_items": [{"price": "{monthly}", "quantity": "1"}]}, "passed a recurring price"),
        ({"line_items": [{"price": "{once}"}]}, "Quantity is required"),
        ({"subscription_data": {"trial_period_days": "3"}}, "`subscription_data` in `payment` mode"),
        ({"customer": "{customer}", "customer_email": "a@shop.test"}, "customer, customer_email"),
        ({"allow_promotion_codes": "true", "discounts": [{"coupon": "X"}]}, "allow_promotion_codes, discounts"),
        ({"discounts": [{"coupon": "X"}]}, "No such coupon"),
        ({"expires_at": "1760000060"}, "at least 30 minutes"),
        ({"expires_at": "1760200000"}, "less than 24 hours"),
    ],
)
def test_what_does_not_go_together_is_refused(account, shop, changes, words):
    named = {**shop, "customer": account.customer()}
    changed = {**_payment(shop), **changes}
    for line in changed["line_items"] or []:
        line["price"] = line["price"].format(**named)
    if "customer" in changed:
        changed["customer"] = named["customer"]
    status, error = account.error("POST /v1/checkout/sessions", {name: value for name, value in changed.items() if value is not None})
    assert status == 400
    assert words in error["message"]


def test_what_it_comes_to_is_not_told_where_stripe_judges_the_tax(account, shop):
    outcome = account.call("POST /v1/checkout/sessions", _payment(shop, automatic_tax={"enabled": "true"}))
    assert "amount_total" in account.untold(outcome)
    done = account.call(f"POST /_replayer/checkout/sessions/{outcome.body['id']}/complete", {"payment_method": "pm_card_visa"})
    assert done.status is None


def test_lists_are_filtered(account, shop):
    customer = account.customer()
    mine = account.ok("POST /v1/checkout/sessions", _payment(shop, customer=customer))["id"]
    account.ok("POST /v1/checkout/sessions", _payment(shop))
    assert [one["id"] for one in account.ok("GET /v1/checkout/sessions", {"customer": customer})["data"]] == [mine]
    account.ok(f"POST /v1/checkout/sessions/{mine}/expire")
    assert [one["id"] for one in account.ok("GET /v1/checkout/sessions", {"status": "expired"})["data"]] == [mine]


def test_metadata_can_be_changed(account, shop):
    session = account.ok("POST /v1/checkout/sessions", _payment(shop, metadata={"a": "1"}))["id"]
    assert account.ok(f"POST /v1/checkout/sessions/{session}", {"metadata": {"b": "2"}})["metadata"] == {"a": "1", "b": "2"}
