"""Whose a write is: what it names, what its answer tells, and what bills nobody."""

from __future__ import annotations

import msgspec
import pytest

from replayer.capture.owners import bills_nobody, may_be_anybodys, owners
from replayer.model import Effect, Outcome, Request
from tests.make import exchange

CUS = "cus_Aaaaaaaaaaa001"


@pytest.mark.parametrize(("method", "path", "params", "body", "whose"), [
    ("POST", f"/v1/customers/{CUS}", {}, None, {CUS}),
    ("POST", "/v1/subscriptions", {"customer": "chosen"}, None, {"chosen"}),
    ("POST", "/v1/billing/meter_events", {"payload": {"stripe_customer_id": CUS, "value": "1"}}, None, {CUS}),
    ("POST", "/v1/subscriptions/sub_Aaaaaaaaaaa01", {}, {"object": "subscription", "customer": {"id": CUS, "object": "customer"}}, {CUS}),
    ("DELETE", "/v1/customers/chosen", {}, {"object": "customer", "id": "chosen", "deleted": True}, {"chosen"}),
    ("DELETE", "/v1/invoiceitems/ii_Aaaaaaaaaaaa01", {}, {"object": "invoiceitem", "deleted": True}, set()),
])  # fmt: skip
def test_it_is_whose_it_names(method, path, params, body, whose):
    assert owners(exchange(1, method, path, params, body)) == whose


def test_effects_tell_it_too():
    call = exchange(1, "POST", "/v1/invoiceitems/ii_Aaaaaaaaaaaa01", {}, None)
    outcome = Outcome(status=200, effects=[Effect("updated", "invoiceitem", "ii_Aaaaaaaaaaaa01", customer=CUS)])
    assert owners(msgspec.structs.replace(call, outcome=outcome)) == {CUS}


@pytest.mark.parametrize(("method", "path", "nobody"), [
    ("GET", "/v1/subscriptions", True), ("POST", "/v1/prices", True), ("POST", "/v1/prices/price_1", False),
    ("DELETE", "/v1/plans/gold", True), ("DELETE", "/v1/coupons/SPRING", True), ("POST", "/v1/payment_intents", True),
    ("POST", "/v1/payment_intents/pi_Aaaaaaaaaaaa01/confirm", False), ("POST", "/v1/test_helpers/test_clocks", True),
    ("POST", "/v1/test_helpers/test_clocks/clock_1/advance", False), ("DELETE", "/v1/subscription_items/si_1", False),
    ("POST", "/v1/quotes", True), ("POST", "/v1/quotes/qt_1/accept", False),
])  # fmt: skip
def test_what_bills_nobody(method, path, nobody):
    assert bills_nobody(Request(method=method, path=path)) is nobody


def test_an_answer_that_tells_of_nobody_tells():
    call = exchange(1, "POST", "/v1/invoices/in_Aaaaaaaaaaaa01", {}, None)
    assert may_be_anybodys(call)
    assert not may_be_anybodys(call, {"object": "invoice", "customer": None})
    price = exchange(1, "POST", "/v1/prices/price_1", {}, {"object": "price", "id": "price_1"})
    assert may_be_anybodys(price)
