"""Bank debits: processing first, and then paid or not (docs.stripe.com/payments/sepa-debit, /ach-direct-debit and their test sections)."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import NOW
from tests.simulator.debiting import ACCEPTED, debit, events, now, subscriber

_DONE = ["payment_intent.created", "charge.pending", "payment_intent.processing", "charge.succeeded", "payment_intent.succeeded"]
_FAILED = [*_DONE[:3], "charge.failed", "payment_intent.payment_failed"]


def test_a_debit_is_processing_and_then_succeeds(account):
    intent = debit(account, "pm_success_de")
    assert (intent["status"], intent["amount_received"]) == ("processing", 0)
    paid = now(account, intent)
    charge = paid["latest_charge"]
    assert (paid["status"], paid["amount_received"], charge["status"], charge["paid"]) == ("succeeded", 2000, "succeeded", True)
    assert charge["id"].startswith("py_")
    assert events(account) == _DONE


def test_what_is_pending_has_moved_no_money(account):
    outcome = account.call("POST /v1/payment_intents", {
        "amount": "2000", "currency": "eur", "payment_method": "pm_successDelayed_de", "payment_method_types": ["sepa_debit"],
        "confirm": "true", "mandate_data": ACCEPTED,
    })  # fmt: skip
    assert [effect for effect in outcome.effects if effect.kind == "money"] == []
    later = account.call("GET /v1/balance", at=NOW + 180)
    assert [effect.amount for effect in later.effects if effect.kind == "money"] == [2000]


def test_a_delayed_debit_takes_three_minutes(account):
    intent = debit(account, "pm_failedDelayed_at")
    assert now(account, intent, at=NOW + 179)["status"] == "processing"
    assert now(account, intent, at=NOW + 180)["status"] == "requires_payment_method"


@pytest.mark.parametrize(
    ("method", "kind", "code"),
    [
        ("pm_insufficientFunds_nl", "sepa_debit", "insufficient_funds"),
        ("pm_exceedsWeeklyVolumeLimit_at", "sepa_debit", "charge_exceeds_source_limit"),
        ("pm_exceedsWeeklyTransactionLimit_at", "sepa_debit", "charge_exceeds_weekly_limit"),
        ("pm_usBankAccount_accountClosed", "us_bank_account", "account_closed"),
        ("pm_usBankAccount_noAccount", "us_bank_account", "no_account"),
        ("pm_bacsDebit_debitNotAuthorized", "bacs_debit", "debit_not_authorized"),
        ("pm_auBecsDebit_referToCustomer", "au_becs_debit", "refer_to_customer"),
        ("pm_acssDebit_insufficientFunds", "acss_debit", "insufficient_funds"),
    ],
)
def test_a_debit_fails_with_its_documented_code(account, method, kind, code):
    failed = now(account, debit(account, method, kind))
    charge = failed["latest_charge"]
    assert (failed["status"], failed["payment_method"], failed["last_payment_error"]["code"]) == ("requires_payment_method", None, code)
    assert (charge["status"], charge["failure_code"], charge["paid"]) == ("failed", code, False)
    assert events(account) == _FAILED or events(account) == [*_FAILED[:3], "mandate.updated", *_FAILED[3:]]


def test_what_failed_is_taken_off_the_balance_again(account):
    charge = now(account, debit(account, "pm_failed_de"))["latest_charge"]
    entries = account.ok("GET /v1/balance_transactions", {"source": charge["id"]})["data"][::-1]
    assert [(entry["type"], entry["amount"]) for entry in entries] == [("payment", 2000), ("payment_failure_refund", -2000)]
    assert charge["failure_balance_transaction"] == entries[1]["id"]


def test_a_mandate_ends_where_debits_are_not_authorized(account):
    charge = now(account, debit(account, "pm_usBankAccount_debitNotAuthorized", "us_bank_account"))["latest_charge"]
    mandate = account.ok(f"GET /v1/mandates/{charge['payment_method_details']['us_bank_account']['mandate']}")
    assert mandate["status"] == "inactive"
    charge = now(account, debit(account, "pm_usBankAccount_insufficientFunds", "us_bank_account"))["latest_charge"]
    assert account.ok(f"GET /v1/mandates/{charge['payment_method_details']['us_bank_account']['mandate']}")["status"] == "active"


def test_a_disputed_debit_succeeds_and_is_lost(account):
    charge = now(account, debit(account, "pm_disputed_de"))["latest_charge"]
    dispute = account.ok(f"GET /v1/disputes/{charge['dispute']}")
    assert (charge["status"], charge["disputed"], dispute["status"], dispute["amount"]) == ("succeeded", True, "lost", 2000)
    assert events(account) == [*_DONE, "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"]


def test_a_debit_that_never_ends_can_be_canceled(account):
    intent = debit(account, "pm_usBankAccount_processing", "us_bank_account")
    assert now(account, intent, at=NOW + 90 * 86400)["status"] == "processing"
    canceled = account.ok(f"POST /v1/payment_intents/{intent['id']}/cancel")
    assert (canceled["status"], now(account, intent)["latest_charge"]["status"]) == ("canceled", "failed")


def test_radar_blocks_an_account_of_the_highest_risk(account):
    given = {"amount": "2000", "currency": "usd", "payment_method": "pm_usBankAccount_riskLevelHighest", "mandate_data": ACCEPTED}
    status, error = account.error("POST /v1/payment_intents", {**given, "payment_method_types": ["us_bank_account"], "confirm": "true"})
    assert (status, error["payment_intent"]["status"]) == (402, "requires_payment_method")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"currency": "usd"}, "payment_method_currency_mismatch"),
        ({"payment_method_types": ["card"]}, "payment_intent_incompatible_payment_method"),
    ],
)
def test_an_account_must_fit_the_intent(account, more, code):
    given = {"amount": "2000", "currency": "eur", "payment_method": "pm_success_de", "payment_method_types": ["sepa_debit"]}
    status, error = account.error("POST /v1/payment_intents", {**given, "confirm": "true", "mandate_data": ACCEPTED, **more})
    assert (status, error["code"]) == (400, code)


def test_what_is_not_documented_is_unknown(account):
    given = {"amount": "2000", "currency": "eur", "payment_method_types": ["sepa_debit"], "confirm": "true"}
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE00000000000000000000"}}
    for params in (
        {"payment_method": "pm_success_de"},  # no mandate
        {"payment_method": "pm_success_de", "mandate_data": ACCEPTED, "capture_method": "manual"},
        {"payment_method_data": data, "mandate_data": ACCEPTED},
    ):
        assert "unknown" in str(account.call("POST /v1/payment_intents", {**given, **params}).error)


def test_fees_are_those_of_the_price_list(account):
    """ACH: 0.8 % of 20.00 is 0.16, and never more than 5.00; SEPA 0.35."""
    small = now(account, debit(account, "pm_usBankAccount_success", "us_bank_account"))
    large = now(account, debit(account, "pm_usBankAccount_success", "us_bank_account", amount="100000"))
    euro = now(account, debit(account, "pm_success_de"))
    fees = [
        account.ok(f"GET /v1/balance_transactions/{one['latest_charge']['balance_transaction']}")["fee"] for one in (small, large, euro)
    ]
    assert fees == [16, 500, 35]


def test_a_payment_is_refunded_as_a_payment(account):
    charge = now(account, debit(account, "pm_success_de"))["latest_charge"]
    refund = account.ok("POST /v1/refunds", {"charge": charge["id"], "amount": "500"})
    entry = account.ok(f"GET /v1/balance_transactions/{refund['balance_transaction']}")
    assert (refund["id"][:4], entry["type"], entry["amount"]) == ("pyr_", "payment_refund", -500)


def test_a_pending_payment_cannot_be_refunded(account):
    intent = debit(account, "pm_successDelayed_de")
    assert account.error("POST /v1/refunds", {"payment_intent": intent["id"]})[0] == 400


# --- invoices and subscriptions


def test_a_subscription_by_debit_is_active_while_its_invoice_is_open(account):
    """docs.stripe.com/billing/subscriptions/overview: it moves directly to `active` and bypasses `incomplete`."""
    customer, price = subscriber(account, "pm_success_de")
    made = account.ok("POST /v1/subscriptions", {"customer": customer, "items": [{"price": price}], "expand": ["latest_invoice"]})
    invoice = made["latest_invoice"]
    assert (made["status"], invoice["status"], invoice["amount_paid"], invoice["attempt_count"]) == ("active", "open", 0, 1)
    paid = account.ok(f"GET /v1/invoices/{invoice['id']}")
    assert (paid["status"], paid["amount_paid"], paid["attempt_count"]) == ("paid", 1000, 1)


def test_a_first_invoice_whose_debit_fails_is_voided_and_the_subscription_stays_active(account):
    customer, price = subscriber(account, "pm_failedDelayed_de")
    made = account.ok("POST /v1/subscriptions", {"customer": customer, "items": [{"price": price}]})
    invoice = account.ok(f"GET /v1/invoices/{made['latest_invoice']}", at=NOW + 200)
    assert (invoice["status"], account.ok(f"GET /v1/subscriptions/{made['id']}")["status"]) == ("void", "active")
    assert events(account)[-4:] == ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed", "invoice.voided"]


def test_a_renewal_whose_debit_fails_stays_open_and_past_due(account):
    customer, price = subscriber(account, "pm_success_de")
    made = account.ok("POST /v1/subscriptions", {"customer": customer, "items": [{"price": price}]})
    failing = account.ok("POST /v1/payment_methods/pm_failed_de/attach", {"customer": customer})["id"]
    account.ok(f"POST /v1/subscriptions/{made['id']}", {"default_payment_method": failing})
    renewed = account.ok(f"GET /v1/subscriptions/{made['id']}", {"expand": ["latest_invoice"]}, at=NOW + 32 * 86400)
    assert (renewed["status"], renewed["latest_invoice"]["status"], renewed["latest_invoice"]["amount_due"]) == ("past_due", "open", 1000)
    assert renewed["latest_invoice"]["next_payment_attempt"] is None


def test_a_checkout_by_debit_is_paid_later(account):
    product = account.ok("POST /v1/products", {"name": "A"})["id"]
    line = {"price_data": {"currency": "eur", "unit_amount": "500", "product": product}, "quantity": "2"}
    page = {"mode": "payment", "line_items": [line], "success_url": "https://a.example/", "payment_method_types": ["sepa_debit"]}
    sessions = [account.ok("POST /v1/checkout/sessions", page)["id"] for _ in range(2)]
    done = [
        account.ok(f"POST /_replayer/checkout/sessions/{session}/complete", {"payment_method": method, "email": "a@example.com"})
        for session, method in zip(sessions, ("pm_successDelayed_de", "pm_failed_de"), strict=True)
    ]
    assert [one["payment_status"] for one in done] == ["unpaid", "unpaid"]
    account.ok("GET /v1/balance", at=NOW + 180)
    assert [account.ok(f"GET /v1/checkout/sessions/{one}")["payment_status"] for one in sessions] == ["paid", "unpaid"]
    told = [name for name in events(account) if name.startswith("checkout.session.async")]
    assert told == ["checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded"]
