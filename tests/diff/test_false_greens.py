"""Ways in which a change could end green without having earned it; each was found by a review, and each stays shut."""

import msgspec
import pytest

from replayer.model import Effect, Outcome
from tests.diff.arms import COMPUTED, judge, live
from tests.diff.test_verdict_walks import CONTROL, CUS, NOTHING_TO_COME, PI, RECORDED, intent, paid
from tests.make import customer, exchange

READ = exchange(1, "GET", f"/v1/customers/{CUS}", body=customer(CUS, description="a", email="x@y.example"))


def test_a_candidate_that_fails_after_its_call_was_sent_is_no_match(tmp_path):
    raised = live(RECORDED[1], disposition="raised", reason="candidate.py:4: RuntimeError: boom (x2)")
    verdict = judge(tmp_path, RECORDED, CONTROL, [*CONTROL[:2], raised, *CONTROL[2:]], claims=COMPUTED)
    assert verdict.exit_code == 3
    assert any("boom" in (finding.reason or "") for finding in verdict.findings)
    assert any(note.startswith("the candidate failed in 1 calls") and note.endswith("RuntimeError: boom") for note in verdict.notes)


def test_answers_that_are_no_json_are_compared(tmp_path):
    call = exchange(1, "GET", "/v1/files/file_Aaaaaaaaaaaa001/contents", body=None)
    call = msgspec.structs.replace(call, outcome=Outcome(status=200, text="id,amount\n1,500"))
    other = msgspec.structs.replace(live(call), outcome=Outcome(status=200, text="id,amount\n1,900"))
    same = msgspec.structs.replace(live(call), outcome=call.outcome)
    assert judge(tmp_path / "a", [call], [same], [other]).exit_code != 0
    assert judge(tmp_path / "b", [call], [same], [same]).exit_code == 0


def test_a_page_in_place_of_an_object_is_no_match(tmp_path):
    page = msgspec.structs.replace(live(READ), outcome=Outcome(status=200, text="<html>"))
    assert judge(tmp_path, [READ], [live(READ)], [page], target="http://x").exit_code != 0


def test_a_second_control_without_an_answer_measures_no_noise(tmp_path):
    changed = live(READ, body=customer(CUS, description="other", email=None))
    verdict = judge(tmp_path, [READ], [live(READ)], [changed], second=[live(READ, status=None, body=None)], target="http://x")
    assert verdict.exit_code == 1


@pytest.mark.parametrize(("one", "other"), [(True, "true"), (1, "1"), (None, ""), (1, True)])
def test_a_change_of_type_in_a_json_body_is_a_change(tmp_path, one, other):
    call = exchange(1, "POST", "/v2/core/event_destinations", {"enabled": one}, {"id": "ed_test_1", "object": "v2.core.event_destination"})
    call = msgspec.structs.replace(call, request=msgspec.structs.replace(call.request, encoding="json"))
    verdict = judge(tmp_path, [call], [live(call)], [live(call, params={"enabled": other})])
    assert [finding.field for finding in verdict.findings if finding.kind == "call.changed"] == ["enabled"]


def test_calls_that_answer_to_no_recorded_call_are_not_passed_over(tmp_path):
    charge = live(RECORDED[0], effects=[Effect("money", "charge", "ch_1", 900, "usd", CUS)])
    for parent in (None, "x99"):
        orphan = msgspec.structs.replace(charge, replayed_from=parent)
        assert judge(tmp_path / str(parent), RECORDED, CONTROL, [*CONTROL, orphan]).exit_code == 3


def test_an_arm_in_another_order_is_read_whole(tmp_path):
    recorded = [exchange(n, "POST", f"/v1/customers/{CUS}", {"balance": str(n)}, customer(CUS, balance=n)) for n in (1, 2, 3)]
    control = [live(call, effects=[]) for call in recorded]
    changed = live(recorded[1], params={"balance": "-99999"}, body=customer(CUS, balance=-99999), effects=[])
    swapped = [control[0], control[2], changed]
    assert judge(tmp_path / "a", recorded, [control[0], control[2], control[1]], swapped).exit_code != 0


@pytest.mark.parametrize("answer", [{"description": "WRONG"}, {"description": "a"}, {}])
def test_an_echo_is_accepted_only_with_the_value_that_was_sent(tmp_path, answer):
    recorded = [RECORDED[0], exchange(2, "POST", "/v1/payment_intents", {"description": "a", "amount": "500"}, intent(description="a"))]
    control = [live(call, effects=[]) for call in recorded]
    shown = {key: value for key, value in intent(description="b").items() if key != "description"} | answer
    candidate = [control[0], live(recorded[1], params={"description": "b", "amount": "500"}, body=shown, effects=[])]
    assert judge(tmp_path / "a", recorded, control, candidate, claims=COMPUTED, expect=True).exit_code != 0
    good = [control[0], live(recorded[1], params={"description": "b", "amount": "500"}, body=intent(description="b"), effects=[])]
    assert judge(tmp_path / "b", recorded, control, good, claims=COMPUTED, expect=True).exit_code == 0


def test_a_really_lost_call_is_not_called_reordered_after_a_move(tmp_path):
    calls = [exchange(n, "POST", f"/v1/customers/{CUS}", {"name": name}, customer(CUS)) for n, name in ((1, "A"), (2, "B"), (3, "C"))]
    control = [live(call, effects=[]) for call in calls]
    moved = live(calls[1], params={"name": "A"}, effects=[])
    candidate = [live(calls[0], disposition="dropped"), control[1], moved, live(calls[2], disposition="dropped")]
    kinds = {
        finding.kind: finding.count for finding in judge(tmp_path, calls, control, candidate, claims=COMPUTED).findings if not finding.cause
    }
    assert (kinds["call.reordered"], kinds["call.missing"]) == (1, 1)


def test_whom_a_refund_goes_to_is_asked_for_what_is_to_come(tmp_path):
    params = {"payment_intent": PI, "amount": "200"}
    back = [Effect("money", "refund", "re_1", -200, "usd", CUS)]
    candidate = [*CONTROL[:3], live(RECORDED[3], params=params, body={**RECORDED[3].outcome.body, "amount": 200}, effects=back)]
    verdict = judge(tmp_path, RECORDED[:4], CONTROL[:4], candidate, claims=COMPUTED, gates=["money.next_bill == 0"])
    assert verdict.money["usd"].next_bill is None
    assert [gate.passed for gate in verdict.gates] == [False]


def test_a_balance_is_in_reach_of_whatever_moves_money(tmp_path):
    balance = exchange(3, "GET", "/v1/balance", body={"object": "balance", "available": [{"amount": 0, "currency": "usd"}]})
    recorded = [*RECORDED[:2], balance]
    control = [*CONTROL[:2], live(balance, effects=[], origins="o")]
    candidate = [
        CONTROL[0],
        live(RECORDED[1], params={**RECORDED[1].request.params, "amount": "600"}, body=intent(600), effects=paid(600)),
        control[2],
    ]
    sets = {"o": {"template": ["available[].amount"]}}
    verdict = judge(tmp_path, recorded, control, candidate, claims=COMPUTED, origin_sets=sets, money=NOTHING_TO_COME)
    assert (verdict.exchanges.unknown, verdict.exchanges.matched) == (1, 1)


def test_a_recorded_id_stands_only_for_what_the_candidate_made_in_its_place(tmp_path):
    other = "cus_Bbbbbbbbbbb002"
    params = {**RECORDED[1].request.params, "customer": other}
    elsewhere = [Effect("created", "payment_intent", PI), Effect("money", "charge", "ch_1", 500, "usd", other)]
    charged = live(RECORDED[1], params=params, body={**intent(), "customer": other}, effects=elsewhere)
    candidate = [CONTROL[0], msgspec.structs.replace(charged, stands_for={CUS: other})]
    assert judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, money=NOTHING_TO_COME).exit_code != 0


def test_one_who_pays_more_and_one_who_pays_less_are_no_zero(tmp_path):
    other = "cus_Bbbbbbbbbbb002"
    params = {**RECORDED[1].request.params, "customer": other}
    elsewhere = [Effect("created", "payment_intent", PI), Effect("money", "charge", "ch_1", 500, "usd", other)]
    candidate = [CONTROL[0], live(RECORDED[1], params=params, body={**intent(), "customer": other}, effects=elsewhere)]
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, gates=["money.moved == 0"])
    assert verdict.customers == {CUS: {"usd": -500}, other: {"usd": 500}}
    assert not verdict.gates[0].passed


def test_a_torn_arm_is_refused(tmp_path):
    from replayer.model import InputError
    from replayer.runs.run import RunSpec, judge_captures

    judge(tmp_path, RECORDED, CONTROL)
    segment = tmp_path / "k" / "segment-0001.jsonl"
    segment.write_bytes(segment.read_bytes()[:-30])
    with pytest.raises(InputError, match="torn"):
        judge_captures(RunSpec(capture=tmp_path / "r", out=tmp_path), tmp_path / "c", tmp_path / "k")


def test_an_inert_parameter_that_comes_to_something_is_unknown_and_no_fault(tmp_path):
    recorded = [RECORDED[0], exchange(2, "GET", "/v1/customers", {"email": "a@b.example"}, {"object": "list", "data": [customer(CUS)]})]
    control = [live(call, effects=[]) for call in recorded]
    candidate = [
        live(recorded[0], params={"email": "c@d.example"}, body=customer(CUS), effects=[]),
        live(recorded[1], body={"object": "list", "data": []}, effects=[]),
    ]
    verdict = judge(tmp_path, recorded, control, candidate, claims=COMPUTED, expect=True, money=NOTHING_TO_COME)
    assert verdict.exit_code in (1, 3)
    assert not any("fault" in note for note in verdict.notes)
