"""The way of a call: keys, accounts, clock, determinism, what is no operation."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.model import Request
from replayer.simulator import Simulator
from replayer.stripeapi.ids import is_id


def test_an_unknown_url_is_stripes_404(account):
    status, error = account.error("GET /v1/unicorns")
    assert (status, error["type"]) == (404, "invalid_request_error")
    assert "Unrecognized request URL (GET: /v1/unicorns)" in error["message"]


@pytest.mark.parametrize("key", ["", "sk_live_abc", "pk_test_abc", "nonsense"])
def test_only_secret_test_keys_are_let_in(account, key):
    status, error = account.error("GET /v1/customers", key=key)
    assert status == 401
    assert error["type"] == "invalid_request_error"
    assert "abc" not in error["message"] or len(key) < 12


def test_each_key_and_each_connected_account_has_objects_of_its_own(account):
    mine = account.customer()
    assert account.call(f"GET /v1/customers/{mine}", key="sk_test_other").status == 404
    assert account.call(f"GET /v1/customers/{mine}", account="acct_1Connected000001").status == 404
    assert account.call(f"GET /v1/customers/{mine}").status == 200


def test_accounts_never_make_the_same_id(account):
    ids = {account.ok("POST /v1/customers", key=key)["id"] for key in ("sk_test_a", "sk_test_b")}
    assert len(ids) == 2


def test_ids_look_like_stripes(account):
    intent = account.paid()
    for identifier in (intent["id"], intent["latest_charge"], intent["payment_method"], account.customer()):
        assert is_id(identifier), identifier


def test_the_clock_follows_the_calls_and_never_goes_back(account):
    assert account.ok("POST /v1/customers", at=1_770_000_000.9)["created"] == 1_770_000_000
    assert account.ok("POST /v1/customers", at=1_500_000_000)["created"] == 1_770_000_000


def test_no_version_means_the_newest(account):
    account.version = None
    outcome = account.call("POST /v1/customers")
    assert outcome.headers["stripe-version"].startswith("2026-10-28")


def test_a_version_that_is_none_is_refused(account):
    assert account.error("POST /v1/customers", version="banana")[0] == 400


def test_request_ids_differ_and_are_echoed_with_the_key(account):
    first = account.call("POST /v1/customers", idempotency_key="k1")
    second = account.call("POST /v1/customers")
    assert first.headers["request-id"] != second.headers["request-id"]
    assert first.headers["idempotency-key"] == "k1"
    assert first.headers["original-request"] == first.headers["request-id"]


_CALLS = st.sampled_from([
    ("POST", "/v1/customers", {"email": "a@example.test"}),
    ("POST", "/v1/customers", {"nonsense": "1"}),
    ("POST", "/v1/payment_intents", {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}),
    ("POST", "/v1/payment_intents", {"amount": "2000", "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": "true"}),
    ("POST", "/v1/products", {"name": "Shirt"}),
    ("GET", "/v1/customers", {"limit": "3"}),
    ("GET", "/v1/payment_intents", {"expand": ["data.latest_charge"]}),
    ("GET", "/v1/events", {}),
])  # fmt: skip


@settings(max_examples=40)
@given(calls=st.lists(_CALLS, max_size=8), version=st.sampled_from([None, "2020-08-27", "2025-10-29.clover"]))
def test_the_same_calls_get_the_same_bytes(calls, version):
    def run() -> bytes:
        simulator = Simulator(1_700_000_000)
        outcomes = [simulator.send(Request(method=m, path=p, params=dict(q), version=version), at=i) for i, (m, p, q) in enumerate(calls)]
        return msgspec.json.encode([outcomes, simulator.origin_sets])

    assert run() == run()


def test_an_answer_is_nobody_elses(account):
    customer = account.customer(metadata={"a": "1"})
    body = account.ok(f"GET /v1/customers/{customer}")
    body["metadata"]["a"] = body["invoice_settings"]["footer"] = "changed"
    again = account.ok(f"GET /v1/customers/{customer}")
    assert again["metadata"] == {"a": "1"}
    assert again["invoice_settings"]["footer"] is None
