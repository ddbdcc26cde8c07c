"""Balance transactions: what a charge, refund, transfer or payout does to the account's balance.

Fees are world: Stripe's list price for US cards is 2.9 % + 30 cents, rounded half up (measured on recordings); other accounts pay others.
Types and reporting categories: docs.stripe.com/reports/balance-transaction-types, docs.stripe.com/reports/reporting-categories.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Call
from replayer.simulator.records import Record

_DAY = 86400
_WORLD = dict.fromkeys(("fee", "net", "fee_details", "available_on", "exchange_rate", "status"), "world")
_CATEGORIES = {
    "payment": "charge", "payment_refund": "refund", "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "transfer_refund": "transfer_reversal", "payout_cancel": "payout_reversal", "payout_failure": "payout_reversal",
    "payment_failure_refund": "charge_failure", "adjustment": "dispute",
}  # fmt: skip
Fees = list[dict[str, Any]]


def fee_of(amount: int) -> int:
    """The list price for taking an amount, in minor units."""
    return (amount * 29 + 500) // 1000 + 30


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
    if fees is None:
        fees = [stripe_fee(fee_of(amount), currency)] if amount > 0 and kind == "charge" else []
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
            "exchange_rate": None,
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
    return record


def available(call: Call, currency: str) -> int:
    """What the account can spend of a currency now, in minor units; what it had before the first call is not in it."""
    entries = [entry for entry in call.store.all("balance_transaction") if entry["currency"] == currency]
    return sum(entry["net"] for entry in entries if entry["available_on"] <= call.now)
