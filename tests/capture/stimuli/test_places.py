"""Where stimuli stand among the exchanges of a source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.stimuli import follows, merged, place_of
from tests.make import exchange

PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 3)), unique=True, max_size=8)


def act(after, count):
    import msgspec

    return msgspec.structs.replace(exchange(1, "POST", "/v1/refunds"), id=follows(f"x{after}", count), lane="external")


@given(PLACES, st.permutations(range(8)))
def test_they_come_after_the_exchange_that_they_name_and_before_the_next(places, order):
    acts = [act(*place) for place in places]
    acts = [acts[number] for number in order if number < len(acts)]
    calls = [exchange(number, "GET", "/v1/balance") for number in (1, 2, 5, 9)]
    found = [one.id for one in merged(calls, acts)]
    assert sorted(found) == sorted([one.id for one in (*calls, *acts)])
    assert [place_of(name) for name in found] == sorted(map(place_of, found))


def test_what_is_no_id_stands_first():
    assert [place_of(name) for name in ("", "x", "xa+1", "x3", "x3+2")] == [(0, 0), (0, 0), (0, 0), (3, 0), (3, 2)]
