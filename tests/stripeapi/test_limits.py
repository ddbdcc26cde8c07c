"""Limits: no value is called harmless that Stripe refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.stripeapi.limits import metadata_within_limits, within_limits

NAMES = st.sampled_from(["description", "name", "phone", "metadata[a]", "email", "statement_descriptor", "invoice_prefix", "anything"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "a@b.example"),
        ("receipt_email", "a.b+c@d.example"),
        ("name", "Jörg Müller"),
        ("name", "x" * 150),
        ("description", "x" * 350),
        ("phone", "+49 30 1234567"),
        ("metadata[order]", "x" * 500),
        ("metadata[" + "k" * 40 + "]", "x"),
        ("statement_descriptor", "SHOP 24"),
        ("invoice_prefix", "ABC123"),
        ("description", ""),
        ("description", None),
    ],
)
def test_what_stripe_takes_is_within_limits(name, value):
    assert within_limits(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "nobody"),
        ("receipt_email", "a@b"),
        ("billing_details[email]", "a b@c.example"),
        ("name", "x" * 151),
        ("business_name", "x" * 151),
        ("description", "x" * 351),
        ("phone", "1" * 21),
        ("metadata[a]", "x" * 501),
        ("metadata[" + "k" * 41 + "]", "x"),
        ("metadata[a][b]", "x"),
        ("metadata", "x"),
        ("metadata[1]", "x"),
        ("invoice_settings[custom_fields][0][name]", "x" * 151),
        ("statement_descriptor", "12345"),
        ("statement_descriptor", "<SHOP>"),
        ("statement_descriptor", "x" * 23),
        ("statement_descriptor", "SHOP"),
        ("statement_descriptor_suffix", "日本A"),
        ("invoice_prefix", "ab"),
        ("invoice_prefix", "A" * 13),
        ("description", 5),
        ("description", {"a": "b"}),
    ],
)
def test_what_stripe_may_refuse_is_not(name, value):
    assert not within_limits(name, value)


@given(NAMES)
def test_what_is_not_sent_or_cleared_is_within_limits(name):
    assert within_limits(name, None)
    assert within_limits(name, "")


@given(NAMES, st.text("aB1 ", min_size=1, max_size=5), st.integers(1001, 2000))
def test_no_value_of_any_length_is_taken_for_certain(name, value, times):
    assert not within_limits(name, (value * times).ljust(5001, "x"))


@pytest.mark.parametrize(
    ("operation", "name", "value", "good"),
    [
        ("POST /v1/coupons", "name", "x" * 40, True),
        ("POST /v1/coupons", "name", "x" * 41, False),
        ("POST /v1/customers", "name", "x" * 41, True),
        ("POST /v1/tax_rates", "display_name", "x" * 51, False),
        ("POST /v1/customers", "tax_exempt", "exempt", True),
        ("POST /v1/customers", "tax_exempt", "perhaps", False),
    ],
)
def test_an_operation_may_take_less_than_others(operation, name, value, good):
    assert within_limits(name, value, operation=operation) is good


@pytest.mark.parametrize(("count", "good"), [(0, True), (50, True), (51, False)])
def test_metadata_has_fifty_keys_at_most(count, good):
    assert metadata_within_limits({"metadata": {f"k{number}": "x" for number in range(count)}}) is good


def test_a_request_without_metadata_or_with_cleared_metadata_is_within_limits():
    assert metadata_within_limits({})
    assert metadata_within_limits({"metadata": ""})
