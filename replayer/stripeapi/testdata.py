"""Stripe's documented test values: cards with what they do, and the other values that stand for nobody.

Source: Stripe's pages on testing payments, Connect and SEPA debits; last digits of `pm_card_amex` and `pm_card_discover` from recordings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

_DATA = Path(__file__).parent / "data"
_SEPARATORS = re.compile(r"[ -]")
_NUMBER = re.compile(r"\d[\d -]{10,23}\d")
# `pm_success_at`, `pm_failedDelayed_de`: SEPA debits; `tok_visa_debit_gb_transferFail`: debit cards for payouts.
_NAMED = re.compile(
    r"pm_(success|successDelayed|failed|failedDelayed|disputed|insufficientFunds|exceedsWeekly(Volume|Transaction)Limit)_[a-z]{2}|"
    r"tok_(visa|mastercard|discover)_debit_[a-z]{2}_(transferSuccess|transferFail|instantPayoutUnsupported)"
)

# How the legacy `card` and `source` objects spell a brand; a payment method spells it in small letters.
LEGACY_BRANDS = {
    "visa": "Visa", "mastercard": "MasterCard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB",
    "unionpay": "UnionPay", "unknown": "Unknown",
}  # fmt: skip

_SPELLED = {spelled: brand for brand, spelled in LEGACY_BRANDS.items()}
ThreeDSecure = Literal["unenrolled", "supported", "not_supported", "required", "always", "unless_set_up", "already_set_up"]


class TestCard(msgspec.Struct, frozen=True):
    """A test card. `names` are its `pm_card_*` and `tok_*`; a null number, funding or country is not documented.

    `on_attach` and `on_charge` are what happens then; `code` and `decline_code` belong to whichever of these, or of
    `after_authentication`, is declined. `three_d_secure`: `unenrolled` (never asked), `supported` (not asked by default), `not_supported`,
    `required`, `always`, `unless_set_up` and `already_set_up` (not asked off session). `dispute`: what follows a charge. `refund`: null
    where it succeeds at once.
    """

    __test__ = False  # no test class, whatever pytest makes of the name

    number: str | None = None
    brand: str = "unknown"
    funding: Literal["credit", "debit", "prepaid"] | None = None
    country: str | None = None
    names: tuple[str, ...] = ()
    on_attach: Literal["succeeds", "declined"] = "succeeds"
    on_charge: Literal["succeeds", "declined", "requires_action"] = "succeeds"
    after_authentication: Literal["succeeds", "declined"] = "succeeds"
    code: str | None = None
    decline_code: str | None = None
    three_d_secure: ThreeDSecure = "unenrolled"
    checks: dict[str, str] = {}
    risk_level: Literal["normal", "elevated", "highest"] = "normal"
    dispute: str | None = None
    refund: Literal["pending_then_succeeds", "succeeds_then_fails"] | None = None
    funds: Literal["pending", "available"] = "pending"

    @property
    def last4(self) -> str | None:
        """The number's last four digits."""
        return self.number and self.number[-4:]

    @property
    def payment_method(self) -> str | None:
        """The `pm_card_*` that stands for the card."""
        return next((name for name in self.names if name.startswith("pm_")), None)

    @property
    def token(self) -> str | None:
        """The `tok_*` that stands for the card."""
        return next((name for name in self.names if name.startswith("tok_")), None)


@cache
def cards() -> tuple[TestCard, ...]:
    """All documented test cards."""
    return msgspec.json.decode((_DATA / "test_cards.json").read_bytes(), type=tuple[TestCard, ...])


def card(text: str) -> TestCard | None:
    """The test card of a number (spaces and dashes allowed), a `pm_card_*` or a `tok_*`; null where it is none."""
    known = _by_name()
    return known.get(text) or (known.get(_SEPARATORS.sub("", text)) if _NUMBER.fullmatch(text) else None)


def behind(looks: Mapping[str, object]) -> TestCard | None:
    """The test card that brand (in either spelling), last digits and country show; null where no documented one looks so."""
    brand = str(looks.get("brand"))
    return _by_looks().get((_SPELLED.get(brand, brand), looks.get("last4"), looks.get("country")))


def like(brand: str, funding: str | None = None) -> TestCard:
    """The plain test card of a brand and funding, for one that must not be kept: `pm_card_visa` where there is none."""
    plain = [each for each in cards() if each.number and each.names and each.on_charge == "succeeds"]
    same = [each for each in plain if each.brand == brand.lower()]
    return next((each for each in same if each.funding == funding), (same or plain)[0])


def is_documented_test_value(text: str) -> bool:
    """Whether a text is a value that Stripe's documentation gives for tests: nobody's card, account, token, number or address."""
    return text in _values() or _NAMED.fullmatch(text) is not None or card(text) is not None


@cache
def _by_looks() -> dict[tuple[object, object, object], TestCard]:
    return {(found.brand, found.last4, found.country): found for found in reversed(cards()) if found.number}


@cache
def _by_name() -> dict[str, TestCard]:
    return {key: each for each in cards() for key in (each.number, *each.names) if key}


def values_of(group: str) -> dict[str, Any]:
    """The test values of a group that has names: bank accounts by their `pm_*`, of SEPA the numbers by country."""
    found = _groups().get(group)
    return found if isinstance(found, dict) else {}


@cache
def _groups() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((_DATA / "test_values.json").read_bytes())
    return found


@cache
def _values() -> frozenset[str]:
    found: set[str] = set()
    for group in _groups().values():
        for key, value in group.items() if isinstance(group, dict) else [("", group)]:
            found |= {key} if key.startswith("pm_") else set()
            found |= {value} if isinstance(value, str) else set(value)
    return frozenset(found)
