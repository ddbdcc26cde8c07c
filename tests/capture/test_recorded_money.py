"""What really moved, inferred from answers: a payment counts once, whatever shows it."""

from replayer.capture.recorded_money import Ledger
from tests.make import T0, exchange

PI, CH, IN, RE = "pi_Aaaaaaaaaaaaa1", "ch_Aaaaaaaaaaaaa1", "in_Aaaaaaaaaaaaa1", "re_Aaaaaaaaaaaaa1"


def intent(received, **more):
    return {
        "id": PI,
        "object": "payment_intent",
        "amount": 500,
        "amount_received": received,
        "currency": "usd",
        "created": int(T0),
        "latest_charge": CH,
        **more,
    }


def charge(captured=500, **more):
    return {
        "id": CH,
        "object": "charge",
        "paid": True,
        "status": "succeeded",
        "captured": bool(captured),
        "amount": 500,
        "amount_captured": captured,
        "currency": "usd",
        "payment_intent": PI,
        "created": int(T0),
        **more,
    }


def moved(*calls):
    ledger = Ledger()
    return [sum(effect.amount for effect in ledger.add(call)) for call in calls]


def test_a_charge_its_intent_and_its_invoice_count_once():
    invoice = {
        "id": IN,
        "object": "invoice",
        "status": "paid",
        "amount_paid": 500,
        "currency": "usd",
        "payment_intent": PI,
        "created": int(T0),
    }
    body = intent(500, charges={"object": "list", "data": [charge()]})
    assert moved(exchange(1, "POST", "/v1/payment_intents", body=body), exchange(2, "POST", f"/v1/invoices/{IN}/pay", body=invoice)) == [
        500,
        0,
    ]


def test_a_capture_moves_what_was_only_authorised():
    assert moved(
        exchange(1, "POST", "/v1/payment_intents", body=intent(0)),
        exchange(2, "POST", f"/v1/payment_intents/{PI}/capture", body=intent(300)),
    ) == [0, 300]


def test_a_refund_moves_money_back():
    refund = {"id": RE, "object": "refund", "amount": 200, "currency": "usd", "status": "succeeded", "charge": CH, "created": int(T0)}
    assert moved(exchange(1, "POST", "/v1/refunds", body=refund)) == [-200]


def test_reads_move_nothing_and_teach_what_was_there_before():
    assert moved(exchange(1, "GET", f"/v1/charges/{CH}", body=charge()), exchange(2, "POST", f"/v1/charges/{CH}", body=charge())) == [0, 0]


def test_an_old_charge_that_is_only_updated_moves_nothing():
    old = charge(created=int(T0) - 10**6)
    assert moved(exchange(1, "POST", f"/v1/charges/{CH}", body=old)) == [0]


def test_a_declined_charge_moves_nothing():
    assert moved(exchange(1, "POST", "/v1/charges", body=charge(paid=False, status="failed"))) == [0]


def test_a_preview_moves_nothing():
    assert moved(
        exchange(
            1,
            "POST",
            "/v1/invoices/create_preview",
            body={"id": "upcoming_in_1", "object": "invoice", "status": "draft", "amount_paid": 0, "currency": "usd"},
        )
    ) == [0]
