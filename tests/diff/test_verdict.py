"""The verdict's word, columns and shares: what outweighs what."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.tally import Tally
from replayer.diff.verdict import judged_money, money_columns, to_json, word_of
from replayer.model import Amounts, Finding, Verdict
from tests.diff.arms import judge
from tests.make import customer, exchange


def finding(judgement="divergence", *, expected=False):
    return Finding(
        id="f", kind="field", operation="POST /v1/charges", field="x", count=1, examples=["x1"], control=1, candidate=2, money={},
        cause=None, judgement=judgement, expected=expected,
    )  # fmt: skip


def tally(**fields):
    return Tally(**{"sent": 2, "classes": Counter(matched=2), **fields})


def word(found=None, findings=(), **options):
    return word_of(found or tally(), list(findings), **{"nulls": False, "foreign": False, **options})


DIVERGENCE, UNKNOWN, CARRIED, EXPECTED = finding(), finding("unknown"), finding("carried_over"), finding(expected=True)


@pytest.mark.parametrize(
    ("expected", "found", "findings", "options"),
    [
        ("empty", tally(sent=0), [DIVERGENCE], {}),
        ("divergence", tally(faults=1), [UNKNOWN, DIVERGENCE, EXPECTED], {"nulls": True}),
        ("unknown", None, [UNKNOWN, EXPECTED], {}),
        ("unknown", None, [CARRIED], {}),
        ("unknown", None, [EXPECTED], {"nulls": True}),
        ("unknown", tally(faults=1), [], {}),
        ("unknown", tally(classes=Counter(unknown=2)), [], {}),
        ("unknown", tally(classes=Counter(skipped=2)), [], {}),
        ("unknown", tally(changed=1), [EXPECTED], {"foreign": True}),
        ("as_intended", tally(changed=1), [EXPECTED], {"calls_changed": 1}),
        ("match", None, [], {}),
        ("match", None, [], {"foreign": True}),
        ("unknown", None, [], {"calls_changed": 1}),
    ],
)
def test_what_is_worse_or_less_known_outweighs_the_rest(expected, found, findings, options):
    assert word(found, findings, **options) == expected


@given(st.lists(st.sampled_from([DIVERGENCE, UNKNOWN, CARRIED, EXPECTED]), max_size=4), st.booleans(), st.booleans(), st.integers(0, 2))
def test_green_is_only_what_nothing_speaks_against(findings, nulls, foreign, changed):
    found = word(tally(changed=changed), findings, nulls=nulls, foreign=foreign, calls_changed=changed)
    if found in ("match", "as_intended"):
        assert not nulls
        assert all(item.expected for item in findings)
        assert found == "as_intended" or (not findings and not changed)


def test_a_column_that_one_customer_leaves_open_is_open_in_every_currency():
    counts = tally(moved_c=Counter(usd=5), moved_k=Counter(usd=7, eur=1), null_columns=Counter(committed=1))
    columns = money_columns(counts)
    assert columns["usd"].moved == Amounts(control=5, candidate=7, delta=2)
    assert columns["eur"].moved == Amounts(control=0, candidate=1, delta=1)
    assert [money.committed for money in columns.values()] == [None, None]
    assert [money.next_bill for money in columns.values()] == [Amounts(), Amounts()]


def test_money_that_may_have_moved_in_any_currency_is_known_in_none():
    assert [money.moved for money in money_columns(tally(moved_c=Counter(usd=5, eur=1), unknown_money={"*"})).values()] == [None, None]
    only = money_columns(tally(moved_c=Counter(usd=5, eur=1), unknown_money={"usd"}))
    assert (only["usd"].moved, only["eur"].moved) == (None, Amounts(control=1, candidate=0, delta=-1))


def test_a_currency_that_stands_in_one_column_only_has_all_three():
    columns = money_columns(tally(to_come=Counter({("next_bill", "jpy", "k"): 30}), currencies={"usd"}))
    assert sorted(columns) == ["jpy", "usd"]
    assert columns["jpy"].next_bill == Amounts(control=0, candidate=30, delta=30)


def test_the_share_of_judged_money_is_the_worst_currencys():
    counts = tally(recorded_money=Counter(usd=100, eur=10, jpy=0), judged_money=Counter(usd=95, eur=2))
    assert judged_money(counts) == 0.2
    assert judged_money(tally()) is None


def test_a_verdict_survives_its_json(tmp_path):
    verdict = judge(tmp_path, [exchange(1, "POST", "/v1/customers", body=customer())], gates=["findings == 0"])
    again = msgspec.json.decode(to_json(verdict), type=Verdict)
    assert again == verdict
    assert set(msgspec.json.decode(to_json(verdict))) >= {
        "schema", "verdict", "exchanges", "control", "judged", "findings", "money", "effects", "gates", "capture", "origin", "target", "candidate",
    }  # fmt: skip


def test_the_classes_add_up_to_the_total(tmp_path):
    calls = [exchange(number, "GET", "/v1/balance", body={"object": "balance"}) for number in range(1, 4)]
    counts = judge(tmp_path, calls).exchanges
    assert counts.total == counts.matched + counts.diverged + counts.unknown + counts.carried_over + counts.skipped == 3
