"""Which lines tell of items that waited before the capture."""

import pytest

from replayer.capture.baseline import derive
from tests.make import T0, exchange

ITEM, INVOICE, SUB, CUS = "ii_Aaaaaaaaaaaa01", "in_Aaaaaaaaaaaa01", "sub_Aaaaaaaaaaa001", "cus_Aaaaaaaaaaa001"
BEFORE = int(T0) - 500


def invoice(start=BEFORE, created=int(T0) + 50, **line):
    """An invoice of one line, as it is shown since basil."""
    details = {"invoice_item": ITEM, "proration": False, "subscription": SUB}
    line = {"id": "il_1", "object": "line_item", "amount": 700, "currency": "usd", "period": {"start": start, "end": start},
            "parent": {"type": "invoice_item_details", "invoice_item_details": details}, **line}  # fmt: skip
    return {"id": INVOICE, "object": "invoice", "created": created, "customer": CUS, "lines": {"object": "list", "data": [line]}}


def pending(*calls):
    return {item.id: item for item in derive([exchange(1, "GET", "/v1/balance", body={"object": "balance"}), *calls])}.get(ITEM)


def show(body, number=60):
    return exchange(number, "GET", f"/v1/invoices/{INVOICE}", body=body)


@pytest.mark.parametrize("line", [{}, {"parent": None, "invoice_item": ITEM, "proration": False, "subscription": SUB}])
def test_a_line_tells_the_item_that_waited(line):
    found = pending(show(invoice(**line)))
    assert found.provenance == "reversed"
    state = found.state
    assert (state["amount"], state["customer"], state["invoice"], state["subscription"]) == (700, CUS, None, SUB)


def test_an_item_made_since_is_none():
    assert pending(show(invoice(start=int(T0) + 30))) is None
    body = {"id": ITEM, "object": "invoiceitem", "amount": 700, "created": BEFORE}
    assert pending(exchange(2, "POST", "/v1/invoiceitems", body=body), show(invoice())) is None


def test_an_invoice_from_before_took_up_its_items_before():
    assert pending(show(invoice(created=int(T0) - 400))) is None


def test_a_proration_as_of_an_earlier_date_is_made_by_the_call_that_names_the_date():
    body = {"id": SUB, "object": "subscription", "created": BEFORE, "customer": CUS}
    call = exchange(2, "POST", f"/v1/subscriptions/{SUB}", {"proration_date": str(BEFORE)}, body)
    assert pending(call, show(invoice())) is None


def test_nothing_waited_for_a_subscription_that_the_capture_makes():
    body = {"id": SUB, "object": "subscription", "created": int(T0) + 2, "customer": CUS}
    assert pending(exchange(2, "POST", "/v1/subscriptions", body=body), show(invoice())) is None
