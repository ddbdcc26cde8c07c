"""Scores of fidelity: an answer agrees wholly with itself, and each kind of mistake costs what it is called after."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.fidelity import Scores, fold, leaves, score
from replayer.model import Outcome

BODY = {
    "id": "ch_Aaaaaaaaaaaaa1", "object": "charge", "amount": 500, "currency": "usd", "status": "succeeded", "created": 1_760_000_000,
    "customer": "cus_Aaaaaaaaaaa001", "refunds": {"data": []}, "metadata": {"order": "7"}, "paid": True,
}  # fmt: skip
DECLINED = {"error": {"type": "card_error", "code": "card_declined", "param": "source", "message": "Your card was declined."}}
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2)
BODIES = st.dictionaries(
    st.sampled_from(["id", "amount", "status", "x", "items"]),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("yz", min_size=1, max_size=2), inner, max_size=3), max_leaves=8),
    max_size=4,
)  # fmt: skip


def shares(recorded, live, *, status=200, live_status=200, ids=None):
    return score(Outcome(status=status, body=recorded), Outcome(status=live_status, body=live), ids or {})[0].shares()


def without(*names, **changes):
    return {key: value for key, value in {**copy.deepcopy(BODY), **changes}.items() if key not in names}


@given(BODIES)
def test_an_answer_agrees_wholly_with_itself(body):
    assert set(shares(body, copy.deepcopy(body)).values()) <= {100.0, None}


@given(BODIES, BODIES)
def test_no_share_is_more_than_whole(recorded, live):
    found, wrong = score(Outcome(status=200, body=recorded), Outcome(status=200, body=live), {})
    for part, whole in (("shape", "leaves"), ("value", "value_leaves"), ("money", "money_leaves")):
        assert 0 <= getattr(found, part) <= getattr(found, whole)
    assert sum(wrong.values()) == found.value_leaves - found.value


def test_a_wrong_amount_costs_money_and_strictness_but_no_shape():
    found = shares(BODY, without(amount=0))
    assert (found["money"], found["strict"], found["exact"], found["shape"], found["status"]) == (0.0, 0.0, 0.0, 100.0, 100.0)
    assert 0 < found["value"] < 100


def test_a_wrong_status_of_the_object_costs_strictness_and_no_money():
    found = shares(BODY, without(status="pending"))
    assert (found["money"], found["strict"]) == (100.0, 0.0)


def test_a_missing_field_costs_shape_and_value():
    found = shares(BODY, without("customer"))
    assert found["shape"] < 100
    assert found["value"] < 100
    assert found["strict"] == 100.0


def test_what_differs_in_every_run_is_compared_by_shape_only():
    assert shares(BODY, without(id="ch_Bbbbbbbbbbbbb2", created=1))["exact"] == 100.0
    assert shares(BODY, without(created="today"))["exact"] == 0.0


def test_a_wrong_http_status_costs_every_leaf():
    found = shares(BODY, BODY, live_status=500)
    assert {found[name] for name in ("status", "shape", "value", "money", "strict", "exact")} == {0.0}


def test_ids_are_compared_by_what_they_were_bound_to():
    live = without(customer="cus_Lllllllllll001")
    assert shares(BODY, live)["exact"] == 0.0
    assert shares(BODY, live, ids={"cus_Aaaaaaaaaaa001": "cus_Lllllllllll001"})["exact"] == 100.0


@pytest.mark.parametrize(("name", "equal"), [("type", False), ("code", False), ("param", False), ("message", True)])
def test_an_error_agrees_in_type_code_and_parameter(name, equal):
    other = {"error": {**DECLINED["error"], name: "other"}}
    found = shares(DECLINED, other, status=402, live_status=402)
    assert (found["errors"] == 100.0) is equal
    assert found["money"] is None


def test_one_is_not_true():
    found = shares({"paid": True}, {"paid": 1})
    assert (found["shape"], found["value"]) == (0.0, 0.0)
    assert shares({"x": 1}, {"x": 1.0})["exact"] == 100.0


@given(st.lists(st.builds(Scores, *[st.integers(0, 9)] * 3), max_size=6), st.integers(0, 6))
def test_scores_add_up_in_any_grouping(found, cut):
    def added(items):
        total = Scores()
        for item in items:
            total.add(item)
        return total

    halves = added(found[:cut])
    halves.add(added(found[cut:]))
    assert halves == added(found)


def test_an_empty_hash_or_list_is_a_leaf():
    assert list(leaves({"a": {}, "b": [], "c": [{"d": 1}]})) == [("a", {}), ("b[]", []), ("c[0].d", 1)]
    assert fold("c[0].d[12]") == "c[].d[]"
