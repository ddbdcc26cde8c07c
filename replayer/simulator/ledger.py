"""Balance transactions: what a charge, refund, transfer or payout does to the account's balance.

Fees are world: those that the world names, else Stripe's list price for US cards, 2.9 % + 30 cents, rounded half up (measured on
recordings). What is charged in another currency than the account's balance is exchanged at the world's rate; where it names none, it is
booked as it was charged.
Types and reporting categories: docs.stripe.com/reports/balance-transaction-types, docs.stripe.com/reports/reporting-categories.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from replayer.model import World
from replayer.model.world import ExchangeRate, Found
from replayer.simulator.calls import Call
from replayer.simulator.prices import rounded
from replayer.simulator.records import Record
from replayer.stripeapi.amounts import decimals

_DAY = 86400
_WORLD = dict.fromkeys(("fee", "net", "fee_details", "available_on", "exchange_rate", "status"), "world")
_CATEGORIES = {
    "payment": "charge", "payment_refund": "refund", "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "transfer_refund": "transfer_reversal", "payout_cancel": "payout_reversal", "payout_failure": "payout_reversal",
    "payment_failure_refund": "charge_failure", "adjustment": "dispute",
}  # fmt: skip
_EXCHANGED = ("charge", "refund", "adjustment")  # what a customer paid or got back; connected accounts' parts stay as they are
Fees = list[dict[str, Any]]


def fee_of(world: World, amount: int, currency: str) -> int:
    """What Stripe takes of a charge, in minor units."""
    found = world.fee(currency, amount)
    if found is None:
        return (amount * 29 + 500) // 1000 + 30
    return rounded(Fraction(amount) * Fraction(Decimal(found.fact.percent)) / 100) + found.fact.fixed


def stripe_fee(amount: int, currency: str, description: str = "Stripe processing fees") -> dict[str, Any]:
    """One of a balance transaction's fees: what Stripe takes."""
    return {"amount": amount, "application": None, "currency": currency, "description": description, "type": "stripe_fee"}


def settle(
    call: Call, source: Record, amount: int, kind: str, /, *, fees: Fees | None = None, available_on: int | None = None, **more: Any
) -> Record:
    """The balance transaction of what brings (positive) or takes (negative) an amount; a charge pays Stripe's fee where none are given.

    `available_on` (epoch seconds) is in seven days where it is not given.
    """
    currency = str(source.values.get("currency"))
    exchanged = _exchanged(call, currency, amount) if kind in _EXCHANGED else None
    if exchanged is not None:
        currency, amount = exchanged.currency, exchanged.amount
        fees = [_in(exchanged, fee) for fee in fees] if fees is not None else None
    if fees is None:
        fees = [stripe_fee(fee_of(call.store.world, amount, currency), currency)] if amount > 0 and kind == "charge" else []
    fee = sum(entry["amount"] for entry in fees)
    due = (call.now // _DAY + 7) * _DAY if available_on is None else available_on
    record = call.create(
        "balance_transaction",
        {
            "amount": amount,
            "available_on": due,
            "balance_type": "payments",
            "currency": currency,
            "description": source.values.get("description"),
            "exchange_rate": exchanged.rate if exchanged is not None else None,
            "fee": fee,
            "fee_details": fees,
            "net": amount - fee,
            "reporting_category": _CATEGORIES.get(kind, kind),
            "source": source.id,
            "status": "pending" if due > call.now else "available",
            "type": kind,
            **more,
        },
    )
    record.mark(_WORLD)
    _rest(call, record, exchanged)
    return record


class Exchanged(msgspec.Struct, frozen=True):
    """An amount in the currency of the account's balance."""

    currency: str
    amount: int
    rate: float
    found: Found[ExchangeRate]


def _exchanged(call: Call, currency: str, amount: int) -> Exchanged | None:
    """What an amount is in the account's own currency; null where it is in it, or where nobody knows the rate."""
    own = call.store.settings.settles_in
    if own is None or own == currency:
        return None
    found = call.store.world.exchange(currency, own, datetime.fromtimestamp(call.now, UTC).date())
    if found is None:
        return None
    return Exchanged(own, converted(amount, found.fact), float(found.fact.rate), found)


def converted(amount: int, rate: ExchangeRate) -> int:
    """An amount in minor units at a rate between whole units, whose currencies may have other decimals."""
    shift = Fraction(10) ** (decimals(rate.to) - decimals(rate.currency))
    return rounded(Fraction(amount) * Fraction(Decimal(rate.rate)) * shift)


def _in(exchanged: Exchanged, fee: dict[str, Any]) -> dict[str, Any]:
    if fee["currency"] == exchanged.currency:
        return fee
    return {**fee, "amount": converted(fee["amount"], exchanged.found.fact), "currency": exchanged.currency}


def _rest(call: Call, record: Record, exchanged: Exchanged | None) -> None:
    """Mark what of a balance transaction rests on a fee or a rate used beyond the conditions in which it was seen."""
    if exchanged is not None and exchanged.found.assumed is not None:
        record.rest_on([exchanged.found.assumed], {name: record.values[name] for name in ("amount", "net", "fee", "fee_details")})
    fee = call.store.world.fee(str(record["currency"]), record["amount"]) if record["fee"] else None
    if fee is not None and fee.assumed is not None:
        record.rest_on([fee.assumed], {name: record.values[name] for name in ("net", "fee", "fee_details")})


def available(call: Call, currency: str) -> int:
    """What the account can spend of a currency now, in minor units; what it had before the first call is not in it."""
    entries = [entry for entry in call.store.all("balance_transaction") if entry["currency"] == currency]
    return sum(entry["net"] for entry in entries if entry["available_on"] <= call.now)
