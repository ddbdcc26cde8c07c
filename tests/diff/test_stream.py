"""Diffing captures: source by source, side by side, and the same whether in one share or in several."""

import pytest

from replayer.capture.store import Writer, open_capture
from replayer.diff.expect import Expectation
from replayer.diff.findings import Findings
from replayer.diff.stream import Partial, diff_sources, open_sides, setting_of
from replayer.diff.tally import Tally
from replayer.model import Arm, Claims, CustomerMoney, Manifest, Parent
from tests.diff.arms import COMPUTED, live
from tests.make import customer, exchange

SOURCES = ("a", "b", "c")
CUSTOMERS = {name: f"cus_Aaaaaaaaaa{name}001" for name in SOURCES}
RECORDED = [
    exchange(number, "POST", f"/v1/customers/{CUSTOMERS[name]}", {"balance": str(number)}, customer(CUSTOMERS[name], balance=number), source=name)
    for number, name in enumerate(SOURCES * 2, 1)
]  # fmt: skip
CONTROL = [live(call, effects=[]) for call in RECORDED]
CANDIDATE = [live(call, params={"balance": "9"}, body={**call.outcome.body, "balance": 9}, effects=[]) for call in RECORDED]
CLAIMS = {"POST /v1/customers/{customer}": COMPUTED["POST /v1/customers"]}


def sides(
    tmp_path, control=CONTROL, candidate=CANDIDATE, *, targets=("simulator", "simulator"), origin="api.stripe.com", money=(), sets=None
):
    with Writer(tmp_path / "r", Manifest(origin=origin)) as writer:
        for call in RECORDED:
            writer.append(call)
    parent = Parent("../r", open_capture(tmp_path / "r").digest())
    for name, calls, target in zip("ck", (control, candidate), targets, strict=True):
        claims = CLAIMS if name == "c" else {"POST /v1/refunds": Claims(computed=["amount"])}
        arm = Arm(role=name, target=target, claims=claims)
        with Writer(tmp_path / name, Manifest(parent=parent, arm=arm, origin_sets=sets or {})) as writer:
            for call in calls:
                writer.append(call)
            for line in money:
                writer.money(line)
    return open_sides(tmp_path / "r", tmp_path / "c", tmp_path / "k")


def diff(found, sources=SOURCES, chosen=None):
    return diff_sources(found, setting_of(found, Expectation()), sources, chosen)


def summary(partial):
    return partial.tally, [(finding.id, finding.count, finding.money) for finding in partial.findings.all()]


def test_every_recorded_call_is_counted_once(tmp_path):
    partial = diff(sides(tmp_path))
    assert partial.tally.classes == {"diverged": 6}
    assert (partial.tally.reached, partial.tally.reproduced, partial.tally.changed) == (6, 6, 6)


@pytest.mark.parametrize("shares", [[["a"], ["b"], ["c"]], [["c", "b"], ["a"]]])
def test_the_shares_of_a_diff_add_up_to_the_whole(tmp_path, shares):
    found = sides(tmp_path)
    total = Partial(Findings(), Tally(), [])
    for share in shares:
        total.merge(diff(found, share))
    whole = diff(found)
    assert total.tally == whole.tally
    assert summary(total)[1] == summary(whole)[1]


def test_ids_do_not_cross_sources(tmp_path):
    named = [live(call, effects=[]) for call in RECORDED]
    named[1] = live(RECORDED[1], path=f"/v1/customers/{CUSTOMERS['a']}", effects=[])
    partial = diff(sides(tmp_path, candidate=named))
    assert [(finding.kind, finding.field) for finding in partial.findings.all() if finding.cause is None] == [("call.changed", "(path)")]


def test_what_was_not_chosen_is_context_and_not_counted(tmp_path):
    partial = diff(sides(tmp_path), chosen={"x1", "x4"})
    assert partial.tally.classes.total() == partial.tally.sent == 2


def test_a_source_that_no_arm_replayed_is_skipped_and_not_matched(tmp_path):
    part = [call for call in CONTROL if call.source == "a"]
    partial = diff(sides(tmp_path, part, part))
    assert partial.tally.classes == {"matched": 2, "skipped": 4}
    assert (partial.tally.reached, partial.tally.judged) == (2, 2)


def test_a_recording_may_itself_be_the_control(tmp_path):
    sides(tmp_path)
    found = open_sides(tmp_path / "r", tmp_path / "r", tmp_path / "k")
    setting = setting_of(found, Expectation())
    assert not setting.deterministic
    assert diff_sources(found, setting, SOURCES).tally.classes == {"diverged": 6}


def test_only_two_arms_of_the_simulator_are_taken_for_deterministic(tmp_path):
    assert setting_of(sides(tmp_path / "1"), Expectation()).deterministic
    for number, targets in enumerate((("simulator", "http://x"), ("http://x", "simulator"), ("stripe-mock", "stripe-mock")), 2):
        assert not setting_of(sides(tmp_path / str(number), targets=targets), Expectation()).deterministic


def test_claims_are_those_of_both_arms(tmp_path):
    assert set(setting_of(sides(tmp_path), Expectation()).claims) == {"POST /v1/customers/{customer}", "POST /v1/refunds"}


def test_another_origin_counts_only_where_it_is_accepted(tmp_path):
    found = sides(tmp_path, origin="simulator")
    assert [setting_of(found, Expectation(), accept_origin=accepted).origin_counts for accepted in (False, True)] == [False, True]


def test_of_two_origins_of_a_place_the_weaker_one_holds(tmp_path):
    found = sides(tmp_path, sets={"o": {"given": ["x", "y"], "template": ["y"]}})
    setting = setting_of(found, Expectation())
    assert setting.origins_c == setting.origins_k == {"o": {"x": "given", "y": "template"}}


def test_what_is_to_come_is_added_up_over_the_customers_in_reach(tmp_path):
    money = [CustomerMoney("a", CUSTOMERS["a"], {"usd": 5}, {"usd": 7, "eur": 1}), CustomerMoney("b", CUSTOMERS["b"], {"usd": 2}, None)]
    tally = diff(sides(tmp_path, money=money), ("a", "b")).tally
    assert {key: amount for key, amount in tally.to_come.items() if key[0] == "committed"} == {("committed", "usd", arm): 7 for arm in "ck"}
    bills = {
        (column, currency, arm): amount for column, currency, amount in (("next_bill", "usd", 7), ("next_bill", "eur", 1)) for arm in "ck"
    }
    assert {key: amount for key, amount in tally.to_come.items() if key[0] == "next_bill"} == bills
    assert (tally.null_columns["next_bill"], tally.null_columns["committed"]) == (1, 0)
    assert tally.customers == 2


def test_of_customers_out_of_reach_nothing_is_asked(tmp_path):
    tally = diff(sides(tmp_path, candidate=CONTROL)).tally
    assert (tally.customers, tally.null_columns) == (0, {})
