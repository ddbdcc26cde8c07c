"""Where leaves come from: computed, given, baseline, after, world, template."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from replayer.model import BaselineObject
from replayer.simulator.origins import STRENGTH
from tests.leaves import leaves

_KINDS = frozenset(STRENGTH)


_REPORT = {"report_type": "balance.summary.1", "parameters": {"columns": ["net", "fee"], "currency": "usd"}}
_DISPUTE = {"amount": "500", "metadata": {"a": "1"}}


def test_an_echo_is_given(account):
    outcome = account.call("POST /v1/reporting/report_runs", _REPORT)
    assert {"report_type", "parameters.columns[]", "parameters.currency"} <= set(account.origins(outcome)["given"])
    assert "id" not in account.untold(outcome)


def test_what_nobody_set_is_a_template(account):
    outcome = account.call("POST /v1/issuing/disputes", _DISPUTE)
    origins = account.origins(outcome)
    assert {"status", "currency"} <= set(origins["template"])
    assert {"amount", "metadata.a"} <= set(origins["given"])


def test_after_a_call_without_a_rule_nothing_hard_is_a_fact(account):
    dispute = account.call("POST /v1/issuing/disputes", _DISPUTE).body["id"]
    outcome = account.call(f"POST /v1/issuing/disputes/{dispute}/submit")
    assert {"status", "currency"} <= set(account.origins(outcome)["template"])


def test_a_set_is_named_by_its_content(account):
    outcome = account.call("POST /v1/customers", {"name": "A"})
    content = account.origins(outcome)
    assert outcome.origins == hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12]
    assert set(content) <= _KINDS
    assert all(paths == sorted(set(paths)) for paths in content.values())


def test_equal_shapes_share_a_set(account):
    first = account.call("POST /v1/customers", {"name": "A"}).origins
    assert account.call("POST /v1/customers", {"name": "B"}).origins == first
    assert account.call("POST /v1/customers", {"email": "B"}).origins != first


def test_folded_paths_tell_the_weakest(account):
    account.simulator.lay([_baseline({"id": "cus_Old00000000001", "object": "customer", "email": "o@example.test", "metadata": {}})])
    account.customer(email="n@example.test")
    outcome = account.call("GET /v1/customers")
    assert "data[].email" in account.origins(outcome)["baseline"]


@pytest.mark.parametrize(
    "operation",
    [
        "POST /v1/customers",
        "POST /v1/payment_intents",
        "POST /v1/refunds",
        "GET /v1/charges",
        "GET /v1/payment_intents",
        "POST /v1/invoices",
    ],
)
def test_every_path_is_a_leaf_of_the_answer(account, operation):
    customer = account.customer(metadata={"a": "1"})
    intent = account.paid(customer=customer, metadata={"k": "v"})
    params = {
        "POST /v1/customers": {"name": "A", "expand": ["tax", "sources"]},
        "POST /v1/payment_intents": {
            "amount": "900", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa", "expand": ["latest_charge.refunds"],
        },
        "POST /v1/refunds": {"payment_intent": intent["id"], "expand": ["charge.customer"]},
        "GET /v1/charges": {"expand": ["data.balance_transaction", "data.payment_intent"]},
        "POST /v1/invoices": {"customer": customer, "expand": ["customer"]},
    }.get(operation, {})  # fmt: skip
    outcome = account.call(operation, params)
    assert outcome.status == 200
    found = {path for path, _ in leaves(outcome.body)}
    for paths in account.origins(outcome).values():
        assert set(paths) <= found


def _baseline(state, **more):
    given = {"id": state["id"], "object": state["object"], "provenance": "observed", "state": state, "version": "2025-10-29.clover", **more}
    return BaselineObject(**given)
