"""A run on one customer stands on what the customer's bill is made of, and does not call unknown bills 0."""

from __future__ import annotations

import pytest

from replayer.capture.select import Selection
from replayer.capture.store import open_capture
from replayer.diff.expect import ACCEPT_CALLS
from replayer.runs import RunSpec, execute
from tests.proof.corpus import write
from tests.proof.scenes import record

CARD = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
CALLS = [
    ("POST /v1/products", {"name": "Gold"}),
    ("POST /v1/prices", {"product": "{0}", "currency": "usd", "unit_amount": "4000", "recurring": {"interval": "month"}}),
    ("POST /v1/customers", CARD),
    ("POST /v1/customers", CARD),
    ("POST /v1/subscriptions", {"customer": "{2}", "items": [{"price": "{1}"}]}),
    ("POST /v1/subscriptions", {"customer": "{3}", "items": [{"price": "{1}"}]}),
]


def judged(tmp_path, candidate, customer=2, **more):
    capture = record(tmp_path / "capture", CALLS)
    ids = [exchange.outcome.body["id"] for exchange in open_capture(capture).exchanges()]
    file = tmp_path / "candidate.py"
    file.write_text(candidate)
    spec = RunSpec(
        capture=capture, out=tmp_path / "run", candidate=file, selection=Selection(customer=ids[customer]), accept_origin=True, **more
    )
    *_, verdict = execute(spec)
    return verdict


def test_a_price_that_others_share_is_part_of_the_customers_bill(tmp_path):
    """40.00 → 25.00: −15.00 with the next bill, of this customer and of no other."""
    cheaper = 'def rewrite(call):\n    return call.with_params(unit_amount="2500") if "unit_amount" in call.params else call\n'
    verdict = judged(tmp_path, cheaper, expectation=ACCEPT_CALLS)
    assert (verdict.verdict, verdict.exchanges.total, verdict.exchanges.skipped) == ("divergence", 4, 0)
    assert (verdict.money["usd"].next_bill.delta, verdict.bills.customers) == (-1500, 1)


def test_a_quantity_of_one_customer_is_judged_alone(tmp_path):
    three = 'def rewrite(call):\n    return call.with_param("items[0][quantity]", 3) if "items" in call.params else call\n'
    verdict = judged(tmp_path, three)
    assert (verdict.money["usd"].next_bill.delta, verdict.bills.customers) == (8000, 1)


@pytest.mark.parametrize("operation", ["POST /v1/subscriptions"])
def test_a_selected_operation_stands_on_the_calls_before_it(tmp_path, operation):
    capture = record(tmp_path / "capture", CALLS)
    *_, verdict = execute(RunSpec(capture=capture, out=tmp_path / "run", selection=Selection(operation=operation)))
    assert (verdict.exchanges.total, verdict.exchanges.skipped, verdict.control.reached) == (2, 0, 1.0)


def test_a_customer_whose_call_the_control_could_not_make_is_not_called_equal(tmp_path):
    """The price is not in the capture, so that neither arm can subscribe the customer: what is billed next is unknown, and not 0."""
    whole = open_capture(record(tmp_path / "whole", CALLS))
    capture = write(tmp_path / "cut", [exchange for exchange in whole.exchanges() if "price" not in exchange.request.path], [])
    file = tmp_path / "candidate.py"
    file.write_text('def rewrite(call):\n    return call.with_params(balance="-500") if call.operation == "POST /v1/customers" else call\n')
    *_, verdict = execute(RunSpec(capture=capture, out=tmp_path / "run", candidate=file))
    assert verdict.exchanges.skipped + verdict.exchanges.unknown >= 2
    assert (verdict.bills.customers, verdict.bills.unknown, verdict.money["usd"].next_bill) == (2, 2, None)
