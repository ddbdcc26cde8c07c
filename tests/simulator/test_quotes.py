"""Quotes: what they come to, their life, and what accepting one makes. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def shop(account):
    product = account.ok("POST /v1/products", {"name": "Tea"})["id"]
    made = {"once": {"unit_amount": "1500"}, "monthly": {"unit_amount": "1000", "recurring": {"interval": "month"}}}
    found = {name: account.ok("POST /v1/prices", {"product": product, "currency": "usd", **more})["id"] for name, more in made.items()}
    found["payer"] = account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    return found


def _quote(account, shop, *names, **more):
    lines = [{"price": shop[name], "quantity": "2"} for name in names]
    return account.ok("POST /v1/quotes", {"customer": shop["payer"], "line_items": lines, **more})


def _accept(account, quote):
    account.ok(f"POST /v1/quotes/{quote['id']}/finalize")
    return account.ok(f"POST /v1/quotes/{quote['id']}/accept")


def test_it_tells_what_is_due_at_once_and_what_comes_again(account, shop):
    rate = account.ok("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"})["id"]
    account.ok("POST /v1/coupons", {"id": "TENTH", "percent_off": "10", "duration": "once"})
    outcome = account.call(
        "POST /v1/quotes",
        {
            "customer": shop["payer"], "discounts": [{"coupon": "TENTH"}], "default_tax_rates": [rate],
            "line_items": [{"price": shop["once"], "quantity": "2"}, {"price": shop["monthly"], "quantity": "2"}],
        },
    )  # fmt: skip
    quote = outcome.body
    # 3000 + 2000, a tenth off, a fifth on top: 4500 × 1.2; later 2000 × 1.2, as the coupon holds once
    assert (quote["amount_subtotal"], quote["amount_total"], quote["status"]) == (5000, 5400, "draft")
    assert quote["computed"]["upfront"]["amount_total"] == 5400
    again = quote["computed"]["recurring"]
    assert (again["amount_total"], again["interval"], again["interval_count"]) == (2400, "month", 1)
    assert not {"amount_total", "computed.recurring.amount_total", "status"} & account.untold(outcome)
    lines = account.ok(f"GET /v1/quotes/{quote['id']}/line_items")["data"]
    assert [line["amount_total"] for line in lines] == [3240, 2160]


@pytest.mark.parametrize("trial", [False, True])
def test_accepting_one_that_recurs_subscribes(account, shop, trial):
    data = {"metadata": {"a": "1"}, **({"trial_period_days": "7"} if trial else {})}
    account.ok("POST /v1/coupons", {"id": "TENTH", "percent_off": "10", "duration": "forever"})
    quote = _quote(account, shop, "once", "monthly", subscription_data=data, discounts=[{"coupon": "TENTH"}])
    assert account.ok("GET /v1/coupons/TENTH")["times_redeemed"] == 0
    accepted = _accept(account, quote)
    subscription = account.ok(f"GET /v1/subscriptions/{accepted['subscription']}")
    invoice = account.ok(f"GET /v1/invoices/{subscription['latest_invoice']}")
    assert invoice["total"] == quote["computed"]["upfront"]["amount_total"] == (2700 if trial else 4500)
    assert (subscription["status"], subscription["metadata"]) == ("trialing" if trial else "active", {"a": "1"})
    assert account.ok("GET /v1/coupons/TENTH")["times_redeemed"] == 1
    _, following = account.simulator.customer_money(shop["payer"])
    assert following == {"usd": quote["computed"]["recurring"]["amount_total"]} == {"usd": 1800}


def test_accepting_one_of_one_time_prices_drafts_an_invoice(account, shop):
    accepted = _accept(account, _quote(account, shop, "once"))
    invoice = account.ok(f"GET /v1/invoices/{accepted['invoice']}")
    assert (invoice["status"], invoice["total"], invoice["billing_reason"]) == ("draft", 3000, "quote_accept")
    assert (accepted["status"], accepted["subscription"]) == ("accepted", None)
    assert account.ok(f"POST /v1/invoices/{invoice['id']}/pay")["amount_paid"] == 3000
    assert [one["invoice"] for one in account.ok("GET /v1/invoiceitems", {"customer": shop["payer"]})["data"]] == [invoice["id"]]


def test_its_life_goes_one_way(account, shop):
    quote = _quote(account, shop, "once")["id"]
    assert account.call(f"POST /v1/quotes/{quote}/accept").status == 400
    opened = account.call(f"POST /v1/quotes/{quote}/finalize")
    assert [one.object for one in opened.effects if one.kind == "event"] == ["quote.finalized"]
    assert (opened.body["status"], opened.body["status_transitions"]["finalized_at"]) == ("open", opened.body["created"])
    for what in ("", "/finalize"):
        assert account.call(f"POST /v1/quotes/{quote}{what}", {} if what else {"description": "x"}).status == 400
    account.ok(f"POST /v1/quotes/{quote}/cancel")
    for what in ("accept", "cancel", "finalize"):
        assert account.call(f"POST /v1/quotes/{quote}/{what}").status == 400
    assert account.ok("GET /v1/invoices", {"customer": shop["payer"]})["data"] == []


def test_it_is_canceled_when_its_time_is_over(account, shop):
    until = int(account.simulator.now) + 1000
    quote = _quote(account, shop, "once", expires_at=str(until))["id"]
    later = account.ok(f"POST /v1/quotes/{quote}/finalize", {"expires_at": str(until + 1000)})
    assert later["expires_at"] == until + 1000
    assert account.ok(f"GET /v1/quotes/{quote}", at=until + 1)["status"] == "open"
    assert account.ok(f"GET /v1/quotes/{quote}", at=until + 1000)["status"] == "canceled"


def test_a_draft_is_changed(account, shop):
    quote = _quote(account, shop, "once")["id"]
    changed = account.ok(f"POST /v1/quotes/{quote}", {"line_items": [{"price": shop["once"], "quantity": "3"}], "metadata": {"a": "1"}})
    assert (changed["amount_total"], changed["metadata"]) == (4500, {"a": "1"})
    account.ok("POST /v1/coupons", {"id": "FIVE", "amount_off": "500", "currency": "usd"})
    assert account.ok(f"POST /v1/quotes/{quote}", {"discounts": [{"coupon": "FIVE"}]})["amount_total"] == 4000
    assert account.ok(f"POST /v1/quotes/{quote}", {"description": "x"})["amount_total"] == 4000
    (line,) = account.ok(f"GET /v1/quotes/{quote}/line_items")["data"]
    assert (line["quantity"], line["amount_total"]) == (3, 4000)


def test_what_is_not_modelled_is_unknown(account, shop):
    data = {"effective_date": str(int(account.simulator.now) + 86400)}
    quote = _quote(account, shop, "monthly", subscription_data=data)["id"]
    account.ok(f"POST /v1/quotes/{quote}/finalize")
    assert account.call(f"POST /v1/quotes/{quote}/accept").status is None
    assert account.call("POST /v1/quotes", {"from_quote": {"quote": quote}}).status is None


def test_it_needs_a_customer_and_lines_to_be_finalized(account, shop):
    bare = account.ok("POST /v1/quotes", {})["id"]
    assert account.call(f"POST /v1/quotes/{bare}/finalize").status == 400
    account.ok(f"POST /v1/quotes/{bare}", {"customer": shop["payer"]})
    assert account.call(f"POST /v1/quotes/{bare}/finalize").status == 400
