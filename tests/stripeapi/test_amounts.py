"""Amounts: minor units for people, and what a currency's minor unit is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.stripeapi.amounts import THREE_DECIMAL, ZERO_DECIMAL, decimals, format_amount

CURRENCIES = st.sampled_from(["usd", "eur", *sorted(ZERO_DECIMAL), *sorted(THREE_DECIMAL)])


@pytest.mark.parametrize(
    ("amount", "currency", "options", "text"),
    [
        (16800, "usd", {}, "USD 168.00"),
        (-5, "usd", {}, "−USD 0.05"),
        (5, "usd", {"signed": True}, "+USD 0.05"),
        (190400, "usd", {"signed": True, "name": False}, "+1,904.00"),
        (16800, "jpy", {}, "JPY 16,800"),
        (16805, "kwd", {}, "KWD 16.805"),
        (0, "eur", {"signed": True}, "+EUR 0.00"),
    ],
)
def test_an_amount_is_shown_with_its_currencys_decimals(amount, currency, options, text):
    assert format_amount(amount, currency, **options) == text


@given(st.integers(-(10**12), 10**12), CURRENCIES)
def test_no_minor_unit_is_lost_or_invented(amount, currency):
    text = format_amount(amount, currency, name=False)
    digits = int("".join(character for character in text if character.isdigit()))
    assert (-digits if text.startswith("−") else digits) == amount
    assert len(text.partition(".")[2]) == decimals(currency)


@given(CURRENCIES)
def test_the_case_of_a_currency_makes_no_difference(currency):
    assert decimals(currency.upper()) == decimals(currency)


def test_no_currency_has_two_kinds_of_minor_units():
    assert not ZERO_DECIMAL & THREE_DECIMAL
    assert (decimals("jpy"), decimals("usd"), decimals("bhd")) == (0, 2, 3)
