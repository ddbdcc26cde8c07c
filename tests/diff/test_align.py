"""Alignment: which call of the candidate answers to which call of the control, and in which parameters they differ."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.align import ByParent, align, operation_of, param_changes, sent
from replayer.diff.canonical import Canon
from tests.diff.arms import live
from tests.make import customer, exchange

CUS, OTHER = "cus_Aaaaaaaaaaa001", "cus_Bbbbbbbbbbb002"
PAY = exchange(1, "POST", "/v1/payment_intents", {"amount": "500", "currency": "usd", "expand": ["customer", "latest_charge"]})
VALUES = st.recursive(st.text("ab1", max_size=3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy", min_size=1, max_size=2), inner, max_size=3), max_leaves=6)  # fmt: skip
PARAMS = st.dictionaries(st.text("pqr", min_size=1, max_size=2), VALUES, max_size=4)


def changes(one, other, **request):
    first, second = (live(PAY, params=params) for params in (one, other))
    changed = msgspec.structs.replace(second.request, **request)
    return param_changes(first.request, changed, Canon(), Canon())


def names(found):
    return [change.name for change in found]


def aligned(*candidate, control=True):
    return align(PAY, [live(PAY)] if control else [], list(candidate), Canon(), Canon())


@given(PARAMS, st.randoms())
def test_the_order_of_parameters_is_no_change(params, random):
    shuffled = list(params.items())
    random.shuffle(shuffled)
    assert changes(params, dict(shuffled)) == []


@given(PARAMS, PARAMS)
def test_a_change_is_the_same_one_seen_from_either_side(one, other):
    there, back = changes(one, other), changes(other, one)
    assert {(change.name, change.control, change.candidate) for change in there} == {
        (change.name, change.candidate, change.control) for change in back
    }


def test_a_parameter_is_named_as_on_the_wire_without_positions():
    items = {"items": [{"price": "a"}, {"price": "b", "quantity": "1"}]}
    more = {"items": [{"price": "a"}, {"price": "b", "quantity": "2"}]}
    assert [(change.name, change.control, change.candidate) for change in changes(items, more)] == [("items[][quantity]", "1", "2")]
    assert names(changes({}, {"metadata": {"a": "b"}})) == ["metadata[a]"]


def test_the_order_of_a_list_is_a_change_but_that_of_expand_is_none():
    assert names(changes({"items": ["a", "b"]}, {"items": ["b", "a"]})) == ["items[]", "items[]"]
    assert changes({"expand": ["a", "b"]}, {"expand": ["b", "a"]}) == []
    assert names(changes({"expand": ["a", "a"]}, {"expand": ["a"]})) == ["expand[]"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"version": "2020-08-27"}, ["(version)"]),
        ({"account": "acct_Aaaaaaaaaaaa001"}, ["(account)"]),
        ({"path": "/v1/payment_intents/pi_Aaaaaaaaaaaa0001"}, ["(operation)", "(path)"]),
    ],
)
def test_where_a_call_goes_and_for_whom_is_part_of_it(request_, expected):
    assert names(changes({}, {}, **request_)) == expected


def test_ids_are_compared_by_what_they_stand_for():
    canon_c, canon_k = Canon(), Canon()
    canon_c.learn(customer(CUS), customer("cus_Ccccccccccc001"))
    canon_k.learn(customer(CUS), customer("cus_Kkkkkkkkkkk001"))
    control, candidate = (live(PAY, params={"customer": f"cus_{letter}001"}).request for letter in ("Ccccccccccc", "Kkkkkkkkkkk"))
    assert param_changes(control, candidate, canon_c, canon_k) == []
    elsewhere = live(PAY, params={"customer": OTHER}).request
    found = param_changes(control, elsewhere, canon_c, canon_k)
    assert [(change.control, change.candidate) for change in found] == [(CUS, OTHER)]


def test_of_several_calls_the_one_most_like_the_controls_is_its_partner():
    changed = live(PAY, params={**PAY.request.params, "amount": "600"})
    found = aligned(changed, live(PAY))
    assert (found.candidate.request.params["amount"], found.changes, found.extra) == ("500", [], [changed])
    assert found.differs
    assert not found.missing


def test_an_equal_call_twice_is_doubled_and_another_one_is_extra():
    other = live(PAY, method="POST", path="/v1/customers", params={})
    found = aligned(live(PAY), live(PAY), other)
    assert (len(found.doubled), found.extra) == (1, [other])
    assert operation_of(found.extra[0].request) == "POST /v1/customers"


def test_a_call_that_could_not_be_sent_is_still_one_more():
    skipped = live(PAY, params={"amount": "9"}, disposition="skipped", reason="unbound: x")
    assert aligned(live(PAY), skipped).extra == [skipped]


def test_a_call_that_was_dropped_or_never_made_is_missing():
    for calls in ([], [live(PAY, disposition="dropped")], [live(PAY, method="POST", path="/v1/customers", params={})]):
        found = aligned(*calls)
        assert found.missing
        assert found.differs


def test_a_call_on_which_the_candidate_failed_is_not_missing_by_its_decision():
    raised = live(PAY, disposition="raised", reason="x.py:1: KeyError")
    assert (aligned(raised).missing, aligned(raised).raised) == (False, raised)


def test_a_failure_after_a_call_was_sent_is_not_lost():
    raised = live(PAY, disposition="raised", reason="x.py:1: KeyError")
    assert aligned(live(PAY), raised).raised is raised


def test_what_the_control_did_not_make_has_no_partner():
    found = aligned(live(PAY), control=False)
    assert (found.control, found.missing, len(found.extra)) == (None, False, 1)
    assert not sent(found.control)


@given(st.lists(st.integers(1, 9), max_size=12).map(sorted))
def test_an_arm_in_the_recordings_order_is_read_whole_and_each_call_once(parents):
    arm = [msgspec.structs.replace(PAY, id=f"x{place + 1}", replayed_from=f"x{parent}") for place, parent in enumerate(parents)]
    by_parent = ByParent(arm, lambda call: call.replayed_from)
    found = [by_parent.of(f"x{number}") for number in range(1, 10)]
    assert [call for calls in found for call in calls] == arm
    assert all(call.replayed_from == f"x{number}" for number, calls in enumerate(found, 1) for call in calls)


def test_a_call_that_comes_early_is_held_until_it_is_asked_for():
    arm = [msgspec.structs.replace(PAY, replayed_from=name) for name in ("x3", "x1", "x3")]
    by_parent = ByParent(arm[:1] + arm[2:], lambda call: call.replayed_from)
    assert [len(by_parent.of(name)) for name in ("x1", "x2", "x3")] == [0, 0, 2]
