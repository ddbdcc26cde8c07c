"""Stripe's documented test values."""

import re
from pathlib import Path

import pytest

from replayer.stripeapi import testdata

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"


def luhn_sum(number: str) -> int:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[0::2]) + sum(sum(divmod(digit * 2, 10)) for digit in digits[1::2])


def test_every_number_is_well_formed_but_the_one_documented_as_incorrect() -> None:
    wrong = [card.number for card in testdata.cards() if card.number and luhn_sum(card.number) % 10]
    assert wrong == ["4242424242424241"]


def test_no_number_and_no_name_stands_for_two_cards() -> None:
    keys = [key for card in testdata.cards() for key in (card.number, *card.names) if key]
    assert len(keys) == len(set(keys))
    assert len(keys) > 300
    assert all(re.fullmatch(r"\d{12,19}|(pm_card|tok)_\w+", key) for key in keys)


def test_a_card_is_found_by_number_by_payment_method_and_by_token() -> None:
    card = testdata.card("pm_card_visa")
    assert card is not None
    assert card is testdata.card("tok_visa") is testdata.card("4242424242424242") is testdata.card("4242 4242-4242 4242")
    assert (card.brand, card.funding, card.country, card.last4, card.payment_method, card.token) == (
        "visa", "credit", "US", "4242", "pm_card_visa", "tok_visa",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "attach", "charge", "code", "decline"),
    [
        ("pm_card_visa", "succeeds", "succeeds", None, None),
        ("pm_card_chargeDeclined", "declined", "declined", "card_declined", "generic_decline"),
        ("4000000000009995", "declined", "declined", "card_declined", "insufficient_funds"),
        ("tok_chargeDeclinedExpiredCard", "declined", "declined", "expired_card", None),
        ("pm_card_chargeCustomerFail", "succeeds", "declined", "card_declined", "generic_decline"),
        ("pm_card_authenticationRequired", "succeeds", "requires_action", None, None),
        ("pm_card_threeDSecureRequiredChargeDeclined", "succeeds", "requires_action", "card_declined", "generic_decline"),
        ("pm_card_radarBlock", "succeeds", "declined", "card_declined", "fraudulent"),
    ],
)
def test_what_a_card_does_is_known(name: str, attach: str, charge: str, code: str | None, decline: str | None) -> None:
    card = testdata.card(name)
    assert card is not None
    assert (card.on_attach, card.on_charge, card.code, card.decline_code) == (attach, charge, code, decline)


def test_a_decline_has_a_code_and_a_success_has_none() -> None:
    for card in testdata.cards():
        declined = "declined" in (card.on_attach, card.on_charge, card.after_authentication)
        assert declined == (card.code is not None), card
        assert not (card.decline_code and card.code != "card_declined"), card
        assert card.on_charge == "requires_action" or card.after_authentication == "succeeds", card


@pytest.mark.parametrize(
    "text",
    ["4242424242424242", "pm_card_pl", "tok_gb_debit", "pm_usBankAccount_success", "000123456789", "110000000", "pm_successDelayed_de",
     "AT611904300234573201", "tok_visa_debit_gb_transferFail", "btok_us_verified", "address_full_match"],
)  # fmt: skip
def test_a_documented_value_is_recognised(text: str) -> None:
    assert testdata.is_documented_test_value(text)


@pytest.mark.parametrize(
    "text",
    ["", "4111111111111111", "424242424242424", "pm_card_", "pm_card_visa2", "pm_1F6dCWIUmJaD6OqvCtcAnPSq", "at", "visa", "tok_1abcDEF",
     "DE89370400440532013009", "xpm_card_visa", "4242"],
)  # fmt: skip
def test_anything_else_is_not_taken_for_a_test_value(text: str) -> None:
    assert not testdata.is_documented_test_value(text)


def test_the_plain_card_of_a_brand_stands_in_for_one_that_must_not_be_kept() -> None:
    assert testdata.like("mastercard", "prepaid").payment_method == "pm_card_mastercard_prepaid"
    assert testdata.like("Visa", "debit").payment_method == "pm_card_visa_debit"
    assert testdata.like("amex").payment_method == "pm_card_amex"
    assert testdata.like("no such brand").payment_method == "pm_card_visa"


def test_recorded_cards_are_as_the_table_says() -> None:
    if not CORPORA.is_dir():
        pytest.skip("the recorded traffic is not beside this checkout")
    table = {(card.brand, card.country, card.funding, card.last4) for card in testdata.cards()}
    attached: set[str] = set()
    seen: set[tuple[str, ...]] = set()
    for path in sorted(CORPORA.glob("*/*.y*ml")):
        text = path.read_text(encoding="utf-8")
        seen |= {facts(found) for found in re.findall(r'"card": \{.{0,2000}?"wallet"', text, re.DOTALL) if '"last4"' in found}
        for name, found in re.findall(r'(pm_card_\w+)/attach.{0,4000}?("card": \{.*?"wallet")', text, re.DOTALL):
            card = testdata.card(name)
            assert card is not None, name
            assert facts(found) == (card.brand, card.country, card.funding, card.last4), name
            attached.add(name)
    assert seen <= table
    assert len(seen) >= 5
    assert {"pm_card_visa", "pm_card_amex", "pm_card_discover", "pm_card_authenticationRequired", "pm_card_chargeCustomerFail"} <= attached


def facts(found: str) -> tuple[str, ...]:
    """A recorded card's brand, country, funding and last digits."""
    recorded = dict(re.findall(r'"(brand|country|funding|last4)": "(\w+)"', found))
    return tuple(recorded[key] for key in ("brand", "country", "funding", "last4"))
