"""The lines of what was used: the price of all usage of a period, less what an invoice within the period has billed already.

Tiers go on over such invoices: docs.stripe.com/billing/subscriptions/usage-based/thresholds ("Thresholds and tiered pricing"), whose second
invoice shows the whole usage and takes off the "Amount previously billed".
"""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator import prorations, usage
from replayer.simulator.calls import Call
from replayer.simulator.errors import Unknown
from replayer.simulator.lines import Line, period_lines
from replayer.simulator.periods import Period
from replayer.simulator.records import Record

_PRICES = "metered_at"  # a field of ours, which no answer shows
_KEPT = 3 * 366 * 86400  # seconds: longer than any period


def lines_of_usage(call: Call, subscription: Record, item: Record, price: Record, period: Period) -> list[Line]:
    """What a metered item bills of a period, at each price that it had in it."""
    parts = _parts(item, price, period)
    if len(parts) == 1 and parts[0] == (period[0], price.id):
        return _lines(call, subscription, item, price, period)
    found = []
    for (start, name), until in zip(parts, [*(start for start, _ in parts[1:]), period[1]], strict=True):
        sold = call.find(("price", "plan"), name, "price")
        found += _lines(call, subscription, item, sold, (start, until))
    return found


def _parts(item: Record, price: Record, period: Period) -> list[tuple[int, str]]:
    """When each price of a period began, in order."""
    held = item.values.get(_PRICES)
    if not isinstance(held, dict) or held["until"] != period[1]:
        return [(period[0], price.id)]
    return [(start, name) for start, name in held["parts"] if start < period[1]]


def reprice(call: Call, item: Record, old: Record, new: Record, *, is_flexible: bool) -> None:
    """Note that a metered item has another price from now on.

    Usage is billed at the price that held when it was reported in the flexible billing mode; in the classic one only what was reported
    since the change is (docs.stripe.com/billing/subscriptions/billing-mode/compare, "Bill usage-based items based on price").
    """
    period = (int(item["current_period_start"]), int(item["current_period_end"]))
    if billed(item, period[0]) is not None:
        raise Unknown("usage of which a threshold billed a part before the price changed")
    if not (usage.adds_up(call, old) and usage.adds_up(call, new)):
        raise Unknown("how a meter that takes one value bills a period in which the price changes")
    before = _parts(item, old, period) if is_flexible else []
    kept = {"until": period[1], "parts": [*(part for part in before if part[0] < call.now), (call.now, new.id)]}
    call.store.writable(item).assign({_PRICES: kept})


def _lines(call: Call, subscription: Record, item: Record, price: Record, period: Period) -> list[Line]:
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
