"""Usage to bill: meter events, and the usage records of versions before basil.

A meter adds up, counts, or takes the last of a customer's events in a period (docs.stripe.com/billing/subscriptions/usage-based). An event
may be up to 35 days old and 5 minutes ahead; its identifier is unique for 24 hours (API reference, "Create a billing meter event").
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from replayer.simulator.calls import Answer, Call, Page
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.periods import Period
from replayer.simulator.prices import rounded
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, PAGES, Rule

_DAY = 86400
_AHEAD, _OLD = 300, 35 * _DAY
_WINDOWS = {"hour": 3600, "day": _DAY}
EVENT = "billing.meter_event"


def used(call: Call, item: Record, price: Record, period: Period, customer: str) -> int:
    """How much of a metered price was used in a period."""
    recurring = price.values.get("recurring") if price.type == "price" else price.values
    meter = recurring.get("meter") if isinstance(recurring, dict) else None
    if isinstance(meter, str):
        found = call.store.first(("billing.meter",), meter)
        return rounded(metered(call, found, customer, period)) if found is not None else 0
    aggregate = (recurring.get("aggregate_usage") if isinstance(recurring, dict) else None) or "sum"
    return _recorded(call, item, period, str(aggregate))


def adds_up(call: Call, price: Record) -> bool:
    """Whether the usage of a period is the sum of that of its parts."""
    recurring = price.values.get("recurring") if price.type == "price" else price.values
    named = recurring if isinstance(recurring, dict) else {}
    found = call.store.first(("billing.meter",), str(named["meter"])) if named.get("meter") else None
    if found is not None:
        return ((found.values.get("default_aggregation") or {}).get("formula") or "sum") in ("sum", "count")
    return (named.get("aggregate_usage") or "sum") == "sum"


def metered(call: Call, meter: Record, customer: str, period: Period) -> Decimal:
    """What a meter makes of a customer's events in a period (start included, end not)."""
    found = [
        event
        for event in call.store.children(EVENT, "customer", customer)
        if event["event_name"] == meter["event_name"]
        and period[0] <= event["timestamp"] < period[1]
        and not event["canceled"]
        and (event.values.get("until") is None or event["until"] > period[0])
    ]
    formula = (meter.values.get("default_aggregation") or {}).get("formula") or "sum"
    if formula == "count":
        return Decimal(len(found))
    if formula == "last":
        latest = max(found, key=lambda event: (event["timestamp"], event.sequence), default=None)
        return Decimal(latest["value"]) if latest is not None else Decimal(0)
    return sum((Decimal(event["value"]) for event in found), Decimal(0))


def take(call: Call, customer: str) -> None:
    """Leave what was used until now to the period that ends now, the very second included: a new one begins."""
    for event in call.store.children(EVENT, "customer", customer):
        if event["timestamp"] == call.now:
            call.store.writable(event).assign({"until": call.now})


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


# --- meters


def meter(call: Call) -> Answer:
    """Make a meter."""
    name, aggregation = call.params.get("event_name"), call.params.get("default_aggregation")
    if not isinstance(name, str) or not name:
        raise missing_parameter("event_name")
    if not isinstance(aggregation, dict):
        raise missing_parameter("default_aggregation")
    if any(one.values.get("event_name") == name and one.values.get("status") == "active" for one in call.store.newest("billing.meter")):
        raise ApiError(f"A meter with event name {name} already exists.", param="event_name")
    fields = {
        "customer_mapping": call.params.get("customer_mapping") or {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": aggregation,
        "display_name": call.params.get("display_name"),
        "event_name": name,
        "event_time_window": call.params.get("event_time_window"),
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": call.now,
        "value_settings": call.params.get("value_settings") or {"event_payload_key": "value"},
    }
    made = call.create("billing.meter", fields)
    call.event("billing.meter.created", made)
    return made


def _switched(status: str, event: str) -> Callable[[Call], Answer]:
    def switch(call: Call) -> Answer:
        at = call.now if status == "inactive" else None
        found = call.update(call.at(), {"status": status, "status_transitions": {"deactivated_at": at}, "updated": call.now})
        call.event(f"billing.meter.{event}", found)
        return found

    return switch


# --- reported


def report(call: Call) -> Answer:
    """Report a meter event."""
    name, payload = call.params.get("event_name"), call.params.get("payload")
    if not isinstance(name, str) or not name:
        raise missing_parameter("event_name")
    if not isinstance(payload, dict):
        raise missing_parameter("payload")
    meter = _meter_of(call, name)
    customer_key = (meter.values.get("customer_mapping") or {}).get("event_payload_key") or "stripe_customer_id"
    value_key = (meter.values.get("value_settings") or {}).get("event_payload_key") or "value"
    customer = call.store.first(("customer",), str(payload.get(customer_key)))
    if customer is None:
        raise ApiError(f"No such customer: '{payload.get(customer_key)}'", code="resource_missing", param=f"payload[{customer_key}]")
    call.on_clock(customer)
    counts = (meter.values.get("default_aggregation") or {}).get("formula") == "count"
    identifier = call.params.get("identifier")
    own = str(identifier) if identifier else call.store.mint.of(EVENT)
    earlier = call.store.get(EVENT, own)
    if earlier is not None and call.now - earlier["created"] < _DAY:
        raise ApiError(f"An event already exists with identifier {own}.", code="duplicate_meter_event", param="identifier")
    event = call.create(
        EVENT,
        {
            "canceled": False, "customer": customer.id, "event_name": name, "identifier": own, "payload": payload,
            "timestamp": _moment(call), "value": "1" if counts else _value(payload, value_key),
        },
        identifier=own if earlier is None else None,
    )  # fmt: skip
    event.mark({"identifier": "given"} if identifier else {})
    call.afterwards(customer, lambda: call.react("usage.reported", customer))
    return event


def _meter_of(call: Call, name: str) -> Record:
    for meter in call.store.newest("billing.meter"):
        if meter.values.get("event_name") == name and meter.values.get("status", "active") == "active":
            return meter
    raise ApiError(f"No active meter found for event name {name}", code="no_meter", param="event_name")


def _moment(call: Call) -> int:
    given = call.params.get("timestamp")
    at = given if isinstance(given, int) else call.now
    if not call.now - _OLD <= at <= call.now + _AHEAD:
        code = "timestamp_in_future" if at > call.now else "timestamp_too_far_in_past"
        raise ApiError(
            "The timestamp must be within the past 35 calendar days or up to 5 minutes in the future.", code=code, param="timestamp"
        )
    return at


def _value(payload: dict[str, Any], key: str) -> str:
    try:
        return str(Decimal(str(payload[key])))
    except KeyError:
        raise missing_parameter(f"payload[{key}]") from None
    except InvalidOperation:
        raise ApiError(f"Invalid value: {payload[key]}", code="meter_event_invalid_value", param=f"payload[{key}]") from None


def adjust(call: Call) -> Answer:
    """Cancel an event that was reported by mistake, within 24 hours."""
    cancel = call.params.get("cancel")
    identifier = cancel.get("identifier") if isinstance(cancel, dict) else None
    event = call.store.get(EVENT, str(identifier))
    if event is None or call.now - event["created"] > _DAY:
        raise ApiError(f"No event found with identifier {identifier}.", code="resource_missing", param="cancel[identifier]")
    call.update(event, {"canceled": True})
    values = {"cancel": cancel, "event_name": event["event_name"], "status": "pending", "type": "cancel"}
    return Record("billing.meter_event_adjustment", "", {"object": "billing.meter_event_adjustment", "livemode": False, **values})


def summaries(call: Call) -> Answer:
    """What a meter makes of a customer's events, from one time to another, by hour or day where asked."""
    meter, customer = call.at(), call.named("customer")
    start, end = call.params.get("start_time"), call.params.get("end_time")
    if customer is None or not isinstance(start, int) or not isinstance(end, int):
        raise missing_parameter("customer" if customer is None else "start_time" if not isinstance(start, int) else "end_time")
    step = _WINDOWS.get(str(call.params.get("value_grouping_window")), max(1, end - start))
    found = []
    for begin in range(start, end, step):
        value = metered(call, meter, customer.id, (begin, min(begin + step, end)))
        if value or step == max(1, end - start):
            shown = {"aggregated_value": float(value), "end_time": min(begin + step, end), "meter": meter.id, "start_time": begin}
            found.append(call.passing("billing.meter_event_summary", shown))
    return Page(found[::-1], call.request.path)


def record(call: Call) -> Answer:
    """Report usage of an item (before basil): added to, or in place of, what was used at that second."""
    item, quantity = call.sure(call.at()), call.params.get("quantity")
    if not isinstance(quantity, int):
        raise missing_parameter("quantity")
    subscription = call.find("subscription", str(item["subscription"]), "subscription")
    call.on_clock(call.store.get("customer", str(subscription["customer"])))
    given = call.params.get("timestamp")
    values = {"action": call.params.get("action") or "increment", "customer": subscription["customer"], "quantity": quantity}
    customer = call.find("customer", str(subscription["customer"]), "customer")
    call.afterwards(customer, lambda: call.react("usage.reported", customer))
    return call.create("usage_record", {**values, "subscription_item": item.id, "timestamp": given if isinstance(given, int) else call.now})


RULES = {
    "POST /v1/billing/meter_events": Rule(report, ("event_name", "payload", "timestamp", "identifier")),
    "POST /v1/billing/meter_event_adjustments": Rule(adjust, ("cancel",)),
    "GET /v1/billing/meters/{}/event_summaries": Rule(summaries, ("customer", "start_time", "end_time", "value_grouping_window", *PAGES)),
    "POST /v1/billing/meters": Rule(
        meter, ("default_aggregation", "customer_mapping", "value_settings", "event_name"), {"display_name": ARBITRARY}
    ),
    "POST /v1/billing/meters/{}": Rule(None, (), {"display_name": ARBITRARY}),
    "POST /v1/billing/meters/{}/deactivate": Rule(_switched("inactive", "deactivated")),
    "POST /v1/billing/meters/{}/reactivate": Rule(_switched("active", "reactivated")),
    "GET /v1/billing/meters/{}": Rule(),
    "GET /v1/billing/meters": Rule(None, ("status", *PAGES)),
}
