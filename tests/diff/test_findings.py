"""Findings: divergences of one kind at one place with one cause are one, however many there are."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.findings import Findings, finding_id, shown, silent
from replayer.model import Divergence

PLAIN = Divergence(
    kind="field", operation="POST /v1/charges", field="amount", exchange="x1", control=1, candidate=2, judgement="divergence"
)
DIVERGENCES = st.builds(
    Divergence,
    kind=st.sampled_from(["field", "status", "call.changed"]),
    operation=st.sampled_from(["POST /v1/charges", "POST /v1/refunds"]),
    field=st.sampled_from([None, "amount"]),
    exchange=st.integers(1, 99).map("x{}".format),
    control=st.integers(0, 3),
    candidate=st.integers(0, 3),
    judgement=st.sampled_from(["divergence", "unknown"]),
    money=st.none() | st.tuples(st.sampled_from(["usd", "eur"]), st.integers(-9, 9)),
)


def other(**changes):
    return msgspec.structs.replace(PLAIN, **changes)


def collected(divergences):
    findings = Findings()
    for divergence in divergences:
        findings.add(divergence)
    return findings


def totals(findings):
    return {finding.id: (finding.count, finding.money) for finding in findings.all()}


def test_repeats_are_counted_with_the_first_three_as_examples():
    (found,) = collected(other(exchange=f"x{number}", candidate=number) for number in range(1, 6)).all()
    assert (found.count, found.examples, found.candidate) == (5, ["x1", "x2", "x3"], 1)


@given(st.lists(DIVERGENCES, max_size=20))
def test_nothing_is_lost_by_grouping(divergences):
    found = collected(divergences).all()
    assert sum(finding.count for finding in found) == len(divergences)
    assert len(found) == len({finding_id(divergence) for divergence in divergences})


@given(st.lists(DIVERGENCES, max_size=16), st.integers(0, 16))
def test_findings_of_two_shares_are_those_of_the_whole(divergences, cut):
    joined = collected(divergences[:cut])
    joined.merge(collected(divergences[cut:]))
    whole = collected(divergences)
    assert totals(joined) == totals(whole)
    assert [finding.examples for finding in joined.all()] == [finding.examples for finding in whole.all()]


def test_what_may_be_judged_differently_is_a_finding_of_its_own():
    variants = [PLAIN, other(judgement="unknown"), other(expected=True), other(cause="f1"), other(inert=True), other(field=None)]
    assert len({finding_id(variant) for variant in variants}) == len(variants)
    assert finding_id(PLAIN) == finding_id(other(exchange="x9", control=7, money=("usd", 5)))


def test_the_most_money_stands_first_and_what_is_expected_last():
    findings = collected([other(field="a", expected=True), other(field="b", judgement="unknown"), other(field="c", money=("usd", -500)),
                          other(field="d", money=("usd", 100)), other(field="e", cause="f1", money=("usd", 9000))])  # fmt: skip
    assert [finding.field for finding in findings.all()] == ["c", "d", "e", "b", "a"]


def test_money_is_added_to_a_finding_that_is_there_and_nowhere_else():
    findings = collected([PLAIN])
    findings.money(finding_id(PLAIN), {"usd": 5})
    findings.money("fnobody", {"usd": 5})
    assert totals(findings) == {finding_id(PLAIN): (1, {"usd": 5})}


def test_a_value_in_a_report_is_short_and_json():
    assert shown("x" * 500) == "x" * 200 + "…"
    assert shown({"a": [1, None]}) == {"a": [1, None]}
    assert shown([1] * 200).endswith("…")
    assert shown(str) == repr(str)
    for value in ({1: object()}, ("a", 1.5), True):
        msgspec.json.encode(shown(value))


def test_an_accepted_change_from_which_nothing_followed_is_not_proven():
    accepted = other(kind="call.changed", expected=True)
    (found,) = silent(collected([accepted]).all())
    assert (found.judgement, found.expected, found.cause) == ("unknown", False, finding_id(accepted))


def test_what_is_inert_or_has_consequences_needs_no_such_finding():
    accepted = other(kind="call.changed", expected=True)
    follower = other(field="status", cause=finding_id(accepted))
    assert silent(collected([accepted, follower]).all()) == []
    assert silent(collected([other(kind="call.changed", expected=True, inert=True)]).all()) == []
    echo = other(field="metadata", cause=finding_id(accepted), expected=True)
    assert len(silent(collected([accepted, echo]).all())) == 1
