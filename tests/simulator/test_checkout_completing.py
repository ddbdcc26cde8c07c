"""What a customer does on a Checkout page, and what that makes. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest

URL = {"success_url": "https://shop.test/done"}


@pytest.fixture
def shop(account):
    product = account.ok("POST /v1/products", {"name": "Tea"})["id"]
    made = {"once": {"unit_amount": "1500"}, "monthly": {"unit_amount": "1000", "recurring": {"interval": "month"}}}
    return {name: account.ok("POST /v1/prices", {"product": product, "currency": "usd", **more})["id"] for name, more in made.items()}


def _session(account, price, mode="payment", quantity=1, line=None, **more):
    lines = [{"price": price, "quantity": str(quantity), **(line or {})}]
    return account.ok("POST /v1/checkout/sessions", {**URL, "mode": mode, "line_items": lines, **more})["id"]


def _complete(account, session, **params):
    return account.call(f"POST /_replayer/checkout/sessions/{session}/complete", {"payment_method": "pm_card_visa", **params})


def _events(outcome):
    return [one.object for one in outcome.effects if one.kind == "event"]


def test_a_payment_is_charged(account, shop):
    done = _complete(account, _session(account, shop["once"], quantity=2, metadata={"a": "1"}), email="a@shop.test", name="A")
    session = done.body
    assert (session["status"], session["payment_status"], session["customer"], session["url"]) == ("complete", "paid", None, None)
    assert (session["customer_details"]["email"], session["customer_details"]["name"]) == ("a@shop.test", "A")
    intent = account.ok(f"GET /v1/payment_intents/{session['payment_intent']}")
    assert (intent["amount_received"], intent["status"], intent["metadata"]) == (3000, "succeeded", {})
    assert [effect.amount for effect in done.effects if effect.kind == "money"] == [3000]
    assert _events(done).index("checkout.session.completed") > _events(done).index("payment_intent.succeeded")
    assert {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"} <= set(_events(done))
    assert [one["id"] for one in account.ok("GET /v1/checkout/sessions", {"payment_intent": intent["id"]})["data"]] == [session["id"]]


def test_what_is_to_be_captured_later_is_not_paid_yet(account, shop):
    session = _session(account, shop["once"], payment_intent_data={"capture_method": "manual", "metadata": {"order": "7"}})
    done = _complete(account, session).body
    intent = account.ok(f"GET /v1/payment_intents/{done['payment_intent']}")
    assert (done["payment_status"], intent["status"], intent["amount_capturable"], intent["metadata"]) == (
        "unpaid",
        "requires_capture",
        1500,
        {"order": "7"},
    )


def test_a_destination_charge_is_routed(account, shop):
    seller = account.ok("POST /v1/accounts", {"type": "custom", "country": "US", "capabilities": {"transfers": {"requested": "true"}}})[
        "id"
    ]
    data = {"application_fee_amount": "150", "transfer_data": {"destination": seller}}
    done = _complete(account, _session(account, shop["once"], payment_intent_data=data)).body
    intent = account.ok(f"GET /v1/payment_intents/{done['payment_intent']}")
    assert (intent["application_fee_amount"], intent["transfer_data"]["destination"]) == (150, seller)


def test_an_old_session_is_paid_by_the_intent_it_has(account, shop):
    account.version = "2020-08-27"
    customer = account.customer()
    session = _session(account, shop["once"], customer=customer)
    held = account.ok(f"GET /v1/checkout/sessions/{session}")["payment_intent"]
    assert _complete(account, session).body["payment_intent"] == held
    assert account.ok(f"GET /v1/payment_intents/{held}")["amount_received"] == 1500


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_a_declined_card_leaves_it_open(account, shop, mode):
    session = _session(account, shop["once" if mode == "payment" else "monthly"], mode)
    refused = _complete(account, session, payment_method="pm_card_chargeDeclined" if mode == "payment" else "pm_card_chargeCustomerFail")
    assert refused.status == 402
    assert account.ok(f"GET /v1/checkout/sessions/{session}")["status"] == "open"
    assert not [one for one in refused.effects if one.kind == "money"]
    done = _complete(account, session)
    assert done.body["payment_status"] == "paid"
    assert len(account.ok("GET /v1/subscriptions")["data"]) == (mode == "subscription")
    assert len(account.ok("GET /v1/payment_intents")["data"]) == 1


def test_it_can_be_completed_once(account, shop):
    session = _session(account, shop["once"])
    _complete(account, session)
    again = _complete(account, session)
    assert again.status == 400
    assert not [one for one in again.effects if one.kind == "money"]


@pytest.mark.parametrize("trial", [False, True])
def test_a_subscription_begins_with_its_invoice(account, shop, trial):
    account.ok("POST /v1/coupons", {"id": "HALF", "percent_off": "50", "duration": "forever"})
    data = {"metadata": {"a": "1"}, **({"trial_period_days": "7"} if trial else {})}
    session = _session(account, shop["monthly"], "subscription", quantity=3, subscription_data=data, discounts=[{"coupon": "HALF"}])
    done = _complete(account, session, email="a@shop.test")
    body = done.body
    subscription = account.ok(f"GET /v1/subscriptions/{body['subscription']}")
    invoice = account.ok(f"GET /v1/invoices/{body['invoice']}")
    assert body["amount_total"] == invoice["total"] == (0 if trial else 1500)
    assert (subscription["status"], subscription["metadata"]) == ("trialing" if trial else "active", {"a": "1"})
    assert body["payment_status"] == ("no_payment_required" if trial else "paid")
    assert account.ok(f"GET /v1/customers/{body['customer']}")["email"] == "a@shop.test"
    assert subscription["default_payment_method"]
    assert {"customer.created", "customer.subscription.created", "invoice.paid", "checkout.session.completed"} <= set(_events(done))
    assert account.ok("GET /v1/coupons/HALF")["times_redeemed"] == 1


def test_what_is_bought_once_is_on_the_first_invoice(account, shop):
    inline = {"price_data": {"currency": "usd", "unit_amount": "250", "product_data": {"name": "Setup"}}, "quantity": "1"}
    lines = [{"price": shop["monthly"], "quantity": "1"}, inline]
    session = account.ok("POST /v1/checkout/sessions", {**URL, "mode": "subscription", "line_items": lines})
    invoice = account.ok(f"GET /v1/invoices/{_complete(account, session['id']).body['invoice']}")
    assert (session["amount_total"], invoice["amount_paid"]) == (1250, 1250)


def test_setup_saves_the_card(account):
    customer = account.customer()
    session = account.ok("POST /v1/checkout/sessions", {**URL, "mode": "setup", "currency": "usd", "customer": customer})
    done = _complete(account, session["id"])
    assert "setup_intent.succeeded" in _events(done)
    assert len(account.ok(f"GET /v1/customers/{customer}/payment_methods")["data"]) == 1


def test_the_customer_types_a_code_and_chooses_how_many(account, shop):
    account.ok("POST /v1/coupons", {"id": "FIVE", "amount_off": "500", "currency": "usd"})
    code = account.ok("POST /v1/promotion_codes", {"promotion": {"type": "coupon", "coupon": "FIVE"}, "code": "WELCOME"})["id"]
    line = {"adjustable_quantity": {"enabled": "true", "maximum": "5"}}
    session = _session(account, shop["once"], line=line, allow_promotion_codes="true")
    assert _complete(account, session, quantity="6").status == 400
    assert _complete(account, session, promotion_code="NOTHING").status == 400
    body = _complete(account, session, quantity="3", promotion_code="welcome").body
    assert (body["amount_subtotal"], body["amount_total"], body["discounts"][0]["promotion_code"]) == (4500, 4000, code)
    assert account.ok(f"GET /v1/payment_intents/{body['payment_intent']}")["amount_received"] == 4000
    assert account.ok(f"GET /v1/promotion_codes/{code}")["times_redeemed"] == 1


def test_codes_are_refused_where_the_page_takes_none(account, shop):
    account.ok("POST /v1/coupons", {"id": "FIVE", "amount_off": "500", "currency": "usd"})
    account.ok("POST /v1/promotion_codes", {"promotion": {"type": "coupon", "coupon": "FIVE"}, "code": "WELCOME"})
    assert _complete(account, _session(account, shop["once"]), promotion_code="WELCOME").status == 400


def test_nothing_is_charged_where_nothing_is_due(account, shop):
    account.ok("POST /v1/coupons", {"id": "FREE", "percent_off": "100"})
    body = _complete(account, _session(account, shop["once"], discounts=[{"coupon": "FREE"}])).body
    assert (body["amount_total"], body["payment_status"], body["payment_intent"]) == (0, "no_payment_required", None)


def test_a_customer_is_made_where_one_is_asked_for(account, shop):
    session = _session(account, shop["once"], customer_creation="always")
    body = _complete(account, session, email="a@shop.test").body
    assert account.ok(f"GET /v1/payment_intents/{body['payment_intent']}")["customer"] == body["customer"]


def test_authentication_on_the_page_is_not_known(account, shop):
    assert _complete(account, _session(account, shop["once"]), payment_method="pm_card_authenticationRequired").status is None


def test_stripe_has_no_such_call(account):
    assert account.call("POST /_replayer/unicorns").status == 404
    assert account.call("GET /_replayer/checkout/sessions/cs_1/complete").status == 404
