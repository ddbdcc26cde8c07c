"""Promotion codes: when one may be redeemed, and when no more."""

from __future__ import annotations

import pytest

NOW = 1_760_000_000


@pytest.fixture
def monthly(account):
    product = account.ok("POST /v1/products", {"name": "Tea"})["id"]
    account.ok("POST /v1/coupons", {"id": "HALF", "percent_off": "50", "duration": "forever"})
    given = {"product": product, "currency": "usd", "unit_amount": "1000", "recurring": {"interval": "month"}}
    return account.ok("POST /v1/prices", given)["id"]


def _code(account, coupon="HALF", **more):
    return account.ok("POST /v1/promotion_codes", {"promotion": {"type": "coupon", "coupon": coupon}, **more})


def _payer(account):
    return account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})


def _subscribe(account, payer, price, code, quantity=1, **more):
    items = [{"price": price, "quantity": str(quantity)}]
    return account.call(
        "POST /v1/subscriptions", {"customer": payer, "items": items, "discounts": [{"promotion_code": code["id"]}], **more}
    )


def test_a_redemption_counts_for_the_code_and_its_coupon(account, monthly):
    code = _code(account, code="WELCOME")
    assert (code["active"], code["times_redeemed"], code["code"]) == (True, 0, "WELCOME")
    assert _subscribe(account, _payer(account), monthly, code).status == 200
    assert account.ok(f"GET /v1/promotion_codes/{code['id']}")["times_redeemed"] == 1
    assert account.ok("GET /v1/coupons/HALF")["times_redeemed"] == 1
    assert account.ok("GET /v1/invoices")["data"][0]["total"] == 500


def test_it_is_for_a_first_purchase_only(account, monthly):
    code, payer = _code(account, restrictions={"first_time_transaction": "true"}), _payer(account)
    assert _subscribe(account, payer, monthly, code).status == 200
    refused = _subscribe(account, payer, monthly, code)
    assert (refused.status, "prior transactions" in refused.body["error"]["message"]) == (400, True)
    other = account.customer()
    account.paid(customer=other, payment_method=account.card(other))
    assert _subscribe(account, other, monthly, code, default_payment_method=account.card(other)).status == 400


def test_a_purchase_must_reach_its_minimum(account, monthly):
    code = _code(account, restrictions={"minimum_amount": "2000", "minimum_amount_currency": "usd"})
    payer = _payer(account)
    assert _subscribe(account, payer, monthly, code).status == 400
    assert _subscribe(account, payer, monthly, code, quantity=2).status == 200


def test_it_is_used_up(account, monthly):
    code = _code(account, max_redemptions="1")
    assert _subscribe(account, _payer(account), monthly, code).status == 200
    assert account.ok(f"GET /v1/promotion_codes/{code['id']}")["active"] is False
    assert _subscribe(account, _payer(account), monthly, code).status == 400
    assert account.call(f"POST /v1/promotion_codes/{code['id']}", {"active": "true"}).status == 400


def test_it_goes_with_its_coupon(account, monthly):
    account.ok("POST /v1/coupons", {"id": "ONE", "percent_off": "10", "duration": "once", "max_redemptions": "1"})
    used, other = _code(account, "ONE", code="A"), _code(account, "ONE", code="B")
    assert _subscribe(account, _payer(account), monthly, used).status == 200
    assert account.ok(f"GET /v1/promotion_codes/{other['id']}")["active"] is False
    assert account.ok("GET /v1/coupons/ONE")["valid"] is False
    assert _subscribe(account, _payer(account), monthly, other).status == 400


def test_it_expires(account, monthly):
    code = _code(account, expires_at=str(NOW + 100))
    assert _subscribe(account, _payer(account), monthly, code).status == 200
    assert account.ok(f"GET /v1/promotion_codes/{code['id']}", at=NOW + 100)["active"] is False
    assert _subscribe(account, _payer(account), monthly, code).status == 400


def test_it_is_for_one_customer(account, monthly):
    payer, other = _payer(account), _payer(account)
    code = _code(account, customer=payer)
    assert _subscribe(account, other, monthly, code).status == 400
    assert _subscribe(account, payer, monthly, code).status == 200


def test_of_equal_codes_one_may_be_active(account, monthly):
    first = _code(account, code="Welcome")
    status, error = account.error("POST /v1/promotion_codes", {"promotion": {"type": "coupon", "coupon": "HALF"}, "code": "WELCOME"})
    assert (status, error["param"]) == (400, "code")
    account.ok(f"POST /v1/promotion_codes/{first['id']}", {"active": "false"})
    assert _subscribe(account, _payer(account), monthly, first).status == 400
    _code(account, code="WELCOME")
    assert account.call(f"POST /v1/promotion_codes/{first['id']}", {"active": "true"}).status == 400
    assert [one["code"] for one in account.ok("GET /v1/promotion_codes", {"active": "true"})["data"]] == ["WELCOME"]


def test_older_versions_name_the_coupon_itself(account, monthly):
    account.version = "2020-08-27"
    code = account.ok("POST /v1/promotion_codes", {"coupon": "HALF", "code": "OLD"})
    assert code["coupon"]["id"] == "HALF"


def test_of_a_coupon_only_its_name_and_metadata_change(account, monthly):
    changed = account.ok("POST /v1/coupons/HALF", {"name": "x", "metadata": {"a": "1"}})
    assert (changed["name"], changed["metadata"], changed["percent_off"]) == ("x", {"a": "1"}, 50)
    status, error = account.error("POST /v1/coupons/HALF", {"percent_off": "10"})
    assert (status, error["code"]) == (400, "parameter_unknown")


def test_a_deleted_coupon_is_redeemed_no_more_and_stays_where_it_was(account, monthly):
    payer, code = _payer(account), _code(account)
    _subscribe(account, payer, monthly, code)
    account.ok("DELETE /v1/coupons/HALF")
    assert _subscribe(account, _payer(account), monthly, code).status == 400
    assert account.simulator.customer_money(payer) == ({}, {"usd": 500})
