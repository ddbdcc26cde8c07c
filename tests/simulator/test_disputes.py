"""Disputes of test cards (docs.stripe.com/testing#disputes): the amount and a fee of 15.00 go, the amount comes back where it is won."""

from __future__ import annotations

import pytest


def disputed(account, card="pm_card_createDispute"):
    charge = account.ok(f"GET /v1/charges/{account.paid(2500, payment_method=card)['latest_charge']}")
    assert charge["disputed"] is True
    return charge, account.ok(f"GET /v1/disputes/{charge['dispute']}")


@pytest.mark.parametrize(
    ("card", "reason"), [("pm_card_createDispute", "fraudulent"), ("pm_card_createDisputeProductNotReceived", "product_not_received")]
)
def test_a_dispute_takes_the_amount_and_a_fee(account, card, reason):
    charge, dispute = disputed(account, card)
    assert (dispute["status"], dispute["reason"], dispute["amount"], dispute["charge"]) == ("needs_response", reason, 2500, charge["id"])
    (entry,) = dispute["balance_transactions"]
    assert (entry["amount"], entry["fee"], entry["net"], entry["type"]) == (-2500, 1500, -4000, "adjustment")
    assert account.error("POST /v1/refunds", {"charge": charge["id"]})[1]["code"] == "charge_disputed"


@pytest.mark.parametrize(("text", "status", "entries"), [("winning_evidence", "won", [-4000, 2500]), ("losing_evidence", "lost", [-4000])])
def test_evidence_decides(account, text, status, entries):
    _, dispute = disputed(account)
    answer = account.ok(f"POST /v1/disputes/{dispute['id']}", {"evidence": {"uncategorized_text": text}})
    assert (answer["status"], answer["evidence_details"]["submission_count"]) == ("under_review", 1)
    done = account.ok(f"GET /v1/disputes/{dispute['id']}")
    assert (done["status"], [entry["net"] for entry in done["balance_transactions"]]) == (status, entries)


def test_evidence_that_is_not_submitted_waits(account):
    _, dispute = disputed(account)
    answer = account.ok(f"POST /v1/disputes/{dispute['id']}", {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": "false"})
    assert (answer["status"], answer["evidence_details"]["has_evidence"]) == ("needs_response", True)


def test_an_inquiry_takes_nothing(account):
    charge, dispute = disputed(account, "pm_card_createDisputeInquiry")
    assert (dispute["status"], dispute["balance_transactions"], dispute["is_charge_refundable"]) == ("warning_needs_response", [], True)
    assert account.ok("POST /v1/refunds", {"charge": charge["id"]})["amount"] == 2500


def test_a_dispute_that_is_given_up_is_lost(account):
    _, dispute = disputed(account)
    assert account.ok(f"POST /v1/disputes/{dispute['id']}/close")["status"] == "lost"
    assert account.error(f"POST /v1/disputes/{dispute['id']}/close")[0] == 400
