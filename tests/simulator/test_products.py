"""What is sold: lookup keys, what may be deleted, which coupons there can be."""

from __future__ import annotations

import pytest


def _price(account, **more):
    return account.ok("POST /v1/prices", {"currency": "usd", "unit_amount": "700", "product_data": {"name": "Tea"}, **more})


def _with(account, key):
    return [price["id"] for price in account.ok("GET /v1/prices", {"lookup_keys": [key]})["data"]]


def test_two_prices_have_no_key_in_common(account):
    first = _price(account, lookup_key="tea")
    status, error = account.error(
        "POST /v1/prices", {"currency": "usd", "unit_amount": "1", "product": first["product"], "lookup_key": "tea"}
    )
    assert (status, error["param"]) == (400, "lookup_key")
    other = _price(account)["id"]
    assert account.error(f"POST /v1/prices/{other}", {"lookup_key": "tea"})[0] == 400
    assert _with(account, "tea") == [first["id"]]


@pytest.mark.parametrize("made", [True, False])
def test_a_key_is_transferred_where_that_is_asked(account, made):
    first, given = _price(account, lookup_key="tea")["id"], {"lookup_key": "tea", "transfer_lookup_key": "true"}
    if made:
        second = _price(account, **given)["id"]
    else:
        second = _price(account)["id"]
        account.ok(f"POST /v1/prices/{second}", given)
    assert _with(account, "tea") == [second]
    assert account.ok(f"GET /v1/prices/{first}")["lookup_key"] is None


def test_a_price_keeps_its_own_key(account):
    price = _price(account, lookup_key="tea")["id"]
    assert account.ok(f"POST /v1/prices/{price}", {"lookup_key": "tea", "nickname": "Tea"})["nickname"] == "Tea"


def test_a_product_with_prices_stays(account):
    product = _price(account)["product"]
    assert account.error(f"DELETE /v1/products/{product}")[0] == 400
    assert account.ok("DELETE /v1/products/" + account.ok("POST /v1/products", {"name": "Cups"})["id"])["deleted"] is True


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"duration": "once"}, "percent_off"),
        ({"percent_off": "10", "amount_off": "100", "currency": "usd"}, "percent_off"),
        ({"amount_off": "100"}, "currency"),
        ({"percent_off": "10", "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": "10", "duration": "once", "duration_in_months": "3"}, "duration_in_months"),
    ],
)
def test_a_coupon_says_what_it_takes_off_and_for_how_long(account, given, param):
    status, error = account.error("POST /v1/coupons", given)
    assert (status, error["param"]) == (400, param)
