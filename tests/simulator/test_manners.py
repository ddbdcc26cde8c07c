"""What Stripe refuses whatever the noun: metadata, currencies, addresses; and what a hold, a bank account and a country are."""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import Shop, at

DAY = 86400


@pytest.mark.parametrize("path", ["customers", "products", "coupons", "payment_intents"])
@pytest.mark.parametrize(("metadata", "passes"), [
    ({str(number): "a" for number in range(50)}, True), ({str(number): "a" for number in range(51)}, False),
    ({"k" * 40: "v" * 500}, True), ({"k" * 41: "a"}, False), ({"k": "v" * 501}, False), ({"a[b": "x"}, False), ({"a": {"b": "x"}}, False),
])  # fmt: skip
def test_metadata_has_its_limits_everywhere(account, path, metadata, passes):
    given = {"products": {"name": "A"}, "coupons": {"percent_off": "5"}, "payment_intents": {"amount": "500", "currency": "usd"}}.get(
        path, {}
    )
    outcome = account.call(f"POST /v1/{path}", {**given, "metadata": metadata})
    assert (outcome.status == 200) is passes
    if not passes:
        assert outcome.body["error"]["param"] == "metadata"


def test_metadata_within_an_update_is_merged_and_cleared(account):
    customer = account.customer(metadata={"a": "1", "b": "2"})
    assert account.ok(f"POST /v1/customers/{customer}", {"metadata": {"a": "", "c": "3"}})["metadata"] == {"b": "2", "c": "3"}
    assert account.ok(f"POST /v1/customers/{customer}", {"metadata": ""})["metadata"] == {}


@pytest.mark.parametrize(("operation", "params"), [
    ("POST /v1/payment_intents", {"amount": "500"}), ("POST /v1/charges", {"amount": "500", "source": "tok_visa"}),
    ("POST /v1/prices", {"unit_amount": "500", "product_data": {"name": "A"}}), ("POST /v1/coupons", {"amount_off": "500"}),
])  # fmt: skip
def test_a_currency_that_is_none_is_refused(account, operation, params):
    status, error = account.error(operation, {**params, "currency": "xyz"})
    assert (status, error["param"], error["message"].startswith("Invalid currency: xyz")) == (400, "currency", True)
    assert account.call(operation, {**params, "currency": "EUR"}).status == 200


@pytest.mark.parametrize(("currency", "amount", "passes"), [("kwd", "5000", True), ("kwd", "5005", False), ("jpy", "5005", True)])
def test_the_third_decimal_is_zero(account, currency, amount, passes):
    assert (account.call("POST /v1/payment_intents", {"amount": amount, "currency": currency}).status == 200) is passes


@pytest.mark.parametrize(("operation", "name", "more"), [
    ("POST /v1/customers", "email", {}), ("POST /v1/payment_intents", "receipt_email", {"amount": "500", "currency": "usd"}),
])  # fmt: skip
def test_an_address_that_is_none_is_refused(account, operation, name, more):
    status, error = account.error(operation, {**more, name: "nobody"})
    assert (status, error["code"], error["param"]) == (400, "email_invalid", name)
    assert account.call(operation, {**more, name: "a@b.example"}).status == 200
    assert account.call(operation, {**more, name: "~5f3a"}).status == 200  # a pseudonym of a redacted capture


def hold(shop, card="pm_card_visa", **more):
    given = {"amount": "1000", "currency": "usd", "confirm": "true", "capture_method": "manual", "return_url": "https://a.test", **more}
    return shop.ok("POST /v1/payment_intents", {"payment_method": card, "customer": shop.customer, **given})


def test_a_hold_ends_after_seven_days_and_is_released():
    shop = Shop()
    intent = hold(shop)
    path = f"/v1/payment_intents/{intent['id']}"
    charge = shop.ok(f"GET /v1/charges/{intent['latest_charge']}")
    assert charge["payment_method_details"]["card"]["capture_before"] == at(2026, 1, 8)
    assert shop.ok(f"GET {path}", at=at(2026, 1, 8) - 60)["status"] == "requires_capture"
    ended = shop.ok(f"GET {path}", at=at(2026, 1, 8) + 60)
    assert (ended["status"], ended["cancellation_reason"], ended["amount_capturable"]) == ("canceled", "automatic", 0)
    types = [event["type"] for event in shop.ok("GET /v1/events", {"limit": "4"})["data"]]
    assert types[:3] == ["payment_intent.canceled", "charge.expired", "charge.refunded"]
    assert shop.account.error(f"POST {path}/capture")[1]["code"] == "payment_intent_unexpected_state"
    assert shop.ok("GET /v1/balance")["pending"] == shop.ok("GET /v1/balance")["pending"]
    assert shop.ok("GET /v1/balance_transactions")["data"] == []


def test_what_was_captured_in_time_stays():
    shop = Shop()
    intent = hold(shop)
    shop.ok(f"POST /v1/payment_intents/{intent['id']}/capture", at=at(2026, 1, 7))
    assert shop.ok(f"GET /v1/payment_intents/{intent['id']}", at=at(2026, 2, 1))["status"] == "succeeded"
    assert [entry["amount"] for entry in shop.ok("GET /v1/balance_transactions")["data"]] == [1000]


@pytest.mark.parametrize(("card", "window"), [("pm_card_visa", 4 * DAY + 18 * 3600), ("pm_card_mastercard", 7 * DAY)])
def test_visa_gives_less_time_where_the_customer_is_away(card, window):
    shop = Shop()
    method = shop.account.card(shop.customer, card)
    intent = hold(shop, method, off_session="true")
    charge = shop.ok(f"GET /v1/charges/{intent['latest_charge']}")
    assert charge["payment_method_details"]["card"]["capture_before"] - charge["created"] == window


def test_a_hold_captured_in_parts_is_unknown():
    shop = Shop()
    given = {"amount_to_capture": "400", "final_capture": "false"}
    assert shop.account.call(f"POST /v1/payment_intents/{hold(shop)['id']}/capture", given).status is None


def test_a_fee_is_no_more_than_the_payment(account):
    seller = account.ok("POST /v1/accounts", {"type": "custom", "country": "US", "capabilities": {"transfers": {"requested": "true"}}})[
        "id"
    ]
    given = {"amount": "1000", "currency": "usd", "transfer_data": {"destination": seller}}
    assert account.error("POST /v1/payment_intents", {**given, "application_fee_amount": "1001"})[1]["param"] == "application_fee_amount"
    assert account.ok("POST /v1/payment_intents", {**given, "application_fee_amount": "1000"})["application_fee_amount"] == 1000


def test_a_customers_bank_account_is_verified_by_what_came():
    shop = Shop()
    path = f"/v1/customers/{shop.customer}/sources"
    bank = shop.ok(f"POST {path}", {"source": "btok_us"})
    assert (bank["object"], bank["status"], bank["last4"], bank["customer"]) == ("bank_account", "new", "6789", shop.customer)
    status, error = shop.account.error(f"POST {path}/{bank['id']}/verify", {"amounts": ["1", "2"]})
    assert (status, error["code"]) == (402, "bank_account_verification_failed")
    assert shop.ok(f"POST {path}/{bank['id']}/verify", {"amounts": ["32", "45"]})["status"] == "verified"
    assert shop.account.error(f"POST {path}/{bank['id']}/verify", {"amounts": ["32", "45"]})[1]["code"] == "bank_account_verified"
    assert shop.ok(f"POST {path}", {"source": "btok_us_verified"})["status"] == "verified"
    assert shop.ok(f"DELETE {path}/{bank['id']}")["deleted"] is True
    assert shop.account.call("POST /v1/charges", {"amount": "500", "currency": "usd", "source": bank["id"]}).status != 200


def test_countries_say_what_is_asked_there(account):
    spec = account.ok("GET /v1/country_specs/DE")
    assert (spec["id"], spec["default_currency"], spec["supported_bank_account_currencies"]) == ("DE", "eur", {"eur": ["DE"]})
    assert "usd" in spec["supported_payment_currencies"]
    assert set(spec["verification_fields"]) == {"company", "individual"}
    assert account.error("GET /v1/country_specs/XX")[0] == 404
    first = account.ok("GET /v1/country_specs", {"limit": "3"})
    assert ([one["id"] for one in first["data"]], first["has_more"]) == (["AE", "AT", "AU"], True)
    assert account.ok("GET /v1/country_specs", {"starting_after": "SK"})["data"][-1]["id"] == "US"


MONTHLY = {"currency": "usd", "product_data": {"name": "A"}, "unit_amount": "5", "recurring": {"interval": "month"}}


@pytest.mark.parametrize(("operation", "params", "param"), [
    ("POST /v1/prices", {**MONTHLY, "unit_amount": "-5"}, "unit_amount"),
    ("POST /v1/prices", {**MONTHLY, "unit_amount_decimal": "5"}, "unit_amount"),
    ("POST /v1/prices", {**MONTHLY, "recurring": {"interval": "month", "interval_count": "37"}}, "recurring[interval_count]"),
    ("POST /v1/prices", {**MONTHLY, "recurring": {"interval": "year", "interval_count": "0"}}, "recurring[interval_count]"),
    ("POST /v1/coupons", {"percent_off": "101"}, "percent_off"),
    ("POST /v1/coupons", {"percent_off": "0"}, "percent_off"),
    ("POST /v1/payment_intents", {
        "amount": "500", "currency": "usd", "payment_method_types": ["card"], "automatic_payment_methods": {"enabled": "true"},
    }, "automatic_payment_methods"),
])  # fmt: skip
def test_what_lies_beyond_what_the_reference_allows_is_refused(account, operation, params, param):
    status, error = account.error(operation, params)
    assert (status, error["param"]) == (400, param)


@pytest.mark.parametrize("months", ["1", "36"])
def test_what_lies_within_is_taken(account, months):
    assert account.ok("POST /v1/prices", {**MONTHLY, "recurring": {"interval": "month", "interval_count": months}})
    assert account.ok("POST /v1/coupons", {"percent_off": "100"})


@pytest.mark.parametrize(("more", "param"), [
    ({"items": [{"price": "P", "quantity": "-1"}]}, "items[0][quantity]"), ({"trial_period_days": "731"}, "trial_period_days"),
    ({"cancel_at_period_end": "true", "cancel_at": "1999999999"}, "cancel_at"), ({"items": [{"price": "P"}, {"price": "P"}]}, "plan"),
    ({"trial_period_days": "730"}, None), ({"cancel_at_period_end": "true"}, None),
])  # fmt: skip
def test_a_subscription_goes_as_far_as_the_reference_lets_it(account, more, param):
    price, customer = account.ok("POST /v1/prices", MONTHLY)["id"], account.customer()
    method = account.card(customer)
    params = {
        "items": [{"price": "P"}],
        "billing_mode": {"type": "classic"},
        "customer": customer,
        "default_payment_method": method,
        **more,
    }
    params["items"] = [{**item, "price": price} for item in params["items"]]
    outcome = account.call("POST /v1/subscriptions", params)
    assert (outcome.status, (outcome.body.get("error") or {}).get("param")) == ((400, param) if param else (200, None))
