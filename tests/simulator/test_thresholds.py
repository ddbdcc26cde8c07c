"""Billing thresholds: the examples of docs.stripe.com/billing/subscriptions/usage-based/thresholds, whose figures are the page's own."""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import DAY, Shop, at

_GRADUATED = [{"up_to": "10000", "unit_amount": "50"}, {"up_to": "inf", "unit_amount": "40"}]


class Metered(Shop):
    """A customer whose impressions are metered."""

    def __init__(self, *, tiers_mode: str | None = None, amount: int | None = None, **subscribing) -> None:
        super().__init__(at(2026, 4, 1))
        given = {"display_name": "Impressions", "event_name": "impressions", "default_aggregation": {"formula": "sum"}}
        meter = self.ok("POST /v1/billing/meters", given)["id"]
        tiers = {"billing_scheme": "tiered", "tiers_mode": tiers_mode, "tiers": _GRADUATED} if tiers_mode else {}
        price = self.price(amount, recurring={"usage_type": "metered", "meter": meter}, **tiers)
        item = {"price": price, **subscribing.pop("item", {})}
        self.subscription = self.ok("POST /v1/subscriptions", {"customer": self.customer, "items": [item], **subscribing})

    def use(self, units: int, when: int):
        payload = {"stripe_customer_id": self.customer, "value": str(units)}
        return self.ok("POST /v1/billing/meter_events", {"event_name": "impressions", "payload": payload}, at=when)

    def totals(self, when=None):
        return [total for total, _ in self.invoices(when)]


def test_usage_is_billed_once_it_reaches_the_amount():
    """200 × 0.50 = 100.00 (stated); what is less waits for the end of the period."""
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000"})
    shop.use(199, at(2026, 4, 3))
    assert shop.totals() == []
    shop.use(1, at(2026, 4, 4))
    invoice = shop.latest()
    assert (invoice["total"], invoice["billing_reason"], invoice["status"]) == (10000, "subscription_threshold", "draft")
    assert shop.invoices(at(2026, 4, 4, 2)) == [(10000, "paid")]


def test_tiers_go_on_over_the_invoices_of_a_period():
    """200 impressions an invoice below 10,000, 250 above (stated); what is left is billed at the end, at 0.40."""
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000"})
    shop.use(10000, at(2026, 4, 2))
    assert shop.totals() == [500_000]
    shop.use(249, at(2026, 4, 3))
    assert shop.totals() == [500_000]
    shop.use(1, at(2026, 4, 4))
    assert shop.totals() == [500_000, 10_000]
    shop.use(100, at(2026, 4, 5))
    assert shop.totals(at(2026, 5, 1, 2)) == [500_000, 10_000, 4_000]
    lines = shop.latest()["lines"]["data"]
    assert sorted(line["amount"] for line in lines) == [-510_000, 14_000, 500_000]


def test_volume_tiers_take_off_what_was_billed_at_the_dearer_price():
    """The page's two invoices: 10,000 at 0.50, and at 25,000 units 10,000.00 less 5,000.00."""
    shop = Metered(tiers_mode="volume", billing_thresholds={"amount_gte": "500000"})
    shop.use(10000, at(2026, 4, 2))
    shop.use(1, at(2026, 4, 3))
    shop.use(2499, at(2026, 4, 4))
    assert shop.totals() == [500_000]
    shop.use(12500, at(2026, 4, 5))
    assert shop.totals() == [500_000, 500_000]
    lines = [(line["amount"], line["quantity"], line["description"]) for line in shop.latest()["lines"]["data"]]
    assert lines == [(1_000_000, 25_000, lines[0][2]), (-500_000, None, "Amount previously billed")]


def test_volume_tiers_may_leave_the_customer_in_credit():
    """5,000.00 − 4,000.40 = 999.60 is credited to the balance at the end of the period (stated)."""
    shop = Metered(tiers_mode="volume", billing_thresholds={"amount_gte": "500000"})
    shop.use(10000, at(2026, 4, 2))
    shop.use(1, at(2026, 4, 3))
    assert shop.totals(at(2026, 5, 1, 2)) == [500_000, -99_960]
    assert shop.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -99_960


def test_usage_of_an_item_has_a_threshold_of_its_own():
    """2,000 units at 0.03 are 60.00, by hand; the next invoice needs 2,000 more."""
    shop = Metered(amount=3, item={"billing_thresholds": {"usage_gte": "2000"}})
    shop.use(1999, at(2026, 4, 2))
    shop.use(1, at(2026, 4, 2, 1))
    assert shop.totals() == [6000]
    shop.use(1999, at(2026, 4, 3))
    assert shop.totals() == [6000]
    assert shop.totals(at(2026, 5, 1, 2)) == [6000, 5997]


@pytest.mark.parametrize(("resets", "end"), [("false", at(2026, 5, 1)), ("true", at(2026, 5, 11))])
def test_the_cycle_goes_on_unless_it_is_to_begin_anew(resets, end):
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000", "reset_billing_cycle_anchor": resets})
    shop.use(200, at(2026, 4, 11))
    item = shop.read(shop.subscription, None)["items"]["data"][0]
    assert item["current_period_end"] == end
    shop.use(10, at(2026, 4, 12))
    assert shop.totals(end + 2 * 3600) == [10_000, 500]  # 10 × 0.50, and nothing of the 200 again


def test_a_new_cycle_begins_with_the_first_tier_again():
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "500000", "reset_billing_cycle_anchor": "true"})
    shop.use(10000, at(2026, 4, 11))
    shop.use(100, at(2026, 4, 11))
    assert shop.totals(at(2026, 5, 11, 2)) == [500_000, 5_000]


def test_discounts_count_towards_the_amount():
    """50 % off: 0.50 becomes 0.25, so that 400 make 100.00, by hand."""
    shop = Metered(tiers_mode="graduated")
    half = shop.ok("POST /v1/coupons", {"percent_off": "50", "duration": "forever"})["id"]
    shop.ok(
        f"POST /v1/subscriptions/{shop.subscription['id']}",
        {"discounts": [{"coupon": half}], "billing_thresholds": {"amount_gte": "10000"}},
    )
    shop.use(399, at(2026, 4, 3))
    assert shop.totals() == []
    shop.use(1, at(2026, 4, 3))
    assert shop.totals() == [10_000]


def test_what_is_used_in_the_draft_hour_is_not_on_that_invoice():
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000"})
    shop.use(200, at(2026, 4, 4))
    shop.use(100, at(2026, 4, 4) + 60)
    assert shop.invoices(at(2026, 4, 4, 2)) == [(10_000, "paid")]
    assert shop.totals(at(2026, 5, 1, 2)) == [10_000, 5_000]


def test_the_last_day_and_trials_have_no_threshold():
    shop = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000"}, cancel_at=str(at(2026, 4, 10)))
    shop.use(300, at(2026, 4, 10) - DAY + 1)
    assert shop.totals() == []
    trial = Metered(tiers_mode="graduated", billing_thresholds={"amount_gte": "10000"}, trial_period_days="7")
    before = len(trial.totals())
    trial.use(300, at(2026, 4, 3))
    assert len(trial.totals()) == before


def test_a_threshold_that_is_set_later_bills_what_is_there():
    shop = Metered(tiers_mode="graduated")
    shop.use(300, at(2026, 4, 3))
    shop.ok(f"POST /v1/subscriptions/{shop.subscription['id']}", {"billing_thresholds": {"amount_gte": "10000"}})
    assert shop.totals() == [15_000]
