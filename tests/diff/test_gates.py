"""Gates: conditions on the result; what is not known passes none of them by being absent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.gates import NAMES, check_gate, parse_gate
from replayer.model import Amounts, CandidateInfo, Control, Exchanges, Finding, InputError, Judged, Money, Verdict

KNOWN = Amounts(control=100, candidate=160, delta=60)
NOTHING = Amounts()


def verdict(*, judged=None, control=None, money=None, findings=()):
    return Verdict(exchanges=Exchanges(total=1), control=control or Control(), judged=judged or Judged(), findings=list(findings),
                   money=money or {}, effects={}, gates=[], capture="c", origin="api.stripe.com", target="simulator",
                   candidate=CandidateInfo())  # fmt: skip


def finding(**fields):
    base = dict(id="f", kind="field", operation="GET /v1/balance", field="x", count=1, examples=["x1"], control=1, candidate=2,
                money={}, cause=None, judgement="divergence", expected=False)  # fmt: skip
    return Finding(**{**base, **fields})


@pytest.mark.parametrize("text", ["money = 0", "mony == 0", "money == ", "judged.calls >= 95 per cent", "", "money == 0 and findings == 0"])
def test_what_is_no_gate_is_refused_with_the_names_there_are(text):
    with pytest.raises(InputError) as error:
        parse_gate(text)
    assert all(name in error.value.hint for name in NAMES)


@given(st.sampled_from(NAMES), st.integers(-10_000, 10_000))
def test_per_cent_is_a_hundredth(name, number):
    assert parse_gate(f"{name} >= {number} %")[2] == parse_gate(f"{name}>={number}")[2] / 100 == number / 100


@pytest.mark.parametrize(("sign", "passes"), [("==", False), (">=", True), ("<=", False), (">", True), ("<", False)])
def test_a_gate_compares_as_it_is_written(sign, passes):
    assert check_gate(f"judged.calls {sign} 90 %", verdict(judged=Judged(calls=0.95))).passed is passes


@pytest.mark.parametrize(
    ("gate", "share"), [("control.reached", Control(reached=0.5)), ("control.reproduced", Control(reproduced=0.5))]
)  # fmt: skip
def test_a_gate_on_what_could_be_judged_ends_in_3(gate, share):
    found = check_gate(f"{gate} >= 90 %", verdict(control=share))
    assert (found.passed, found.kind, found.value) == (False, "judged", 0.5)


def test_there_is_no_gate_on_a_share_of_money_that_nobody_recorded():
    found = check_gate("judged.money >= 95 %", verdict(judged=Judged(money=None)))
    assert (found.passed, found.value) == (True, "nothing to judge")
    assert not check_gate("judged.money >= 95 %", verdict(judged=Judged(money=0.94))).passed


@pytest.mark.parametrize("column", ["moved", "committed", "next_bill"])
def test_a_gate_on_money_looks_at_all_three_columns(column):
    columns = dict.fromkeys(("moved", "committed", "next_bill"), NOTHING) | {column: KNOWN}
    money = {"usd": Money(**dict.fromkeys(columns, NOTHING)), "eur": Money(**columns)}
    found = check_gate("money == 0", verdict(money=money))
    assert (found.passed, found.kind, found.value[f"eur.{column}"]) == (False, "divergence", 60)
    assert check_gate(f"money.{column} <= 60", verdict(money=money)).passed


def test_a_column_that_is_not_known_fails_as_not_judged_unless_a_known_one_fails():
    unknown = {"usd": Money(moved=NOTHING, committed=NOTHING, next_bill=None)}
    found = check_gate("money == 0", verdict(money=unknown))
    assert (found.passed, found.kind) == (False, "judged")
    known = {"usd": Money(moved=KNOWN, committed=None, next_bill=None)}
    assert check_gate("money == 0", verdict(money=known)).kind == "divergence"
    assert check_gate("money.moved >= 0", verdict(money=unknown)).passed


def test_findings_are_the_divergences_that_nobody_expected():
    found = [finding(), finding(expected=True), finding(judgement="unknown"), finding(judgement="carried_over")]
    assert check_gate("findings <= 1", verdict(findings=found)).value == 1
    assert not check_gate("findings == 0", verdict(findings=found)).passed


@pytest.mark.parametrize(("changed", "passed"), [(0, False), (3, True)])
def test_a_gate_on_what_was_changed_fails_as_not_judged(changed, passed):
    found = verdict()
    found.candidate = CandidateInfo(calls_changed=changed)
    gate = check_gate("changed >= 1", found)
    assert (gate.passed, gate.kind, gate.value) == (passed, "judged", changed)
