"""Test cards as objects show them, and how their issuers answer. What an issuer answers is world: the same in both arms."""

from __future__ import annotations

import time
from typing import Any

from replayer.stripeapi.testdata import TestCard, behind, card
from replayer.stripeapi.versions import at_least

__all__ = ["MESSAGES", "TestCard", "advice", "behind", "by_number", "by_token", "code_of", "message_of", "shown"]

# Recordings up to 2023, all of versions up to then, show no check of the security code; later ones, of later versions, a passed one.
_CHECKED_SINCE = "2024-01-01"
_DISPLAYED = {"amex": "american_express", "diners": "diners_club"}
# Stripe's words for a decline, by decline code or code (docs.stripe.com/error-codes, docs.stripe.com/declines/codes).
MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "incorrect_number": "Your card number is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def by_token(text: str) -> TestCard | None:
    """The card of a test value (`pm_card_visa`, `tok_visa`), null where it is none."""
    return card(text) if text.startswith(("pm_card_", "tok_")) else None


def by_number(text: str) -> TestCard | None:
    """The card of a documented test number, null where it is none."""
    return card(text) if text[:1].isdigit() else None


def shown(found: TestCard, now: int, version: str | None) -> dict[str, Any]:
    """The card as a payment method shows it; a test card expires a year from now."""
    date = time.gmtime(now)
    passed = "pass" if time.strftime("%Y-%m-%d", date) >= _CHECKED_SINCE and at_least(version, _CHECKED_SINCE) else None
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": passed, **found.checks}
    last4 = found.last4 or "0000"
    return {
        "brand": found.brand,
        "checks": checks,
        "country": found.country,
        "display_brand": _DISPLAYED.get(found.brand, found.brand),
        "exp_month": date.tm_mon,
        "exp_year": date.tm_year + 1,
        "fingerprint": f"{found.brand[:6]}{found.country or 'XX'}{last4}".ljust(16, "0")[:16],
        "funding": found.funding or "credit",
        "generated_from": None,
        "last4": last4,
        "networks": {"available": [found.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": found.three_d_secure != "not_supported" and found.brand != "discover"},
        "wallet": None,
    }


def code_of(found: TestCard) -> str:
    """The code of the error that a declined card answers with."""
    return found.code or "card_declined"


def message_of(code: str, decline: str | None) -> str:
    """The words that go with a decline."""
    return MESSAGES.get(decline or "", MESSAGES.get(code, MESSAGES["card_declined"]))


def advice(decline: str | None) -> dict[str, str]:
    """What comes with a decline beside its code (recordings, of a generic decline)."""
    return {"advice_code": "try_again_later", "network_decline_code": "01"} if decline == "generic_decline" else {}
