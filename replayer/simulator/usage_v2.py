"""Meter events by the v2 API: the same usage as by v1, with times as text (docs.stripe.com/api/v2/billing-meter).

One by one, or as a stream of up to 100 in the name of a session, whose token lasts 15 minutes and stands in place of the API key
(docs.stripe.com/api/v2/billing/meter-event-stream).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from replayer.simulator import usage
from replayer.simulator.calls import Answer, Call
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.records import Record
from replayer.simulator.rule import Rule

_LASTS = 15 * 60
_MOST = 100


def report(call: Call) -> Answer:
    """Report a meter event."""
    return _shown(call, _report(call, call.params, ""))


def _report(call: Call, given: dict[str, Any], param: str) -> Record:
    inner = call.within(**{name: given[name] for name in ("event_name", "payload", "identifier") if given.get(name) is not None})
    if given.get("timestamp") is not None:
        inner.params["timestamp"] = _seconds(str(given["timestamp"]), f"{param}timestamp")
    made = usage.report(inner)
    assert isinstance(made, Record)
    return made


def _seconds(text: str, param: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(f"Invalid timestamp: {text}", code="invalid_timestamp", param=param) from None
    return int((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp())


def _text(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _shown(call: Call, event: Record) -> Record:
    marks = {"identifier": "given"} if call.params.get("identifier") else {}
    values = {
        "object": "v2.billing.meter_event", "created": _text(call.now), "event_name": event["event_name"],
        "identifier": event["identifier"], "livemode": False, "payload": event["payload"], "timestamp": _text(event["timestamp"]),
    }  # fmt: skip
    return Record("v2.billing.meter_event", "", values, marks=marks)


def adjust(call: Call) -> Answer:
    """Cancel an event that was reported by mistake."""
    usage.adjust(call)
    identifier = call.store.mint.next("mtr_evt_adj")
    values = {
        "id": identifier, "object": "v2.billing.meter_event_adjustment", "cancel": call.params["cancel"], "created": _text(call.now),
        "event_name": call.params.get("event_name"), "livemode": False, "status": "pending", "type": "cancel",
    }  # fmt: skip
    return Record("v2.billing.meter_event_adjustment", identifier, values)


def session(call: Call) -> Answer:
    """Open a session for a stream of events."""
    token, identifier = call.store.mint.next("mes_test_token"), call.store.mint.next("mes")
    call.store.sessions[token] = call.now + _LASTS
    values = {
        "id": identifier, "object": "v2.billing.meter_event_session", "authentication_token": token, "created": _text(call.now),
        "expires_at": _text(call.now + _LASTS), "livemode": False,
    }  # fmt: skip
    return Record("v2.billing.meter_event_session", identifier, values)


def stream(call: Call) -> Answer:
    """Report many events at once; if one of them is refused, none is reported."""
    given = call.params.get("events")
    if not isinstance(given, list) or not given:
        raise missing_parameter("events")
    if len(given) > _MOST:
        raise ApiError(f"A request may hold at most {_MOST} events.", param="events")
    tried = call.tried()
    for target in (tried, call):
        for place, entry in enumerate(given):
            _report(target, entry if isinstance(entry, dict) else {}, f"events[{place}].")
    return Record("v2.billing.meter_event_stream", "", {})


_EVENT = ("event_name", "payload", "timestamp", "identifier")
RULES = {
    "POST /v2/billing/meter_events": Rule(report, _EVENT),
    "POST /v2/billing/meter_event_adjustments": Rule(adjust, ("cancel",)),
    "POST /v2/billing/meter_event_session": Rule(session),
    "POST /v2/billing/meter_event_stream": Rule(stream, ("events",)),
}
