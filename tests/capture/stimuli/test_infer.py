"""What is inferred, and where it is put: by hand-made exchanges."""

from __future__ import annotations

import msgspec
import pytest

from replayer.capture.stimuli import infer
from replayer.model import Exchange, Outcome, Request

SUBSCRIPTION = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "metadata": {}, "description": None}


def call(number, method, path, at, body=None, request_id=None, **params):
    headers = {"request-id": request_id or f"req_{number}"}
    return Exchange(
        id=f"x{number}", source="s", at=at, request=Request(method=method, path=path, params=params),
        outcome=Outcome(status=200, headers=headers, body=body or {}),
    )  # fmt: skip


def told(number, kind, at, state, *, previous=None, request="req_else", name=None):
    event = {
        "id": name or f"evt_{number}", "object": "event", "type": kind, "created": int(at), "request": {"id": request, "idempotency_key": None},
        "data": {"object": state, **({"previous_attributes": previous} if previous is not None else {})},
    }  # fmt: skip
    request_ = Request(method="POST", path="/hook", params=event, encoding="json")
    return Exchange(id=f"x{number}", source="s", lane="webhook", at=at, request=request_, outcome=Outcome(status=200))


def acts(*exchanges):
    return infer(lambda: iter(exchanges), "s").acts


def described(text):
    return {**SUBSCRIPTION, "description": text}


def test_an_act_comes_before_the_exchange_that_tells_it_also_within_one_second():
    exchanges = [
        call(1, "POST", "/v1/subscriptions", 1000.1, SUBSCRIPTION),
        told(2, "customer.subscription.updated", 1000.5, described("new"), previous={"description": None}),
        call(3, "GET", "/v1/subscriptions/sub_1", 1000.8, described("new")),
    ]
    (act,) = acts(*exchanges)
    assert (act.id, act.request.path, act.request.params) == ("x1+1", "/v1/subscriptions/sub_1", {"description": "new"})


def test_an_act_that_is_told_late_is_put_at_its_time():
    exchanges = [
        call(1, "POST", "/v1/subscriptions", 1000.1, SUBSCRIPTION),
        call(2, "GET", "/v1/subscriptions/sub_1", 2000.0, SUBSCRIPTION),
        call(3, "GET", "/v1/subscriptions/sub_1", 4000.0, described("new")),
    ]
    late = told(4, "customer.subscription.updated", 5000.0, described("new"), previous={"description": None})
    event = {**late.request.params, "created": 3000}
    (act,) = acts(*exchanges, msgspec.structs.replace(late, request=msgspec.structs.replace(late.request, params=event)))
    assert (act.id, act.at) == ("x2+1", 3000.0)


@pytest.mark.parametrize("request_id", ["req_1", None])
def test_what_the_source_or_stripe_did_is_no_act(request_id):
    exchanges = [
        call(1, "POST", "/v1/subscriptions/sub_1", 1000.1, described("new")),
        told(2, "customer.subscription.updated", 1000.5, described("new"), previous={"description": None}, request=request_id),
    ]
    assert acts(*exchanges) == []


def test_an_event_that_is_told_twice_is_one_act():
    event = {"previous": {"description": None}, "name": "evt_same"}
    exchanges = [told(number, "customer.subscription.updated", 1000.0 + number, described("new"), **event) for number in (1, 2)]
    exchanges[1] = msgspec.structs.replace(exchanges[1], request=exchanges[0].request)
    assert len(acts(*exchanges)) == 1


def test_a_change_that_no_rule_knows_is_told_and_not_done():
    state = {**SUBSCRIPTION, "transfer_data": {"destination": "acct_1"}}
    (act,) = acts(told(1, "customer.subscription.updated", 1000.0, state, previous={"transfer_data": None}))
    assert (act.disposition, "transfer_data" in act.reason) == ("skipped", True)


def test_what_concerns_no_bill_is_no_act():
    assert acts(told(1, "product.updated", 1000.0, {"id": "prod_1", "object": "product"}, previous={"name": "Tea"})) == []


def test_what_nobody_knows_concerns_whom_it_concerns():
    (act,) = acts(told(1, "mandate.updated", 1000.0, {"id": "mandate_1", "object": "mandate", "customer": "cus_1"}))
    assert act.disposition == "skipped"
    assert act.outcome.body["customer"] == "cus_1"


def test_an_intent_that_stripe_tries_to_collect_again_is_no_act_by_reads():
    failed = {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "requires_payment_method",
        "invoice": "in_1",
        "last_payment_error": {"code": "x"},
    }
    paid = {**failed, "status": "succeeded", "last_payment_error": None, "payment_method": "pm_1"}
    assert acts(call(1, "POST", "/v1/payment_intents", 1.0, failed), call(2, "GET", "/v1/payment_intents/pi_1", 2.0, paid)) == []
    own = {**failed, "invoice": None}
    (act,) = acts(
        call(1, "POST", "/v1/payment_intents", 1.0, own), call(2, "GET", "/v1/payment_intents/pi_1", 2.0, {**paid, "invoice": None})
    )
    assert act.request.path == "/v1/payment_intents/pi_1/confirm"


def test_what_nobody_confirms_waits():
    intent = {"id": "pi_1", "object": "payment_intent", "status": "requires_payment_method"}
    session = {"id": "cs_test_1", "object": "checkout.session", "status": "open"}
    calls = [call(1, "POST", "/v1/payment_intents", 1.0, intent), call(2, "POST", "/v1/checkout/sessions", 2.0, session)]
    assert sorted(infer(lambda: iter(calls), "s").waiting) == ["cs_test_1", "pi_1"]


def nameless(exchange):
    return msgspec.structs.replace(exchange, outcome=msgspec.structs.replace(exchange.outcome, headers={}))


def test_where_calls_have_no_request_ids_what_they_may_have_done_is_no_act_and_what_they_cannot_have_is():
    own = nameless(
        call(1, "POST", "/v1/subscriptions/sub_Ab12Cd34Ef56Gh78", 1000.1, {"id": "sub_Ab12Cd34Ef56Gh78", "object": "subscription"})
    )
    changed = {**described("new"), "id": "sub_Ab12Cd34Ef56Gh78"}
    mine = told(2, "customer.subscription.updated", 1000.5, changed, previous={"description": None})
    assert acts(own, mine) == []
    other = told(2, "customer.subscription.updated", 1000.5, {**changed, "id": "sub_Zz12Cd34Ef56Gh78"}, previous={"description": None})
    assert [act.request.path for act in acts(own, other)] == ["/v1/subscriptions/sub_Zz12Cd34Ef56Gh78"]
