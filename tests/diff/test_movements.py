"""Movements: what calls did in either arm, what money moved by whom, and whose bills have to be asked for."""

from collections import Counter

import msgspec
import pytest

from replayer.diff.align import align
from replayer.diff.canonical import Canon
from replayer.diff.expect import Expectation
from replayer.diff.movements import Movements
from replayer.diff.notes import Notes
from replayer.diff.reach import Taint
from replayer.diff.tally import Setting, Tally
from replayer.model import Effect
from tests.diff.arms import live
from tests.make import customer, exchange

A, B = "cus_Aaaaaaaaaaa001", "cus_Bbbbbbbbbbb002"
PAY = exchange(1, "POST", "/v1/charges", {"amount": "5", "currency": "usd", "customer": A}, {"id": "ch_Aaaaaaaaaaaaa1", "object": "charge", "customer": A})  # fmt: skip
FULL, INERT, BLIND = Taint("root", False, True), Taint("root", False, False), Taint("root", True, True)


def paid(amount, payer=A, currency="usd"):
    return [Effect("created", "charge", "ch_Aaaaaaaaaaaaa1"), Effect("money", "charge", "ch_1", amount, currency, payer)]


def setting(**fields):
    return Setting(
        **{
            "claims": {},
            "origins_c": {},
            "origins_k": {},
            "origin_counts": True,
            "deterministic": True,
            "expectation": Expectation(),
            **fields,
        }
    )


def noted(control, candidate, taint=FULL, *, recorded=None, recording=PAY, **fields):
    """The findings and counts over one call with these effects."""
    notes, counts = Notes(), Tally()
    movements = Movements(notes, setting(**fields), counts)
    call = align(recording, [live(recording, effects=control)], [live(recording, effects=candidate)], Canon(), Canon())
    effects = movements.effects(call)
    moved = Counter(recorded or {})
    movements.note(call, taint, effects, moved, Canon(), Canon())
    if taint is not None and taint.full:
        movements.know(call, "diverged", taint, moved, Counter({"usd": sum(effect.amount for effect in control)}))
        movements.touch_customers(call, taint, effects, Canon(), Canon())
    return notes.findings.all(), counts, movements


def test_equal_effects_are_no_finding():
    findings, counts, _ = noted(paid(5), paid(5), recorded={"usd": 5})
    assert findings == []
    assert (counts.moved_c, counts.moved_k, counts.unknown_money) == ({"usd": 5}, {"usd": 5}, set())


def test_more_money_is_a_finding_with_its_amount_at_its_root():
    findings, counts, _ = noted(paid(5), paid(7), recorded={"usd": 5})
    assert [(finding.kind, finding.control, finding.candidate, finding.money, finding.cause) for finding in findings] == [
        ("effect.changed", 5, 7, {"usd": 2}, "root")
    ]
    assert (counts.moved_c, counts.moved_k) == ({"usd": 5}, {"usd": 7})


@pytest.mark.parametrize("other", [paid(5, B), paid(5, A, "eur")])
def test_the_same_sum_of_another_payer_or_currency_is_not_the_same(other):
    findings, _, _ = noted(paid(5), other, recorded={"usd": 5})
    assert {finding.kind for finding in findings} == {"effect.changed"}
    assert sum(finding.count for finding in findings) == 2


def test_an_effect_more_or_less_is_found_and_counted():
    findings, counts, _ = noted(paid(5), [], recorded={"usd": 5})
    assert ("effect.missing", "charge created") in {(finding.kind, finding.field) for finding in findings}
    assert counts.effects == {("charge created", "effect", "missing"): 1}
    events = noted([], [Effect("event", "charge.succeeded", "ch_1")])[0]
    assert [(finding.kind, finding.field) for finding in events] == [("event.extra", "charge.succeeded")]


def test_out_of_reach_a_difference_is_a_fault_and_no_divergence():
    findings, counts, _ = noted(paid(5), paid(7), None)
    assert {finding.judgement for finding in findings} == {"unknown"}
    assert counts.faults == 1


def test_what_only_inert_parameters_reach_moves_no_money_as_a_divergence():
    assert {finding.judgement for finding in noted(paid(5), paid(7), INERT)[0]} == {"unknown"}


def test_out_of_reach_the_recorded_money_is_what_moved():
    assert noted(paid(5), paid(5), None, recorded={"usd": 9})[1].moved_k == {"usd": 9}
    assert noted(paid(5), paid(5), None, recorded={"usd": 9}, origin_counts=False)[1].moved_k == {"usd": 5}


@pytest.mark.parametrize(("taint", "recorded"), [(BLIND, {"usd": 5}), (FULL, {"usd": 9})])
def test_money_that_the_target_cannot_know_is_not_known(taint, recorded):
    assert noted(paid(5), paid(5), taint, recorded=recorded)[1].unknown_money == {"usd"}


def test_whoever_a_call_in_reach_is_about_is_asked_for_what_is_to_come():
    assert noted(paid(5), paid(5, B), recorded={"usd": 5})[2].customers.keys() == {A, B}
    assert noted([], [], recording=exchange(1, "POST", "/v1/customers", body=customer(B)))[2].customers.keys() == {B}


def test_where_nobody_says_whose_it_is_the_columns_are_not_known():
    refund = exchange(1, "POST", "/v1/refunds", {"charge": "ch_Aaaaaaaaaaaaa1"}, {"id": "re_Aaaaaaaaaaaa0001", "object": "refund"})
    assert noted([], [], recording=refund)[1].null_columns == {"committed": 1, "next_bill": 1, "moved": 1}
    product = exchange(1, "POST", "/v1/products", {"name": "x"}, {"id": "prod_Aaaaaaaaaa001", "object": "product"})
    assert noted([], [], recording=product)[1].null_columns == {}


def test_events_that_a_target_told_of_a_call_are_effects_of_it():
    told = {"req_1": [Effect("event", "charge.succeeded", "ch_1"), Effect("event", "charge.succeeded", "ch_2")]}
    notes, counts = Notes(), Tally()
    movements = Movements(notes, setting(deterministic=False, events_c={"req_1": told["req_1"][:1]}, events_k=told), counts)
    arm = live(PAY)
    arm = msgspec.structs.replace(arm, outcome=msgspec.structs.replace(arm.outcome, headers={"request-id": "req_1"}, effects=[]))
    call = align(PAY, [arm], [arm], Canon(), Canon())
    effects = movements.effects(call)
    movements.note(call, FULL, effects, Counter(), Canon(), Canon())
    assert [(finding.kind, finding.field, finding.control, finding.candidate) for finding in notes.findings.all()] == [
        ("event.extra", "charge.succeeded", 1, 2)
    ]
