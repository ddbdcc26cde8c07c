"""Test bank accounts as payment methods show them, and how their banks answer a debit. What a bank answers is world: the same in both arms.

Account numbers, tokens and what follows: docs.stripe.com/testing (non-card payments), and the test sections of /payments/sepa-debit,
/payments/ach-direct-debit, /payments/bacs-debit, /payments/au-becs-debit and /payments/acss-debit/accept-a-payment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from replayer.stripeapi.testdata import values_of

CURRENCIES = {"sepa_debit": "eur", "us_bank_account": "usd", "bacs_debit": "gbp", "au_becs_debit": "aud", "acss_debit": "cad"}
KINDS = frozenset(CURRENCIES)
VERIFIED = frozenset({"us_bank_account", "acss_debit"})  # by micro-deposits, where somebody typed the account in
# The code of each bank that a customer of iDEAL can name (Stripe API reference, `payment_method.ideal.bic`).
_CODES = {
    "abn_amro": "ABNANL2A", "asn_bank": "ASNBNL21", "bunq": "BUNQNL2A", "buut": "BUUTNL2A", "finom": "FNOMNL22",
    "handelsbanken": "HANDNL2A", "ing": "INGBNL2A", "knab": "KNABNL2H", "mollie": "MLLENL2A", "moneyou": "MOYONL21", "n26": "NTSBDEB1",
    "nn": "NNBANL2G", "rabobank": "RABONL2U", "regiobank": "RBRBNL21", "revolut": "REVOLT21", "sns_bank": "SNSBNL2A",
    "triodos_bank": "TRIONL2U", "van_lanschot": "FVLBNL22", "yoursafe": "BITSNL2A",
}  # fmt: skip


class TestBank(msgspec.Struct, frozen=True):
    """A test account. `code` is why its debit fails, null where it succeeds; `ends` is when that is known: `at once`, `later`, `never`.

    `disputed`: the payment is disputed as soon as it succeeded. `mandate` is what the mandate then is. `reached` is whether micro-deposits
    get there; `blocked` whether Radar stops the payment before it is made.
    """

    __test__ = False  # no test class, whatever pytest makes of the name

    kind: str
    code: str | None = None
    ends: str = "at once"
    disputed: bool = False
    mandate: str = "active"
    reached: bool = True
    blocked: bool = False


_GENERIC = "generic_could_not_process"  # the pages give no code for these
_SEPA = (  # in the order of the five numbers that each country has
    TestBank("sepa_debit"), TestBank("sepa_debit", ends="later"), TestBank("sepa_debit", _GENERIC),
    TestBank("sepa_debit", _GENERIC, ends="later"), TestBank("sepa_debit", disputed=True),
)  # fmt: skip
# Each country has three more, whose numbers end so.
_SEPA_ENDINGS = {
    "343434": TestBank("sepa_debit", "charge_exceeds_source_limit"), "121212": TestBank("sepa_debit", "charge_exceeds_weekly_limit"),
    "222227": TestBank("sepa_debit", "insufficient_funds"),
}  # fmt: skip
_SEPA_NAMES = ("success", "successDelayed", "failed", "failedDelayed", "disputed")
_SEPA_MORE = {"exceedsWeeklyVolumeLimit": "343434", "exceedsWeeklyTransactionLimit": "121212", "insufficientFunds": "222227"}
_OTHERS: dict[str, dict[str, TestBank]] = {
    "us_bank_account": {
        "000123456789": TestBank("us_bank_account"),
        "000111111113": TestBank("us_bank_account", "account_closed", mandate="inactive"),
        "000000004954": TestBank("us_bank_account", blocked=True),
        "000111111116": TestBank("us_bank_account", "no_account", mandate="inactive"),
        "000222222227": TestBank("us_bank_account", "insufficient_funds"),
        "000333333335": TestBank("us_bank_account", "debit_not_authorized", mandate="inactive"),
        "000444444440": TestBank("us_bank_account", "invalid_currency"),
        "000666666661": TestBank("us_bank_account", reached=False),
        "000555555559": TestBank("us_bank_account", disputed=True),
        "000000000009": TestBank("us_bank_account", ends="never"),
        "000777777771": TestBank("us_bank_account", "charge_exceeds_source_limit"),
    },
    "bacs_debit": {
        "00012345": TestBank("bacs_debit"),
        "90012345": TestBank("bacs_debit", ends="later"),
        "33333335": TestBank("bacs_debit", "debit_not_authorized", mandate="inactive"),
        "93333335": TestBank("bacs_debit", "debit_not_authorized", ends="later", mandate="inactive"),
        "22222227": TestBank("bacs_debit", "insufficient_funds"),
        "92222227": TestBank("bacs_debit", "insufficient_funds", ends="later"),
        "55555559": TestBank("bacs_debit", disputed=True),
        "34343434": TestBank("bacs_debit", "charge_exceeds_source_limit"),
        "12121212": TestBank("bacs_debit", "charge_exceeds_transaction_limit"),
    },
    "au_becs_debit": {
        "000123456": TestBank("au_becs_debit"),
        "900123456": TestBank("au_becs_debit", ends="later"),
        "111111113": TestBank("au_becs_debit", "account_closed", mandate="inactive"),
        "111111116": TestBank("au_becs_debit", "no_account", mandate="inactive"),
        "222222227": TestBank("au_becs_debit", "refer_to_customer"),
        "922222227": TestBank("au_becs_debit", "refer_to_customer", ends="later"),
        "333333335": TestBank("au_becs_debit", "debit_not_authorized", mandate="inactive"),
        "666666660": TestBank("au_becs_debit", disputed=True),
        "343434343": TestBank("au_becs_debit", "charge_exceeds_source_limit"),
        "121212121": TestBank("au_becs_debit", "charge_exceeds_transaction_limit"),
    },
    "acss_debit": {
        "000123456789": TestBank("acss_debit"),
        "900123456789": TestBank("acss_debit", ends="later"),
        "000222222227": TestBank("acss_debit", "insufficient_funds"),
        "900222222227": TestBank("acss_debit", "insufficient_funds", ends="later"),
        "000666666661": TestBank("acss_debit", reached=False),
        "000777777771": TestBank("acss_debit", "charge_exceeds_source_limit"),
        "000888888881": TestBank("acss_debit", "charge_exceeds_transaction_limit"),
    },
}  # fmt: skip
_SHARED = {
    "us_bank_account": {"routing_number": "110000000"}, "bacs_debit": {"sort_code": "108800"}, "au_becs_debit": {"bsb_number": "000000"},
    "acss_debit": {"institution_number": "000", "transit_number": "11000"},
}  # fmt: skip
# The words that go with a failure code (Stripe API reference, "Error codes"; docs.stripe.com/payments/ach-direct-debit, "Failures").
MESSAGES = {
    "account_closed": "The customer's bank account has been closed.",
    "no_account": "The customer's bank account could not be located.",
    "insufficient_funds": "The customer's account has insufficient funds to cover this payment.",
    "debit_not_authorized": "The customer has notified their bank that this payment was unauthorized.",
    "refer_to_customer": "The customer's bank asks to refer to the customer.",
    "invalid_currency": "The bank was unable to process this payment because of its currency.",
}


def token(text: str) -> dict[str, Any] | None:
    """The payment method data that a test value stands for (`pm_success_at`, `pm_usBankAccount_success`), null where it is none."""
    if not text.startswith("pm_"):
        return None
    for kind, shared in _SHARED.items():
        number = values_of(kind).get(text)
        if isinstance(number, str):
            return {"type": kind, kind: {**shared, "account_number": number}}
    head, _, country = text.removeprefix("pm_").rpartition("_")
    numbers = values_of("sepa_debit").get(country)
    if not isinstance(numbers, list):
        return None
    if head in _SEPA_MORE:
        return {"type": "sepa_debit", "sepa_debit": {"iban": f"{numbers[0][:-6]}{_SEPA_MORE[head]}"}}
    return {"type": "sepa_debit", "sepa_debit": {"iban": numbers[_SEPA_NAMES.index(head)]}} if head in _SEPA_NAMES else None


def chosen(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The bank that a customer names for a payment on its page, as a payment method shows it."""
    if kind == "ideal":
        return {"bank": None, "bic": _CODES.get(str(given.get("bank"))), **given}
    return {"account_holder_type": "individual", **given} if kind == "fpx" else dict(given)


def shown(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A bank account as its payment method shows it: never its number, only the last four digits of it."""
    number = "".join(str(given.get("iban") or given.get("account_number") or "").split()).upper()
    looks: dict[str, Any] = {"fingerprint": f"{kind[:4]}{number[-4:]}".ljust(16, "0"), "last4": number[-4:]}
    if kind == "sepa_debit":
        end = {"AT": 9, "DE": 12}.get(number[:2], 8)
        return {"bank_code": number[4:end], "branch_code": "", "country": number[:2], "generated_from": _NOT_GENERATED, **looks}
    looks |= {name: given.get(name) for name in _SHARED[kind]}
    if kind == "us_bank_account":
        more = {
            "account_holder_type": given.get("account_holder_type") or "individual",
            "account_type": given.get("account_type") or "checking",
        }
        networks = {"preferred": "ach", "supported": ["ach"]}
        looks |= {**more, "financial_connections_account": given.get("financial_connections_account"), "networks": networks}
        looks["status_details"] = {}
    return {**looks, "bank_name": "STRIPE TEST BANK"} if kind in VERIFIED else looks


_NOT_GENERATED = {"charge": None, "setup_attempt": None}
WORLD = ("fingerprint", "bank_code", "branch_code", "bank_name")


@cache
def _by_looks() -> dict[tuple[str, str | None, str], TestBank]:
    found: dict[tuple[str, str | None, str], TestBank] = {}
    for country, numbers in values_of("sepa_debit").items():
        for number, bank in zip(numbers, _SEPA, strict=True):
            found["sepa_debit", country.upper(), number[-4:]] = bank
        for ending, bank in _SEPA_ENDINGS.items():
            found["sepa_debit", country.upper(), ending[-4:]] = bank
    for kind, accounts in _OTHERS.items():
        branch = next(iter(_SHARED[kind].values()))
        endings = Counter(number[-4:] for number in accounts)  # a delay shows in a first digit that no payment method shows
        found.update({(kind, branch, number[-4:]): bank for number, bank in accounts.items() if endings[number[-4:]] == 1})
    return found


def by_number(kind: str, number: str) -> TestBank | None:
    """The test account of a number, null where it is none."""
    number = "".join(number.split()).upper()
    if kind != "sepa_debit":
        return _OTHERS[kind].get(number)
    for country, numbers in values_of("sepa_debit").items():
        if number in numbers:
            return _SEPA[numbers.index(number)]
        if number.startswith(country.upper()) and number[-6:] in _SEPA_ENDINGS and len(number) == len(numbers[0]):
            return _SEPA_ENDINGS[number[-6:]]
    return None


def behind(kind: str, looks: Mapping[str, Any]) -> TestBank | None:
    """The test account that the last digits and the bank show; null where no documented one looks so, or where two do."""
    branch = looks.get("country") if kind == "sepa_debit" else looks.get(next(iter(_SHARED[kind])))
    return _by_looks().get((kind, branch if isinstance(branch, str) else None, str(looks.get("last4"))))
