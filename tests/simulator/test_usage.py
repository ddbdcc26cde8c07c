"""Usage: what meters make of events, when it is billed. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import DAY, Shop, at

HOUR = 3600


class Metered(Shop):
    """A shop whose customer subscribes to what is metered."""

    def __init__(self, formula="sum", **price):
        super().__init__()
        meter = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": formula}}
        self.meter = self.ok("POST /v1/billing/meters", meter)["id"]
        recurring = {"usage_type": "metered", "meter": self.meter}
        self.subscription = self.ok(
            "POST /v1/subscriptions", {"customer": self.customer, "items": [{"price": self.price(recurring=recurring, **price)}]}
        )

    def use(self, value, when=None, **more):
        payload = {"stripe_customer_id": self.customer, "value": str(value)}
        return self.account.call("POST /v1/billing/meter_events", {"event_name": "calls", "payload": payload, **more}, at=when)


@pytest.mark.parametrize(("formula", "quantity"), [("sum", 12), ("count", 3), ("last", 2)])
def test_a_meter_adds_up_counts_or_takes_the_last(formula, quantity):
    shop = Metered(formula, amount=5)
    for day, value in ((2, 3), (9, 7), (20, 2)):
        assert shop.use(value, at(2026, 1, day)).status == 200
    assert shop.invoices(at(2026, 2, 1, 2)) == [(5 * quantity, "paid")]


def test_usage_within_the_draft_hour_is_billed_with_the_period_that_ended():
    shop = Metered(amount=5)
    shop.use(100, at(2026, 1, 20))
    shop.use(10, at(2026, 2, 1) + 60)  # after the period, while its invoice is a draft
    shop.use(7, at(2026, 2, 1) + 120, timestamp=str(at(2026, 1, 31)))  # of the period, reported late
    assert shop.invoices(at(2026, 2, 1) + 300)[-1] == (500, "draft")
    assert shop.invoices(at(2026, 2, 1) + 2 * HOUR)[-1] == (535, "paid")
    assert shop.invoices(at(2026, 3, 1) + 2 * HOUR)[-1] == (50, "paid")


def test_graduated_tiers_bill_each_part_at_its_price():
    tiers = [{"up_to": "10", "unit_amount": "5"}, {"up_to": "inf", "unit_amount": "2"}]
    shop = Metered(billing_scheme="tiered", tiers_mode="graduated", tiers=tiers)
    shop.use(25, at(2026, 1, 20))
    assert shop.invoices(at(2026, 2, 1, 2)) == [(10 * 5 + 15 * 2, "paid")]


def test_an_identifier_is_used_once_a_day():
    shop = Metered(amount=5)
    assert shop.use(3, identifier="a").status == 200
    assert shop.use(3, identifier="a").status == 400
    assert shop.use(3, at(2026, 1, 1) + DAY + 1, identifier="a").status == 200
    assert shop.invoices(at(2026, 2, 1, 2))[-1] == (30, "paid")


def test_an_event_canceled_is_not_billed():
    shop = Metered(amount=5)
    shop.use(3, identifier="a")
    shop.use(4, identifier="b")
    shop.ok("POST /v1/billing/meter_event_adjustments", {"event_name": "calls", "type": "cancel", "cancel": {"identifier": "a"}})
    assert shop.invoices(at(2026, 2, 1, 2))[-1] == (20, "paid")


def test_events_of_no_meter_or_of_another_time_are_refused():
    shop = Metered(amount=5)
    assert shop.account.call("POST /v1/billing/meter_events", {"event_name": "other", "payload": {"value": "1"}}).status == 400
    assert shop.use(1, timestamp=str(at(2026, 1, 1) - 36 * DAY)).status == 400
    assert shop.use(1, timestamp=str(at(2026, 1, 1) + 301)).status == 400


def test_summaries_by_day():
    shop = Metered(amount=5)
    shop.use(3, at(2026, 1, 2, 5))
    shop.use(4, at(2026, 1, 3, 5))
    asked = {"customer": shop.customer, "start_time": str(at(2026, 1, 2)), "end_time": str(at(2026, 1, 5))}
    assert [one["aggregated_value"] for one in shop.ok(f"GET /v1/billing/meters/{shop.meter}/event_summaries", asked)["data"]] == [7]
    found = shop.ok(f"GET /v1/billing/meters/{shop.meter}/event_summaries", {**asked, "value_grouping_window": "day"})["data"]
    assert [(one["start_time"], one["aggregated_value"]) for one in found] == [(at(2026, 1, 3), 4), (at(2026, 1, 2), 3)]


@pytest.mark.parametrize(("aggregate", "quantity"), [("sum", 9), ("max", 6), ("last_during_period", 3), ("last_ever", 3)])
def test_usage_records_of_older_versions(aggregate, quantity):
    shop = Shop(version="2024-06-20")
    price = shop.price(10, recurring={"usage_type": "metered", "aggregate_usage": aggregate})
    subscription = shop.ok("POST /v1/subscriptions", {"customer": shop.customer, "items": [{"price": price}]})
    item = subscription["items"]["data"][0]["id"]
    for day, value in ((2, 6), (9, 3)):
        shop.ok(
            f"POST /v1/subscription_items/{item}/usage_records",
            {"quantity": str(value), "timestamp": str(at(2026, 1, day))},
            at=at(2026, 1, day),
        )
    assert shop.invoices(at(2026, 2, 1, 2))[-1] == (10 * quantity, "paid")
