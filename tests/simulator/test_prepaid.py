"""Credits of the two billing modes. January has 31 days; expected cents are worked out by hand from the rule of each test.

docs.stripe.com/billing/subscriptions/billing-mode/compare, "Credit proration calculations".
"""

from __future__ import annotations

import pytest

from replayer.model import BaselineObject
from tests.simulator.test_subscriptions import Shop, at, item_of

MODES = ("classic", "flexible")


def change(shop, subscription, day, price=None, *, quantity=1, behavior="create_prorations", **more):
    items = [{"id": item_of(subscription), "price": price, "quantity": str(quantity)}] if price else None
    given = {"proration_behavior": behavior, **({"items": items} if items else {}), **more}
    return shop.ok(f"POST /v1/subscriptions/{subscription['id']}", given, at=at(2026, 1, day))


def february(shop):
    return shop.invoices(at(2026, 2, 2))[-1][0]


@pytest.mark.parametrize(("mode", "expected"), [("classic", 9300 + 3300 - 2200), ("flexible", 9300 + 3300 - 1100)])
def test_a_credit_goes_by_what_was_billed_where_a_change_before_prorated_nothing(mode, expected):
    """On the 21st 11/31 are left: 3300 of the new price; of 6200, which nobody billed, 2200, of the 3100 that were billed 1100."""
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode})
    change(shop, subscription, 11, shop.price(6200), behavior="none")
    change(shop, subscription, 21, shop.price(9300))
    assert february(shop) == expected


@pytest.mark.parametrize(("mode", "credit"), [("classic", 1100), ("flexible", 745)])
def test_a_credit_keeps_the_discount_that_was_billed(mode, credit):
    """2100 were billed; the discount is taken off on the 11th. Of 2100, 11/31 are 745.16."""
    shop = Shop()
    coupon = shop.ok("POST /v1/coupons", {"amount_off": "1000", "currency": "usd", "duration": "forever"})["id"]
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode}, discounts=[{"coupon": coupon}])
    change(shop, subscription, 11, discounts="")
    change(shop, subscription, 21, shop.price(6200))
    assert february(shop) == 6200 + 2200 - credit


@pytest.mark.parametrize("mode", MODES)
def test_every_change_credits_what_the_one_before_it_billed(mode):
    """On the 11th 2100 back and 4200 more, on the 21st 4200 × 11/21 back and 3300 more."""
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode})
    change(shop, subscription, 11, shop.price(6200))
    change(shop, subscription, 21, shop.price(9300))
    assert february(shop) == 9300 - 2100 + 4200 - 2200 + 3300


@pytest.mark.parametrize("behavior", ["create_prorations", "always_invoice"])
def test_what_is_billed_in_between_makes_no_difference(behavior):
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": "flexible"})
    change(shop, subscription, 11, shop.price(6200), behavior=behavior)
    change(shop, subscription, 21, shop.price(9300), behavior=behavior)
    assert sum(total for total, _ in shop.invoices(at(2026, 2, 2))) == 3100 + 9300 - 2100 + 4200 - 2200 + 3300


@pytest.mark.parametrize(("mode", "credit"), [("classic", 2100), ("flexible", 0)])
def test_a_time_that_was_free_is_not_credited(mode, credit):
    """The first invoice was to come with the anchor, and nothing was billed until then."""
    shop = Shop()
    free = {"billing_cycle_anchor": str(at(2026, 2, 1)), "proration_behavior": "none"}
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode}, **free)
    change(shop, subscription, 11, shop.price(6200))
    assert february(shop) == 6200 + 4200 - credit


def test_a_price_in_tiers_is_credited_in_one():
    """5 × 100 + 5 × 210 = 1550 in two lines; 11/31 of it are 550."""
    shop = Shop()
    tiers = [{"up_to": "5", "unit_amount": "100"}, {"up_to": "inf", "unit_amount": "210"}]
    tiered = shop.price(billing_scheme="tiered", tiers_mode="graduated", tiers=tiers)
    subscription = shop.subscribe(tiered, 10)
    change(shop, subscription, 21, shop.price(3100))
    lines = shop.latest(at(2026, 2, 2))["lines"]["data"]
    assert sorted(line["amount"] for line in lines) == [-550, 1100, 3100]


def test_an_amount_off_is_shared_by_size():
    """300 off 3100 and 6200: 100 and 200. On the 21st the first goes to 9300: 11/31 of 3000 back, and of 9300 less its 180 more."""
    shop = Shop()
    coupon = shop.ok("POST /v1/coupons", {"amount_off": "300", "currency": "usd", "duration": "forever"})["id"]
    prices = [shop.price(3100), shop.price(6200)]
    given = {"customer": shop.customer, "items": [{"price": price} for price in prices], "discounts": [{"coupon": coupon}]}
    subscription = shop.ok("POST /v1/subscriptions", given)
    item = next(item for item in subscription["items"]["data"] if item["price"]["id"] == prices[0])
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item["id"], "price": shop.price(9300)}]}, at=at(2026, 1, 21))
    lines = shop.latest(at(2026, 2, 2))["lines"]["data"]
    assert sorted(line["amount"] for line in lines if line["amount"] < 0 or "Remaining" in line["description"]) == [-1065, 3236]


@pytest.mark.parametrize(("params", "why"), [
    ({"billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}}, "itemized"),
    ({"billing_mode": {"type": "classic"}, "more": True}, "spread"),
])  # fmt: skip
def test_what_is_not_documented_to_the_cent_is_unknown(params, why):
    shop = Shop()
    coupon = shop.ok("POST /v1/coupons", {"amount_off": "1000", "currency": "usd", "duration": "forever"})["id"]
    items = [{"price": shop.price(3100)}] + [{"price": shop.price(6200)}] * params.pop("more", False)
    subscription = shop.ok(
        "POST /v1/subscriptions", {"customer": shop.customer, "items": items, "discounts": [{"coupon": coupon}], **params}
    )
    items = [{"id": item_of(subscription), "price": shop.price(9300)}]
    outcome = shop.account.call(f"POST /v1/subscriptions/{subscription['id']}", {"items": items}, at=at(2026, 1, 21))
    assert outcome.status is None
    assert why in outcome.error


def test_a_subscription_moves_to_the_flexible_mode_and_not_back():
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": "classic"})
    path = f"POST /v1/subscriptions/{subscription['id']}/migrate"
    assert shop.ok(path, {"billing_mode": {"type": "flexible"}}, at=at(2026, 1, 2))["billing_mode"]["type"] == "flexible"
    assert shop.account.call(path, {"billing_mode": {"type": "classic"}}).status == 400
    change(shop, subscription, 11, shop.price(6200), behavior="none")
    change(shop, subscription, 21, shop.price(9300))
    assert february(shop) == 9300 + 3300 - 1100


def test_the_debits_of_the_period_before_are_not_credited_again():
    """A second item is added in January for 4200 and billed 6200 for February, which has 28 days; on the 15th a half of that is left."""
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": "flexible"})
    extra = shop.ok("POST /v1/subscription_items", {"subscription": subscription["id"], "price": shop.price(6200)}, at=at(2026, 1, 11))
    shop.ok(f"DELETE /v1/subscription_items/{extra['id']}", at=at(2026, 2, 15))
    assert shop.invoices(at(2026, 3, 2))[-1][0] == 3100 - 3100


def test_of_a_subscription_from_before_the_first_call_it_is_taken_that_it_was_billed_as_it_was_then():
    """Its invoice is not known. 3100 were billed, nothing for the rise to 6200: on the 21st 1100 of them are left."""
    seen = Shop()
    subscription = seen.subscribe(seen.price(3100), billing_mode={"type": "flexible"})
    names = [f"GET /v1/subscriptions/{subscription['id']}", f"GET /v1/customers/{seen.customer}", f"GET /v1/products/{seen.product}"]
    shop = Shop()
    states = [seen.ok(name) for name in names]
    shop.account.simulator.lay(
        [
            BaselineObject(id=one["id"], object=one["object"], provenance="observed", state=one, version="2025-10-29.clover")
            for one in states
        ]
    )
    change(shop, subscription, 11, shop.price(6200, product=seen.product), behavior="none")
    change(shop, subscription, 21, shop.price(9300, product=seen.product))
    waiting = shop.ok("GET /v1/invoiceitems", {"customer": seen.customer})["data"]
    assert sorted(item["amount"] for item in waiting) == [-1100, 3300]


def test_what_was_billed_as_nothing_is_credited_once():
    shop = Shop()
    subscription = shop.subscribe(shop.price(0), billing_mode={"type": "flexible"})
    change(shop, subscription, 11, shop.price(6200))
    change(shop, subscription, 21, shop.price(9300))
    shop.invoices(at(2026, 2, 2))
    assert sorted(line["amount"] for line in shop.latest()["lines"]["data"]) == [-2200, 0, 3300, 4200, 9300]
