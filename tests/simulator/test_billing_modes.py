"""What the two billing modes do otherwise. Expected cents are worked out by hand.

docs.stripe.com/billing/subscriptions/billing-mode/compare; credits have a file of their own (`test_prepaid.py`).
"""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import Shop, at, item_of

MODES = ("classic", "flexible")


class Calls(Shop):
    """A shop that bills API calls by a meter: at 0.1, or at 0.15 cents each."""

    def __init__(self, mode, formula="sum"):
        super().__init__()
        meter = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": formula}}
        recurring = {"usage_type": "metered", "meter": self.ok("POST /v1/billing/meters", meter)["id"]}
        self.low, self.high = (self.price(unit_amount_decimal=unit, recurring=recurring) for unit in ("0.1", "0.15"))
        given = {"customer": self.customer, "items": [{"price": self.low}], "billing_mode": {"type": mode}}
        self.subscription = self.ok("POST /v1/subscriptions", given)

    def use(self, day, count):
        payload = {"stripe_customer_id": self.customer, "value": str(count)}
        self.ok("POST /v1/billing/meter_events", {"event_name": "calls", "payload": payload}, at=at(2026, 1, day))

    def change(self, day, *items, **more):
        return self.ok(f"POST /v1/subscriptions/{self.subscription['id']}", {"items": list(items), **more}, at=at(2026, 1, day))


@pytest.mark.parametrize(("mode", "expected"), [("classic", [75]), ("flexible", [100, 75])])
def test_usage_is_billed_at_the_price_at_which_it_was_reported(mode, expected):
    """The page's own example: 1000 calls at 0.1 cents, and after the change 500 at 0.15; the classic mode forgets the first."""
    shop = Calls(mode)
    shop.use(5, 1000)
    shop.change(15, {"id": item_of(shop.subscription), "price": shop.high})
    shop.use(20, 500)
    assert shop.invoices(at(2026, 2, 1, 2))[-1] == (sum(expected), "paid")
    assert [line["amount"] for line in shop.latest()["lines"]["data"] if line["amount"]] == expected
    later = {"event_name": "calls", "payload": {"stripe_customer_id": shop.customer, "value": "1000"}}
    shop.ok("POST /v1/billing/meter_events", later, at=at(2026, 2, 10))
    assert shop.invoices(at(2026, 3, 2))[-1] == (150, "paid")


@pytest.mark.parametrize(("mode", "expected"), [("classic", [75]), ("flexible", [100, 75])])
def test_usage_of_the_draft_hour_is_billed_at_the_new_price(mode, expected):
    shop = Calls(mode)
    shop.use(5, 1000)
    shop.change(15, {"id": item_of(shop.subscription), "price": shop.high})
    late = {"event_name": "calls", "payload": {"stripe_customer_id": shop.customer, "value": "500"}, "timestamp": str(at(2026, 1, 31))}
    shop.ok("POST /v1/billing/meter_events", late, at=at(2026, 2, 1) + 600)
    assert shop.invoices(at(2026, 2, 1, 2))[-1] == (sum(expected), "paid")


def test_a_meter_that_does_not_add_up_is_unknown():
    shop = Calls("flexible", "last")
    shop.use(5, 1000)
    change = {"items": [{"id": item_of(shop.subscription), "price": shop.high}]}
    outcome = shop.account.call(f"POST /v1/subscriptions/{shop.subscription['id']}", change, at=at(2026, 1, 15))
    assert outcome.status is None


@pytest.mark.parametrize(("mode", "behavior", "usage"), [
    ("classic", "create_prorations", 0), ("flexible", "create_prorations", 100), ("flexible", "none", 0),
])  # fmt: skip
def test_what_was_used_is_billed_when_a_metered_item_goes(mode, behavior, usage):
    """1000 calls at 0.1 cents; an item for 3100 comes in its place on the 11th, for which 2100 are left."""
    shop = Calls(mode)
    shop.use(5, 1000)
    shop.change(11, {"id": item_of(shop.subscription), "deleted": "true"}, {"price": shop.price(3100)}, proration_behavior=behavior)
    prorated = 2100 if behavior == "create_prorations" else 0
    assert shop.invoices(at(2026, 2, 2))[-1][0] == 3100 + prorated + usage


@pytest.mark.parametrize(("mode", "renews"), [("classic", at(2026, 2, 11)), ("flexible", at(2026, 2, 1))])
def test_what_was_free_begins_a_cycle_when_it_costs(mode, renews):
    shop = Shop()
    subscription = shop.subscribe(shop.price(0), billing_mode={"type": mode})
    path = f"POST /v1/subscriptions/{subscription['id']}"
    changed = shop.ok(path, {"items": [{"id": item_of(subscription), "price": shop.price(3100)}]}, at=at(2026, 1, 11))
    assert changed["items"]["data"][0]["current_period_end"] == renews
    # a whole month at once, or 21 of 31 days with the next bill
    assert [total for total, _ in shop.invoices(at(2026, 2, 12))][1:] == ([3100, 3100] if mode == "classic" else [2100 + 3100])


@pytest.mark.parametrize(("mode", "behavior", "totals"), [
    ("classic", "always_invoice", [3100 - 2100]), ("classic", "create_prorations", [3100 - 2100 + 500]),
    ("flexible", "always_invoice", [3100 - 2100 + 500]), ("flexible", "create_prorations", [3100 - 2100 + 500]),
])  # fmt: skip
def test_a_new_cycle_takes_up_what_waits(mode, behavior, totals):
    """In the classic mode not with `always_invoice`: the pot for 500 then waits for the renewal."""
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode})
    shop.ok("POST /v1/invoiceitems", {"customer": shop.customer, "amount": "500", "currency": "usd"}, at=at(2026, 1, 5))
    path = f"POST /v1/subscriptions/{subscription['id']}"
    shop.ok(path, {"billing_cycle_anchor": "now", "proration_behavior": behavior}, at=at(2026, 1, 11))
    assert [total for total, _ in shop.invoices()][1:] == totals
    assert sum(total for total, _ in shop.invoices(at(2026, 2, 12))) == 3100 + 1000 + 500 + 3100


@pytest.mark.parametrize(("mode", "words"), [("classic", "Trial period for Gold"), ("flexible", "Free trial for 2 × Gold")])
def test_a_trial_in_words(mode, words):
    shop = Shop()
    shop.subscribe(shop.price(3100), 2, billing_mode={"type": mode}, trial_period_days="7")
    assert [line["description"] for line in shop.latest()["lines"]["data"]] == [words]


@pytest.mark.parametrize(("mode", "began"), [("classic", at(2026, 1, 1)), ("flexible", at(2026, 3, 5))])
def test_of_two_trials_the_start_that_is_shown(mode, began):
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode}, trial_period_days="7")
    path = f"POST /v1/subscriptions/{subscription['id']}"
    assert shop.ok(path, {"trial_end": str(at(2026, 4, 1))}, at=at(2026, 3, 5))["trial_start"] == began


@pytest.mark.parametrize("mode", MODES)
def test_a_first_period_that_is_cut_short_is_unknown(mode):
    shop = Shop()
    given = {"customer": shop.customer, "items": [{"price": shop.price(3100)}], "billing_mode": {"type": mode}}
    assert shop.account.call("POST /v1/subscriptions", {**given, "cancel_at": str(at(2026, 1, 11))}).status is None
