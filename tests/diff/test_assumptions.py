"""What rests on assumed facts is added up by facts, currency and arm."""

from replayer.diff.assumptions import billed, listed
from replayer.diff.effects import assumed
from replayer.diff.judge import Facts, judge
from replayer.model import Bill, Effect, NextBill

ONE, TWO = ("pm_1 succeeds",), ("tax of 19 %", "pm_1 succeeds")


def bill(total, facts=(), currency="usd"):
    return Bill(created=1, currency=currency, total=total, due=total, paid=total, status="paid", reason="subscription_cycle", assumed=facts)


def test_only_money_that_rests_on_something_counts():
    effects = [
        Effect("money", "charge", "ch_1", 500, "usd", assumed=ONE), Effect("money", "charge", "ch_2", 300, "usd"),
        Effect("money", "refund", "re_1", -200, "usd", assumed=ONE), Effect("created", "charge", "ch_3", assumed=ONE),
    ]  # fmt: skip
    assert assumed(effects, "control") == {(ONE, "usd", "control"): 300}


def test_bills_of_both_arms():
    rows = [
        NextBill(customer="cus_1", source="s", control=[bill(100, ONE), bill(50)], candidate=[bill(200, TWO)]),
        NextBill(customer="cus_2", source="s", control=[bill(10, ONE)], candidate=None),
    ]
    assert billed(rows) == {(ONE, "usd", "control"): 110, (TWO, "usd", "candidate"): 200}
    found = listed({(ONE, "eur", "candidate"): 70}, rows)
    assert [(one.when, one.currency, one.facts, one.control, one.candidate) for one in found] == [
        ("next_bill", "usd", TWO, 0, 200), ("next_bill", "usd", ONE, 110, 0), ("moved", "eur", ONE, 0, 70),
    ]  # fmt: skip


def test_an_assumed_place_is_never_a_match_in_reach_and_its_difference_is_one():
    place = {"reach": True, "kind": "money", "recorded_equal": True, "origin": "assumed"}
    assert judge(Facts(**place, equal=True)) == "unknown"
    assert judge(Facts(**place, equal=False)) == "divergence"
    assert judge(Facts(**{**place, "reach": False}, equal=True)) == "match"
