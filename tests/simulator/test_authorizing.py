"""What customers do: authorize on a page, fail to, and type in micro-deposits (docs.stripe.com/testing)."""

from __future__ import annotations

import pytest

from tests.simulator.debiting import ACCEPTED, debit, now

_MICRO = "payment_method_microdeposit_"


def _typed_in(number: str = "000123456789") -> dict[str, object]:
    """An account that nobody has verified yet."""
    bank = {"account_number": number, "routing_number": "110000000", "account_holder_type": "individual"}
    return {"payment_method_data": {"type": "us_bank_account", "us_bank_account": bank, "billing_details": {"name": "A"}}}


def _asking(account, number: str = "000123456789"):
    return debit(account, None, "us_bank_account", **_typed_in(number))


@pytest.mark.parametrize("said", [{"amounts": ["45", "32"]}, {"descriptor_code": "SM11AA"}])
def test_a_verified_account_is_debited(account, said):
    intent = _asking(account)
    assert (intent["status"], intent["next_action"]["type"], intent["latest_charge"]) == (
        "requires_action",
        "verify_with_microdeposits",
        None,
    )
    assert account.ok(f"POST /v1/payment_intents/{intent['id']}/verify_microdeposits", said)["status"] == "processing"
    assert now(account, intent)["status"] == "succeeded"


@pytest.mark.parametrize(
    ("said", "code", "status"),
    [
        ({"amounts": ["1", "2"]}, "verification_amounts_mismatch", "requires_action"),
        ({"descriptor_code": "SM99ZZ"}, "verification_descriptor_code_mismatch", "requires_action"),
        ({"amounts": ["32"]}, "verification_amounts_invalid", "requires_action"),
        ({"amounts": ["10", "11"]}, "verification_attempts_exceeded", "requires_payment_method"),
        ({"descriptor_code": "SM44DD"}, "verification_timeout", "requires_payment_method"),
    ],
)
def test_what_is_typed_in_wrongly_verifies_nothing(account, said, code, status):
    intent = _asking(account)
    refused, error = account.error(f"POST /v1/payment_intents/{intent['id']}/verify_microdeposits", said)
    assert (refused, error["code"], now(account, intent)["status"]) == (400, f"{_MICRO}{code}", status)


def test_micro_deposits_that_never_arrive_fail_the_payment(account):
    intent = _asking(account, "000666666661")
    failed = account.ok(f"POST /v1/payment_intents/{intent['id']}/verify_microdeposits", {"amounts": ["32", "45"]})
    assert (failed["status"], failed["last_payment_error"]["code"]) == ("requires_payment_method", f"{_MICRO}failed")


def test_an_account_is_kept_once_it_is_verified(account):
    customer = account.customer()
    given = {"customer": customer, "payment_method_types": ["us_bank_account"], "confirm": "true", "mandate_data": ACCEPTED}
    intent = account.ok("POST /v1/setup_intents", {**given, **_typed_in()})
    refused, _ = account.error(f"POST /v1/payment_methods/{intent['payment_method']}/attach", {"customer": customer})
    assert (intent["status"], refused) == ("requires_action", 400)
    done = account.ok(f"POST /v1/setup_intents/{intent['id']}/verify_microdeposits", {"amounts": ["32", "45"]})
    method = account.ok(f"GET /v1/payment_methods/{intent['payment_method']}")
    assert (done["status"], method["customer"]) == ("succeeded", customer)
    again = debit(account, method["id"], "us_bank_account", customer=customer)
    assert now(account, again)["status"] == "succeeded"


def test_a_set_up_by_ideal_leaves_an_account_to_debit(account):
    customer = account.customer()
    given = {"customer": customer, "payment_method_data": {"type": "ideal"}, "payment_method_types": ["ideal"], "confirm": "true"}
    intent = account.ok("POST /v1/setup_intents", {**given, "return_url": "https://a.example/"})
    assert intent["status"] == "requires_action"
    done = account.ok(f"POST /_replayer/setup_intents/{intent['id']}/authorize", {"expand": ["latest_attempt"]})
    kept = done["latest_attempt"]["payment_method_details"]["ideal"]["generated_sepa_debit"]
    assert (done["status"], account.ok(f"GET /v1/payment_methods/{kept}")["customer"]) == ("succeeded", customer)


def test_a_card_that_asks_is_charged_once_the_customer_has_authenticated(account):
    intent = account.paid(payment_method="pm_card_authenticationRequired")
    assert intent["status"] == "requires_action"
    done = account.ok(f"POST /_replayer/payment_intents/{intent['id']}/authorize")
    assert (done["status"], done["amount_received"]) == ("succeeded", 2000)


def test_a_card_may_be_declined_after_the_customer_has_authenticated(account):
    made = account.ok("POST /v1/payment_methods", {"type": "card", "card": {"number": "4000008400001629"}})
    intent = account.paid(payment_method=made["id"])
    done = account.ok(f"POST /_replayer/payment_intents/{intent['id']}/authorize")
    assert (done["status"], done["last_payment_error"]["code"]) == ("requires_payment_method", "card_declined")


def test_who_is_not_asked_cannot_authorize(account):
    assert account.error(f"POST /_replayer/payment_intents/{account.paid()['id']}/authorize")[0] == 400
    intent = account.paid(payment_method="pm_card_authenticationRequired")
    assert account.error(f"POST /_replayer/payment_intents/{intent['id']}/authorize", {"outcome": "perhaps"})[0] == 400
