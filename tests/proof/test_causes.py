"""Sixty changes alone and in pairs, fifty runs of which nothing may come, and faults that a naive comparison calls equal."""

from __future__ import annotations

import pytest

from tests.proof.causes import Tried, tried
from tests.proof.nulls import KINDS, RECORDINGS, nulls
from tests.proof.silent import FAULTS, Fault, equal_for_deepdiff, verdict_of


@pytest.fixture(scope="module")
def sixty(shelf) -> list[Tried]:
    return tried(shelf)


def test_each_cause_is_found_as_one_root(sixty):
    causes = sum(len(one.changes) for one in sixty)
    assert (len(sixty), causes) == (60, 90)
    assert sum(one.found for one in sixty) == causes
    assert sum(one.roots for one in sixty) / causes <= 1.2


def test_money_is_judged_to_the_cent_and_never_wrong(sixty):
    assert [one.changes for one in sixty if one.is_wrong] == []
    assert sum(one.is_right and bool(one.by_hand) for one in sixty) >= 20


def test_a_change_that_moves_money_never_ends_as_intended(sixty):
    assert [one.changes for one in sixty if one.accepted == 0 and any(one.moved.values())] == []


def test_nothing_comes_of_fifty_runs_that_change_nothing(shelf):
    made = list(nulls(shelf))
    assert len(made) == RECORDINGS * len(KINDS) == 50
    assert [one for one in made if not one.holds] == []
    assert sum(one.matched for one in made) > 300


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_silent_fault_is_called_a_match(fault: Fault, tmp_path):
    verdict = verdict_of(fault, tmp_path)
    assert (verdict.exit_code, verdict.exchanges.matched) == (1, 0)


def test_a_comparison_with_usual_settings_calls_most_of_them_equal_under_one_or_the_other():
    assert sum(bool(equal_for_deepdiff(fault)) for fault in FAULTS) > len(FAULTS) / 2
