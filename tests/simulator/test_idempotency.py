"""Idempotency keys: replayed, refused, forgotten (Stripe API reference, "Idempotent requests")."""

from __future__ import annotations

_DAY = 24 * 3600


def test_the_same_key_gets_the_first_answer_and_does_nothing(account):
    first = account.call("POST /v1/customers", {"email": "a@example.test"}, idempotency_key="k")
    again = account.call("POST /v1/customers", {"email": "a@example.test"}, idempotency_key="k")
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert again.effects == []
    assert again.origins == first.origins
    assert len(account.ok("GET /v1/customers")["data"]) == 1


def test_the_first_answer_is_that_of_its_time(account):
    params = {"email": "a@example.test"}
    first = account.ok("POST /v1/customers", params, idempotency_key="k")
    account.ok(f"POST /v1/customers/{first['id']}", {"email": "b@example.test"})
    assert account.ok("POST /v1/customers", params, idempotency_key="k") == first


def test_expanded_objects_are_those_of_their_time(account):
    params = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true", "expand": ["latest_charge.refunds"]}
    first = account.ok("POST /v1/payment_intents", params, idempotency_key="k")
    account.ok("POST /v1/refunds", {"payment_intent": first["id"], "amount": "500"})
    assert account.ok("POST /v1/payment_intents", params, idempotency_key="k") == first


def test_other_parameters_are_refused(account):
    account.call("POST /v1/customers", {"email": "a@example.test"}, idempotency_key="k")
    status, error = account.error("POST /v1/customers", {"email": "b@example.test"}, idempotency_key="k")
    assert (status, error["type"]) == (400, "idempotency_error")


def test_another_path_is_refused(account):
    account.call("POST /v1/customers", idempotency_key="k")
    assert account.error("POST /v1/products", idempotency_key="k")[1]["type"] == "idempotency_error"


def test_after_a_day_the_key_executes_again(account):
    now = account.simulator.now
    first = account.ok("POST /v1/customers", idempotency_key="k")["id"]
    assert account.ok("POST /v1/customers", idempotency_key="k", at=now + _DAY - 1)["id"] == first
    assert account.ok("POST /v1/customers", idempotency_key="k", at=now + _DAY)["id"] != first


def test_validation_failures_use_no_key_up(account):
    assert account.call("POST /v1/customers", {"nonsense": "1"}, idempotency_key="k").status == 400
    assert account.call("POST /v1/customers", {"email": "a@example.test"}, idempotency_key="k").status == 200


def test_a_decline_is_stored(account):
    params = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": "true"}
    first = account.call("POST /v1/payment_intents", params, idempotency_key="k")
    again = account.call("POST /v1/payment_intents", params, idempotency_key="k")
    assert first.status == again.status == 402
    assert again.body == first.body
    assert len(account.ok("GET /v1/charges")["data"]) == 1


def test_keys_belong_to_an_account(account):
    first = account.ok("POST /v1/customers", idempotency_key="k")
    other = account.call("POST /v1/customers", idempotency_key="k", account="acct_1Connected000001")
    assert other.body["id"] != first["id"]
    assert "idempotent-replayed" not in other.headers
