"""What must always hold, whatever a program does through the official SDK: sums add up, nothing is paid twice, every change is told of."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from replayer.simulator import refunds
from replayer.simulator.http import Server
from replayer.simulator.simulator import Simulator

DAY = 86400
START = 1_772_323_200  # 2026-03-01


class InProcess(stripe.HTTPClient):
    """The SDK's way out, straight into a server that listens to nobody; `now` is its clock."""

    name = "in-process"

    def __init__(self) -> None:
        super().__init__()
        self.now = float(START)
        self.server = Server.__new__(Server)
        self.server.faults = None
        from threading import Lock

        self.server.simulator, self.server.lock, self.server.clock = Simulator(START), Lock(), lambda: self.now

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> tuple[Any, int, Any]:
        target = "/" + url.split("/", 3)[3]
        lowered = {name.lower(): str(value) for name, value in headers.items()}
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        outcome = self.server.answer(method.upper(), target, lowered, body)
        assert outcome.status is not None, outcome.error
        return json.dumps(outcome.body), outcome.status, outcome.headers

    def close(self) -> None:
        pass


def bare(call):
    """A call that Stripe may refuse: its answer, or null."""
    try:
        return call()
    except (stripe.InvalidRequestError, stripe.CardError):
        return None


class Account(RuleBasedStateMachine):
    """One account; what it holds is read back through the SDK."""

    customers, subscriptions, invoices, charges = Bundle("customers"), Bundle("subscriptions"), Bundle("invoices"), Bundle("charges")

    def __init__(self) -> None:
        super().__init__()
        self.http = InProcess()
        self.v1 = stripe.StripeClient(
            "sk_test_invariants", http_client=self.http, max_network_retries=0, stripe_version="2025-10-29.clover"
        ).v1
        self.product = self.v1.products.create({"name": "Gold"}).id
        self.rate = self.v1.tax_rates.create({"display_name": "VAT", "percentage": 19.0, "inclusive": False}).id
        self.coupon = self.v1.coupons.create({"percent_off": 15, "duration": "forever"}).id
        self.prices = [
            self.v1.prices.create(
                {"product": self.product, "currency": "usd", "unit_amount": amount, "recurring": {"interval": interval}}
            ).id
            for amount, interval in ((999, "month"), (2500, "month"), (9900, "year"))
        ]
        self.made: list[str] = []

    @rule(
        target=customers,
        card=st.sampled_from(("pm_card_visa", "pm_card_visa", "pm_card_chargeCustomerFail")),
        balance=st.sampled_from((0, 0, -700, 300)),
    )
    def join(self, card, balance):
        made = self.v1.customers.create({"payment_method": card, "invoice_settings": {"default_payment_method": card}, "balance": balance})
        self.made.append(made.id)
        return made.id

    @rule(target=subscriptions, customer=customers, price=st.integers(0, 2), quantity=st.integers(1, 4), taxed=st.booleans(), cheaper=st.booleans(),
          trial=st.sampled_from((0, 0, 5)))  # fmt: skip
    def subscribe(self, customer, price, quantity, taxed, cheaper, trial):
        params: dict[str, Any] = {"customer": customer, "items": [{"price": self.prices[price], "quantity": quantity}]}
        params |= {"default_tax_rates": [self.rate]} if taxed else {}
        params |= {"discounts": [{"coupon": self.coupon}]} if cheaper else {}
        params |= {"trial_period_days": trial} if trial else {}
        made = bare(lambda: self.v1.subscriptions.create(params))
        return made.id if made is not None else None

    @rule(
        subscription=subscriptions,
        quantity=st.integers(1, 6),
        price=st.integers(0, 1),
        behavior=st.sampled_from(("create_prorations", "always_invoice", "none")),
    )
    def change(self, subscription, quantity, price, behavior):
        if subscription is None:
            return
        held = self.v1.subscriptions.retrieve(subscription)
        items = [{"id": held["items"].data[0].id, "quantity": quantity, "price": self.prices[price]}]
        preview = bare(
            lambda: self.v1.invoices.create_preview(
                {"subscription": subscription, "subscription_details": {"items": items, "proration_behavior": behavior}}
            )
        )
        changed = bare(lambda: self.v1.subscriptions.update(subscription, {"items": items, "proration_behavior": behavior}))
        if preview is not None and changed is not None and behavior == "always_invoice" and changed.latest_invoice != held.latest_invoice:
            assert self.v1.invoices.retrieve(changed.latest_invoice).total == preview.total

    @rule(subscription=consumes(subscriptions), prorate=st.booleans(), now=st.booleans())
    def cancel(self, subscription, prorate, now):
        if subscription is not None:
            bare(lambda: self.v1.subscriptions.cancel(subscription, {"prorate": prorate, "invoice_now": now}))

    @rule(
        target=invoices,
        customer=customers,
        amounts=st.lists(st.integers(1, 9000), min_size=1, max_size=3),
        taxed=st.booleans(),
        pay=st.booleans(),
    )
    def invoice(self, customer, amounts, taxed, pay):
        draft = self.v1.invoices.create(
            {"customer": customer, "auto_advance": False, **({"default_tax_rates": [self.rate]} if taxed else {})}
        )
        for amount in amounts:
            self.v1.invoice_items.create({"customer": customer, "invoice": draft.id, "amount": amount, "currency": "usd"})
        self.v1.invoices.finalize_invoice(draft.id)
        if pay:
            bare(lambda: self.v1.invoices.pay(draft.id))
        return draft.id

    @rule(invoice=invoices, amount=st.integers(1, 4000), credit=st.booleans())
    def credit(self, invoice, amount, credit):
        paid = self.v1.invoices.retrieve(invoice).status == "paid"
        way = {"credit_amount" if credit else "out_of_band_amount": amount} if paid else {}
        bare(lambda: self.v1.credit_notes.create({"invoice": invoice, "amount": amount, **way}))

    @rule(target=charges, customer=customers, amount=st.integers(50, 9000), key=st.integers(0, 3))
    def pay(self, customer, amount, key):
        params = {
            "amount": amount,
            "currency": "usd",
            "customer": customer,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "payment_method_types": ["card"],
        }
        before = len(self.v1.charges.list({"customer": customer, "limit": 100}).data)
        made = [
            bare(lambda: self.v1.payment_intents.create(params, {"idempotency_key": f"{customer}-{amount}-{key}-{self.http.now}"}))
            for _ in range(2)
        ]
        assert made[0] is not None
        assert made[0].id == made[1].id
        assert len(self.v1.charges.list({"customer": customer, "limit": 100}).data) - before <= 1
        return made[0].latest_charge

    @rule(charge=charges, amount=st.integers(1, 9000))
    def refund(self, charge, amount):
        bare(lambda: self.v1.refunds.create({"charge": charge, "amount": amount}))

    @rule(days=st.sampled_from((1, 4, 16, 31)))
    def wait(self, days):
        self.http.now += days * DAY

    @invariant()
    def sums_add_up(self):
        for invoice in self.v1.invoices.list({"limit": 100}).auto_paging_iter():
            lines = sum(line.amount for line in self.v1.invoices.line_items.list(invoice.id, {"limit": 100}).auto_paging_iter())
            off = sum(one.amount for one in invoice.total_discount_amounts or [])
            tax = sum(one.amount for one in invoice.total_taxes or [] if one.tax_behavior == "exclusive")
            assert invoice.total == lines - off + tax, invoice.id
            if invoice.status != "draft":
                assert invoice.amount_paid + invoice.amount_remaining == invoice.amount_due, invoice.id

    @invariant()
    def no_more_comes_back_than_was_paid(self):
        for charge in self.v1.charges.list({"limit": 100}).auto_paging_iter():
            refunded = sum(one.amount for one in self.v1.refunds.list({"charge": charge.id, "limit": 100}).data if one.status != "failed")
            assert refunded == charge.amount_refunded <= charge.amount

    @invariant()
    def balances_are_their_entries(self):
        for name in self.made:
            entries = self.v1.customers.balance_transactions.list(name, {"limit": 100}).auto_paging_iter()
            held, begun = self.v1.customers.retrieve(name).balance, sum(entry.amount for entry in entries)
            assert held - begun in (0, -700, 300)  # what a customer was made with has no entry

    @invariant()
    def every_object_has_its_event(self):
        told = Counter((event.type, event.data.object["id"]) for event in self.v1.events.list({"limit": 100}).auto_paging_iter())
        for invoice in self.v1.invoices.list({"limit": 100}).auto_paging_iter():
            assert told["invoice.created", invoice.id] == 1
            assert told["invoice.paid", invoice.id] == (invoice.status == "paid")
        for charge in self.v1.charges.list({"limit": 100}).auto_paging_iter():
            assert told["charge.succeeded" if charge.paid else "charge.failed", charge.id] == 1


Account.TestCase.settings = settings(max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck))
TestAccount = Account.TestCase


def test_a_simulator_that_loses_a_cent_is_found_out(monkeypatch):
    count = refunds._count
    monkeypatch.setattr(refunds, "_count", lambda call, charge, amount: count(call, charge, amount - 1))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Account,
            settings=settings(
                Account.TestCase.settings, max_examples=60, stateful_step_count=14, derandomize=True, phases=[Phase.generate]
            ),
        )
