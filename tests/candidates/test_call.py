"""What a candidate's file is written against: the call."""

import copy

import pytest

from replayer.candidates import Call, Drop
from replayer.candidates.call import Answer
from replayer.model import InputError, Outcome, Request


@pytest.fixture
def call():
    request = Request(
        method="POST",
        path="/v1/subscriptions",
        params={"customer": "cus_TOnR0Lf2celqmf", "items": [{"price": "gold", "quantity": "2"}], "trial_end": "now"},
    )
    return Call(request, "POST /v1/subscriptions", recorded={"id": "sub_1"}, chain={})


def test_an_operation_is_equal_whatever_its_braces_hold(call):
    assert call.operation == "POST /v1/subscriptions"
    assert call.operation != "POST /v1/customers"
    other = Call(Request(method="GET", path="/v1/customers/cus_1"), "GET /v1/customers/{customer}", recorded=None, chain={})
    assert other.operation == "GET /v1/customers/{}"
    assert other.operation == "GET /v1/customers/{anything}"


def test_an_operation_that_is_none_raises_and_names_the_nearest(call):
    with pytest.raises(InputError) as error:
        call.operation == "POST /v1/subscription"  # noqa: B015
    assert "POST /v1/subscriptions" in error.value.hint


def test_values_are_put_on_the_wire(call):
    changed = call.with_params(prorate=True, quantity=3, coupon="", percent=2.5)
    assert changed.params["prorate"] == "true"
    assert changed.params["quantity"] == "3"
    assert changed.params["coupon"] == ""
    assert changed.params["percent"] == "2.5"


def test_none_raises_because_it_has_no_meaning_on_the_wire(call):
    with pytest.raises(InputError, match="None"):
        call.with_params(coupon=None)


def test_a_wire_name_sets_one_parameter_and_leaves_the_call_as_it_is(call):
    changed = call.with_param("items[0][quantity]", "3").with_param("items[1][price]", "silver").with_param("metadata[plan]", "x")
    assert changed.params["items"] == [{"price": "gold", "quantity": "3"}, {"price": "silver"}]
    assert changed.params["metadata"] == {"plan": "x"}
    assert call.params["items"] == [{"price": "gold", "quantity": "2"}]


def test_a_position_past_the_end_is_an_error_that_names_the_free_one(call):
    with pytest.raises(InputError) as error:
        call.with_param("items[5][price]", "x")
    assert "[1]" in error.value.hint


def test_without_removes_what_is_nested_and_what_is_then_empty(call):
    assert "trial_end" not in call.without("trial_end").params
    assert call.without("items[0][quantity]").params["items"] == [{"price": "gold"}]
    assert "items" not in call.without("items[0][quantity]").without("items[0][price]").params


def test_a_change_that_changes_nothing_gives_the_same_object(call):
    assert call.with_params(trial_end="now") is call
    assert call.without("nothing") is call
    assert call.with_param("items[0][quantity]", 2) is call


def test_a_call_is_frozen_and_so_is_what_it_hands_out(call):
    with pytest.raises(AttributeError):
        call.chain = {}
    for change in (
        lambda: call.params["items"].clear(),
        lambda: call.params.update(amount="1"),
        lambda: call.params["items"][0].pop("price"),
    ):
        with pytest.raises(InputError, match="frozen"):
            change()
    assert copy.deepcopy(call.params) == call.params


def test_what_was_recorded_is_read_only_and_what_is_answered_is_the_candidates_own(call):
    with pytest.raises(InputError, match="frozen"):
        call.recorded["id"] = "sub_2"
    outcome = Outcome(status=200, body={"items": {"data": [{"id": "si_1"}]}})
    answer = Answer(outcome)
    answer.json["items"]["data"].clear()
    assert outcome.body == {"items": {"data": [{"id": "si_1"}]}}


def test_instead_makes_another_call_and_refuses_what_is_no_operation(call):
    made = call.instead("POST /v1/payment_intents", amount=100, confirm=True)
    assert (made.operation, made.path, made.params) == (
        "POST /v1/payment_intents",
        "/v1/payment_intents",
        {"amount": "100", "confirm": "true"},
    )
    with pytest.raises(InputError):
        call.instead("POST /v1/payment_intent", amount=1)


def test_replaced_by_refuses_what_is_no_id(call):
    with pytest.raises(InputError, match="cannot stand for"):
        call.replaced_by(Answer(Outcome(status=402, body={})), {"ch_1": None})


def test_a_drop_is_no_call(call):
    assert isinstance(call.drop(), Drop)


def test_a_hash_of_places_is_the_list_that_the_wire_makes_of_it():
    request = Request(method="POST", path="/v1/subscriptions", params={"items": [{"price": "p", "quantity": "1"}], "metadata": {"0": "a"}})
    sent = Call(request, "POST /v1/subscriptions", recorded=None, chain={})
    assert sent.with_params(items={"0": {"price": "p", "quantity": 1}}) is sent
    assert sent.with_params(metadata={"0": "a"}) is sent
