"""What is to come for a customer: known to be nothing, or not known."""

from __future__ import annotations

import pytest

from replayer.model import BaselineObject

NOTHING = ({}, {})
UNKNOWN = (None, None)


def test_a_customer_of_whom_nothing_is_billed_has_nothing_to_come(account):
    customer = account.customer()
    account.card(customer)
    account.paid(customer=customer)
    assert account.simulator.customer_money(customer) == NOTHING


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("POST /v1/tax/calculations", {"currency": "usd", "line_items": [{"amount": "100"}]}),
    ],
)
def test_a_call_without_a_rule_makes_it_unknown(account, operation, params):
    customer, other = account.customer(), account.customer()
    account.call(operation, {"customer": customer, **params})
    assert account.simulator.customer_money(customer) == UNKNOWN
    assert account.simulator.customer_money(other) == NOTHING


def test_what_waits_and_credit_are_committed(account):
    customer = account.customer(balance="-500")
    assert account.simulator.customer_money(customer) == ({"usd": -500}, {})
    account.ok("POST /v1/invoiceitems", {"customer": customer, "amount": "800", "currency": "usd"})
    assert account.simulator.customer_money(customer) == ({"usd": 300}, {})


def test_the_next_bill_is_the_next_invoice_of_each_subscription(account):
    customer = account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    product = account.ok("POST /v1/products", {"name": "A"})["id"]
    price = account.ok(
        "POST /v1/prices", {"product": product, "currency": "usd", "unit_amount": "1000", "recurring": {"interval": "month"}}
    )
    subscription = account.ok("POST /v1/subscriptions", {"customer": customer, "items": [{"price": price["id"], "quantity": "2"}]})
    assert account.simulator.customer_money(customer) == ({}, {"usd": 2000})
    account.ok(f"POST /v1/subscriptions/{subscription['id']}", {"cancel_at_period_end": "true"})
    assert account.simulator.customer_money(customer) == ({}, {})


def test_a_customer_from_before_is_unknown(account):
    state = {"id": "cus_Laid0000000001", "object": "customer"}
    account.simulator.lay([BaselineObject(id="cus_Laid0000000001", object="customer", provenance="observed", state=state)])
    assert account.simulator.customer_money("cus_Laid0000000001") == UNKNOWN
    account.ok("POST /v1/customers/cus_Laid0000000001", {"name": "A"})
    assert account.simulator.customer_money("cus_Laid0000000001") == UNKNOWN
    assert account.simulator.customer_money("cus_missing") == UNKNOWN


def test_a_deleted_customer_has_nothing_to_come(account):
    customer = account.customer()
    account.ok(f"DELETE /v1/customers/{customer}")
    assert account.simulator.customer_money(customer) == NOTHING


def test_what_may_be_bought_on_a_page_that_nobody_sees_is_unknown(account):
    customer = account.customer()
    line = {"price_data": {"currency": "usd", "unit_amount": "500", "product_data": {"name": "A"}, "recurring": {"interval": "month"}}}
    given = {"customer": customer, "mode": "subscription", "success_url": "https://a.test", "line_items": [{**line, "quantity": "1"}]}
    session = account.ok("POST /v1/checkout/sessions", given)["id"]
    assert account.simulator.customer_money(customer) == UNKNOWN
    found = account.call(f"GET /v1/checkout/sessions/{session}")
    assert {"status", "payment_status", "subscription"} <= set(account.origins(found)["template"])
    account.ok(f"POST /v1/checkout/sessions/{session}/expire")
    assert account.simulator.customer_money(customer) == NOTHING
    second = account.ok("POST /v1/checkout/sessions", given)["id"]
    found = account.call(f"POST /_replayer/checkout/sessions/{second}/complete", {"payment_method": "pm_card_visa"})
    assert not {"status", "payment_status", "subscription", "amount_total"} & account.untold(found)
    assert account.simulator.customer_money(customer) == ({}, {"usd": 500})
    third = account.ok("POST /v1/checkout/sessions", given)["id"]
    account.ok(f"GET /v1/checkout/sessions/{third}", at=account.simulator.now + 86401)
    assert account.simulator.customer_money(customer) == UNKNOWN


def test_a_portal_session_bills_nothing(account):
    customer = account.customer()
    account.call("POST /v1/billing_portal/sessions", {"customer": customer})
    assert account.simulator.customer_money(customer) == NOTHING


_PRODUCT = {"id": "prod_Laid0000000001", "object": "product", "name": "Gold", "active": True}
_PRICE = {
    "id": "price_1LaidLaidLaidLaidLaidLaid", "object": "price", "active": True, "billing_scheme": "per_unit", "currency": "usd", "product": _PRODUCT["id"],
    "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed", "meter": None}, "type": "recurring", "unit_amount": 1500,
    "unit_amount_decimal": "1500", "transform_quantity": None, "tiers_mode": None,
}  # fmt: skip
_PAYER = {"id": "cus_Laid0000000001", "object": "customer", "balance": 0, "currency": "usd", "discount": None, "tax_exempt": "none", "email": None,
          "invoice_settings": {"default_payment_method": None}, "default_source": None, "next_invoice_sequence": 2, "invoice_prefix": "ABC"}  # fmt: skip
_START, _END = 1_759_000_000, 1_761_592_000


def _laid(account, **subscription):
    """A customer with a subscription, as some recording showed them before its first change."""
    item = {"id": "si_Laid0000000001", "object": "subscription_item", "price": _PRICE, "quantity": 2, "subscription": "sub_1LaidLaidLaidLaidLaidLaid",
            "current_period_start": _START, "current_period_end": _END, "discounts": [], "tax_rates": [], "metadata": {}}  # fmt: skip
    shown = {
        "id": "sub_1LaidLaidLaidLaidLaidLaid", "object": "subscription", "customer": _PAYER["id"], "status": "active", "currency": "usd", "metadata": {},
        "items": {"object": "list", "data": [item], "has_more": False}, "collection_method": "charge_automatically", "billing_cycle_anchor": _START,
        "billing_mode": {"type": "classic"}, "cancel_at": None, "cancel_at_period_end": False, "discounts": [], "default_tax_rates": [], "schedule": None,
        "automatic_tax": {"enabled": False}, "latest_invoice": None, "default_payment_method": None, "default_source": None, "trial_end": None, **subscription,
    }  # fmt: skip
    objects = [
        BaselineObject(id=one["id"], object=one["object"], provenance="observed", state=one, version=account.version)
        for one in (_PRODUCT, _PRICE, _PAYER, shown)
    ]
    account.simulator.lay(objects)


def test_a_subscription_that_was_seen_before_renews_and_its_next_bill_is_known(account):
    _laid(account)
    account.ok(f"GET /v1/customers/{_PAYER['id']}")
    assert account.simulator.customer_money(_PAYER["id"]) == ({}, {"usd": 3000})


def test_one_that_must_have_renewed_meanwhile_is_unknown(account):
    _laid(account)
    account.ok(f"GET /v1/customers/{_PAYER['id']}", at=_END + 1)
    assert account.simulator.customer_money(_PAYER["id"]) == UNKNOWN


def test_its_change_changes_the_next_bill(account):
    _laid(account)
    given = {"items": [{"id": "si_Laid0000000001", "quantity": "3"}], "proration_behavior": "none"}
    account.ok("POST /v1/subscriptions/sub_1LaidLaidLaidLaidLaidLaid", given)
    assert account.simulator.customer_money(_PAYER["id"]) == ({}, {"usd": 4500})


def test_what_others_of_the_customers_share_makes_it_unknown(account):
    _laid(account)
    account.ok(f"POST /v1/customers/{_PAYER['id']}", {"balance": "-500"})
    assert account.simulator.customer_money(_PAYER["id"]) == UNKNOWN


def test_a_discount_that_nobody_has_seen_makes_it_unknown(account):
    _laid(account, discounts=["di_1LaidLaidLaidLaidLaidLaid"])
    account.ok(f"GET /v1/customers/{_PAYER['id']}")
    assert account.simulator.customer_money(_PAYER["id"]) == UNKNOWN


def test_a_subscription_known_only_after_a_change_makes_it_unknown(account):
    _laid(account)
    state = {
        "id": "sub_1LaterLaterLaterLaterLate",
        "object": "subscription",
        "customer": _PAYER["id"],
        "status": "active",
        "current_period_end": _END,
    }
    account.simulator.lay([BaselineObject(id=state["id"], object="subscription", provenance="after", state=state, version=account.version)])
    account.ok(f"GET /v1/customers/{_PAYER['id']}")
    assert account.simulator.customer_money(_PAYER["id"]) == UNKNOWN
