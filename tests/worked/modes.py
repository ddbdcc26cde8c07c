"""Examples of the two billing modes: what a credit goes by, what usage is billed at, when a cycle begins, what a start in the past bills."""

from __future__ import annotations

from tests.simulator.test_subscriptions import Shop, at
from tests.worked.book import change, example, totals

MODES = "docs.stripe.com/billing/subscriptions/billing-mode/compare"
BACK = "docs.stripe.com/billing/subscriptions/backdating"
BILLED = at(2026, 5, 1, 2)


def backdated(shop: Shop, *, start: int, **more: object) -> list[int]:
    """The lines of what a start in the past bills, in order."""
    shop.subscribe(shop.price(2000), backdate_start_date=str(start), **more)
    return [line["amount"] for line in shop.latest()["lines"]["data"]]


@example("backdating", BACK, [1000], stated=True, begins=at(2026, 2, 20))
def fourteen_days_of_the_28_from_the_15th_of_february(shop: Shop) -> list[int]:
    """Billing begins on the 1st of March: half the amount of a normal month, says the page."""
    more = {"billing_cycle_anchor": str(at(2026, 3, 1)), "billing_mode": {"type": "classic"}}
    return backdated(shop, start=at(2026, 2, 15), **more)


@example("backdating", BACK, [1097], begins=at(2026, 1, 20))
def seventeen_days_of_the_31_from_the_15th_of_january(shop: Shop) -> list[int]:
    """17 / 31, 0.548 of a normal month, says the page: of 20.00, 10.97."""
    more = {"billing_cycle_anchor": str(at(2026, 2, 1)), "billing_mode": {"type": "classic"}}
    return backdated(shop, start=at(2026, 1, 15), **more)


@example("backdating", BACK, [2000, 2000, 2000], begins=at(2026, 3, 15))
def one_line_for_each_natural_period(shop: Shop) -> list[int]:
    """In the flexible mode January, February and March have a line each."""
    return backdated(shop, start=at(2026, 1, 1), billing_mode={"type": "flexible"})


def calls(shop: Shop, mode: str) -> list[int]:
    """1000 API calls on the 5th at 0.1 cents each, the price goes to 0.15 on the 15th, 500 more on the 20th: the bill's lines."""
    meter = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    recurring = {"usage_type": "metered", "meter": shop.ok("POST /v1/billing/meters", meter)["id"]}
    low, high = (shop.price(unit_amount_decimal=unit, recurring=recurring) for unit in ("0.1", "0.15"))
    given = {"customer": shop.customer, "items": [{"price": low}], "billing_mode": {"type": mode}}
    subscription = shop.ok("POST /v1/subscriptions", given)

    def use(day: int, count: int) -> None:
        payload = {"stripe_customer_id": shop.customer, "value": str(count)}
        shop.ok("POST /v1/billing/meter_events", {"event_name": "calls", "payload": payload}, at=at(2026, 4, day))

    use(5, 1000)
    change(shop, subscription, 15, price=high)
    use(20, 500)
    shop.invoices(BILLED)
    return [line["amount"] for line in shop.latest()["lines"]["data"] if line["amount"]]


@example("usage", MODES, [75], stated=True, later=True)
def in_the_classic_mode_usage_before_a_new_price_is_not_billed(shop: Shop) -> list[int]:
    """500 calls at 0.15 per 100: 0.75, says the page."""
    return calls(shop, "classic")


@example("usage", MODES, [100, 75], stated=True, later=True)
def in_the_flexible_mode_usage_is_billed_at_the_price_of_its_time(shop: Shop) -> list[int]:
    """1000 calls at 0.1 per 100 and 500 at 0.15: 1.00 and 0.75, says the page."""
    return calls(shop, "flexible")


@example("proration", MODES, [3000, 3000 + 9000 - 2000], later=True)
def in_the_classic_mode_a_credit_goes_by_todays_price(shop: Shop) -> list[int]:
    """30.00 became 60.00 without proration; on the 21st, a third of April is left: 30.00 of 90.00 more, and 20.00 of 60.00 back."""
    return after_a_free_rise(shop, "classic")


@example("proration", MODES, [3000, 3000 + 9000 - 1000], later=True)
def in_the_flexible_mode_a_credit_goes_by_what_was_billed(shop: Shop) -> list[int]:
    """30.00 were billed for April: a third of them, 10.00, comes back."""
    return after_a_free_rise(shop, "flexible")


def after_a_free_rise(shop: Shop, mode: str) -> list[int]:
    """What is billed in April and May."""
    subscription = shop.subscribe(shop.price(3000), billing_mode={"type": mode})
    change(shop, subscription, 11, price=shop.price(6000), on={"proration_behavior": "none"})
    change(shop, subscription, 21, price=shop.price(9000))
    return totals(shop, BILLED)


@example("anchor", MODES, [0, 3000, 3000], later=True)
def in_the_classic_mode_a_price_after_a_free_one_begins_a_cycle(shop: Shop) -> list[int]:
    """Changed on the 11th: a whole month at once, and the next on the 11th of May."""
    subscription = shop.subscribe(shop.price(0), billing_mode={"type": "classic"})
    change(shop, subscription, 11, price=shop.price(3000))
    return totals(shop, at(2026, 5, 11, 2))


@example("anchor", MODES, [0, 2000 + 3000], later=True)
def in_the_flexible_mode_the_cycle_stays(shop: Shop) -> list[int]:
    """20 of 30 days at 30.00, and May."""
    subscription = shop.subscribe(shop.price(0), billing_mode={"type": "flexible"})
    change(shop, subscription, 11, price=shop.price(3000))
    return totals(shop, at(2026, 5, 2))
