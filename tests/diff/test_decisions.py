"""What the candidate decided: each changed, missing, added, doubled or moved call is a finding, accepted or not."""

import pytest

from replayer.diff.align import align
from replayer.diff.canonical import Canon
from replayer.diff.decisions import Decisions
from replayer.diff.expect import ACCEPT_CALLS, Expectation, ExpectedCall
from replayer.diff.notes import Notes
from replayer.diff.reach import Reach
from replayer.model import Claims
from tests.diff.arms import live
from tests.make import exchange

CLAIMS = {"POST /v1/charges": Claims(computed=["amount"], inert={"metadata": "doc"})}
CALLS = [exchange(number, "POST", "/v1/charges", {"amount": str(number)}) for number in (1, 2, 3)]


def decide(*arms, expectation=None):
    """Note the decisions of one source; `arms` are the candidate's calls for each recorded one."""
    notes, canon = Notes(), Canon()
    decisions = Decisions(notes, Reach(CLAIMS.get), expectation or Expectation())
    roots = [
        decisions.note(align(recorded, [live(recorded)], list(calls), canon, canon), canon, canon)
        for recorded, calls in zip(CALLS, arms, strict=False)
    ]
    return notes.findings.all(), roots


def same(place):
    return [live(CALLS[place])]


def kinds(findings):
    return {finding.kind: (finding.count, finding.examples) for finding in findings}


def test_equal_calls_are_no_finding():
    assert decide(same(0), same(1), same(2)) == ([], [None, None, None])


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        ([live(CALLS[0], params={"amount": "9"})], "call.changed"),
        ([], "call.missing"),
        ([live(CALLS[0], disposition="dropped")], "call.missing"),
        ([live(CALLS[0]), live(CALLS[0])], "call.duplicated"),
        ([live(CALLS[0]), live(CALLS[0], params={"amount": "9"})], "call.extra"),
    ],
)
def test_each_decision_has_its_word_and_is_the_root_of_what_follows(calls, kind):
    findings, (root,) = decide(calls)
    assert [(finding.kind, finding.id, finding.expected, finding.cause) for finding in findings] == [(kind, root, False, None)]


def test_one_difference_is_shown_by_its_values_and_several_by_name():
    ((one,), _) = decide([live(CALLS[0], params={"amount": "9"})])
    assert (one.field, one.control, one.candidate) == ("amount", "1", "9")
    ((more,), _) = decide([live(CALLS[0], params={"amount": "9", "customer": "x"})])
    assert (more.field, more.control, more.candidate) == (
        "amount, customer",
        {"amount": "1", "customer": None},
        {"amount": "9", "customer": "x"},
    )


def test_what_moves_nothing_is_marked():
    assert decide([live(CALLS[0], params={"amount": "1", "metadata": {"a": "b"}})])[0][0].inert
    assert not decide([live(CALLS[0], params={"amount": "9", "metadata": {"a": "b"}})])[0][0].inert


def test_a_decision_is_accepted_by_its_own_operation_and_parameters():
    changed = [live(CALLS[0], params={"amount": "9"})]
    for expectation, expected in ((ACCEPT_CALLS, True), (Expectation((ExpectedCall(parameter="amount"),)), True),
                                  (Expectation((ExpectedCall(parameter="currency"),)), False), (Expectation((ExpectedCall("POST /v1/refunds"),)), False)):  # fmt: skip
        assert decide(changed, expectation=expectation)[0][0].expected is expected
    assert not decide([], expectation=Expectation((ExpectedCall(parameter="amount"),)))[0][0].expected


@pytest.mark.parametrize("forwards", [True, False])
def test_a_call_that_is_made_elsewhere_was_moved(forwards):
    alone, both = [], [live(CALLS[2]), live(CALLS[0])]
    arms = (alone, same(1), both) if forwards else ([live(CALLS[0]), live(CALLS[2])], same(1), [])
    assert kinds(decide(*arms)[0]).keys() == {"call.reordered"}


def test_a_call_that_is_lost_for_good_is_missing_also_after_another_was_moved():
    findings, _ = decide([], [live(CALLS[1]), live(CALLS[0])], [])
    assert kinds(findings) == {"call.reordered": (1, ["x1"]), "call.missing": (1, ["x3"])}
