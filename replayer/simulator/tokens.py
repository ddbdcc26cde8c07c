"""Tokens: a card, a bank account, a person or an account, kept for one use (Stripe API reference, "Tokens")."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import by_number
from replayer.simulator.errors import ApiError, Unknown, missing_parameter, missing_resource
from replayer.simulator.records import Record
from replayer.simulator.rule import Rule
from replayer.simulator.sources import card_values

_KINDS = ("card", "bank_account", "person", "account", "pii", "cvc_update")
_PREFIXES = {"bank_account": "btok", "account": "ct", "person": "cpt", "pii": "pii", "cvc_update": "cvctok"}
_CURRENCIES = {
    "US": "usd", "GB": "gbp", "CA": "cad", "AU": "aud", "NZ": "nzd", "JP": "jpy", "SG": "sgd", "HK": "hkd", "CH": "chf", "SE": "sek",
    "NO": "nok", "DK": "dkk", "PL": "pln", "CZ": "czk", "RO": "ron", "HU": "huf", "BR": "brl", "MX": "mxn", "IN": "inr", "TH": "thb",
    "MY": "myr", "AE": "aed", "BG": "bgn", "ZA": "zar", "KR": "krw", "PH": "php", "ID": "idr", "VN": "vnd", "TW": "twd", "IL": "ils",
    "AR": "ars", "PE": "pen", "CO": "cop", "CL": "clp", "UY": "uyu", "EG": "egp", "KE": "kes", "NG": "ngn", "PK": "pkr", "SA": "sar",
}  # fmt: skip
# What a payout to a test account number ends with (docs.stripe.com/connect/testing, "Account numbers").
FAILURES = {
    "000111111116": "no_account", "000111111113": "account_closed", "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized", "000444444440": "invalid_currency", "000888888883": "could_not_process",
    "GB89370400440532013002": "no_account", "DE62370400440532013001": "account_closed",
}  # fmt: skip
_TEST_NUMBERS = {
    "btok_us": "000123456789", "btok_us_verified": "000123456789", "btok_us_verified_noAccount": "000111111116",
    "btok_us_verified_accountClosed": "000111111113", "btok_us_verified_insufficientFunds": "000222222227",
    "btok_us_verified_debitNotAuthorized": "000333333335", "btok_us_verified_invalidCurrency": "000444444440",
}  # fmt: skip
_LISTS: dict[str, Any] = {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}


def currency_of(country: str) -> str:
    """The currency in which accounts of a country settle where nothing else is said."""
    return _CURRENCIES.get(country.upper(), "eur")


def bank_values(given: dict[str, Any]) -> dict[str, Any]:
    """A bank account as objects show it; `failure` (never shown) is what a payout to it ends with."""
    number = str(given.get("account_number") or "").replace(" ", "")
    if not number:
        raise missing_parameter("bank_account[account_number]")
    country = str(given.get("country") or "US").upper()
    return {
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": given.get("account_type"),
        "bank_name": "STRIPE TEST BANK",
        "country": country,
        "currency": str(given.get("currency") or currency_of(country)).lower(),
        "failure": FAILURES.get(number),
        "fingerprint": f"bank{country}{number[-4:]}".ljust(16, "0"),
        "last4": number[-4:],
        "routing_number": given.get("routing_number"),
        "status": "new",
    }


def test_bank(token: str) -> dict[str, Any] | None:
    """The bank account of a documented test token, null where it is none."""
    number = _TEST_NUMBERS.get(token)
    given = {"account_number": number, "routing_number": "110000000", "country": "US", "currency": "usd"}
    return bank_values(given) if number is not None else None


def taken(call: Call, identifier: str, param: str) -> Record:
    """A token of this account or the platform's, used up by this."""
    found = call.store.first(("token",), identifier) or call.on_account(None).store.first(("token",), identifier)
    if found is None:
        raise missing_resource("token", identifier, param=param, status=400)
    if found["used"]:
        message = f"You cannot use a Stripe token more than once: {identifier}."
        raise refuse(message, code="token_already_used", param=param)
    found.assign({"used": True})
    return found


def create(call: Call) -> Answer:
    """Make a token of what is given."""
    given = [name for name in _KINDS if call.params.get(name)]
    if not given and call.params.get("customer"):
        return _cloned(call)
    if len(given) != 1:
        raise ApiError("You must supply either a card, customer, PII data, bank account, or account to create a token.")
    kind = given[0]
    what = call.params[kind]
    values: dict[str, Any] = {"client_ip": None, "type": kind, "used": False, "content": what}
    if kind == "card":
        number = str(what.get("number") if isinstance(what, dict) else what)
        values |= {"number": number, "card": _card(call, number, what if isinstance(what, dict) else {})}
    elif kind == "bank_account":
        values["bank_account"] = _bank(call, what)
    identifier = call.store.mint.next(_PREFIXES.get(kind, "tok"))
    record = call.create("token", values, identifier=identifier)
    record.mark({"card": "world", "bank_account.fingerprint": "world"})
    return record


def _card(call: Call, number: str, given: dict[str, Any]) -> dict[str, Any]:
    card = by_number(number)
    if card is None:
        raise Unknown("how the issuer of a card number answers that is no documented test card")
    if card.code == "incorrect_number":
        raise refuse("Your card number is incorrect.", status=402, kind="card_error", code="incorrect_number", param="number")
    looks = card_values(call, card)
    checked: dict[str, Any] = {"cvc_check": "unchecked" if given.get("cvc") else None}
    for name in ("exp_month", "exp_year"):
        if str(given.get(name) or "").isdigit():
            checked[name] = int(given[name])
    named = {name: given[name] for name in looks if name in given and name.startswith(("address_", "name"))}
    return {"id": call.store.mint.of("card"), "object": "card", **looks, **checked, **named}


def _bank(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in bank_values(given).items() if name != "failure"}
    return {"id": call.store.mint.of("bank_account"), "object": "bank_account", **shown}


def _cloned(call: Call) -> Answer:
    """A token for a connected account of a card that the platform's customer has."""
    platform = call.on_account(None)
    customer = platform.find("customer", str(call.params["customer"]), "customer")
    source = call.params.get("card") or customer.values.get("default_source")
    held = platform.store.first(("card",), str(source))
    if held is None:
        raise refuse(f"No such card: {source}", code="resource_missing", param="card")
    from replayer.simulator.payment_methods import card_of

    number = card_of(held).number
    values = {"client_ip": None, "type": "card", "used": False, "number": number, "card": _card(call, str(number), {})}
    return call.create("token", values)


RULES = {
    "POST /v1/tokens": Rule(create, ("card[number]", "bank_account", "customer")),
    "GET /v1/tokens/{}": Rule(),
}
