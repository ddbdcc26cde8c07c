"""Retries: what an SDK sends again is one logical call."""

from replayer.capture.retries import Retries
from tests.make import T0, exchange


def logical(calls):
    return [call.id for call in Retries(calls).logical(calls)]


def test_attempts_that_failed_are_superseded_by_the_one_that_did_not():
    calls = [
        exchange(n, "POST", "/v1/charges", {"amount": "1"}, {}, status=status, key="k") for n, status in ((1, 429), (2, 429), (3, 200))
    ]
    assert logical(calls) == ["x3"]


def test_a_time_out_is_retried_too():
    calls = [exchange(1, "POST", "/v1/charges", status=None, key="k"), exchange(2, "POST", "/v1/charges", status=200, key="k")]
    assert logical(calls) == ["x2"]


def test_two_answers_with_one_key_are_two_calls():
    calls = [exchange(1, "POST", "/v1/charges", key="k"), exchange(2, "POST", "/v1/charges", key="k")]
    assert logical(calls) == ["x1", "x2"]


def test_a_key_reused_after_a_day_executes_again():
    late = exchange(2, "POST", "/v1/charges", key="k", at=T0 + 25 * 3600)
    assert logical([exchange(1, "POST", "/v1/charges", status=500, key="k"), late]) == ["x1", "x2"]


def test_other_parameters_make_another_call():
    calls = [
        exchange(1, "POST", "/v1/charges", {"amount": "1"}, status=500, key="k"),
        exchange(2, "POST", "/v1/charges", {"amount": "2"}, key="k"),
    ]
    assert logical(calls) == ["x1", "x2"]


def test_other_lanes_are_no_calls():
    assert logical([exchange(1, "POST", "/", lane="webhook")]) == []
