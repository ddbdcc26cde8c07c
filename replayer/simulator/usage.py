"""Usage to bill: meter events, and the usage records of versions before basil.

A meter adds up, counts, or takes the last of a customer's events in a period (docs.stripe.com/billing/subscriptions/usage-based).
"""

from __future__ import annotations

from decimal import Decimal

from replayer.simulator.calls import Call
from replayer.simulator.periods import Period
from replayer.simulator.prices import rounded
from replayer.simulator.records import Record


def used(call: Call, item: Record, price: Record, period: Period, customer: str) -> int:
    """How much of a metered price was used in a period."""
    recurring = price.values.get("recurring") if price.type == "price" else price.values
    meter = recurring.get("meter") if isinstance(recurring, dict) else None
    if isinstance(meter, str):
        found = call.store.first(("billing.meter",), meter)
        return rounded(metered(call, found, customer, period)) if found is not None else 0
    aggregate = (recurring.get("aggregate_usage") if isinstance(recurring, dict) else None) or "sum"
    return _recorded(call, item, period, str(aggregate))


def metered(call: Call, meter: Record, customer: str, period: Period) -> Decimal:
    """What a meter makes of a customer's events in a period (start included, end not)."""
    by = meter.values.get("customer_mapping") or {}
    value_key = (meter.values.get("value_settings") or {}).get("event_payload_key") or "value"
    customer_key = by.get("event_payload_key") or "stripe_customer_id"
    found = [
        event
        for event in call.store.all("billing.meter_event")
        if event.values.get("event_name") == meter.values.get("event_name")
        and period[0] <= event.values.get("timestamp", 0) < period[1]
        and (event.values.get("payload") or {}).get(customer_key) == customer
        and not event.values.get("_canceled")
    ]
    formula = (meter.values.get("default_aggregation") or {}).get("formula") or "sum"
    values = [Decimal(str((event.values.get("payload") or {}).get(value_key, 1))) for event in found]
    if formula == "count":
        return Decimal(len(found))
    if formula == "last":
        latest = max(found, key=lambda event: (event["timestamp"], event.sequence), default=None)
        return Decimal(str((latest["payload"] or {}).get(value_key, 0))) if latest is not None else Decimal(0)
    return sum(values, Decimal(0))


def _recorded(call: Call, item: Record, period: Period, aggregate: str) -> int:
    """The usage records of an item: a `set` replaces those of the same second."""
    records = call.store.children("usage_record", "subscription_item", item.id)[::-1]
    if aggregate == "last_ever":
        return records[-1]["quantity"] if records else 0
    inside = [record for record in records if period[0] <= record["timestamp"] < period[1]]
    if aggregate == "last_during_period":
        return inside[-1]["quantity"] if inside else 0
    if aggregate == "max":
        return max((record["quantity"] for record in inside), default=0)
    total: dict[int, int] = {}
    for record in inside:
        at = record["timestamp"]
        total[at] = record["quantity"] + (total.get(at, 0) if record.values.get("action") != "set" else 0)
    return sum(total.values())
