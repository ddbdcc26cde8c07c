"""Refunds: whole, in parts, too much, twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.model import Request
from replayer.simulator import Simulator


def test_a_refund_without_an_amount_gives_everything_back(account):
    intent = account.paid(2000)
    outcome = account.call("POST /v1/refunds", {"payment_intent": intent["id"]})
    assert (outcome.body["amount"], outcome.body["status"], outcome.body["charge"]) == (2000, "succeeded", intent["latest_charge"])
    assert [(e.object, e.amount, e.currency) for e in outcome.effects if e.kind == "money"] == [("refund", -2000, "usd")]
    assert [e.object for e in outcome.effects if e.kind == "event"] == ["refund.created", "charge.refunded"]
    charge = account.ok(f"GET /v1/charges/{intent['latest_charge']}")
    assert (charge["amount_refunded"], charge["refunded"]) == (2000, True)


def test_the_money_belongs_to_the_charges_customer(account):
    customer = account.customer()
    intent = account.paid(customer=customer)
    outcome = account.call("POST /v1/refunds", {"charge": intent["latest_charge"], "amount": "5"})
    assert {effect.customer for effect in outcome.effects if effect.kind == "money"} == {customer}


def test_parts_add_up(account):
    intent = account.paid(2000)
    account.ok("POST /v1/refunds", {"charge": intent["latest_charge"], "amount": "500"})
    charge = account.ok(f"GET /v1/charges/{intent['latest_charge']}")
    assert (charge["amount_refunded"], charge["refunded"]) == (500, False)
    account.ok("POST /v1/refunds", {"charge": intent["latest_charge"]})
    assert account.ok(f"GET /v1/charges/{intent['latest_charge']}")["refunded"] is True
    refunds = account.ok("GET /v1/refunds", {"charge": intent["latest_charge"]})["data"]
    assert [refund["amount"] for refund in refunds] == [1500, 500]


@settings(max_examples=50, deadline=None)
@given(amount=st.integers(50, 100_000), parts=st.lists(st.integers(1, 60_000), max_size=6))
def test_never_more_is_given_back_than_was_taken(amount, parts):
    simulator = Simulator(1.7e9)

    def send(method, path, **params):
        return simulator.send(Request(method=method, path=path, params=params))

    paid = send("POST", "/v1/payment_intents", amount=str(amount), currency="usd", payment_method="pm_card_visa", confirm="true").body
    moved = 0
    for part in parts:
        outcome = send("POST", "/v1/refunds", payment_intent=paid["id"], amount=str(part))
        moved -= sum(effect.amount for effect in outcome.effects or [] if effect.kind == "money")
        assert outcome.status == 200 or moved + part > amount
    charge = send("GET", f"/v1/charges/{paid['latest_charge']}").body
    assert charge["amount_refunded"] == moved <= amount
    assert charge["refunded"] is (moved == amount)


def test_too_much_is_refused(account):
    intent = account.paid(1000)
    status, error = account.error("POST /v1/refunds", {"payment_intent": intent["id"], "amount": "2500"})
    assert (status, error["param"]) == (400, "amount")
    assert error["message"] == "Refund amount ($25.00) is greater than unrefunded amount on charge ($10.00)"


def test_twice_is_refused(account):
    intent = account.paid()
    account.ok("POST /v1/refunds", {"payment_intent": intent["id"]})
    assert account.error("POST /v1/refunds", {"payment_intent": intent["id"]})[1]["code"] == "charge_already_refunded"


def test_nothing_to_refund_is_refused(account):
    assert account.error("POST /v1/refunds")[1]["code"] == "parameter_missing"
    intent = account.ok("POST /v1/payment_intents", {"amount": "2000", "currency": "usd"})["id"]
    assert account.error("POST /v1/refunds", {"payment_intent": intent})[1]["param"] == "payment_intent"
    assert account.error("POST /v1/refunds", {"charge": "ch_missing"})[0] == 400


def test_the_older_way_answers_with_the_charge(account):
    intent = account.paid()
    charge = account.ok(f"POST /v1/charges/{intent['latest_charge']}/refund", {"amount": "300"}, version="2020-08-27")
    assert (charge["object"], charge["amount_refunded"]) == ("charge", 300)
    assert [refund["amount"] for refund in charge["refunds"]["data"]] == [300]


def test_an_uncaptured_charge_is_released_without_money(account):
    intent = account.paid(capture_method="manual")
    outcome = account.call("POST /v1/refunds", {"charge": intent["latest_charge"]})
    assert outcome.status == 200
    assert [effect for effect in outcome.effects if effect.kind == "money"] == []


def test_the_balance_transaction_is_negative(account):
    intent = account.paid()
    refund = account.ok("POST /v1/refunds", {"payment_intent": intent["id"], "amount": "700", "expand": ["balance_transaction"]})
    assert (refund["balance_transaction"]["amount"], refund["balance_transaction"]["fee"]) == (-700, 0)
