"""`pending_invoice_item_interval` (Stripe API reference, "Subscriptions"). Sums by hand."""

from __future__ import annotations

from tests.simulator.test_subscriptions import DAY, Shop, at

_WEEKLY = {"pending_invoice_item_interval": {"interval": "week"}}


def _began(**more):
    shop = Shop(at(2026, 4, 1))
    return shop, shop.subscribe(shop.price(1000), **more)


def _add(shop, amount, when):
    return shop.ok("POST /v1/invoiceitems", {"customer": shop.customer, "amount": str(amount), "currency": "usd"}, at=when)


def test_the_next_time_is_told():
    shop, subscription = _began(**_WEEKLY)
    assert subscription["next_pending_invoice_item_invoice"] == at(2026, 4, 8)
    assert shop.read(subscription, at(2026, 4, 15, 2))["next_pending_invoice_item_invoice"] == at(2026, 4, 22)


def test_each_week_takes_what_came_in_it_and_a_week_without_anything_bills_nothing():
    shop, _ = _began(**_WEEKLY)
    _add(shop, 300, at(2026, 4, 2))
    assert shop.invoices(at(2026, 4, 8) + 60) == [(1000, "paid"), (300, "draft")]
    _add(shop, 200, at(2026, 4, 16))
    assert shop.invoices(at(2026, 4, 22, 2)) == [(1000, "paid"), (300, "paid"), (200, "paid")]


def test_prorations_are_billed_so_too():
    """Half of April (30 days) at 20.00 instead of 10.00: 5.00, with the week that ends on the 22nd."""
    shop, subscription = _began(**_WEEKLY)
    item = subscription["items"]["data"][0]["id"]
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item, "price": shop.price(2000)}]}, at=at(2026, 4, 16))
    assert shop.invoices(at(2026, 4, 22, 2)) == [(1000, "paid"), (500, "paid")]
    assert shop.invoices(at(2026, 5, 1, 2))[-1] == (2000, "paid")


def test_the_interval_can_be_set_and_cleared_later():
    shop, subscription = _began()
    _add(shop, 300, at(2026, 4, 2))
    changed = shop.ok(
        f"POST /v1/subscriptions/{subscription['id']}", {"pending_invoice_item_interval": {"interval": "day", "interval_count": "2"}}
    )
    assert changed["next_pending_invoice_item_invoice"] == at(2026, 4, 2) + 2 * DAY
    cleared = shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"pending_invoice_item_interval": ""})
    assert (cleared["pending_invoice_item_interval"], cleared["next_pending_invoice_item_invoice"]) == (None, None)
    assert shop.invoices(at(2026, 4, 30)) == [(1000, "paid")]


def test_an_interval_of_more_than_a_year_is_refused():
    shop, subscription = _began()
    more = {"pending_invoice_item_interval": {"interval": "month", "interval_count": "13"}}
    assert shop.account.error(f"POST /v1/subscriptions/{subscription['id']}", more)[0] == 400
