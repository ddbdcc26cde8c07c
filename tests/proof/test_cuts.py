"""What a slice of a recording is judged to be is what it is judged to be in the whole, or unknown.

The slice stands on the states that the recording shows before the cut, so that it may know what the whole does not. Here some recordings are
cut at every point, with a change in what is left; `make proof` cuts all of them, with every change to the first call that writes.
"""

import pytest

from tests.proof.cuts import Cutter, Halves, halves


@pytest.fixture(scope="module")
def cuts(shelf) -> list[Halves]:
    enough = [source for source in shelf.sources if 2 < len(shelf.bench(source).calls) < 12]
    return [half for source in enough[::12] for half in halves(Cutter(shelf.bench(source), source), each=1)]


def test_a_slice_never_contradicts_the_whole(cuts):
    assert {f"{half.source} from {half.cut}, {half.change}: {what}" for half in cuts for what in half.contradictions} == set()


def test_a_slice_is_green_only_where_the_whole_is(cuts):
    assert {f"{half.source} from {half.cut}, {half.change}" for half in cuts if half.greener} == set()


def test_a_change_in_the_slice_is_a_divergence_there_too(cuts):
    assert {half.exits for half in cuts if half.change != "none"} == {(1, 1)}


def test_most_of_what_the_whole_knows_the_slice_knows_too(cuts):
    pairs = [pair for half in cuts for pair in zip(half.whole, half.slice, strict=True) if pair[0] in ("matched", "diverged")]
    assert len(pairs) > 50
    # What a call before the cut changed and no answer has shown since (an invoice after its items) only the whole can know.
    assert sum(one == other for one, other in pairs) / len(pairs) > 0.95
