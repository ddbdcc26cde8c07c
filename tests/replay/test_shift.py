"""Shifting: what the catalogue calls a time moves, and nothing else does."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.store import Writer, open_capture
from replayer.model import Manifest
from replayer.replay.arms import ArmJob, Setting, run_arms
from replayer.replay.shift import shift
from tests.make import T0, exchange

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


def test_a_replay_moves_times_to_its_own_where_the_target_has_another_clock(tmp_path):
    """A trial that ended in the recording's time ends as long after its call in the replay's; what the simulator replays stays where it was."""
    trial = T0 + 14 * 86_400
    created = {"customer": "cus_Test0000000001", "items": [{"price": "price_1"}], "trial_end": str(int(trial))}
    with Writer(tmp_path / "capture", Manifest(origin="simulator", redaction="trusted")) as writer:
        writer.append(exchange(1, "GET", "/v1/balance", {}, {"object": "balance"}, at=T0))
        writer.append(exchange(2, "POST", "/v1/subscriptions", created, {"object": "subscription"}, at=T0 + 60))
    sent = {}
    for target in ("http://127.0.0.1:9", "simulator"):
        out = tmp_path / target.rpartition("/")[2]
        began = time.time()
        for _ in run_arms(
            Setting(
                capture=tmp_path / "capture", target=target, seed="s", lanes=1, bind={"cus_Test0000000001": "cus_a", "price_1": "price_a"}
            ),
            [ArmJob(role="control", out=out)],
        ):
            pass
        sent[target] = next(
            int(one.request.params["trial_end"]) for one in open_capture(out).exchanges() if "trial_end" in one.request.params
        )
    assert sent["simulator"] == trial
    assert sent["http://127.0.0.1:9"] - began == pytest.approx(14 * 86_400, abs=30)
