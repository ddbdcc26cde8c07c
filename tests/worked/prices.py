"""Examples of prices: tiers, packages, quantities, decimal amounts, what is metered."""

from __future__ import annotations

from functools import partial

from tests.simulator.test_subscriptions import Shop, at
from tests.worked.book import change, example, metered, totals

TIERED = "docs.stripe.com/subscriptions/pricing-models/tiered-pricing"
PACKAGE = "stripe.com/docs/billing/subscriptions/quantity-transformation"
HOURS = "docs.stripe.com/billing/subscriptions/usage-based/transform-quantities"
QUANTITY = "docs.stripe.com/billing/subscriptions/quantities"
OVERAGE = "docs.stripe.com/billing/subscriptions/usage-based-v1/use-cases/flat-fee-and-overages"
METERS = "docs.stripe.com/api/billing/meter/create"
PRICES = "docs.stripe.com/api/prices/object"
FONTS = [{"up_to": "5", "unit_amount": "700"}, {"up_to": "10", "unit_amount": "650"}, {"up_to": "inf", "unit_amount": "600"}]
BILLED = at(2026, 5, 1, 2)  # the month is over, and its invoice paid


def _fonts(shop: Shop, *, mode: str, quantity: int) -> list[int]:
    shop.subscribe(shop.price(billing_scheme="tiered", tiers_mode=mode, tiers=FONTS), quantity)
    return totals(shop)


def _used_fonts(shop: Shop, *, mode: str, quantity: int) -> list[int]:
    metered(shop, {10: quantity}, billing_scheme="tiered", tiers_mode=mode, tiers=FONTS)
    return totals(shop, BILLED)


def _named(name: str, work: partial[list[int]]) -> partial[list[int]]:
    work.__name__ = name  # type: ignore[attr-defined]
    return work


for _quantity, _volume, _graduated in ((1, 700, 700), (5, 3500, 3500), (6, 3900, 4150), (20, 12000, 12750), (25, 15000, 15750)):
    # Graduated: 5 × 7.00 = 35.00; then 5 × 6.50 = 32.50; then 6.00 each.
    example("tiers", TIERED, [_volume], stated=True)(_named(f"volume of {_quantity}", partial(_fonts, mode="volume", quantity=_quantity)))
    example("tiers", TIERED, [_graduated], later=True)(
        _named(f"graduated, {_quantity} used", partial(_used_fonts, mode="graduated", quantity=_quantity))
    )


@example("tiers", TIERED, [3900], stated=True, later=True)
def volume_counts_at_the_end_of_the_period(shop: Shop) -> list[int]:
    """6 fonts used in the month: all at the rate of the second tier, 6 × 6.50."""
    metered(shop, {3: 5, 20: 1}, billing_scheme="tiered", tiers_mode="volume", tiers=FONTS)
    return totals(shop, BILLED)


@example("tiers", TIERED, [2300])
def a_tier_with_a_flat_amount(shop: Shop) -> list[int]:
    """5.00 flat and 5 × 2.00 in the first tier, then 3.00 flat and 5 × 1.00: 15 + 8."""
    tiers = [{"up_to": "5", "unit_amount": "200", "flat_amount": "500"}, {"up_to": "inf", "unit_amount": "100", "flat_amount": "300"}]
    shop.subscribe(shop.price(billing_scheme="tiered", tiers_mode="graduated", tiers=tiers), 10)
    return totals(shop)


def _packages(shop: Shop, *, users: int, round_: str = "up") -> list[int]:
    shop.subscribe(shop.price(1000, transform_quantity={"divide_by": "5", "round": round_}), users)
    return totals(shop)


for _users, _cents in ((1, 1000), (3, 1000), (5, 1000), (6, 2000), (7, 2000)):
    example("packages", PACKAGE, [_cents], stated=True)(_named(f"{_users} users, 10.00 for each 5", partial(_packages, users=_users)))
example("packages", PACKAGE, [1000])(_named("9 users, rounded down", partial(_packages, users=9, round_="down")))


@example("packages", HOURS, [3000], stated=True, later=True)
def a_car_for_150_minutes(shop: Shop) -> list[int]:
    """10.00 an hour, each part of one counted whole: 3 hours."""
    metered(shop, {9: 150}, amount=1000, transform_quantity={"divide_by": "60", "round": "up"})
    return totals(shop, BILLED)


@example("quantities", QUANTITY, [1998], stated=True)
def two_sites(shop: Shop) -> list[int]:
    """9.99 for each of two."""
    shop.subscribe(shop.price(999), 2)
    return totals(shop)


@example("quantities", PRICES, [2])
def a_decimal_amount_is_rounded_once(shop: Shop) -> list[int]:
    """3 × 0.5 cents = 1.5: rounded at the end, not each by itself; too little to be charged, but that is what the invoice says."""
    shop.subscribe(shop.price(unit_amount_decimal="0.5"), 3)
    return totals(shop)


@example("quantities", PRICES, [1500])
def yen_have_no_smaller_unit(shop: Shop) -> list[int]:
    """3 × ¥500."""
    shop.subscribe(shop.price(500, currency="jpy"), 3)
    return totals(shop)


@example("usage", OVERAGE, [30000, 32000], later=True)
def a_fee_for_each_user_and_overage(shop: Shop) -> list[int]:
    """3 users at 100.00; 1,500 calls of which 1,000 are free and 500 cost 0.04: 300.00, and then 300.00 + 20.00."""
    meter = shop.ok("POST /v1/billing/meters", {"display_name": "C", "event_name": "use", "default_aggregation": {"formula": "sum"}})["id"]
    tiers = [{"up_to": "1000", "unit_amount": "0"}, {"up_to": "inf", "unit_amount": "4"}]
    over = shop.price(recurring={"usage_type": "metered", "meter": meter}, billing_scheme="tiered", tiers_mode="graduated", tiers=tiers)
    items = [{"price": shop.price(10000), "quantity": "3"}, {"price": over}]
    shop.ok("POST /v1/subscriptions", {"customer": shop.customer, "items": items})
    payload = {"stripe_customer_id": shop.customer, "value": "1500"}
    shop.ok("POST /v1/billing/meter_events", {"event_name": "use", "payload": payload}, at=at(2026, 4, 12))
    return totals(shop, BILLED)


def _used(shop: Shop, *, formula: str) -> list[int]:
    metered(shop, {2: 4, 9: 6, 20: 1}, formula, amount=10)
    return totals(shop, BILLED)


for _formula, _cents in (("sum", 110), ("count", 30), ("last", 10)):
    # 4, 6 and 1 units at 10 cents: all 11, the 3 reports, or the last one.
    example("usage", METERS, [_cents], later=True)(_named(f"meter that takes the {_formula}", partial(_used, formula=_formula)))


@example("usage", "docs.stripe.com/billing/subscriptions/usage-based/recording-usage", [90], later=True)
def usage_reported_in_the_draft_hour(shop: Shop) -> list[int]:
    """5 units in April, 4 more of April reported while May's invoice is a draft: 9 at 10 cents."""
    metered(shop, {10: 5}, amount=10)
    payload = {"stripe_customer_id": shop.customer, "value": "4"}
    given = {"event_name": "use", "payload": payload, "timestamp": str(at(2026, 4, 30))}
    shop.ok("POST /v1/billing/meter_events", given, at=at(2026, 5, 1) + 600)
    return totals(shop, BILLED)


@example("quantities", QUANTITY, [1998, 3996], later=True)
def a_quantity_changed_without_proration(shop: Shop) -> list[int]:
    """2, and from the next bill on 4, sites at 9.99."""
    subscription = shop.subscribe(shop.price(999), 2)
    change(shop, subscription, 10, quantity="4", on={"proration_behavior": "none"})
    return totals(shop, BILLED)
