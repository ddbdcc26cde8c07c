"""Notes: a divergence is written down with its call, and what old answers brought about is carried over."""

from replayer.diff.align import align
from replayer.diff.canonical import Canon
from replayer.diff.compare import MISSING
from replayer.diff.notes import Notes, worded
from tests.diff.arms import live
from tests.make import exchange

PAY = exchange(1, "POST", "/v1/charges", {"amount": "5"})
CALL = align(PAY, [live(PAY)], [live(PAY)], Canon(), Canon())


def test_a_divergence_is_seen_on_its_call():
    notes = Notes()
    notes.add(CALL, "field", "amount", 5, MISSING)
    (found,) = notes.findings.all()
    assert (found.operation, found.examples, found.control, found.candidate, found.judgement) == ("POST /v1/charges", ["x1"], 5, "absent", "divergence")  # fmt: skip


def test_what_is_carried_over_is_no_divergence_but_a_changed_call_is_one():
    notes = Notes()
    notes.carried_by = "f1"
    notes.add(CALL, "field", "amount", 5, 6)
    notes.add(CALL, "call.changed", "amount", 5, 6)
    assert {(found.kind, found.judgement, found.cause) for found in notes.findings.all()} == {
        ("field", "carried_over", "f1"),
        ("call.changed", "divergence", None),
    }


def test_no_finding_follows_from_itself():
    notes = Notes()
    name = notes.add(CALL, "field", "amount", 5, 6, cause="f1")
    notes = Notes()
    notes.add(CALL, "field", "amount", 5, 6, cause=name)
    assert all(found.cause != found.id for found in notes.findings.all())


def test_only_what_the_user_accepted_is_accepted():
    notes = Notes()
    accepted, other = notes.add(CALL, "call.changed", "a", 1, 2, expected=True), notes.add(CALL, "call.changed", "b", 1, 2)
    assert [notes.accepted(name) for name in (accepted, other, "fnobody")] == [True, False, False]


def test_a_call_is_worded_by_where_it_goes():
    assert worded(PAY) == "POST /v1/charges"
