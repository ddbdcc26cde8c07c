"""Test bank accounts: each documented number is known again from what its payment method shows."""

from __future__ import annotations

import pytest

from replayer.simulator import banks
from replayer.stripeapi.testdata import values_of

_SEPA = [(country, number) for country, numbers in values_of("sepa_debit").items() for number in numbers]


@pytest.mark.parametrize(("country", "number"), _SEPA)
def test_a_sepa_account_is_known_again_from_what_is_shown(country, number):
    bank, looks = banks.by_number("sepa_debit", number), banks.shown("sepa_debit", {"iban": number})
    assert bank is not None
    assert banks.behind("sepa_debit", looks) == bank
    assert looks["country"] == country.upper()
    assert number not in str(looks)


def test_the_five_numbers_of_a_country_end_as_documented():
    found = [banks.by_number("sepa_debit", number) for number in values_of("sepa_debit")["de"]]
    assert [(bank.code is None, bank.ends, bank.disputed) for bank in found if bank] == [
        (True, "at once", False), (True, "later", False), (False, "at once", False), (False, "later", False), (True, "at once", True),
    ]  # fmt: skip


def test_a_delay_that_shows_only_in_a_hidden_digit_is_not_guessed():
    looks = banks.shown("bacs_debit", {"sort_code": "108800", "account_number": "90012345"})
    assert banks.behind("bacs_debit", looks) is None
    assert banks.behind("bacs_debit", banks.shown("bacs_debit", {"sort_code": "108800", "account_number": "55555559"})) is not None


def test_an_account_at_another_bank_is_no_test_account():
    assert banks.behind("us_bank_account", {"routing_number": "021000021", "last4": "6789"}) is None
    assert banks.by_number("sepa_debit", "DE00000000000000000000") is None


def test_every_token_stands_for_an_account_that_is_documented():
    tokens = [(kind, name) for kind in banks.KINDS for name in values_of(kind) if name.startswith("pm_")]
    tokens += [("sepa_debit", f"pm_{what}_at") for what in ("success", "failedDelayed", "insufficientFunds", "exceedsWeeklyVolumeLimit")]
    for kind, name in tokens:
        data = banks.token(name)
        assert data is not None
        assert data["type"] == kind
        assert banks.by_number(kind, data[kind].get("iban") or data[kind]["account_number"]) is not None
    assert [banks.token(text) for text in ("pm_card_visa", "pm_success_xx", "routing_number", "pm_other_at")] == [None] * 4
