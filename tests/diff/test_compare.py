"""The leaf walk: it finds what DeepDiff finds, and what a naive differ calls equal."""

import copy

import pytest
from deepdiff import DeepDiff
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.diff.canonical import Canon
from replayer.diff.compare import MISSING, Side, Walk
from tests.make import exchange

SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text("abc", max_size=3)
NAMES = st.sampled_from(["amount", "status", "currency", "items", "metadata", "x"])
BODIES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=10)


def walk(control, candidate, recorded=MISSING, *, all_places=False):
    sides = [Side(exchange(1, "GET", "/v1/x"), Canon(), body) for body in (recorded, control, candidate)]
    return Walk(*sides, all_places=all_places).run()


def differ(control, candidate):
    return bool(walk(control, candidate).places)


@settings(max_examples=300)
@given(st.dictionaries(NAMES, BODIES, max_size=3), st.dictionaries(NAMES, BODIES, max_size=3))
def test_the_walk_is_empty_exactly_where_deepdiff_is(one, other):
    assert differ(one, other) == bool(DeepDiff(one, other, zip_ordered_iterables=True, threshold_to_diff_deeper=0))


@given(st.dictionaries(NAMES, BODIES, max_size=3))
def test_an_answer_is_equal_to_its_copy(body):
    assert not differ(body, copy.deepcopy(body))


CHARGES = {
    "data": [{"id": "ch_Aaaaaaaaaaaaa1", "object": "charge", "amount": 100}, {"id": "ch_Aaaaaaaaaaaaa2", "object": "charge", "amount": 200}]
}


def changed(change):
    body = copy.deepcopy(CHARGES)
    change(body)
    return body


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        ("a double charge in a list", changed(lambda b: b["data"].append(dict(b["data"][0])))),
        ("a list item dropped", changed(lambda b: b["data"].pop())),
        ("a cent of rounding", changed(lambda b: b["data"][0].update(amount=101))),
        ("true for one", changed(lambda b: b["data"][0].update(amount=True))),
        ("a field gone from one element", changed(lambda b: b["data"][1].pop("amount"))),
        ("another order", changed(lambda b: b["data"].reverse())),
        ("null for a number", changed(lambda b: b["data"][0].update(amount=None))),
        ("text for a number", changed(lambda b: b["data"][0].update(amount="100"))),
        ("an empty list for a full one", {"data": []}),
        ("a field more", changed(lambda b: b.update(extra=0))),
        ("no answer", MISSING),
    ],
)
def test_a_silent_fault_is_found(fault, body):
    assert differ(CHARGES, body), fault


def test_one_is_not_true_and_one_is_one_point_zero():
    assert differ({"x": 1}, {"x": True})
    assert not differ({"x": 1}, {"x": 1.0})


def test_a_list_is_aligned_by_ids_so_that_one_item_more_is_one_place():
    more = changed(lambda b: b["data"].insert(0, {"id": "ch_Aaaaaaaaaaaaa0", "object": "charge", "amount": 5}))
    places = walk(CHARGES, more).places
    assert [(place.path, place.kind, place.control) for place in places] == [("data[]", "existence", "absent")]


def test_a_time_is_an_offset_from_its_own_call():
    control = Side(exchange(1, "GET", "/v1/x", at=1000_000_000.0), Canon(), {"trial_end": 1000_000_060})
    candidate = Side(exchange(2, "GET", "/v1/x", at=1000_005_000.0), Canon(), {"trial_end": 1000_005_060})
    recorded = Side(control.exchange, Canon(), MISSING)
    assert not Walk(recorded, control, candidate, all_places=False).run().places
    moved = Side(candidate.exchange, Canon(), {"trial_end": 1000_005_060 + 86400})
    assert Walk(recorded, control, moved, all_places=False, slack=5).run().places


def test_ids_are_compared_by_what_they_stand_for():
    canon_c, canon_k = Canon(), Canon()
    recorded = {"id": "ch_Rrrrrrrrrrrrr1", "object": "charge"}
    control, candidate = {"id": "ch_Ccccccccccccc1", "object": "charge"}, {"id": "ch_Kkkkkkkkkkkkk1", "object": "charge"}
    call = exchange(1, "GET", "/v1/x")
    sides = Side(call, Canon(), recorded), Side(call, canon_c, control), Side(call, canon_k, candidate)
    assert [place.path for place in Walk(*sides, all_places=False).run().places] == ["id"]
    canon_c.learn(recorded, control)
    canon_k.learn(recorded, candidate)
    assert Walk(*sides, all_places=False).run().places == []


def test_what_the_recording_has_and_no_arm_has_is_a_place_that_is_not_reproduced():
    found = walk({"id": "in_1"}, {"id": "in_1"}, {"id": "in_1", "total": 500, "lines": {"data": [{"amount": 500}]}}, all_places=True)
    missing = [place for place in found.places if place.recorded is not MISSING and place.control is MISSING]
    assert {place.path for place in missing} == {"total", "lines.data[].amount"}
    assert not any(place.recorded_equals_control for place in missing)


def test_the_share_of_reproduced_leaves_is_counted():
    found = walk({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1, "b": 3, "c": {"d": 1, "e": 2}})
    assert (found.agreed_leaves, found.recorded_leaves) == (1, 4)
