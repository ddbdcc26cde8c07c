"""Parameters as Stripe refuses and converts them."""

from __future__ import annotations

import pytest

_INTENT = {"amount": "2000", "currency": "usd"}


def test_an_unknown_parameter_is_named(account):
    status, error = account.error("POST /v1/customers", {"unicorn": "1"})
    assert (status, error["code"], error["param"]) == (400, "parameter_unknown", "unicorn")
    assert error["message"] == "Received unknown parameter: unicorn"


def test_an_unknown_nested_parameter_is_named_as_on_the_wire(account):
    _, error = account.error("POST /v1/customers", {"invoice_settings": {"unicorn": "1"}})
    assert (error["code"], error["param"]) == ("parameter_unknown", "invoice_settings[unicorn]")


def test_a_missing_parameter_is_named(account):
    status, error = account.error("POST /v1/payment_intents", {"currency": "usd"})
    assert (status, error["code"], error["param"]) == (400, "parameter_missing", "amount")


@pytest.mark.parametrize("value", ["abc", "12.5", "1e3", " 12"])
def test_what_is_no_integer_is_refused(account, value):
    _, error = account.error("POST /v1/payment_intents", {**_INTENT, "amount": value})
    assert (error["code"], error["param"]) == ("parameter_invalid_integer", "amount")


def test_what_cannot_be_cleared_is_refused(account):
    _, error = account.error("POST /v1/payment_intents", {**_INTENT, "currency": ""})
    assert (error["code"], error["param"]) == ("parameter_invalid_empty", "currency")


def test_what_is_no_boolean_is_refused(account):
    _, error = account.error("POST /v1/payment_intents", {**_INTENT, "confirm": "maybe"})
    assert error["param"] == "confirm"
    assert "code" not in error


def test_a_value_that_is_no_choice_is_refused_in_the_newest_version(account):
    account.version = None
    _, error = account.error("POST /v1/payment_intents", {**_INTENT, "capture_method": "later"})
    assert error["param"] == "capture_method"
    assert "must be one of automatic, automatic_async, or manual" in error["message"]


def test_a_hash_where_text_belongs_is_refused(account):
    _, error = account.error("POST /v1/customers", {"name": {"first": "A"}})
    assert error["param"] == "name"


def test_booleans_of_old_sdks_are_read(account):
    assert account.paid(confirm="True")["status"] == "succeeded"


def test_parameters_of_untyped_versions_are_taken(account):
    assert account.call("POST /v1/customers", {"account_balance": "0"}, version="2019-05-16").status == 200


def test_a_parameter_that_a_version_no_longer_has_is_unknown(account):
    params = {**_INTENT, "payment_method_types": ["card"]}
    assert account.call("POST /v1/payment_intents", params).status == 200
    assert account.error("POST /v1/payment_intents", params, version="2026-09-30.endive")[1]["code"] == "parameter_unknown"
