"""The canonical form: what differs for no reason is brought to one form, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.bindings import Bindings
from replayer.diff.canonical import Canon, Offset, normal, same
from tests.make import T0, customer, exchange

RECORDED = [f"cus_Rrrrrrrrrr{letter}01" for letter in "ABC"]
LIVE = [f"cus_Llllllllll{letter}01" for letter in "ABC"]
CALL = exchange(1, "GET", "/v1/customers")
TEXTS = st.lists(st.sampled_from([*RECORDED, "for ", " and ", "cus_", "x"]), max_size=6).map(" ".join)
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-2, 2) | st.text("ab", max_size=2)


def canon():
    made = Canon()
    for recorded, live in zip(RECORDED, LIVE, strict=True):
        made.learn(customer(recorded), customer(live))
    return made


@given(TEXTS)
def test_what_a_replay_substitutes_the_canonical_form_takes_back(text):
    bindings = Bindings()
    for recorded, live in zip(RECORDED, LIVE, strict=True):
        bindings.bind(recorded, live)
    request = bindings.substitute(exchange(1, "POST", "/v1/refunds", {"reason": text, "list": [text]}).request)
    assert canon().params(request) == {"reason": text, "list": [text]}


def test_an_id_that_no_answer_gave_stands_for_itself():
    known = canon()
    known.know(["cus_Zzzzzzzzzzz001", RECORDED[0]])
    assert known.text("cus_Zzzzzzzzzzz001") == "cus_Zzzzzzzzzzz001"
    assert known.text(LIVE[0]) == RECORDED[0]


def test_a_path_is_read_in_recorded_ids():
    assert canon().path(exchange(1, "GET", f"/v1/customers/{LIVE[1]}/sources").request) == f"/v1/customers/{RECORDED[1]}/sources"


def test_a_copy_learns_by_itself():
    first = canon()
    second = first.copy()
    second.bind("pi_Rrrrrrrrrrrrrr01", "pi_Llllllllllllll01")
    assert second.text(LIVE[0]) == first.text(LIVE[0]) == RECORDED[0]
    assert first.text("pi_Llllllllllllll01") == "pi_Llllllllllllll01"


def test_where_recorded_ids_share_a_live_one_the_recorded_place_decides():
    shared = Canon()
    for recorded in RECORDED[:2]:
        shared.bind(recorded, LIVE[0])
    assert [shared.id(LIVE[0], hint) for hint in (None, RECORDED[0], RECORDED[1], RECORDED[2])] == [
        RECORDED[0], RECORDED[0], RECORDED[1], RECORDED[0],
    ]  # fmt: skip


def test_an_object_that_the_recording_does_not_know_is_called_as_the_control_calls_it():
    control, candidate = canon(), canon()
    candidate.pair({"id": "ch_Ccccccccccccc1", "object": "charge"}, {"id": "ch_Kkkkkkkkkkkkk1", "object": "charge"}, control)
    assert candidate.text("ch_Kkkkkkkkkkkkk1") == "ch_Ccccccccccccc1"


def test_an_object_that_the_recording_knows_is_never_renamed_after_the_controls():
    control, candidate = canon(), canon()
    candidate.pair(customer(LIVE[0]), customer("cus_Kkkkkkkkkkk001"), control)
    assert candidate.text("cus_Kkkkkkkkkkk001") == "cus_Kkkkkkkkkkk001"


@pytest.mark.parametrize(("value", "expected"), [("https://a", str), (5, int), (None, None)])
def test_of_a_volatile_place_only_presence_and_type_count(value, expected):
    assert normal(value, "volatile", Canon(), CALL) is expected


def test_a_time_counts_from_its_own_call_and_no_other_number_does():
    assert normal(int(T0) + 61, "time", Canon(), CALL) == Offset(60)
    assert normal(14, "time", Canon(), CALL) == 14
    assert normal(int(T0), "money", Canon(), CALL) == int(T0)
    assert not same(normal(int(T0), "time", Canon(), CALL), normal(int(T0), "money", Canon(), CALL))


@given(LEAVES, LEAVES)
def test_sameness_has_no_side_and_knows_types(a, b):
    assert same(a, a)
    assert same(a, b) == same(b, a)
    if isinstance(a, bool) != isinstance(b, bool) or (a is None) != (b is None):
        assert not same(a, b)


@given(st.integers(-100, 100), st.integers(0, 20))
def test_times_are_the_same_within_the_slack_and_no_further(seconds, slack):
    later = exchange(2, "GET", "/v1/customers", at=CALL.at + 5000)
    one, other = normal(int(T0) + 60, "time", Canon(), CALL), normal(int(T0) + 5060 + seconds, "time", Canon(), later)
    assert same(one, other, slack) == (abs(seconds) <= slack)
    assert same(100, 100 + seconds, slack) == (seconds == 0)
