"""Examples of discounts, tax, credit, credit notes, and of payments: fees, what is captured, what goes to a connected account."""

from __future__ import annotations

from typing import Any

from tests.simulator.test_subscriptions import Shop, at
from tests.worked.book import balance, coupon, dues, example, one_off, rate, totals

COUPONS = "docs.stripe.com/billing/subscriptions/coupons"
OBJECT = "docs.stripe.com/api/coupons/object"
BEHAVIOUR = "support.stripe.com/questions/inclusive-and-exclusive-tax-options-in-the-tax-rate-api-and-stripe-tax"
RATES = "docs.stripe.com/billing/taxes/tax-rates"
BALANCE = "docs.stripe.com/billing/customer/balance"
NOTES = "docs.stripe.com/invoicing/integration/programmatic-credit-notes"
MINIMUM = "docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"
DESTINATION = "docs.stripe.com/connect/destination-charges"
BILLED = at(2026, 5, 1, 2)


@example("discounts", OBJECT, [5000], stated=True)
def half_of_100(shop: Shop) -> list[int]:
    """`percent_off` 50 makes 50.00 of an invoice of 100.00."""
    shop.subscribe(shop.price(10000), discounts=[{"coupon": coupon(shop, percent_off="50", duration="forever")}])
    return totals(shop)


@example("discounts", COUPONS, [5000, 5000, 5000, 5000, 10000], later=True)
def four_months_of_a_monthly_subscription(shop: Shop) -> list[int]:
    """Four bills at half the price, then the whole."""
    half = coupon(shop, percent_off="50", duration="repeating", duration_in_months="4")
    shop.subscribe(shop.price(10000), discounts=[{"coupon": half}])
    return totals(shop, at(2026, 8, 1, 2))


@example("discounts", COUPONS, [5000, 10000], later=True)
def four_months_of_a_yearly_subscription(shop: Shop) -> list[int]:
    """The whole first year's invoice at half the price, the second one whole."""
    half = coupon(shop, percent_off="50", duration="repeating", duration_in_months="4")
    shop.subscribe(shop.price(10000, "year"), discounts=[{"coupon": half}])
    return totals(shop, at(2027, 4, 1, 2))


@example("discounts", COUPONS, [500, 500, 500, 500, 500, 1000], later=True)
def a_month_of_a_weekly_subscription(shop: Shop) -> list[int]:
    """Each bill of the first month (1, 8, 15, 22 and 29 April) at half the price; 6 May is whole."""
    half = coupon(shop, percent_off="50", duration="repeating", duration_in_months="1")
    shop.subscribe(shop.price(1000, "week"), discounts=[{"coupon": half}])
    return totals(shop, at(2026, 5, 6, 2))


@example("discounts", COUPONS, [700, 1000], later=True)
def an_amount_off_once(shop: Shop) -> list[int]:
    """3.00 off the first bill only."""
    off = coupon(shop, amount_off="300", currency="usd", duration="once")
    shop.subscribe(shop.price(1000), discounts=[{"coupon": off}])
    return totals(shop, BILLED)


@example("discounts", COUPONS, [0, 1000], later=True)
def more_off_than_there_is(shop: Shop) -> list[int]:
    """What is left of a coupon is lost: no credit is made of it."""
    off = coupon(shop, amount_off="3000", currency="usd", duration="once")
    shop.subscribe(shop.price(1000), discounts=[{"coupon": off}])
    return dues(shop, BILLED)


@example("discounts", COUPONS, [600])
def a_percentage_and_then_an_amount(shop: Shop) -> list[int]:
    """In the order given: 10.00 − 20 % = 8.00, − 2.00."""
    first, second = coupon(shop, percent_off="20", duration="forever"), coupon(shop, amount_off="200", currency="usd", duration="forever")
    shop.subscribe(shop.price(1000), discounts=[{"coupon": first}, {"coupon": second}])
    return totals(shop)


@example("discounts", COUPONS, [640])
def an_amount_and_then_a_percentage(shop: Shop) -> list[int]:
    """In the order given: 10.00 − 2.00 = 8.00, − 20 %."""
    first, second = coupon(shop, amount_off="200", currency="usd", duration="forever"), coupon(shop, percent_off="20", duration="forever")
    shop.subscribe(shop.price(1000), discounts=[{"coupon": first}, {"coupon": second}])
    return totals(shop)


@example("tax", BEHAVIOUR, [60000], stated=True)
def tax_within_the_price(shop: Shop) -> list[int]:
    """An inclusive rate of 10 % leaves €600 at €600."""
    inside = rate(shop, "10", inclusive=True)
    shop.subscribe(shop.price(60000, currency="eur"), default_tax_rates=[inside])
    return totals(shop)


@example("tax", BEHAVIOUR, [66000], stated=True)
def tax_on_top_of_the_price(shop: Shop) -> list[int]:
    """An exclusive rate of 10 % makes €660 of €600."""
    shop.subscribe(shop.price(60000, currency="eur"), default_tax_rates=[rate(shop, "10", inclusive=False)])
    return totals(shop)


@example("tax", RATES, [5455])
def how_much_tax_is_within(shop: Shop) -> list[int]:
    """600.00 × 10/110 = 54.545…"""
    shop.subscribe(shop.price(60000), default_tax_rates=[rate(shop, "10", inclusive=True)])
    return [tax["amount"] for tax in shop.latest()["total_taxes"]]


@example("tax", RATES, [1150])
def two_rates(shop: Shop) -> list[int]:
    """5 % and 9.975 % of 10.00: 0.50 and 0.9975, which is 1.00."""
    rates = [rate(shop, "5", inclusive=False), rate(shop, "9.975", inclusive=False)]
    shop.subscribe(shop.price(1000), default_tax_rates=rates)
    return totals(shop)


@example("tax", RATES, [1080])
def tax_on_what_a_discount_leaves(shop: Shop) -> list[int]:
    """10.00 − 10 % = 9.00, + 20 %."""
    ten = coupon(shop, percent_off="10", duration="forever")
    shop.subscribe(shop.price(1000), discounts=[{"coupon": ten}], default_tax_rates=[rate(shop, "20", inclusive=False)])
    return totals(shop)


@example("tax", RATES, [1200, 1300], later=True)
def a_rate_replaced_before_the_next_bill(shop: Shop) -> list[int]:
    """20 % in April, 30 % from May on."""
    subscription = shop.subscribe(shop.price(1000), default_tax_rates=[rate(shop, "20", inclusive=False)])
    given = {"default_tax_rates": [rate(shop, "30", inclusive=False)], "proration_behavior": "none"}
    shop.ok(f"POST /v1/subscriptions/{subscription['id']}", given, at=at(2026, 4, 9))
    return totals(shop, BILLED)


@example("credit", BALANCE, [0, 500, 1000], later=True)
def credit_for_a_bill_and_a_half(shop: Shop) -> list[int]:
    """15.00 of credit against bills of 10.00."""
    shop.ok(f"POST /v1/customers/{shop.customer}", {"balance": "-1500"})
    shop.subscribe(shop.price(1000))
    return dues(shop, at(2026, 6, 1, 2))


@example("credit", BALANCE, [1300, 1000], later=True)
def a_debit_is_billed_once(shop: Shop) -> list[int]:
    """3.00 owed are asked for with the next bill."""
    shop.ok(f"POST /v1/customers/{shop.customer}/balance_transactions", {"amount": "300", "currency": "usd"})
    shop.subscribe(shop.price(1000))
    return dues(shop, BILLED)


@example("credit", MINIMUM, [0, 60], later=True)
def too_little_to_be_charged(shop: Shop) -> list[int]:
    """0.30 are less than the 0.50 that can be charged: owed, and asked for with the next 0.30."""
    shop.subscribe(shop.price(30))
    return dues(shop, BILLED)


@example("credit notes", NOTES, [700, 0])
def a_note_on_an_open_invoice(shop: Shop) -> list[int]:
    """3.00 of 10.00 credited before it is paid: 7.00 are left to pay, and no money goes back."""
    invoice = one_off(shop, 1000)
    shop.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "300"})
    return [shop.ok(f"GET /v1/invoices/{invoice['id']}")["amount_remaining"], balance(shop)]


@example("credit notes", NOTES, [1000, 700], later=True)
def a_note_on_a_paid_invoice_as_credit(shop: Shop) -> list[int]:
    """3.00 of 10.00 go to the balance, and come off the next bill."""
    shop.subscribe(shop.price(1000))
    shop.ok("POST /v1/credit_notes", {"invoice": shop.latest()["id"], "amount": "300", "credit_amount": "300"})
    return dues(shop, BILLED)


@example("credit notes", NOTES, [300, 0])
def a_note_on_a_paid_invoice_as_a_refund(shop: Shop) -> list[int]:
    """3.00 of 10.00 go back to the card."""
    shop.subscribe(shop.price(1000))
    note = shop.ok("POST /v1/credit_notes", {"invoice": shop.latest()["id"], "amount": "300", "refund_amount": "300"})
    refund = note["refunds"][0]["refund"]
    return [shop.ok(f"GET /v1/refunds/{refund}")["amount"], balance(shop)]


@example("payments", "stripe.com/pricing", [59])
def the_fee_of_a_card_payment(shop: Shop) -> list[int]:
    """2.9 % of 10.00 and 0.30."""
    charge = shop.account.paid(1000)["latest_charge"]
    return [shop.ok(f"GET /v1/charges/{charge}", {"expand": ["balance_transaction"]})["balance_transaction"]["fee"]]


@example("payments", "docs.stripe.com/payments/place-a-hold-on-a-payment-method", [750, 250])
def a_part_is_captured(shop: Shop) -> list[int]:
    """7.50 of 10.00 are captured; the rest is released."""
    held = shop.account.paid(1000, capture_method="manual")
    taken = shop.ok(f"POST /v1/payment_intents/{held['id']}/capture", {"amount_to_capture": "750", "expand": ["latest_charge"]})
    return [taken["amount_received"], taken["latest_charge"]["amount_refunded"]]


@example("payments", DESTINATION, [1000, 123, 877, 64], stated=True)
def a_charge_for_a_connected_account(shop: Shop) -> Any:
    """10.00 with an application fee of 1.23: 8.77 stay with the connected account; of the 1.23 Stripe's fee of 0.59 leaves 0.64."""
    asked = {"transfers": {"requested": "true"}, "card_payments": {"requested": "true"}}
    seller = shop.ok("POST /v1/accounts", {"type": "custom", "country": "US", "capabilities": asked})["id"]
    paid = shop.account.paid(1000, application_fee_amount="123", transfer_data={"destination": seller})
    charge = shop.ok(f"GET /v1/charges/{paid['latest_charge']}", {"expand": ["balance_transaction", "transfer"]})
    sent, fee = charge["transfer"]["amount"], charge["application_fee_amount"]
    return [sent, fee, sent - fee, charge["balance_transaction"]["net"] - sent + fee]
