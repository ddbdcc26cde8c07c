"""Charges the older way, and their balance transactions."""

from __future__ import annotations

import pytest

from replayer.model import World
from replayer.simulator.ledger import fee_of

_CHARGE = {"amount": "2000", "currency": "usd", "source": "tok_visa"}


def test_a_token_is_charged_at_once(account):
    outcome = account.call("POST /v1/charges", {**_CHARGE, "expand": ["balance_transaction"]})
    charge = outcome.body
    assert (charge["status"], charge["amount_captured"], charge["payment_intent"]) == ("succeeded", 2000, None)
    assert (charge["balance_transaction"]["fee"], charge["balance_transaction"]["net"]) == (88, 1912)
    assert "balance_transaction.fee" in account.origins(outcome)["world"]
    assert [(e.object, e.amount) for e in outcome.effects if e.kind == "money"] == [("charge", 2000)]


@pytest.mark.parametrize(("amount", "fee"), [(2900, 114), (25000, 755), (2500, 103), (100, 33)])
def test_fees_round_half_up(amount, fee):
    assert fee_of(World(), amount, "usd") == fee


def test_a_charge_can_be_captured_later_in_part(account):
    charge = account.ok("POST /v1/charges", {**_CHARGE, "capture": "false"})
    assert (charge["captured"], charge["amount_captured"]) == (False, 0)
    captured = account.ok(f"POST /v1/charges/{charge['id']}/capture", {"amount": "1200"})
    assert (captured["captured"], captured["amount_captured"], captured["amount_refunded"]) == (True, 1200, 800)
    assert account.error(f"POST /v1/charges/{charge['id']}/capture")[1]["code"] == "charge_already_captured"


def test_a_decline_names_the_charge(account):
    status, error = account.error("POST /v1/charges", {**_CHARGE, "source": "tok_chargeDeclined"})
    assert (status, error["code"], error["decline_code"]) == (402, "card_declined", "generic_decline")
    assert account.ok(f"GET /v1/charges/{error['charge']}")["status"] == "failed"


def test_a_customers_default_source_pays(account):
    customer = account.customer(source="tok_mastercard")
    charge = account.ok("POST /v1/charges", {"amount": "2000", "currency": "usd", "customer": customer})
    assert charge["payment_method_details"]["card"]["brand"] == "MasterCard"
    assert charge["customer"] == customer
    nobody = account.customer()
    assert account.error("POST /v1/charges", {"amount": "2000", "currency": "usd", "customer": nobody})[0] == 402


def test_something_must_pay(account):
    assert account.error("POST /v1/charges", {"amount": "2000", "currency": "usd"})[0] == 400
    assert account.error("POST /v1/charges", {**_CHARGE, "source": "tok_unicorn"})[1]["code"] == "resource_missing"


def test_metadata_of_a_charge_can_be_changed_and_it_can_still_be_refunded(account):
    charge = account.ok("POST /v1/charges", _CHARGE)["id"]
    assert account.ok(f"POST /v1/charges/{charge}", {"metadata": {"a": "1"}})["metadata"] == {"a": "1"}
    assert account.call("POST /v1/refunds", {"charge": charge}).status == 200
