"""Subscriptions over time. Expected cents are worked out by hand from the rule that each test names; none is read from an answer."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replayer.simulator import Simulator
from tests.simulator.conftest import Account

DAY = 86400


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    return calendar.timegm((year, month, day, hour, 0, 0))


class Shop:
    """An account with a customer who pays by card, and a product."""

    def __init__(self, now: int = at(2026, 1, 1), card: str = "pm_card_visa", version: str = "2025-10-29.clover") -> None:
        self.now = now
        self.account = Account(Simulator(now), version)
        self.customer = self.account.customer(payment_method=card, invoice_settings={"default_payment_method": card})
        self.product = self.ok("POST /v1/products", {"name": "Gold"})["id"]

    def ok(self, operation, params=None, at=None):
        return self.account.ok(operation, params, at=at)

    def price(self, amount=None, interval="month", **more):
        given = {"product": self.product, "currency": "usd", "recurring": {"interval": interval, **more.pop("recurring", {})}, **more}
        return self.ok("POST /v1/prices", given | ({"unit_amount": str(amount)} if amount is not None else {}))["id"]

    def subscribe(self, price, quantity=1, **more):
        return self.ok(
            "POST /v1/subscriptions", {"customer": self.customer, "items": [{"price": price, "quantity": str(quantity)}], **more}
        )

    def read(self, subscription, when):
        return self.ok(f"GET /v1/subscriptions/{subscription['id']}", at=when)

    def invoices(self, when=None):
        found = self.ok("GET /v1/invoices", {"customer": self.customer, "limit": "100"}, at=when)["data"]
        return [(invoice["total"], invoice["status"]) for invoice in found[::-1]]

    def latest(self, when=None):
        return self.ok("GET /v1/invoices", {"customer": self.customer, "limit": "1"}, at=when)["data"][0]


def item_of(subscription):
    return subscription["items"]["data"][0]["id"]


def test_a_subscription_bills_its_first_period_at_once():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000), 3)
    assert subscription["status"] == "active"
    assert subscription["items"]["data"][0]["current_period_end"] == at(2026, 2, 1)
    assert shop.invoices() == [(3000, "paid")]


def test_a_renewal_stays_a_draft_for_an_hour_and_is_then_paid():
    shop = Shop()
    shop.subscribe(shop.price(1000))
    assert shop.invoices(at(2026, 2, 1) + 60) == [(1000, "paid"), (1000, "draft")]
    assert shop.invoices(at(2026, 2, 1, 1) + 60) == [(1000, "paid"), (1000, "paid")]


def test_what_is_added_in_the_draft_hour_is_billed_with_it():
    shop = Shop()
    shop.subscribe(shop.price(1000))
    draft = shop.latest(at(2026, 2, 1) + 60)["id"]
    shop.ok("POST /v1/invoiceitems", {"customer": shop.customer, "invoice": draft, "amount": "250", "currency": "usd"})
    assert shop.latest(at(2026, 2, 1, 2))["amount_paid"] == 1250


def test_months_of_31_days_come_back():
    shop = Shop(at(2026, 1, 31))
    subscription = shop.subscribe(shop.price(1000))
    ends = [
        shop.read(subscription, when)["items"]["data"][0]["current_period_end"] for when in (at(2026, 2, 1), at(2026, 3, 1), at(2026, 4, 1))
    ]
    assert ends == [at(2026, 2, 28), at(2026, 3, 31), at(2026, 4, 30)]


def test_a_proration_waits_for_the_next_bill():
    """28 days from 1 February; changed after 7: 21 of 28 days are left. −1000 × ¾ = −750, +2000 × ¾ = +1500; then 2000."""
    shop = Shop(at(2026, 2, 1))
    subscription = shop.subscribe(shop.price(1000))
    shop.account.simulator.now = at(2026, 2, 8)
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item_of(subscription), "quantity": "2"}]})
    assert shop.invoices() == [(1000, "paid")]
    assert shop.account.simulator.customer_money(shop.customer) == ({"usd": 750}, {"usd": 2750})
    assert shop.invoices(at(2026, 3, 1, 2)) == [(1000, "paid"), (2750, "paid")]


@pytest.mark.parametrize(("behavior", "billed"), [("always_invoice", [1000, 750]), ("none", [1000])])
def test_proration_behavior(behavior, billed):
    shop = Shop(at(2026, 2, 1))
    subscription = shop.subscribe(shop.price(1000))
    shop.account.simulator.now = at(2026, 2, 8)
    change = {"items": [{"id": item_of(subscription), "quantity": "2"}], "proration_behavior": behavior}
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", change)
    assert [total for total, _ in shop.invoices()] == billed
    assert shop.latest(at(2026, 3, 1, 2))["total"] == 2000


def test_a_proration_date_in_the_past_counts_from_there():
    """From 4 February 25 of 28 days are left: −1000 × 25/28 = −892.857 → −893, +2000 × 25/28 = 1785.714 → 1786."""
    shop = Shop(at(2026, 2, 1))
    subscription = shop.subscribe(shop.price(1000))
    shop.account.simulator.now = at(2026, 2, 8)
    change = {"items": [{"id": item_of(subscription), "quantity": "2"}], "proration_date": str(at(2026, 2, 4))}
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", change)
    waiting = shop.ok("GET /v1/invoiceitems", {"customer": shop.customer})["data"]
    assert sorted(item["amount"] for item in waiting) == [-893, 1786]


def test_a_change_of_interval_begins_a_new_cycle_in_the_classic_mode():
    """Half of February is left: 500 of 1000 credited, a whole year of 12000 billed at once."""
    shop = Shop(at(2026, 2, 1), version="2024-06-20")
    subscription = shop.subscribe(shop.price(1000))
    shop.account.simulator.now = at(2026, 2, 15)
    changed = shop.ok(
        f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item_of(subscription), "price": shop.price(12000, "year")}]}
    )
    assert (changed["billing_cycle_anchor"], changed["current_period_end"]) == (at(2026, 2, 15), at(2027, 2, 15))
    assert shop.latest()["total"] == 11500


def test_a_negative_total_becomes_credit():
    """From a year to a month after half a year and a day's worth: what is credited is more than what is billed."""
    shop = Shop(at(2026, 1, 1), version="2024-06-20")
    subscription = shop.subscribe(shop.price(36500, "year"))
    shop.account.simulator.now = at(2026, 1, 11)
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item_of(subscription), "price": shop.price(1000)}]})
    assert shop.latest()["total"] == 1000 - 35500
    assert shop.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -34500
    assert shop.latest(at(2026, 2, 11, 2))["amount_paid"] == 0
    assert shop.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -33500


def test_a_trial_bills_nothing_until_it_ends():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000), trial_period_days="14")
    assert (subscription["status"], shop.invoices()) == ("trialing", [(0, "paid")])
    assert shop.read(subscription, at(2026, 1, 14))["status"] == "trialing"
    assert shop.read(subscription, at(2026, 1, 15, 2))["status"] == "active"
    assert shop.invoices() == [(0, "paid"), (1000, "paid")]


@pytest.mark.parametrize(("behavior", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")])
def test_a_trial_that_ends_without_anything_to_pay_with(behavior, status):
    shop = Shop()
    other = shop.account.customer()
    settings_ = {"trial_settings": {"end_behavior": {"missing_payment_method": behavior}}}
    subscription = shop.ok(
        "POST /v1/subscriptions", {"customer": other, "items": [{"price": shop.price(1000)}], "trial_period_days": "3", **settings_}
    )
    assert shop.read(subscription, at(2026, 1, 4, 2))["status"] == status


def test_discounts_end_when_their_duration_does():
    """10 % off for two months: 900, 900, then 1000."""
    shop = Shop()
    shop.ok("POST /v1/coupons", {"id": "TEN", "percent_off": "10", "duration": "repeating", "duration_in_months": "2"})
    shop.subscribe(shop.price(1000), discounts=[{"coupon": "TEN"}])
    assert [total for total, _ in shop.invoices(at(2026, 3, 2))] == [900, 900, 1000]


def test_a_discount_for_once_is_gone_after_the_first_bill():
    shop = Shop()
    shop.ok("POST /v1/coupons", {"id": "OFF", "amount_off": "300", "currency": "usd", "duration": "once"})
    subscription = shop.subscribe(shop.price(1000), discounts=[{"coupon": "OFF"}])
    assert shop.read(subscription, at(2026, 1, 2))["discounts"] == []
    assert [total for total, _ in shop.invoices(at(2026, 2, 2))] == [700, 1000]


@pytest.mark.parametrize(("inclusive", "total", "tax", "without"), [("false", 1080, 180, 900), ("true", 900, 150, 750)])
def test_tax_comes_after_discounts(inclusive, total, tax, without):
    """20 % on 900: 180 on top, or 900 − 900 / 1.2 = 150 within."""
    shop = Shop()
    shop.ok("POST /v1/coupons", {"id": "TEN", "percent_off": "10", "duration": "forever"})
    rate = shop.ok("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": inclusive})["id"]
    shop.subscribe(shop.price(1000), discounts=[{"coupon": "TEN"}], default_tax_rates=[rate])
    invoice = shop.latest()
    assert (invoice["total"], invoice["total_taxes"][0]["amount"], invoice["total_excluding_tax"]) == (total, tax, without)


def test_what_is_too_little_to_charge_is_carried_over():
    """30 cents are below the least that can be charged (50): carried to the balance, and billed with the next 30: 60."""
    shop = Shop()
    shop.subscribe(shop.price(30))
    assert (shop.latest()["amount_due"], shop.latest()["status"]) == (0, "paid")
    assert shop.ok(f"GET /v1/customers/{shop.customer}")["balance"] == 30
    assert shop.latest(at(2026, 2, 2))["amount_paid"] == 60


def test_a_declined_renewal_is_tried_again_and_then_given_up():
    shop = Shop(card="pm_card_visa")
    subscription = shop.subscribe(shop.price(1000))
    bad = shop.account.card(shop.customer, "pm_card_chargeCustomerFail")
    shop.ok(f"POST /v1/customers/{shop.customer}", {"invoice_settings": {"default_payment_method": bad}})
    assert shop.read(subscription, at(2026, 2, 1, 2))["status"] == "past_due"
    invoice = shop.latest()
    assert (invoice["status"], invoice["attempt_count"], invoice["next_payment_attempt"]) == ("open", 1, at(2026, 2, 4, 1))
    assert shop.read(subscription, at(2026, 2, 25))["status"] == "canceled"
    assert shop.latest()["attempt_count"] == 4


def test_a_retry_that_succeeds_makes_it_active_again():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000))
    bad = shop.account.card(shop.customer, "pm_card_chargeCustomerFail")
    good = shop.account.card(shop.customer)
    shop.ok(f"POST /v1/customers/{shop.customer}", {"invoice_settings": {"default_payment_method": bad}})
    shop.read(subscription, at(2026, 2, 1, 2))
    shop.ok(f"POST /v1/customers/{shop.customer}", {"invoice_settings": {"default_payment_method": good}})
    assert shop.read(subscription, at(2026, 2, 4, 2))["status"] == "active"
    assert shop.invoices() == [(1000, "paid"), (1000, "paid")]


def test_cancel_at_period_end_bills_no_more():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000))
    changed = shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"cancel_at_period_end": "true"})
    assert (changed["status"], changed["cancel_at"]) == ("active", at(2026, 2, 1))
    assert shop.read(subscription, at(2026, 2, 2))["status"] == "canceled"
    assert shop.invoices() == [(1000, "paid")]


def test_cancel_now_with_prorate_credits_what_is_left():
    """Half of February is left of 1000: 500 wait for the next bill as credit."""
    shop = Shop(at(2026, 2, 1))
    subscription = shop.subscribe(shop.price(1000))
    shop.account.simulator.now = at(2026, 2, 15)
    ended = shop.ok(f"DELETE /v1/subscriptions/{subscription['id']}", {"prorate": "true"})
    assert (ended["status"], ended["ended_at"]) == ("canceled", at(2026, 2, 15))
    assert [item["amount"] for item in shop.ok("GET /v1/invoiceitems", {"customer": shop.customer})["data"]] == [-500]


def test_the_first_payment_that_needs_the_customer_leaves_it_incomplete_and_then_expires():
    shop = Shop(card="pm_card_authenticationRequired")
    subscription = shop.subscribe(shop.price(1000))
    assert subscription["status"] == "incomplete"
    assert shop.read(subscription, at(2026, 1, 2))["status"] == "incomplete_expired"
    assert shop.invoices() == [(1000, "void")]


def test_an_intent_that_is_paid_later_makes_the_subscription_active():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000), payment_behavior="default_incomplete", expand=["latest_invoice.payments"])
    assert subscription["status"] == "incomplete"
    intent = subscription["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
    shop.ok(f"POST /v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})
    assert shop.read(subscription, at(2026, 1, 1))["status"] == "active"
    assert shop.invoices() == [(1000, "paid")]


def test_an_error_leaves_nothing_behind_where_it_is_to_be_one():
    shop = Shop(card="pm_card_chargeCustomerFail")
    price = shop.price(1000)
    given = {"customer": shop.customer, "items": [{"price": price}], "payment_behavior": "error_if_incomplete"}
    assert shop.account.error("POST /v1/subscriptions", given)[0] == 402
    assert shop.ok("GET /v1/subscriptions", {"customer": shop.customer, "status": "all"})["data"] == []
    assert shop.invoices() == []


def test_metered_usage_is_billed_after_its_period():
    """7 units at 20 cents: 140, with the next bill."""
    shop = Shop()
    meter = shop.ok("POST /v1/billing/meters", {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}})[
        "id"
    ]
    price = shop.price(20, recurring={"usage_type": "metered", "meter": meter})
    shop.ok("POST /v1/subscriptions", {"customer": shop.customer, "items": [{"price": price}]})
    for value in ("3", "4"):
        payload = {"stripe_customer_id": shop.customer, "value": value}
        shop.ok(
            "POST /v1/billing/meter_events", {"event_name": "calls", "payload": payload, "timestamp": str(at(2026, 1, 10))}, at(2026, 1, 10)
        )
    assert shop.latest(at(2026, 2, 1, 2))["total"] == 140


def test_a_change_tells_what_was_before():
    shop = Shop()
    subscription = shop.subscribe(shop.price(1000))
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"cancel_at_period_end": "true"})
    event = shop.ok("GET /v1/events", {"type": "customer.subscription.updated"})["data"][0]
    assert event["data"]["previous_attributes"]["cancel_at_period_end"] is False
    assert event["data"]["object"]["cancel_at_period_end"] is True
    assert event["request"]["id"].startswith("req_")


def test_what_stripe_does_by_itself_names_no_request():
    shop = Shop()
    shop.subscribe(shop.price(1000))
    shop.invoices(at(2026, 2, 2))
    event = next(one for one in shop.ok("GET /v1/events", {"limit": "100"})["data"] if one["type"] == "invoice.paid")
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_a_test_clock_runs_by_itself():
    shop = Shop()
    clock = shop.ok("POST /v1/test_helpers/test_clocks", {"frozen_time": str(at(2020, 1, 1))})["id"]
    customer = shop.account.customer(
        payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"}, test_clock=clock
    )
    subscription = shop.ok("POST /v1/subscriptions", {"customer": customer, "items": [{"price": shop.price(1000)}]})
    assert subscription["start_date"] == at(2020, 1, 1)
    assert shop.ok(f"POST /v1/test_helpers/test_clocks/{clock}/advance", {"frozen_time": str(at(2020, 2, 2))})["status"] == "advancing"
    assert shop.ok(f"GET /v1/test_helpers/test_clocks/{clock}")["status"] == "ready"
    found = shop.ok("GET /v1/invoices", {"customer": customer})["data"]
    assert [(invoice["total"], invoice["status"]) for invoice in found] == [(1000, "paid")] * 2
    assert shop.account.error(f"POST /v1/test_helpers/test_clocks/{clock}/advance", {"frozen_time": str(at(2021, 2, 2))})[0] == 400


CHANGES = st.fixed_dictionaries(
    {"days": st.integers(1, 27), "quantity": st.integers(0, 9), "amount": st.integers(1, 5000), "percent": st.integers(0, 100)}
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES)
def test_a_preview_equals_what_is_then_executed(change):
    shop = Shop(at(2026, 2, 1))
    more = {}
    if change["percent"]:
        shop.ok("POST /v1/coupons", {"id": "C", "percent_off": str(change["percent"]), "duration": "forever"})
        more = {"discounts": [{"coupon": "C"}]}
    subscription = shop.subscribe(shop.price(change["amount"] + 50), 2, **more)
    shop.account.simulator.now = at(2026, 2, 1 + change["days"])
    items = [{"id": item_of(subscription), "quantity": str(change["quantity"])}]
    preview = shop.ok("POST /v1/invoices/create_preview", {"subscription": subscription["id"], "subscription_details": {"items": items}})
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": items})
    made = shop.latest(at(2026, 3, 1, 2))
    assert (preview["total"], _amounts(preview)) == (made["total"], _amounts(made))


def _amounts(invoice):
    return [(line["amount"], line["description"], line["period"]) for line in invoice["lines"]["data"]]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES, st.booleans())
def test_an_invoice_adds_up_and_balances_are_the_sum_of_their_ledger(change, inclusive):
    shop = Shop(at(2026, 2, 1))
    rate = shop.ok("POST /v1/tax_rates", {"display_name": "T", "percentage": "7.7", "inclusive": str(inclusive).lower()})["id"]
    subscription = shop.subscribe(shop.price(change["amount"] + 50), 3, default_tax_rates=[rate])
    shop.account.simulator.now = at(2026, 2, 1 + change["days"])
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item_of(subscription), "quantity": str(change["quantity"])}]})
    shop.invoices(at(2026, 3, 1, 2))
    for invoice in shop.ok("GET /v1/invoices", {"customer": shop.customer})["data"]:
        lines = sum(line["amount"] for line in invoice["lines"]["data"])
        off = sum(one["amount"] for one in invoice["total_discount_amounts"])
        tax = sum(one["amount"] for one in invoice["total_taxes"] if one["tax_behavior"] == "exclusive")
        assert invoice["total"] == lines - off + tax
        assert invoice["amount_paid"] + invoice["amount_remaining"] == invoice["amount_due"]
    ledger = shop.ok(f"GET /v1/customers/{shop.customer}/balance_transactions", {"limit": "100"})["data"]
    assert shop.ok(f"GET /v1/customers/{shop.customer}")["balance"] == sum(entry["amount"] for entry in ledger)


def test_what_waits_is_billed_when_a_subscription_ends_with_its_period():
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100))
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item_of(subscription), "quantity": "2"}]}, at=at(2026, 1, 11))
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"cancel_at_period_end": "true"})
    # 21 of January's 31 days of one more at 31.00
    assert shop.invoices(at(2026, 2, 2)) == [(3100, "paid"), (2100, "paid")]
    assert shop.read(subscription, at(2026, 2, 2))["status"] == "canceled"


@pytest.mark.parametrize(("more", "left"), [({}, 0), ({"prorate": "true"}, 3)])
def test_prorations_that_wait_are_forgotten_when_a_subscription_is_canceled_at_once(more, left):
    shop = Shop()
    subscription = shop.subscribe(shop.price(3100))
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {"items": [{"id": item_of(subscription), "quantity": "2"}]}, at=at(2026, 1, 11))
    shop.ok(f"DELETE /v1/subscriptions/{subscription['id']}", more)
    assert len(shop.ok("GET /v1/invoiceitems", {"customer": shop.customer})["data"]) == left


@pytest.mark.parametrize(("off_session", "charges", "tried"), [("true", 1, 1), ("false", 0, 0)])
def test_a_card_that_asks_leaves_the_first_payment_with_the_customer(off_session, charges, tried):
    """docs.stripe.com/billing/subscriptions/overview: incomplete, and an intent that requires action; off session a charge failed before."""
    shop = Shop(card="pm_card_authenticationRequired", version="2020-08-27")
    subscription = shop.subscribe(shop.price(1000), off_session=off_session, expand=["latest_invoice.payment_intent"])
    invoice, intent = subscription["latest_invoice"], subscription["latest_invoice"]["payment_intent"]
    assert (subscription["status"], invoice["status"], intent["status"]) == ("incomplete", "open", "requires_action")
    assert (len(intent["charges"]["data"]), invoice["attempt_count"]) == (charges, tried)


def test_what_is_added_to_an_invoice_is_billed_once():
    shop = Shop()
    once = shop.ok("POST /v1/prices", {"product": shop.product, "currency": "usd", "unit_amount": "250"})["id"]
    added = {"add_invoice_items": [{"price": once, "quantity": "2"}]}
    subscription = shop.subscribe(shop.price(1000), **added)
    assert shop.invoices() == [(1500, "paid")]
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", added)
    assert shop.invoices() == [(1500, "paid"), (500, "paid")]
