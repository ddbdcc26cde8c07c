"""Subscription schedules: phases follow one another by themselves. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import DAY, Shop, at


def _schedule(shop, *phases, **more):
    return shop.ok("POST /v1/subscription_schedules", {"customer": shop.customer, "start_date": "now", "phases": list(phases), **more})


def _months(count):
    return {"interval": "month", "interval_count": str(count)}


def _phase(price, quantity=1, **more):
    return {"items": [{"price": price, "quantity": str(quantity)}], **more}


def test_a_phase_that_ends_with_a_period_changes_the_price_without_proration():
    shop = Shop()
    cheap, dear = shop.price(1000), shop.price(2500)
    schedule = _schedule(shop, _phase(cheap, duration=_months(2)), _phase(dear, duration=_months(1)))
    assert schedule["status"] == "active"
    assert schedule["phases"][0]["end_date"] == schedule["phases"][1]["start_date"] == at(2026, 3, 1)
    assert shop.invoices() == [(1000, "paid")]
    assert shop.invoices(at(2026, 3, 2)) == [(1000, "paid"), (1000, "paid"), (2500, "paid")]


def test_a_phase_that_ends_within_a_period_is_prorated():
    shop = Shop(at(2026, 1, 1))
    cheap, dear = shop.price(3100), shop.price(6200)
    _schedule(shop, _phase(cheap, end_date=str(at(2026, 1, 11))), _phase(dear, duration=_months(1)))
    # 21 of January's 31 days: 3100 × 21/31 = 2100 back, 6200 × 21/31 = 4200 more, on the next invoice
    assert shop.invoices(at(2026, 2, 2)) == [(3100, "paid"), (-2100 + 4200 + 6200, "paid")]


def test_the_next_bill_of_a_schedule_is_that_of_its_next_phase():
    shop = Shop()
    cheap, dear = shop.price(1000), shop.price(2500)
    schedule = _schedule(shop, _phase(cheap, duration=_months(1)), _phase(dear, 2, duration=_months(1)))
    preview = shop.ok("POST /v1/invoices/create_preview", {"subscription": schedule["subscription"]})
    assert preview["total"] == 5000
    assert shop.account.simulator.customer_money(shop.customer)[1] == {"usd": 5000}
    assert shop.invoices(at(2026, 2, 2))[-1] == (5000, "paid")


@pytest.mark.parametrize(("behavior", "status", "ended"), [("release", "active", "released"), ("cancel", "canceled", "completed")])
def test_after_the_last_phase(behavior, status, ended):
    shop = Shop()
    schedule = _schedule(shop, _phase(shop.price(1000), duration=_months(1)), end_behavior=behavior)
    found = shop.ok(f"GET /v1/subscription_schedules/{schedule['id']}", at=at(2026, 2, 1) + 2 * 3600)
    assert found["status"] == ended
    assert shop.ok(f"GET /v1/subscriptions/{schedule['subscription']}")["status"] == status
    assert len(shop.invoices()) == (2 if behavior == "release" else 1)


def test_a_schedule_that_begins_later_bills_then():
    shop = Shop()
    schedule = _schedule(shop, _phase(shop.price(1000), duration=_months(1)), start_date=str(at(2026, 1, 15)))
    assert (schedule["status"], schedule["subscription"], shop.invoices()) == ("not_started", None, [])
    assert shop.invoices(at(2026, 1, 15)) == [(1000, "paid")]


def test_a_schedule_around_a_subscription_and_its_new_phase():
    shop = Shop()
    price, dear = shop.price(1000), shop.price(4000)
    subscription = shop.subscribe(price)
    schedule = shop.ok("POST /v1/subscription_schedules", {"from_subscription": subscription["id"]})
    assert schedule["phases"][0]["items"][0]["price"] == price
    first = {"items": [{"price": price, "quantity": "1"}], "start_date": str(at(2026, 1, 1)), "end_date": str(at(2026, 2, 1))}
    shop.ok(
        f"POST /v1/subscription_schedules/{schedule['id']}", {"phases": [first, _phase(dear, duration=_months(1))]}, at=at(2026, 1, 1) + DAY
    )
    assert shop.invoices(at(2026, 2, 2)) == [(1000, "paid"), (4000, "paid")]
    assert shop.read(subscription, at(2026, 2, 2))["schedule"] == schedule["id"]


def test_a_released_schedule_leaves_the_subscription_as_it_is():
    shop = Shop()
    schedule = _schedule(shop, _phase(shop.price(1000), duration=_months(1)), _phase(shop.price(2000), duration=_months(1)))
    released = shop.ok(f"POST /v1/subscription_schedules/{schedule['id']}/release")
    assert (released["status"], released["subscription"], released["released_subscription"]) == ("released", None, schedule["subscription"])
    assert shop.invoices(at(2026, 2, 2)) == [(1000, "paid"), (1000, "paid")]


def test_a_canceled_schedule_cancels_and_credits():
    shop = Shop(at(2026, 1, 1))
    schedule = _schedule(shop, _phase(shop.price(3100), duration=_months(2)))
    shop.ok(f"POST /v1/subscription_schedules/{schedule['id']}/cancel", at=at(2026, 1, 11))
    assert shop.ok(f"GET /v1/subscriptions/{schedule['subscription']}")["status"] == "canceled"
    assert shop.invoices() == [(3100, "paid"), (-2100, "paid")]
    assert shop.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -2100
