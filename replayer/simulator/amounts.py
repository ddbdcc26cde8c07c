"""Amounts and currencies as parameters, and parameters that are only shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from replayer.simulator.calls import Call
from replayer.simulator.echo import Echo
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.stripeapi.amounts import THREE_DECIMAL
from replayer.stripeapi.catalogue import catalogue

_CURRENCY = re.compile(r"[a-z]{3}")
_TOO_SMALL = (
    "The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set "
    "(https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."
)
# The least that can be charged, in minor units, where the account settles in the same currency (docs.stripe.com/currencies).
MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "inr": 50,
    "jpy": 50, "mxn": 1000, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50,
}  # fmt: skip
_MAXIMUM = 99_999_999


def check_amount(call: Call, known: str = "") -> int:
    """The amount to charge, refused where Stripe refuses it; `known` is the currency where the call does not give it."""
    amount = call.params.get("amount")
    if amount is None:
        raise missing_parameter("amount")
    if not isinstance(amount, int) or amount < 1:
        raise ApiError(_TOO_SMALL if amount == 0 else "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    currency = str(call.params.get("currency") or known).lower()
    if amount < MINIMUM.get(currency, 0):
        least = MINIMUM[currency]
        shown = f"${least / 100:.2f} {currency}" if currency == "usd" else f"{least} {currency} in minor units"
        raise ApiError(f"Amount must be at least {shown}", code="amount_too_small", param="amount")
    if currency in THREE_DECIMAL and amount % 10:  # docs.stripe.com/currencies#three-decimal
        raise ApiError(f"Invalid amount: in {currency.upper()} the last digit of an amount is 0.", param="amount")
    if amount > _MAXIMUM:
        raise ApiError("Amount must be no more than $999,999.99", code="amount_too_large", param="amount")
    return amount


def check_currency(call: Call) -> str:
    """The currency, in small letters."""
    if not call.params.get("currency"):
        raise missing_parameter("currency")
    currency = str(call.params["currency"]).lower()
    if not _CURRENCY.fullmatch(currency):
        raise ApiError(f"Invalid currency: {currency}. Stripe does not support it.", param="currency")
    return currency


def inert_of(call: Call, names: Iterable[str], of: str | None = None) -> dict[str, Any]:
    """The fields that parameters which are only shown write; `of` is their object's type where the call answers with another."""
    params = {name: value for name, value in call.params.items() if name in names}
    return Echo(catalogue().fields(of or call.route.types[0]), {}, call.store).take(params).values if params else {}
