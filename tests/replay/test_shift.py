"""Shifting: what the catalogue calls a time moves, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.replay.shift import shift
from tests.make import exchange

DAY = 86_400
TIMES = st.integers(1_500_000_000, 1_900_000_000).map(str)
PARAMS = st.fixed_dictionaries(
    {"customer": st.just("1600000000"), "trial_end": TIMES | st.just("now"), "metadata": st.fixed_dictionaries({"at": TIMES})},
    optional={"billing_cycle_anchor": TIMES, "items": st.lists(st.fixed_dictionaries({"quantity": TIMES}), max_size=2)},
)


def moved(params, seconds=DAY, *, path="/v1/subscriptions", method="POST"):
    return shift(exchange(1, method, path, params).request, seconds).params


@given(PARAMS, st.integers(-100_000_000, 100_000_000))
def test_what_was_moved_can_be_moved_back(params, seconds):
    assert moved(moved(params, seconds), -seconds) == params


@given(PARAMS)
def test_only_times_are_moved(params):
    found = moved(params)
    assert {name for name in params if found[name] != params[name]} == {
        name for name in ("trial_end", "billing_cycle_anchor") if params.get(name, "now") != "now"
    }
    assert list(found) == list(params)


@pytest.mark.parametrize(
    ("method", "path", "params", "expected"),
    [
        ("GET", "/v1/charges", {"created": {"gte": "1600000000"}, "limit": "1600000000"}, {"created": {"gte": "1600086400"}, "limit": "1600000000"}),
        ("POST", "/v1/subscription_schedules", {"phases": [{"end_date": "1600000000"}]}, {"phases": [{"end_date": "1600086400"}]}),
        ("POST", "/v1/subscriptions", {"trial_end": "now"}, {"trial_end": "now"}),
        ("POST", "/v1/subscriptions", {"trial_end": ""}, {"trial_end": ""}),
        ("POST", "/v1/no_such_thing", {"trial_end": "1600000000"}, {"trial_end": "1600000000"}),
    ],
)  # fmt: skip
def test_a_time_is_found_by_operation_and_parameter(method, path, params, expected):
    assert moved(params, method=method, path=path) == expected


def test_a_request_without_times_stays_the_same_object():
    plain = exchange(1, "POST", "/v1/customers", {"email": "a@b.example"}).request
    assert shift(plain, DAY) is plain
    timed = exchange(1, "POST", "/v1/subscriptions", {"trial_end": "1600000000"}).request
    assert shift(timed, 0) is timed
