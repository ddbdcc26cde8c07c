"""Which call may go when: what waits for what, and that a board hands out accordingly."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.chains import Chains
from replayer.replay.schedule import Board, Waits
from tests.make import customer, exchange

A, B, C = "cus_Aaaaaaaaaaa1", "cus_Bbbbbbbbbbb2", "cus_Ccccccccccc3"
PRICE = {"id": "price_Pppppppppppppp1", "object": "price", "unit_amount": 100}


def waits_of(calls):
    chains, places = Chains(), {}
    for call in calls:
        places[call.id] = chains.add(call)
    waits = Waits(chains, places)
    return [waits.add(call) for call in calls]


def test_a_chain_keeps_its_order_and_others_overlap():
    found = waits_of([
        exchange(1, "POST", "/v1/customers", body=customer(A)),
        exchange(2, "POST", "/v1/customers", body=customer(B)),
        exchange(3, "POST", f"/v1/customers/{A}", {"name": "a"}, customer(A)),
        exchange(4, "GET", f"/v1/customers/{B}", body=customer(B)),
    ])  # fmt: skip
    assert found == [frozenset(), frozenset(), {0}, {1}]


def test_a_write_to_what_many_share_is_a_barrier():
    found = waits_of([
        exchange(1, "POST", "/v1/prices", {"unit_amount": "100"}, PRICE),
        exchange(2, "POST", "/v1/customers", body=customer(A)),
        exchange(3, "POST", f"/v1/prices/{PRICE['id']}", {"active": "false"}, PRICE),
        exchange(4, "POST", "/v1/customers", body=customer(B)),
    ])  # fmt: skip
    assert {0, 1} <= found[2]
    assert 2 in found[3]


def test_a_list_waits_for_every_earlier_write_and_later_writes_for_it():
    found = waits_of([
        exchange(1, "POST", "/v1/customers", body=customer(A)),
        exchange(2, "POST", "/v1/customers", body=customer(B)),
        exchange(3, "GET", "/v1/customers", body={"object": "list", "data": [customer(A), customer(B)]}),
        exchange(4, "POST", "/v1/customers", body=customer(C)),
    ])  # fmt: skip
    assert {0, 1} <= found[2]
    assert 2 in found[3]


def test_a_call_waits_for_the_one_with_its_key():
    found = waits_of([
        exchange(1, "POST", "/v1/customers", {"name": "a"}, customer(A), key="k"),
        exchange(2, "POST", "/v1/customers", {"name": "a"}, customer(A), key="k"),
    ])  # fmt: skip
    assert 0 in found[1]


GRAPHS = st.lists(st.sets(st.integers(0, 30), max_size=4), max_size=30).map(
    lambda rows: [frozenset(other for other in row if other < place) for place, row in enumerate(rows)]
)


@given(GRAPHS, st.integers(1, 8), st.randoms())
def test_a_board_hands_each_call_out_once_and_never_before_what_it_waits_for(graph, ahead, chance: random.Random):
    board: Board[int] = Board(enumerate(graph), ahead=ahead)
    done: list[int] = []
    out = [place for place, _ in board.ready()]
    while out:
        place = out.pop(chance.randrange(len(out)))
        assert set(graph[place]) <= set(done)
        done.append(place)
        board.done(place)
        out += [other for other, _ in board.ready()]
    assert board.finished
    assert sorted(done) == list(range(len(graph)))
