"""Balance transactions: what a charge or refund does to the account's balance.

Fees are world: Stripe's list price for US cards is 2.9 % + 30 cents, rounded half up (measured on recordings); other accounts pay others.
"""

from __future__ import annotations

from replayer.simulator.calls import Call
from replayer.simulator.records import Record

_DAY = 86400
_WORLD = dict.fromkeys(("fee", "net", "fee_details", "available_on", "exchange_rate", "status"), "world")


def fee_of(amount: int) -> int:
    """The list price for taking an amount, in minor units."""
    return (amount * 29 + 500) // 1000 + 30


def settle(call: Call, source: Record, amount: int, kind: str) -> Record:
    """The balance transaction of a charge (positive) or refund (negative)."""
    fee = fee_of(amount) if amount > 0 else 0
    currency = str(source.values.get("currency"))
    details = [{"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee"}]
    record = call.create(
        "balance_transaction",
        {
            "amount": amount,
            "available_on": (call.now // _DAY + 7) * _DAY,
            "balance_type": "payments",
            "currency": currency,
            "description": source.values.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source.id,
            "status": "pending",
            "type": kind,
        },
    )
    record.mark(_WORLD)
    return record
