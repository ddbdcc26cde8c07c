"""Meter events by the v2 API (docs.stripe.com/api/v2/billing-meter), by JSON and by the official SDK; a call costs 0.05."""

from __future__ import annotations

import threading

import pytest
import stripe

from replayer.simulator import Simulator
from replayer.simulator.http import Server
from tests.simulator.test_subscriptions import Shop, at
from tests.simulator.test_thresholds import Metered


def _used(shop: Shop, value: str, when: str | None = None, **more):
    payload = {"stripe_customer_id": shop.customer, "value": value}
    return {"event_name": "impressions", "payload": payload, **({"timestamp": when} if when else {}), **more}


def _send(shop: Shop, path: str, params, **more):
    return shop.account.call(f"POST /v2/billing/{path}", params, encoding="json", **more)


def test_an_event_is_billed_as_by_v1():
    """3 + 4 units at 0.05: 0.35 is less than can be charged, so 70 more: 3.85."""
    shop = Metered(amount=5)
    outcome = _send(shop, "meter_events", _used(shop, "3", "2026-04-01T00:00:00.000Z"), at=at(2026, 4, 2))
    assert outcome.body == {
        "object": "v2.billing.meter_event", "created": "2026-04-02T00:00:00.000Z", "event_name": "impressions", "livemode": False,
        "identifier": outcome.body["identifier"], "payload": {"stripe_customer_id": shop.customer, "value": "3"},
        "timestamp": "2026-04-01T00:00:00.000Z",
    }  # fmt: skip
    shop.use(74, at(2026, 4, 3))
    assert shop.totals(at(2026, 5, 1, 2)) == [385]


def test_time_zones_are_understood_and_what_is_no_time_is_refused():
    shop = Metered(amount=5)
    shown = _send(shop, "meter_events", _used(shop, "3", "2026-04-01T02:00:00+02:00")).body
    assert shown["timestamp"] == "2026-04-01T00:00:00.000Z"
    assert _send(shop, "meter_events", _used(shop, "3", "yesterday")).status == 400


def test_a_second_event_of_the_same_identifier_is_refused_and_one_can_be_taken_back():
    shop = Metered(amount=5)
    assert [_send(shop, "meter_events", _used(shop, value, identifier="a")).status for value in ("90", "1")] == [200, 400]
    taken = _send(shop, "meter_event_adjustments", {"event_name": "impressions", "type": "cancel", "cancel": {"identifier": "a"}})
    assert (taken.status, taken.body["status"], taken.body["cancel"]) == (200, "pending", {"identifier": "a"})
    shop.use(20, at(2026, 4, 3))
    assert shop.totals(at(2026, 5, 1, 2)) == [100]


def test_a_threshold_hears_of_them_too():
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000"})
    _send(shop, "meter_events", _used(shop, "200"))
    assert shop.totals() == [10_000]


def test_a_stream_reports_all_or_nothing():
    shop = Metered(amount=5)
    nobody = {**_used(shop, "1"), "payload": {"stripe_customer_id": "cus_nobody", "value": "1"}}
    assert _send(shop, "meter_event_stream", {"events": [_used(shop, "40"), nobody]}).status == 400
    assert _send(shop, "meter_event_stream", {"events": [_used(shop, "40"), _used(shop, "60")]}).status == 200
    assert _send(shop, "meter_event_stream", {"events": [_used(shop, "1")] * 101}).status == 400
    assert shop.totals(at(2026, 5, 1, 2)) == [500]


def test_the_official_sdk_reports_events_and_streams_them():
    clock = [at(2026, 4, 1)]
    with Server(("127.0.0.1", 0), Simulator(clock[0]), clock=lambda: clock[0]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        addresses = {"api": base, "meter_events": base}
        client = stripe.StripeClient("sk_test_stream", base_addresses=addresses)
        customer = client.v1.customers.create().id
        client.v1.billing.meters.create({"display_name": "U", "event_name": "use", "default_aggregation": {"formula": "sum"}})
        payload = {"stripe_customer_id": customer, "value": "2"}
        assert client.v2.billing.meter_events.create({"event_name": "use", "payload": payload}).event_name == "use"
        session = client.v2.billing.meter_event_session.create()
        streaming = stripe.StripeClient(session.authentication_token, base_addresses=addresses)
        streaming.v2.billing.meter_event_stream.create({"events": [{"event_name": "use", "payload": payload}]})
        meter = client.v1.billing.meters.list().data[0].id
        window = {"customer": customer, "start_time": clock[0] - 60, "end_time": clock[0] + 60}
        assert client.v1.billing.meters.event_summaries.list(meter, window).data[0].aggregated_value == 4
        clock[0] += 901
        with pytest.raises(stripe.AuthenticationError):
            streaming.v2.billing.meter_event_stream.create({"events": [{"event_name": "use", "payload": payload}]})
        server.shutdown()
