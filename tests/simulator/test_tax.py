"""Tax rates: what is not there is refused at the call that names it, at whatever depth."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("operation", "params", "place"),
    [
        ("POST /v1/subscriptions", {"items": [{"price": "{price}", "tax_rates": ["txr_none"]}]}, "items[0][tax_rates]"),
        ("POST /v1/subscriptions", {"items": [{"price": "{price}"}], "default_tax_rates": ["txr_none"]}, "default_tax_rates"),
        ("POST /v1/invoices", {"default_tax_rates": ["txr_none"]}, "default_tax_rates"),
        ("POST /v1/invoiceitems", {"amount": "100", "currency": "usd", "tax_rates": ["txr_none"]}, "tax_rates"),
    ],
)
def test_a_rate_that_is_not_there_is_refused_where_it_is_named(account, operation, params, place):
    account.ok("POST /v1/prices", {"currency": "usd", "unit_amount": "700", "recurring": {"interval": "month"}, "product_data": {"name": "Tea"},
                                   "lookup_key": "tea"})  # fmt: skip
    price = account.ok("GET /v1/prices", {"lookup_keys": ["tea"]})["data"][0]["id"]
    given = {**params, "items": [{**item, "price": price} for item in params["items"]]} if "items" in params else params
    status, error = account.error(operation, {"customer": account.customer(), **given})
    assert (status, error["code"], error["param"]) == (400, "resource_missing", place)
    assert "txr_none" in error["message"]
