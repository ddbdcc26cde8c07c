"""Examples of time: prorations, anchors, trials, cancelling, pausing, schedules, what is declined."""

from __future__ import annotations

from typing import Any

from tests.simulator.test_subscriptions import Shop, at
from tests.worked.book import balance, change, dues, example, totals

PRORATE = "docs.stripe.com/billing/subscriptions/prorations"
ANCHOR = "docs.stripe.com/billing/subscriptions/billing-cycle"
TRIAL = "docs.stripe.com/billing/subscriptions/trials"
CANCEL = "docs.stripe.com/billing/subscriptions/cancel"
PAUSE = "docs.stripe.com/billing/subscriptions/pause-payment"
PHASES = "docs.stripe.com/billing/subscriptions/subscription-schedules"
RETRY = "docs.stripe.com/billing/subscriptions/overview"
BILLED = at(2026, 5, 1, 2)


def waiting(shop: Shop) -> list[int]:
    """What waits for the next bill, in order of size."""
    return sorted(item["amount"] for item in shop.ok("GET /v1/invoiceitems", {"customer": shop.customer, "pending": "true"})["data"])


@example("proration", PRORATE, [-500, 1000], stated=True)
def half_a_month_of_10_and_of_20(shop: Shop) -> list[int]:
    """Halfway: −5.00 for what is left of 10.00, 10.00 for the rest of the month at 20.00."""
    change(shop, shop.subscribe(shop.price(1000)), 16, price=shop.price(2000))
    return waiting(shop)


@example("proration", PRORATE, [1000, 2500], stated=True, later=True)
def half_a_month_and_then_the_next_bill(shop: Shop) -> list[int]:
    """5.00 more for April, and 20.00 for May."""
    change(shop, shop.subscribe(shop.price(1000)), 16, price=shop.price(2000))
    return totals(shop, BILLED)


@example("proration", PRORATE, [1000, 500, 2000], stated=True, later=True)
def half_a_month_invoiced_at_once(shop: Shop) -> list[int]:
    """`always_invoice` bills the 5.00 when the change is made."""
    change(shop, shop.subscribe(shop.price(1000)), 16, price=shop.price(2000), on={"proration_behavior": "always_invoice"})
    return totals(shop, BILLED)


@example("proration", PRORATE, [1000, 2000], later=True)
def a_change_that_is_not_prorated(shop: Shop) -> list[int]:
    """`none`: the new price begins with the next period."""
    change(shop, shop.subscribe(shop.price(1000)), 16, price=shop.price(2000), on={"proration_behavior": "none"})
    return totals(shop, BILLED)


@example("proration", PRORATE, [3000, 0], later=True)
def a_downgrade_gives_credit(shop: Shop) -> list[int]:
    """2 at 15.00, 1 from the 11th on: −30.00 × 2/3 + 15.00 × 2/3 = −10.00. With 5.00 more taken off: 15.00 − 10.00 − 5.00."""
    subscription = shop.subscribe(shop.price(1500), 2)
    change(shop, subscription, 11, quantity="1")
    shop.ok("POST /v1/invoiceitems", {"customer": shop.customer, "amount": "-500", "currency": "usd"})
    return totals(shop, BILLED)


@example("proration", PRORATE, [900, 2700], later=True)
def two_changes_in_one_month(shop: Shop) -> list[int]:
    """1 at 9.00 a month; 3 from the 11th on: −6.00 + 18.00; 2 from the 21st on: −9.00 + 6.00. 9.00 wait, and May is 18.00."""
    subscription = shop.subscribe(shop.price(900))
    change(shop, subscription, 11, quantity="3")
    change(shop, subscription, 21, quantity="2")
    return totals(shop, BILLED)


@example("proration", PRORATE, [-893, 1786], begins=at(2026, 2, 1))
def a_date_of_proration(shop: Shop) -> list[int]:
    """From 4 February 25 of 28 days are left: 10.00 × 25/28 = 8.9286, 20.00 × 25/28 = 17.8571."""
    change(shop, shop.subscribe(shop.price(1000)), 8, 2, quantity="2", on={"proration_date": str(at(2026, 2, 4))})
    return waiting(shop)


@example("anchor", ANCHOR, [1000, 2000], later=True, begins=at(2026, 4, 16))
def a_first_bill_up_to_the_anchor(shop: Shop) -> list[int]:
    """Monthly 20.00 from the 16th, to be billed on the first: half of April, then the whole of May."""
    shop.subscribe(shop.price(2000), billing_cycle_anchor=str(at(2026, 5, 1)))
    return totals(shop, BILLED)


@example("anchor", ANCHOR, [2000], stated=True, later=True, begins=at(2026, 4, 16))
def nothing_up_to_the_anchor(shop: Shop) -> list[int]:
    """Without prorations the time up to the anchor is free, and there is no invoice of 0."""
    shop.subscribe(shop.price(2000), billing_cycle_anchor=str(at(2026, 5, 1)), proration_behavior="none")
    return totals(shop, BILLED)


@example("anchor", ANCHOR, [at(2026, 2, 28), at(2026, 3, 31), at(2026, 4, 30)], stated=True, later=True, begins=at(2026, 1, 31))
def the_last_day_of_a_month(shop: Shop) -> list[int]:
    """From 31 January: bills on 28 February, 31 March, 30 April."""
    subscription = shop.subscribe(shop.price(1000))
    days = (at(2026, 2, 1), at(2026, 3, 1), at(2026, 4, 1))
    return [shop.read(subscription, day)["items"]["data"][0]["current_period_end"] for day in days]


@example("anchor", ANCHOR, [1000, 500, 1000], later=True)
def an_anchor_moved_to_now(shop: Shop) -> list[int]:
    """On the 16th: 10.00 for a new month less 5.00 for what is left of the old one; the next bill on 16 May."""
    subscription = shop.subscribe(shop.price(1000))
    change(shop, subscription, 16, on={"billing_cycle_anchor": "now"})
    return totals(shop, at(2026, 5, 16, 2))


@example("trial", TRIAL, [0, 1000], later=True)
def a_trial_of_14_days(shop: Shop) -> list[int]:
    """An invoice of 0, and the whole price when the trial ends."""
    shop.subscribe(shop.price(1000), trial_period_days="14")
    return totals(shop, at(2026, 4, 15, 2))


@example("trial", TRIAL, [0, 1000], later=True)
def a_trial_ended_early(shop: Shop) -> list[int]:
    """`trial_end=now` bills at once; nothing more by the day on which it would have ended."""
    subscription = shop.subscribe(shop.price(1000), trial_period_days="14")
    change(shop, subscription, 4, on={"trial_end": "now"})
    return totals(shop, at(2026, 4, 20))


@example("trial", TRIAL, [0, 2000], later=True)
def an_upgrade_in_a_trial_is_free(shop: Shop) -> list[int]:
    """Nothing was paid, nothing is owed for the days of the trial."""
    change(shop, shop.subscribe(shop.price(1000), trial_period_days="14"), 5, quantity="2")
    return totals(shop, at(2026, 4, 15, 2))


@example("cancel", CANCEL, [1000], later=True)
def canceled_at_the_end_of_its_period(shop: Shop) -> list[int]:
    """No further bill."""
    change(shop, shop.subscribe(shop.price(1000)), 9, on={"cancel_at_period_end": "true"})
    return totals(shop, at(2026, 6, 2))


@example("cancel", CANCEL, [[1000, -500], -500])
def canceled_at_once_with_a_final_invoice(shop: Shop) -> Any:
    """Halfway, `prorate` and `invoice_now`: −5.00, which becomes credit."""
    subscription = shop.subscribe(shop.price(1000))
    shop.ok(f"DELETE /v1/subscriptions/{subscription['id']}", {"prorate": "true", "invoice_now": "true"}, at=at(2026, 4, 16))
    return [totals(shop), balance(shop)]


@example("pause", PAUSE, [(1000, "paid"), (1000, "void")], later=True)
def collection_paused_with_void(shop: Shop) -> Any:
    """The next invoice is made, and voided."""
    change(shop, shop.subscribe(shop.price(1000)), 9, on={"pause_collection": {"behavior": "void"}})
    return shop.invoices(BILLED)


@example("pause", PAUSE, [(1000, "paid"), (1000, "draft")], later=True)
def collection_paused_with_drafts(shop: Shop) -> Any:
    """The next invoice stays a draft."""
    change(shop, shop.subscribe(shop.price(1000)), 9, on={"pause_collection": {"behavior": "keep_as_draft"}})
    return shop.invoices(BILLED)


@example("schedule", PHASES, [1000, 1000, 2000], later=True)
def a_phase_of_two_months_and_a_dearer_one(shop: Shop) -> list[int]:
    """10.00 in April and in May, 20.00 from June on."""
    phases = [
        {"items": [{"price": shop.price(1000)}], "duration": {"interval": "month", "interval_count": "2"}},
        {"items": [{"price": shop.price(2000)}], "duration": {"interval": "month", "interval_count": "1"}},
    ]
    shop.ok("POST /v1/subscription_schedules", {"customer": shop.customer, "start_date": "now", "phases": phases})
    return totals(shop, at(2026, 6, 1, 2))


@example("retries", RETRY, [[(1000, "paid"), (1000, "open")], "past_due"], later=True)
def a_renewal_that_is_declined(shop: Shop) -> Any:
    """The invoice stays open and the subscription is past due."""
    subscription = shop.subscribe(shop.price(1000))
    bad = shop.account.card(shop.customer, "pm_card_chargeCustomerFail")
    shop.ok(f"POST /v1/customers/{shop.customer}", {"invoice_settings": {"default_payment_method": bad}})
    return [shop.invoices(BILLED), shop.read(subscription, BILLED)["status"]]


@example("retries", RETRY, [(1000, "void")], later=True)
def a_first_payment_never_made(shop: Shop) -> Any:
    """23 hours after its creation the subscription is `incomplete_expired` and its invoice void."""
    shop.subscribe(shop.price(1000), payment_behavior="default_incomplete")
    return shop.invoices(at(2026, 4, 2))


@example("retries", "docs.stripe.com/billing/collection-method", [(1000, "draft"), (1000, "open")], later=True)
def an_invoice_to_be_paid_within_30_days(shop: Shop) -> Any:
    """`send_invoice`: a draft for an hour, then open, and nothing is taken."""
    shop.subscribe(shop.price(1000), collection_method="send_invoice", days_until_due="30")
    return [shop.invoices()[0], shop.invoices(at(2026, 4, 2))[0]]


@example("credit", "docs.stripe.com/billing/customer/balance", [1000, 500, 1000], later=True)
def what_waits_and_credit_meet_on_the_next_bill(shop: Shop) -> list[int]:
    """3.00 added in April, 8.00 of credit: 10.00 + 3.00 − 8.00; the bill after that is whole again."""
    shop.subscribe(shop.price(1000))
    shop.ok("POST /v1/invoiceitems", {"customer": shop.customer, "amount": "300", "currency": "usd"}, at=at(2026, 4, 5))
    shop.ok(f"POST /v1/customers/{shop.customer}/balance_transactions", {"amount": "-800", "currency": "usd"})
    return dues(shop, at(2026, 6, 1, 2))
