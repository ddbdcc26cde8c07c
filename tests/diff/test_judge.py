"""The truth tables of the verdict's rules: every cell over R, C, K, C' x reach x kind of place, against a table worked out by hand."""

from itertools import product

import pytest

from replayer.diff.judge import Facts, judge
from replayer.stripeapi.places import HARD

KINDS = ("money", "currency", "status", "quantity", "existence", "time", "volatile", "other")
ORIGINS = ("computed", "given", "world", "baseline", "after", "template")
CELLS = [
    dict(reach=reach, kind=kind, equal=equal, recorded_equal=recorded, stable=stable, origin=origin, origin_counts=counts, blind=blind,
         echo=echo, deterministic=deterministic)
    for reach, kind, equal, recorded, stable, origin, counts, blind, echo, deterministic in product(
        (False, True), KINDS, (False, True), (None, False, True), (False, True), ORIGINS, (False, True), (False, True), (False, True),
        (False, True))
]  # fmt: skip


def by_hand(cell: dict) -> str:
    """The rules of ARCHITECTURE.md, written down as a decision list that shares nothing with the implementation."""
    hard = cell["kind"] in ("money", "currency", "status", "quantity", "existence")
    taken_over = cell["origin"] in ("world", "baseline", "after", "template")
    no_evidence = cell["recorded_equal"] is None or taken_over or not cell["origin_counts"]
    rules = [
        (not cell["reach"] and cell["equal"], "match"),
        (not cell["reach"] and cell["deterministic"], "fault"),
        (not cell["stable"] and not hard, "noise"),
        (not cell["stable"] and hard, "unknown"),
        (not no_evidence and cell["recorded_equal"] is False, "unknown"),
        (hard and cell["blind"] and not cell["echo"], "unknown"),
        (not cell["equal"], "divergence"),
        (cell["echo"] and cell["blind"], "unknown"),
        (not no_evidence, "match"),
        (cell["origin"] == "baseline" and not cell["blind"], "match"),
        (True, "unknown"),
    ]
    return next(word for holds, word in rules if holds)


def test_the_table_is_complete():
    assert len(CELLS) == 2 * 8 * 2 * 3 * 2 * 6 * 2 * 2 * 2 * 2


def test_every_cell_is_judged_as_worked_out_by_hand():
    wrong = [(cell, judge(Facts(**cell)), by_hand(cell)) for cell in CELLS if judge(Facts(**cell)) != by_hand(cell)]
    assert wrong == []


def test_no_cell_in_which_the_arms_differ_is_a_match():
    assert [cell for cell in CELLS if not cell["equal"] and judge(Facts(**cell)) == "match"] == []


def test_no_hard_place_that_a_blind_parameter_reaches_is_a_match():
    assert [c for c in CELLS if c["reach"] and c["blind"] and c["kind"] in HARD and judge(Facts(**c)) == "match"] == []


def test_what_is_out_of_reach_and_equal_matches_whatever_the_target():
    assert {judge(Facts(**c)) for c in CELLS if not c["reach"] and c["equal"]} == {"match"}


def test_a_difference_out_of_reach_is_a_fault_only_where_the_target_is_deterministic():
    cells = [c for c in CELLS if not c["reach"] and not c["equal"]]
    assert {judge(Facts(**c)) for c in cells if c["deterministic"]} == {"fault"}
    assert "fault" not in {judge(Facts(**c)) for c in cells if not c["deterministic"]}


def test_money_is_never_noise():
    assert [c for c in CELLS if c["kind"] in HARD and judge(Facts(**c)) == "noise"] == []


def test_equality_in_reach_needs_evidence_from_stripe_or_an_untouched_baseline():
    for cell in CELLS:
        if cell["reach"] and cell["equal"] and judge(Facts(**cell)) == "match":
            evidence = cell["recorded_equal"] is True and cell["origin"] in ("computed", "given") and cell["origin_counts"]
            assert evidence or (cell["origin"] == "baseline" and not cell["blind"]), cell


@pytest.mark.parametrize("wrong", ["ignores reach", "ignores blindness", "ignores the recording"])
def test_the_table_finds_a_judge_that_breaks_a_rule(wrong):
    change = {"ignores reach": {"reach": False}, "ignores blindness": {"blind": False}, "ignores the recording": {"recorded_equal": True}}[
        wrong
    ]
    assert any(judge(Facts(**{**cell, **change})) != by_hand(cell) for cell in CELLS)
