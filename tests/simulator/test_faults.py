"""Faults on demand, met by the official SDK: what executes is charged once, what does not is charged on the retry."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stripe

from replayer.model import InputError, Request
from replayer.simulator.faults import Faults, Rule, load_faults
from replayer.simulator.http import make_server

PAY = "POST /v1/payment_intents"


@contextmanager
def shop(*rules: Rule, retries: int = 2, seed: int = 0) -> Iterator[stripe.StripeClient]:
    with make_server("127.0.0.1", 0, faults=Faults(list(rules), seed)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        http = stripe.RequestsClient()
        http._sleep_time_seconds = lambda *_: 0.0  # type: ignore[method-assign]
        base = {"api": f"http://127.0.0.1:{server.server_address[1]}"}
        try:
            yield stripe.StripeClient("sk_test_sdk", base_addresses=base, http_client=http, max_network_retries=retries)
        finally:
            http.close()
            server.shutdown()
            thread.join()


def pay(client, **options):
    given = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, "return_url": "https://example.test/"}
    return client.v1.payment_intents.create(given, options)


def charges(client):
    return [charge.amount for charge in client.v1.charges.list().data]


@pytest.mark.parametrize("kind", ["rate_limit", "lock_timeout", "conflict", "reset"])
def test_the_sdk_tries_again_and_charges_once(kind):
    with shop(Rule(fault=kind, operation=PAY, nth=1)) as client:
        assert pay(client).status == "succeeded"
        assert charges(client) == [2000]


def test_a_reset_after_the_call_has_executed_charges_once_too():
    with shop(Rule(fault="reset", operation=PAY, nth=1, executed=True)) as client:
        assert pay(client).status == "succeeded"
        assert charges(client) == [2000]


def test_without_a_retry_nobody_is_told_and_the_money_has_moved():
    with shop(Rule(fault="reset", operation=PAY, nth=1, executed=True), retries=0) as client:
        with pytest.raises(stripe.APIConnectionError):
            pay(client)
        assert charges(client) == [2000]


@pytest.mark.parametrize(("kind", "status", "code", "error"), [
    ("rate_limit", 429, "rate_limit", stripe.RateLimitError), ("lock_timeout", 429, "lock_timeout", stripe.RateLimitError),
    ("conflict", 409, "idempotency_key_in_use", stripe.StripeError), ("error", 500, None, stripe.APIError),
])  # fmt: skip
def test_they_look_like_stripes(kind, status, code, error):
    with shop(Rule(fault=kind, operation=PAY, nth=1), retries=0) as client:
        with pytest.raises(error) as caught:
            pay(client)
        assert (caught.value.http_status, caught.value.json_body["error"].get("code")) == (status, code)
        assert caught.value.request_id.startswith("req_Fault")
        assert charges(client) == []


@pytest.mark.parametrize(("executed", "moved"), [(False, []), (True, [2000])])
def test_a_failure_stays_with_its_key(executed, moved):
    with shop(Rule(fault="error", operation=PAY, nth=1, executed=executed), retries=0) as client:
        for _ in range(2):
            with pytest.raises(stripe.APIError):
                pay(client, idempotency_key="same")
        assert charges(client) == moved
        assert pay(client, idempotency_key="other").status == "succeeded"


def test_a_slow_answer_comes_late():
    with shop(Rule(fault="slow", operation=PAY, nth=1, seconds=0.3)) as client:
        begun = time.monotonic()
        assert pay(client).status == "succeeded"
        assert time.monotonic() - begun >= 0.3


def struck(rules, calls, seed=0):
    faults = Faults(rules, seed)
    return [(found := faults.of(Request(method="POST", path=path))) and found.fault for path in calls]


def test_each_rule_counts_the_calls_that_fit_it():
    refund, intent = "/v1/refunds", "/v1/payment_intents"
    rules = [Rule(fault="rate_limit", operation="POST /v1/refunds", nth=2), Rule(fault="reset", every=3)]
    assert struck(rules, [refund, intent, refund, intent, intent, refund]) == [None, None, "rate_limit", None, None, "reset"]


def test_a_share_is_the_same_for_one_seed_and_about_as_large_as_asked():
    rules = [Rule(fault="reset", share=0.2)]
    one, same, other = (struck(rules, ["/v1/refunds"] * 500, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert 60 < sum(fault is not None for fault in one) < 140


def test_without_rules_nothing_fails():
    with shop(retries=0) as client:
        assert [pay(client).status for _ in range(5)] == ["succeeded"] * 5


@pytest.mark.parametrize(("text", "place", "said"), [
    ("[]", ":1:1", "mapping"),
    ("rules: 3", ":1:1", "list"),
    ("rules:\n  - fault: rest\n", ":2:5", "no fault"),
    ("rules:\n  - fault: reset\n    nht: 2\n", ":3:5", "nht"),
    ("rules:\n  - fault: reset\n    operation: POST /v1/refund\n", ":3:5", "unknown operation"),
    ("rules:\n  - fault: rate_limit\n    executed: true\n", ":3:5", "never executes"),
    ("rules:\n  - fault: reset\n    nth: 1\n    every: 2\n", ":2:5", "one of"),
    ("rules:\n  - fault: reset\n    nth: two\n", ":3:5", "Expected"),
    ("rules:\n  - fault: reset\n    nth: 0\n", ":3:5", "more than 0"),
    ("rules:\n  - fault: reset\n    share: some\n", ":3:5", "no share"),
    ("rules: []\nseed: a\n", ":2:1", "number"),
])  # fmt: skip
def test_what_is_wrong_in_a_file_is_named_with_its_place(tmp_path, text, place, said):
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_faults(file)
    assert str(caught.value.place).endswith(place)
    assert said in str(caught.value.what)


def test_a_file_is_read(tmp_path):
    file = tmp_path / "faults.yaml"
    file.write_text("seed: 3\nrules:\n  - {fault: reset, operation: 'POST /v1/charges/{}/capture', share: 20 %, executed: true}\n")
    faults = load_faults(file)
    found = [faults.of(Request(method="POST", path="/v1/charges/ch_1/capture")) for _ in range(100)]
    assert 5 < sum(rule is not None for rule in found) < 40
    assert {rule.executed for rule in found if rule is not None} == {True}
