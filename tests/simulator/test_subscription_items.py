"""A subscription's items by themselves. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import Shop, at, item_of


def test_an_item_added_is_billed_for_what_is_left():
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100))
    item = shop.ok(
        "POST /v1/subscription_items", {"subscription": subscription["id"], "price": shop.price(6200), "quantity": "2"}, at=at(2026, 1, 11)
    )
    assert item["quantity"] == 2
    # 12400 × 21/31 = 8400 for what is left, and both prices for February
    assert shop.invoices(at(2026, 2, 2))[-1] == (8400 + 3100 + 12400, "paid")


def test_an_item_changed_is_prorated_as_asked():
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100))
    shop.ok(f"POST /v1/subscription_items/{item_of(subscription)}", {"quantity": "2", "proration_behavior": "none"}, at=at(2026, 1, 11))
    assert shop.invoices(at(2026, 2, 2))[-1] == (6200, "paid")


@pytest.mark.parametrize(("mode", "credited"), [("classic", 4200), ("flexible", 0)])
def test_an_item_taken_away_is_credited_in_the_flexible_mode_if_it_was_billed(mode, credited):
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100), billing_mode={"type": mode})
    extra = shop.ok(
        "POST /v1/subscription_items", {"subscription": subscription["id"], "price": shop.price(6200), "proration_behavior": "none"}
    )
    gone = shop.ok(f"DELETE /v1/subscription_items/{extra['id']}", at=at(2026, 1, 11))
    assert gone == {"id": extra["id"], "object": "subscription_item", "deleted": True}
    assert shop.invoices(at(2026, 2, 2))[-1] == (3100 - credited, "paid")


def test_the_last_item_stays():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000))
    assert shop.account.call(f"DELETE /v1/subscription_items/{item_of(subscription)}").status == 400
