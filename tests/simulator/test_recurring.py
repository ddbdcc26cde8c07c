"""Monthly recurring revenue, by hand."""

import pytest

from replayer.simulator.calls import Call
from replayer.simulator.recurring import monthly
from tests.simulator.test_subscriptions import Shop, at

JANUARY = at(2026, 1, 2)


def mrr(shop, when=JANUARY):
    store = next(iter(shop.account.simulator._stores.values()))
    return monthly(Call.unattended(store, when), shop.customer)


@pytest.mark.parametrize(
    ("interval", "count", "cents"), [("month", 1, 1200), ("month", 3, 400), ("year", 1, 100), ("week", 1, 5200), ("day", 1, 36500)]
)
def test_a_price_is_spread_over_months(interval, count, cents):
    """12.00: a year is twelve months, a week 12/52 of one, a day 12/365."""
    shop = Shop()
    shop.subscribe(shop.price(1200, interval, recurring={"interval_count": str(count)}))
    assert mrr(shop) == {"usd": cents}


def test_discounts_that_last_are_taken_off_and_others_not():
    """2 × 10.00 less 10 %; 3.00 off once is not counted."""
    shop = Shop()
    shop.ok("POST /v1/coupons", {"id": "TEN", "percent_off": "10", "duration": "forever"})
    shop.ok("POST /v1/coupons", {"id": "ONCE", "amount_off": "300", "currency": "usd", "duration": "once"})
    shop.subscribe(shop.price(1000), 2, discounts=[{"coupon": "TEN"}, {"coupon": "ONCE"}])
    assert mrr(shop) == {"usd": 1800}


def test_a_discount_for_some_months_is_taken_off_until_it_ends():
    shop = Shop()
    shop.ok("POST /v1/coupons", {"id": "TWO", "percent_off": "50", "duration": "repeating", "duration_in_months": "2"})
    shop.subscribe(shop.price(1000), discounts=[{"coupon": "TWO"}])
    assert (mrr(shop), mrr(shop, at(2026, 3, 2))) == ({"usd": 500}, {"usd": 1000})


def test_trials_and_what_has_ended_do_not_recur():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000), trial_period_days="14")
    assert mrr(shop) == {}
    shop.read(subscription, at(2026, 1, 16))
    assert mrr(shop, at(2026, 1, 16)) == {"usd": 1000}
    shop.ok(f"DELETE /v1/subscriptions/{subscription['id']}")
    assert mrr(shop, at(2026, 1, 16)) == {}
