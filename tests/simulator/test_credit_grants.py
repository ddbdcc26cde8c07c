"""Billing credits (docs.stripe.com/billing/subscriptions/usage-based/billing-credits). A call costs 0.05; sums by hand from the page's rules."""

from __future__ import annotations

import pytest

from replayer.model import Request
from replayer.simulator.ahead import committed
from replayer.simulator.calls import Call
from tests.simulator.debiting import events
from tests.simulator.test_subscriptions import Shop, at

_METERED = {"scope": {"price_type": "metered"}}


class Granted(Shop):
    """A customer who pays 0.05 a call, used 1,000 times in April, and 10.00 a month beside."""

    def __init__(self, **subscribing) -> None:
        super().__init__(at(2026, 4, 1))
        given = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
        self.meter = self.ok("POST /v1/billing/meters", given)["id"]
        self.calls = self.price(5, recurring={"usage_type": "metered", "meter": self.meter})
        self.other = self.price(5, recurring={"usage_type": "metered", "meter": self.meter})
        items = [{"price": self.calls}, {"price": self.price(1000), "quantity": "1"}]
        self.ok("POST /v1/subscriptions", {"customer": self.customer, "items": items, **subscribing})
        payload = {"stripe_customer_id": self.customer, "value": "1000"}
        self.ok("POST /v1/billing/meter_events", {"event_name": "calls", "payload": payload}, at=at(2026, 4, 10))

    def grant(self, cents: int, **more):
        params = {"customer": self.customer, "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": str(cents)}}, **more}
        return self.ok("POST /v1/billing/credit_grants", {"applicability_config": _METERED, "category": "paid", **params})

    def may(self):
        """The invoice of 1 May: 50.00 for calls, 10.00 for the month."""
        return self.ok(f"GET /v1/invoices/{self.latest(at(2026, 5, 1, 2))['id']}")

    def left(self, grant) -> int:
        asked = {"customer": self.customer, "filter": {"type": "credit_grant", "credit_grant": grant["id"]}}
        (balance,) = self.ok("GET /v1/billing/credit_balance_summary", asked)["balances"]
        return balance["available_balance"]["monetary"]["value"]


def test_credit_pays_for_what_is_metered():
    shop = Granted()
    grant = shop.grant(3000)
    invoice = shop.may()
    assert (invoice["subtotal"], invoice["total"], invoice["amount_due"], invoice["amount_paid"]) == (6000, 3000, 3000, 3000)
    (credit,) = invoice["total_pretax_credit_amounts"]
    assert (credit["amount"], credit["type"]) == (3000, "credit_balance_transaction")
    line = next(line for line in invoice["lines"]["data"] if line["amount"] == 5000)
    assert [one["amount"] for one in line["pretax_credit_amounts"]] == [3000]
    assert shop.left(grant) == 0


def test_credit_pays_for_nothing_else():
    shop = Granted()
    grant = shop.grant(9000)
    assert shop.may()["total"] == 1000
    assert shop.left(grant) == 4000


def test_what_was_applied_is_told_line_by_line():
    shop = Granted()
    grant, invoice = shop.grant(3000), None
    invoice = shop.may()
    asked = {"customer": shop.customer, "credit_grant": grant["id"]}
    debit, credit = shop.ok("GET /v1/billing/credit_balance_transactions", asked)["data"]
    line = next(line for line in invoice["lines"]["data"] if line["amount"] == 5000)
    assert (credit["type"], credit["credit"]["type"], credit["credit"]["amount"]["monetary"]["value"]) == (
        "credit",
        "credits_granted",
        3000,
    )
    assert (debit["type"], debit["debit"]["amount"]["monetary"]["value"]) == ("debit", 3000)
    assert debit["debit"]["credits_applied"] == {"invoice": invoice["id"], "invoice_line_item": line["id"]}
    assert debit["credit_grant"] == grant["id"]


def test_credit_comes_after_discounts_and_before_tax():
    """50.00 and 10.00, half off: 25.00 + 5.00; 20.00 of credit leaves 10.00, and 20 % of that is 2.00."""
    shop = Granted()
    subscription = shop.ok("GET /v1/subscriptions", {"customer": shop.customer})["data"][0]["id"]
    half = shop.ok("POST /v1/coupons", {"percent_off": "50", "duration": "forever"})["id"]
    rate = shop.ok("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"})["id"]
    shop.ok(f"POST /v1/subscriptions/{subscription}", {"discounts": [{"coupon": half}], "default_tax_rates": [rate]})
    shop.grant(2000)
    invoice = shop.may()
    assert (invoice["total_excluding_tax"], invoice["total"]) == (1000, 1200)
    assert sorted((one["type"], one["amount"]) for one in invoice["total_pretax_credit_amounts"]) == [
        ("credit_balance_transaction", 2000), ("discount", 3000),
    ]  # fmt: skip


_ORDERS = [  # the first of two grants of 60.00 is used, the second only for nothing: 50.00 are due
    ({"priority": "10"}, {"priority": "20", "expires_at": str(at(2026, 6, 1))}),
    ({"expires_at": str(at(2026, 6, 1)), "category": "paid"}, {"expires_at": str(at(2026, 7, 1)), "category": "promotional"}),
    ({"expires_at": str(at(2026, 7, 1))}, {}),
    ({"category": "promotional"}, {"category": "paid"}),
    ({"effective_at": str(at(2026, 3, 1))}, {"effective_at": str(at(2026, 4, 1))}),
    ({}, {}),
]


@pytest.mark.parametrize(("first", "second"), _ORDERS)
@pytest.mark.parametrize("turned", [False, True])
def test_of_several_grants_the_order_is_the_documented_one(first, second, turned):
    if turned and first == second:
        turned = False  # equal ones go by their age
    shop = Granted()
    made = [shop.grant(6000, **more) for more in ((second, first) if turned else (first, second))]
    if turned:
        made.reverse()
    shop.may()
    assert [shop.left(one) for one in made] == [1000, 6000]


def test_one_grant_goes_on_where_another_ends():
    shop = Granted()
    grants = [shop.grant(2000, priority="1"), shop.grant(1000, priority="2"), shop.grant(5000, priority="3")]
    assert shop.may()["total"] == 1000
    assert [shop.left(one) for one in grants] == [0, 0, 3000]


@pytest.mark.parametrize(
    "more",
    [
        {"effective_at": str(at(2026, 5, 2))},
        {"expires_at": str(at(2026, 4, 20))},
        {"amount": {"type": "monetary", "monetary": {"currency": "eur", "value": "3000"}}},
        {"applicability_config": {"scope": {"prices": [{"id": "other"}]}}},
    ],
)
def test_a_grant_that_does_not_fit_pays_nothing(more):
    shop = Granted()
    if "applicability_config" in more:
        more = {"applicability_config": {"scope": {"prices": [{"id": shop.other}]}}}
    shop.grant(3000, **more)
    assert shop.may()["total"] == 6000


def test_a_scope_of_prices_covers_these():
    shop = Granted()
    shop.grant(3000, applicability_config={"scope": {"prices": [{"id": shop.calls}]}})
    assert shop.may()["total"] == 3000


def test_a_voided_invoice_gives_its_credit_back():
    shop = Granted(collection_method="send_invoice", days_until_due="30")
    grant = shop.grant(3000)
    invoice = shop.may()
    assert (invoice["status"], shop.left(grant)) == ("open", 0)
    shop.ok(f"POST /v1/invoices/{invoice['id']}/void")
    assert shop.left(grant) == 3000
    last = shop.ok("GET /v1/billing/credit_balance_transactions", {"customer": shop.customer})["data"][0]
    assert last["credit"]["credits_application_invoice_voided"]["invoice"] == invoice["id"]


def test_a_grant_expires_or_is_voided_by_hand():
    shop = Granted()
    expired, voided = shop.grant(3000), shop.grant(4000)
    assert shop.ok(f"POST /v1/billing/credit_grants/{expired['id']}/expire")["expires_at"] == at(2026, 4, 10)
    assert shop.ok(f"POST /v1/billing/credit_grants/{voided['id']}/void")["voided_at"] == at(2026, 4, 10)
    assert (shop.may()["total"], shop.left(expired), shop.left(voided)) == (6000, 0, 0)


def test_a_grant_of_which_something_is_used_cannot_be_voided():
    shop = Granted()
    grant = shop.grant(9000)
    shop.may()
    assert shop.account.error(f"POST /v1/billing/credit_grants/{grant['id']}/void")[0] == 400


def test_its_end_can_be_moved():
    shop = Granted()
    grant = shop.grant(3000)
    changed = shop.ok(f"POST /v1/billing/credit_grants/{grant['id']}", {"expires_at": str(at(2026, 4, 20)), "metadata": {"a": "b"}})
    assert (changed["expires_at"], changed["metadata"], shop.may()["total"]) == (at(2026, 4, 20), {"a": "b"}, 6000)


def test_the_balance_tells_what_is_ready_and_what_is_to_come():
    shop = Granted()
    shop.grant(3000)
    shop.grant(2000, effective_at=str(at(2026, 6, 1)))
    scope = {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    (balance,) = shop.ok("GET /v1/billing/credit_balance_summary", {"customer": shop.customer, "filter": scope})["balances"]
    assert [balance[name]["monetary"]["value"] for name in ("available_balance", "ledger_balance")] == [3000, 5000]


def test_what_is_left_is_committed_money():
    shop = Granted()
    shop.grant(3000)
    store = shop.account.simulator._store("sk_test_simulator", None)
    customer = store.get("customer", shop.customer)
    assert customer is not None
    assert committed(Call.unattended(store, at(2026, 4, 10)), customer) == {"usd": -3000}


def test_credits_tell_their_events():
    shop = Granted()
    shop.grant(3000)
    assert events(shop.account)[-2:] == ["billing.credit_grant.created", "billing.credit_balance_transaction.created"]


def test_a_preview_with_credit_is_unknown():
    shop = Granted()
    shop.grant(3000)
    request = Request(method="POST", path="/v1/invoices/create_preview", params={"customer": shop.customer}, version="2025-10-29.clover")
    assert "unknown" in str(shop.account.simulator.send(request, key="sk_test_simulator").error)


@pytest.mark.parametrize(
    "more",
    [
        {"amount": {"type": "monetary", "monetary": {"currency": "usd", "value": "0"}}}, {"priority": "101"}, {"expires_at": "1000"},
        {"applicability_config": ""}, {"customer": "cus_nobody"},
    ],
)  # fmt: skip
def test_what_is_no_grant_is_refused(more):
    shop = Granted()
    params = {"customer": shop.customer, "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": "100"}}}
    assert shop.account.error("POST /v1/billing/credit_grants", {**params, "applicability_config": _METERED, **more})[0] == 400
    once = {"applicability_config": {"scope": {"prices": [{"id": shop.price(100)}]}}}
    assert shop.account.error("POST /v1/billing/credit_grants", {**params, **once})[0] == 400
