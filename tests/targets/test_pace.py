"""How fast a key may be used, and when a call goes again."""

from __future__ import annotations

import pytest

from replayer.targets.pace import Bucket, goes_again, pause


def test_a_bucket_spaces_calls_evenly():
    time = [0.0]

    def sleep(seconds: float) -> None:
        time[0] += seconds

    bucket = Bucket(4.0, now=lambda: time[0], sleep=sleep)
    assert [round(bucket.take(), 3) for _ in range(3)] == [0.0, 0.25, 0.25]
    time[0] += 10
    assert bucket.take() == 0.0


@pytest.mark.parametrize(
    ("status", "headers", "again"),
    [
        (200, {}, False),
        (400, {}, False),
        (409, {}, True),
        (429, {}, True),
        (500, {}, True),
        (None, {}, False),
        (500, {"stripe-should-retry": "false"}, False),
        (402, {"stripe-should-retry": "true"}, True),
    ],
)
def test_what_goes_again(status, headers, again):
    assert goes_again(status, headers) is again


def test_pauses_double_and_hear_retry_after():
    assert [pause(attempt, {}, lambda: 1.0) for attempt in range(3)] == [0.25, 0.5, 1.0]
    assert pause(0, {"retry-after": "3"}, lambda: 1.0) == 3.0
