"""Backdated subscriptions. Expected cents are worked out by hand from docs.stripe.com/billing/subscriptions/backdating."""

from __future__ import annotations

import pytest

from tests.simulator.test_subscriptions import Shop, at


def bill(mode, *, now, start, price=3100, **more):
    shop = Shop(now=now)
    subscription = shop.subscribe(shop.price(price), billing_mode={"type": mode}, backdate_start_date=str(start), **more)
    shown = [(line["amount"], line["period"]["start"], line["period"]["end"]) for line in shop.latest()["lines"]["data"]]
    item = subscription["items"]["data"][0]
    return shown, subscription["billing_cycle_anchor"], (item["current_period_start"], item["current_period_end"])


def test_the_classic_mode_bills_what_has_passed_in_one_line_and_begins_a_cycle_now():
    """From the 1st of January to the 15th of March: two months and, of the month that begins in March, 14 of 31 days."""
    lines, anchor, period = bill("classic", now=at(2026, 3, 15), start=at(2026, 1, 1))
    assert lines == [(6200 + 1400, at(2026, 1, 1), at(2026, 3, 15)), (3100, at(2026, 3, 15), at(2026, 4, 15))]
    assert (anchor, period) == (at(2026, 3, 15), (at(2026, 3, 15), at(2026, 4, 15)))


def test_the_flexible_mode_bills_every_period_since_the_start():
    lines, anchor, period = bill("flexible", now=at(2026, 3, 15), start=at(2026, 1, 1))
    assert [line[1:] for line in lines] == [(at(2026, month, 1), at(2026, month + 1, 1)) for month in (1, 2, 3)]
    assert [line[0] for line in lines] == [3100] * 3
    assert (anchor, period) == (at(2026, 1, 1), (at(2026, 3, 1), at(2026, 4, 1)))


def test_the_imagined_month_begins_with_the_start():
    """The page's own example: of the 28 days from the 15th of February, 14 are half."""
    more = {"billing_cycle_anchor": str(at(2026, 3, 1))}
    lines, anchor, period = bill("classic", now=at(2026, 2, 20), start=at(2026, 2, 15), price=2000, **more)
    assert lines == [(1000, at(2026, 2, 15), at(2026, 3, 1))]
    assert (anchor, period) == (at(2026, 3, 1), (at(2026, 2, 15), at(2026, 3, 1)))


def test_the_pages_other_example():
    """From the 15th of January to the 1st of February are 17 of 31 days: 0.548 of a month."""
    more = {"billing_cycle_anchor": str(at(2026, 2, 1))}
    lines, _, _ = bill("classic", now=at(2026, 1, 20), start=at(2026, 1, 15), **more)
    assert [line[0] for line in lines] == [1700]


def test_what_has_passed_is_free_where_nothing_is_prorated():
    lines, _, _ = bill("classic", now=at(2026, 3, 15), start=at(2026, 1, 1), proration_behavior="none")
    assert lines == [(3100, at(2026, 3, 15), at(2026, 4, 15))]


@pytest.mark.parametrize(("mode", "more", "why"), [
    ("flexible", {"proration_behavior": "none"}, "prorates nothing"),
    ("classic", {"trial_period_days": "7"}, "trial"),
])  # fmt: skip
def test_what_no_page_says_is_unknown(mode, more, why):
    shop = Shop(now=at(2026, 3, 15))
    given = {"customer": shop.customer, "items": [{"price": shop.price(3100)}], "billing_mode": {"type": mode}, **more}
    outcome = shop.account.call("POST /v1/subscriptions", {**given, "backdate_start_date": str(at(2026, 1, 1))})
    assert outcome.status is None
    assert why in outcome.error
