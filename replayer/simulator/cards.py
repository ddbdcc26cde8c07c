"""Stripe's test cards: what each looks like and how its issuer answers (docs.stripe.com/testing, "Cards by brand", "Declined payments",
"3D Secure authentication").

A test value is written `pm_card_visa`, `tok_visa`, or as the card's number; what an issuer answers is world: it is the same in both arms.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Behaviour = Literal["approved", "declined", "authenticate", "authenticate_then_declined", "authenticate_unless_set_up"]


class Card(msgspec.Struct, frozen=True):
    """A test card. `code` and `decline` are those of its error, `refused` whether it cannot even be attached to a customer."""

    brand: str
    last4: str
    country: str = "US"
    funding: str = "credit"
    behaviour: Behaviour = "approved"
    code: str = "card_declined"
    decline: str | None = None
    refused: bool = True
    three_d_secure: bool = True
    number: str = ""

    def values(self, now_year: int, now_month: int) -> dict[str, Any]:
        """The card as a payment method shows it; test cards expire a year from now."""
        return {
            "brand": self.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": self.country,
            "display_brand": _DISPLAYED.get(self.brand, self.brand),
            "exp_month": now_month,
            "exp_year": now_year + 1,
            "fingerprint": f"{self.brand[:4].ljust(4, 'x')}{self.country}{self.last4}Sim".ljust(16, "0")[:16],
            "funding": self.funding,
            "generated_from": None,
            "last4": self.last4,
            "networks": {"available": [self.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": self.three_d_secure},
            "wallet": None,
        }


_DISPLAYED = {"amex": "american_express", "diners": "diners_club"}
MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "incorrect_number": "Your card number is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
}

_BRANDS = {
    "visa": Card("visa", "4242", number="4242424242424242"),
    "visa_debit": Card("visa", "5556", funding="debit", number="4000056655665556"),
    "mastercard": Card("mastercard", "4444", number="5555555555554444"),
    "mastercard_debit": Card("mastercard", "8210", funding="debit", number="5200828282828210"),
    "mastercard_prepaid": Card("mastercard", "5100", funding="prepaid", number="5105105105105100"),
    "amex": Card("amex", "8431", number="371449635398431"),
    "discover": Card("discover", "9424", three_d_secure=False, number="6011000990139424"),
    "diners": Card("diners", "0004", number="3056930009020004"),
    "jcb": Card("jcb", "0505", country="JP", number="3566002020360505"),
    "unionpay": Card("unionpay", "0005", country="CN", number="6200000000000005"),
}
# The last four digits of the Visa card of each country.
_COUNTRIES = {
    "us": "4242", "ar": "0021", "br": "0002", "ca": "0000", "mx": "8001", "ae": "0004", "at": "0008", "be": "0004", "bg": "0000", "by": "0005",
    "hr": "0009", "cy": "0008", "cz": "0001", "dk": "0001", "ee": "0009", "fi": "0001", "fr": "0003", "de": "0016", "gi": "0005", "gr": "0001",
    "hu": "0005", "ie": "0001", "it": "0008", "lv": "0005", "li": "0004", "lt": "0000", "lu": "0006", "mt": "0007", "nl": "0002", "no": "0003",
    "pl": "0005", "pt": "0007", "ro": "0001", "si": "0006", "sk": "0001", "es": "0007", "se": "0008", "ch": "0009", "gb": "0000", "au": "0006",
    "cn": "0002", "hk": "0004", "in": "0008", "jp": "0003", "my": "0002", "nz": "0008", "sg": "0003", "tw": "0008", "th": "0003",
}  # fmt: skip


def _declines(last4: str, decline: str | None, code: str = "card_declined", number: str = "") -> Card:
    return Card("visa", last4, behaviour="declined", code=code, decline=decline, number=number)


def _asks(last4: str, behaviour: Behaviour, **more: Any) -> Card:
    return Card("visa", last4, behaviour=behaviour, **{"country": "US", **more})


_ISSUERS = {
    "chargeDeclined": _declines("0002", "generic_decline", number="4000000000000002"),
    "chargeDeclinedInsufficientFunds": _declines("9995", "insufficient_funds", number="4000000000009995"),
    "chargeDeclinedLostCard": _declines("9987", "lost_card", number="4000000000009987"),
    "chargeDeclinedStolenCard": _declines("9979", "stolen_card", number="4000000000009979"),
    "chargeDeclinedExpiredCard": _declines("0069", None, "expired_card", number="4000000000000069"),
    "chargeDeclinedIncorrectCvc": _declines("0127", None, "incorrect_cvc", number="4000000000000127"),
    "chargeDeclinedProcessingError": _declines("0119", None, "processing_error", number="4000000000000119"),
    "chargeDeclinedVelocityLimitExceeded": _declines("6975", "card_velocity_exceeded", number="4000000000006975"),
    "chargeDeclinedFraudulent": _declines("0019", "fraudulent", number="4100000000000019"),
    "radarBlock": Card("visa", "0019", behaviour="declined", decline="fraudulent", refused=False, number="4100000000000019"),
    "chargeCustomerFail": Card("visa", "0341", behaviour="declined", decline="generic_decline", refused=False, number="4000000000000341"),
    "authenticationRequired": _asks("3184", "authenticate", country="DE", number="4000002760003184"),
    "authenticationRequiredOnSetup": _asks("3155", "authenticate_unless_set_up", number="4000002500003155"),
    "authenticationRequiredSetupForOffSession": _asks("0446", "authenticate_unless_set_up", number="4000003800000446"),
    "authenticationRequiredChargeDeclinedInsufficientFunds": _asks(
        "3178", "authenticate_then_declined", country="GB", decline="insufficient_funds", number="4000008260003178"
    ),
    "threeDSecure2Required": _asks("3220", "authenticate", number="4000000000003220"),
    "threeDSecureRequired": _asks("3063", "authenticate", number="4000000000003063"),
    "threeDSecureRequiredChargeDeclined": _asks("1629", "authenticate_then_declined", decline="generic_decline", number="4000008400001629"),
    "threeDSecureOptional": Card("visa", "3055", number="4000000000003055"),
    "bypassPending": Card("visa", "0077", number="4000000000000077"),
    "createDispute": Card("visa", "0259", number="4000000000000259"),
    "createDisputeInquiry": Card("visa", "1976", number="4000000000001976"),
    "createDisputeProductNotReceived": Card("visa", "2685", number="4000000000002685"),
    "pendingRefund": Card("visa", "7726", number="4000000000007726"),
    "refundFail": Card("visa", "5126", number="4000000000005126"),
    "avsFail": Card("visa", "0010", number="4000000000000010"),
    "avsLine1Fail": Card("visa", "0028", number="4000000000000028"),
    "avsZipFail": Card("visa", "0036", number="4000000000000036"),
    "avsUnchecked": Card("visa", "0044", number="4000000000000044"),
    "cvcCheckFail": Card("visa", "0101", number="4000000000000101"),
    "riskLevelElevated": Card("visa", "9235", number="4000000000009235"),
    "riskLevelHighest": Card("visa", "4954", number="4000000000004954"),
}
BY_NAME: dict[str, Card] = {
    **{name: Card("visa", last4, country=name.upper()) for name, last4 in _COUNTRIES.items()},
    **_BRANDS,
    **_ISSUERS,
    **{f"visa_{name}": card for name, card in _ISSUERS.items()},
}
BY_NUMBER: dict[str, Card] = {card.number: card for card in BY_NAME.values() if card.number}


def by_token(value: str) -> Card | None:
    """The card of a test value (`pm_card_visa`, `tok_visa`), null where it is none."""
    for prefix in ("pm_card_", "tok_"):
        if value.startswith(prefix):
            return BY_NAME.get(value[len(prefix) :])
    return None


def behind(last4: object, country: object) -> Card | None:
    """The test card that a payment method's last four digits show; cards that no test value stands for are unknown."""
    return next((card for card in BY_NAME.values() if (card.last4, card.country) == (last4, country)), None)
