"""Credit notes: what they take down, give back and put to the balance. Expected cents are worked out by hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def payer(account):
    return account.customer(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})


def _invoice(account, payer, *amounts, pay=False, **more):
    invoice = account.ok("POST /v1/invoices", {"customer": payer, **more})["id"]
    for amount in amounts:
        account.ok("POST /v1/invoiceitems", {"customer": payer, "invoice": invoice, "amount": str(amount), "currency": "usd"})
    return account.ok(f"POST /v1/invoices/{invoice}/{'pay' if pay else 'finalize'}")


def test_of_an_open_invoice_it_takes_down_what_is_to_be_paid(account, payer):
    invoice = _invoice(account, payer, 1000)
    note = account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "300"})
    assert (note["pre_payment_amount"], note["post_payment_amount"], note["type"], note["status"]) == (300, 0, "pre_payment", "issued")
    paid = account.ok(f"POST /v1/invoices/{invoice['id']}/pay")
    assert (paid["total"], paid["amount_paid"], paid["pre_payment_credit_notes_amount"], paid["status"]) == (1000, 700, 300, "paid")


def test_one_that_takes_all_pays_the_invoice(account, payer):
    invoice = _invoice(account, payer, 1000)
    account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "1000"})
    found = account.ok(f"GET /v1/invoices/{invoice['id']}")
    assert (found["status"], found["amount_remaining"], found["amount_paid"]) == ("paid", 0, 0)


def test_of_a_paid_invoice_the_parts_must_add_up(account, payer):
    invoice = _invoice(account, payer, 1000, pay=True)
    status, error = account.error("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "500", "refund_amount": "200"})
    assert (status, error["type"]) == (400, "invalid_request_error")
    parts = {"refund_amount": "200", "credit_amount": "250", "out_of_band_amount": "50"}
    note = account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "500", **parts})
    assert (note["pre_payment_amount"], note["post_payment_amount"], note["out_of_band_amount"]) == (0, 500, 50)
    refund = account.ok(f"GET /v1/refunds/{note['refunds'][0]['refund']}")
    assert refund["amount"] == 200
    assert account.ok(f"GET /v1/customers/{payer}")["balance"] == -250
    assert account.ok(f"GET /v1/invoices/{invoice['id']}")["post_payment_credit_notes_amount"] == 500


def test_no_more_is_credited_than_was_billed(account, payer):
    invoice = _invoice(account, payer, 1000, pay=True)
    account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "700", "credit_amount": "700"})
    status, _ = account.error("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "400", "credit_amount": "400"})
    assert status == 400


def test_a_line_takes_its_discount_and_tax_with_it(account, payer):
    account.ok("POST /v1/coupons", {"id": "TENTH", "percent_off": "10", "duration": "forever"})
    rate = account.ok("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"})["id"]
    invoice = _invoice(account, payer, 1000, 500, discounts=[{"coupon": "TENTH"}], default_tax_rates=[rate])
    assert invoice["total"] == 1620  # (1500 − 150) × 1.2
    line = next(line for line in invoice["lines"]["data"] if line["amount"] == 1000)["id"]
    entry = {"type": "invoice_line_item", "invoice_line_item": line, "amount": "400"}
    note = account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "lines": [entry]})
    # 400 − a tenth of it = 360, and a fifth on top
    assert (note["subtotal"], note["discount_amount"], note["total_excluding_tax"], note["total"]) == (400, 40, 360, 432)
    assert account.ok(f"GET /v1/invoices/{invoice['id']}")["amount_remaining"] == 1620 - 432


def test_a_preview_is_what_is_then_made_and_makes_nothing(account, payer):
    invoice = _invoice(account, payer, 1000)
    preview = account.ok("GET /v1/credit_notes/preview", {"invoice": invoice["id"], "amount": "300"})
    assert account.ok("GET /v1/credit_notes", {"invoice": invoice["id"]})["data"] == []
    made = account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "300"})
    assert [preview[name] for name in ("total", "pre_payment_amount", "status")] == [
        made[name] for name in ("total", "pre_payment_amount", "status")
    ]


def test_a_void_one_is_to_be_paid_again(account, payer):
    invoice = _invoice(account, payer, 1000)
    note = account.ok("POST /v1/credit_notes", {"invoice": invoice["id"], "amount": "300"})
    assert account.ok(f"POST /v1/credit_notes/{note['id']}/void")["status"] == "void"
    assert account.ok(f"POST /v1/invoices/{invoice['id']}/pay")["amount_paid"] == 1000


def test_a_draft_takes_no_credit_note(account, payer):
    draft = account.ok("POST /v1/invoices", {"customer": payer})["id"]
    assert account.error("POST /v1/credit_notes", {"invoice": draft, "amount": "1"})[0] == 400
