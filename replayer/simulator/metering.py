"""The lines of what was used: the price of all usage of a period, less what an invoice within the period has billed already.

Tiers go on over such invoices: docs.stripe.com/billing/subscriptions/usage-based/thresholds ("Thresholds and tiered pricing"), whose second
invoice shows the whole usage and takes off the "Amount previously billed".
"""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator import prorations, usage
from replayer.simulator.calls import Call
from replayer.simulator.lines import Line, period_lines
from replayer.simulator.periods import Period
from replayer.simulator.records import Record

_KEPT = 3 * 366 * 86400  # seconds: longer than any period


def lines_of_usage(call: Call, subscription: Record, item: Record, price: Record, period: Period) -> list[Line]:
    """What a metered item bills of a period."""
    quantity = usage.used(call, item, price, period, str(subscription["customer"]))
    found = period_lines(call, item, price, quantity, period, rates=prorations.rates_of(subscription, item))
    before = billed(item, period[0])
    if before is None or not found:
        return found
    less = {"amount": -before["amount"], "quantity": None, "unit": None, "description": "Amount previously billed"}
    return [*found, msgspec.structs.replace(found[0], **less)]


def billed(item: Record, start: int) -> dict[str, Any] | None:
    """What was billed already of the period that began at `start`: its quantity and amount."""
    found = (item.values.get("billed") or {}).get(start)
    return found if isinstance(found, dict) else None


def note(call: Call, item: Record, price: Record, period: Period, customer: str) -> None:
    """Remember that all usage of a period up to now is billed."""
    quantity = usage.used(call, item, price, period, customer)
    amount = sum(line.amount for line in period_lines(call, item, price, quantity, period, rates=[]))
    earlier = {start: held for start, held in (item.values.get("billed") or {}).items() if start > period[0] - _KEPT}
    call.store.writable(item).assign({"billed": {**earlier, period[0]: {"quantity": quantity, "amount": amount}}})
