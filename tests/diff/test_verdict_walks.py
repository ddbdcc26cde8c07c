"""The verdict, walked through on arms made by hand: what each rule is for, and that none of them turns green by accident."""

import pytest

from replayer.model import CustomerMoney, Effect
from tests.diff.arms import COMPUTED, judge, live
from tests.make import T0, customer, exchange

CUS, PI = "cus_Aaaaaaaaaaa001", "pi_Aaaaaaaaaaaa0001"
SILENT = "nothing followed from this change but its own echo: that it changes nothing else is not shown"
NOTHING_TO_COME = [CustomerMoney("s", CUS, {}, {})]


def intent(amount=500, status="succeeded", identifier=PI, **more):
    received = amount if status == "succeeded" else 0
    return {"id": identifier, "object": "payment_intent", "amount": amount, "amount_received": received, "currency": "usd", "status": status,
            "customer": CUS, "created": int(T0), "metadata": {}, **more}  # fmt: skip


def paid(amount=500, identifier=PI):
    return [Effect("created", "payment_intent", identifier), Effect("money", "charge", "ch_1", amount, "usd", CUS)]


RECORDED = [
    exchange(1, "POST", "/v1/customers", {"email": "a@b.example"}, customer(CUS)),
    exchange(2, "POST", "/v1/payment_intents", {"customer": CUS, "amount": "500", "currency": "usd", "confirm": "true"}, intent()),
    exchange(3, "GET", f"/v1/payment_intents/{PI}", body=intent()),
    exchange(
        4,
        "POST",
        "/v1/refunds",
        {"payment_intent": PI},
        {"id": "re_Aaaaaaaaaaaa0001", "object": "refund", "amount": 500, "currency": "usd", "status": "succeeded", "payment_intent": PI},
    ),
    exchange(5, "GET", f"/v1/payment_intents/{PI}", body=intent()),
]
EFFECTS = [
    [Effect("created", "customer", CUS)],
    paid(),
    [],
    [Effect("created", "refund", "re_Aaaaaaaaaaaa0001"), Effect("money", "refund", "re_1", -500, "usd", CUS)],
    [],
]
CONTROL = [live(call, effects=effects) for call, effects in zip(RECORDED, EFFECTS, strict=True)]


def test_equal_arms_match_and_say_that_nothing_was_tested(tmp_path):
    verdict = judge(tmp_path, RECORDED, CONTROL)
    assert (verdict.verdict, verdict.exit_code, verdict.findings) == ("match", 0, [])
    assert verdict.exchanges.matched == verdict.exchanges.total == 5
    assert verdict.control.fields == 1.0


def changed_amount(*, answer=600):
    params = {**RECORDED[1].request.params, "amount": "600"}
    calls = list(CONTROL)
    calls[1] = live(RECORDED[1], params=params, body=intent(answer), effects=paid(answer))
    calls[2] = live(RECORDED[2], body=intent(answer), effects=[])
    calls[3] = live(
        RECORDED[3],
        body={**RECORDED[3].outcome.body, "amount": answer},
        effects=[EFFECTS[3][0], Effect("money", "refund", "re_1", -answer, "usd", CUS)],
    )
    calls[4] = live(RECORDED[4], body=intent(answer), effects=[])
    return calls


def test_a_changed_amount_is_one_root_with_what_follows_from_it(tmp_path):
    verdict = judge(tmp_path, RECORDED, CONTROL, changed_amount(), claims=COMPUTED, money=NOTHING_TO_COME)
    assert verdict.exit_code == 1
    roots = [finding for finding in verdict.findings if finding.cause is None]
    assert [(root.kind, root.operation, root.field, root.control, root.candidate) for root in roots] == [
        ("call.changed", "POST /v1/payment_intents", "amount", "500", "600")
    ]
    assert {finding.cause for finding in verdict.findings} == {None, roots[0].id}
    assert verdict.money["usd"].moved.delta == 0  # it was refunded in full
    assert roots[0].money == {}


def test_what_a_charge_moves_is_counted_once(tmp_path):
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], changed_amount()[:2], claims=COMPUTED, money=NOTHING_TO_COME)
    assert (verdict.money["usd"].moved.control, verdict.money["usd"].moved.delta) == (500, 100)
    assert next(finding.money for finding in verdict.findings if finding.cause is None) == {"usd": 100}


def test_a_target_that_ignores_the_amount_is_unknown_where_it_only_echoes_and_found_out_where_it_claims_more(tmp_path):
    ignoring = list(CONTROL)
    ignoring[1] = live(RECORDED[1], params={**RECORDED[1].request.params, "amount": "600"}, effects=paid())
    unlisted = judge(tmp_path / "a", RECORDED, CONTROL, ignoring, expect=True, money=NOTHING_TO_COME)
    assert (unlisted.verdict, unlisted.exit_code) == ("unknown", 3)


def test_a_parameter_that_the_target_does_not_list_makes_money_unknown_also_where_the_arms_agree(tmp_path):
    recorded = [
        exchange(
            1,
            "POST",
            "/v1/subscriptions",
            {"customer": CUS, "proration_behavior": "create_prorations"},
            {"id": "sub_Aaaaaaaaaaa001", "object": "subscription", "status": "active", "customer": CUS, "currency": "usd"},
        )
    ]
    control = [live(recorded[0])]
    candidate = [live(recorded[0], params={"customer": CUS, "proration_behavior": "none"})]
    verdict = judge(tmp_path, recorded, control, candidate, expect=True)
    assert (verdict.verdict, verdict.exit_code) == ("unknown", 3)
    assert verdict.money["usd"].moved is None
    assert verdict.judged.calls == 0


@pytest.mark.parametrize("expect", [True, False])
def test_metadata_alone_is_as_intended_if_expected_and_never_unknown(tmp_path, expect):
    params = {**RECORDED[1].request.params, "metadata": {"order": "7"}}
    candidate = list(CONTROL)
    candidate[1] = live(RECORDED[1], params=params, body=intent(metadata={"order": "7"}), effects=paid())
    for place in (2, 4):
        candidate[place] = live(RECORDED[place], body=intent(metadata={"order": "7"}), effects=[])
    verdict = judge(tmp_path, RECORDED, CONTROL, candidate, claims=COMPUTED, expect=expect)
    assert (verdict.verdict, verdict.exit_code) == (("as_intended", 0) if expect else ("divergence", 1))
    assert {finding.judgement for finding in verdict.findings} == {"divergence"}


def test_money_that_moves_though_only_metadata_differs_is_unknown(tmp_path):
    candidate = list(CONTROL)
    candidate[1] = live(RECORDED[1], params={**RECORDED[1].request.params, "metadata": {"a": "b"}}, body=intent(501), effects=paid(501))
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate[:2], claims=COMPUTED, expect=True)
    assert verdict.exit_code == 3
    assert any("should move nothing" in (finding.reason or "") for finding in verdict.findings)


def test_a_dropped_call_takes_the_later_calls_of_its_object_with_it(tmp_path):
    candidate = [CONTROL[0], live(RECORDED[1], disposition="dropped", reason="dropped by the candidate")]
    candidate += [live(call, disposition="skipped", reason=f"unbound: {PI}") for call in RECORDED[2:]]
    verdict = judge(tmp_path, RECORDED, CONTROL, candidate, claims=COMPUTED, expect=True, money=NOTHING_TO_COME)
    assert verdict.exit_code == 1
    assert verdict.exchanges.diverged == 1
    assert verdict.exchanges.carried_over + verdict.exchanges.unknown == 3
    root = next(finding for finding in verdict.findings if finding.kind == "call.missing" and finding.cause is None)
    assert root.expected
    lost = [finding for finding in verdict.findings if finding.kind == "effect.missing"]
    assert {finding.field for finding in lost} >= {"payment_intent created", "refund created"}
    assert all(finding.cause == root.id for finding in lost)
    assert verdict.money["usd"].moved is None or verdict.money["usd"].moved.delta != 0


def test_what_follows_another_status_is_carried_over_and_never_a_match(tmp_path):
    candidate = list(CONTROL)
    candidate[1] = live(
        RECORDED[1],
        params={**RECORDED[1].request.params, "payment_method": "pm_card_visa_chargeDeclined"},
        status=402,
        body={"error": {"type": "card_error", "code": "card_declined"}},
        effects=[],
    )
    candidate[2:] = [live(call, disposition="skipped", reason=f"unbound: {PI}") for call in RECORDED[2:]]
    verdict = judge(tmp_path, RECORDED, CONTROL, candidate, claims=COMPUTED, money=NOTHING_TO_COME)
    assert verdict.exit_code == 1
    assert verdict.exchanges.carried_over == 3
    assert any(finding.kind == "status" and (finding.control, finding.candidate) == (200, 402) for finding in verdict.findings)


def test_a_doubled_call_is_found_with_its_money(tmp_path):
    twice = live(RECORDED[1], body=intent(identifier="pi_Bbbbbbbbbbbb0002"), effects=paid(identifier="pi_Bbbbbbbbbbbb0002"))
    candidate = [*CONTROL[:2], twice, *CONTROL[2:]]
    verdict = judge(tmp_path, RECORDED, CONTROL, candidate, claims=COMPUTED, expect=True, money=NOTHING_TO_COME)
    assert verdict.exit_code == 1
    assert [finding.kind for finding in verdict.findings if finding.expected] == ["call.duplicated"]
    assert verdict.money["usd"].moved.delta == 500


def test_an_extra_call_is_found_at_its_own_operation(tmp_path):
    extra = live(
        RECORDED[1],
        method="POST",
        path="/v1/customers",
        params={},
        body=customer("cus_Bbbbbbbbbbb002"),
        effects=[Effect("created", "customer", "cus_Bbbbbbbbbbb002")],
    )
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], [*CONTROL[:2], extra], claims=COMPUTED, money=NOTHING_TO_COME)
    assert verdict.exit_code == 1
    assert ("call.extra", "POST /v1/customers") in {(finding.kind, finding.operation) for finding in verdict.findings}


def test_a_call_that_control_skips_too_only_lowers_what_is_judged(tmp_path):
    skipped = live(RECORDED[4], disposition="skipped", reason=f"unbound: {PI}")
    verdict = judge(tmp_path, RECORDED, [*CONTROL[:4], skipped], [*CONTROL[:4], skipped])
    assert (verdict.verdict, verdict.exchanges.skipped, verdict.judged.calls, verdict.control.reached) == ("match", 1, 0.8, 0.8)


def test_a_candidate_that_raises_is_never_a_match(tmp_path):
    raised = live(RECORDED[2], disposition="raised", reason="candidate.py:3: KeyError (x3)")
    verdict = judge(tmp_path, RECORDED, CONTROL, [*CONTROL[:2], raised, *CONTROL[3:]], claims=COMPUTED, expect=True)
    assert verdict.exit_code == 3
    assert any("candidate.py:3" in (finding.reason or "") for finding in verdict.findings)


def test_a_status_that_control_does_not_reproduce_is_never_matched(tmp_path):
    declined = live(RECORDED[1], status=402, body={"error": {"type": "card_error"}}, effects=[])
    arms = [CONTROL[0], declined, *CONTROL[2:]]
    verdict = judge(tmp_path, RECORDED, arms)
    assert verdict.exchanges.unknown == 1
    assert verdict.control.reproduced == 0.8
    assert verdict.exit_code == 0  # nothing differs between the arms, and nothing was tested


def test_in_reach_of_a_change_it_is_unknown_what_control_does_not_reproduce(tmp_path):
    wrong = [CONTROL[0], live(RECORDED[1], body=intent(499), effects=paid(499)), *CONTROL[2:]]
    candidate = [
        CONTROL[0],
        live(RECORDED[1], params={**RECORDED[1].request.params, "confirm": "false"}, body=intent(499), effects=paid(499)),
        *CONTROL[2:],
    ]
    verdict = judge(tmp_path, RECORDED, wrong, candidate, claims=COMPUTED, expect=True, money=NOTHING_TO_COME)
    assert verdict.exit_code == 3


def test_a_value_taken_from_a_template_proves_nothing_in_reach(tmp_path):
    sets = {"o": {"template": ["amount_received"]}}
    candidate = [CONTROL[0], live(RECORDED[1], params={**RECORDED[1].request.params, "confirm": "false"}, effects=paid(), origins="o")]
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, expect=True, origin_sets=sets, money=NOTHING_TO_COME)
    assert verdict.exit_code == 3


def test_a_customer_whose_next_bill_is_not_known_makes_the_verdict_unknown(tmp_path):
    candidate = [CONTROL[0], live(RECORDED[1], params={**RECORDED[1].request.params, "confirm": "True"}, effects=paid())]
    unknown = judge(
        tmp_path / "a", RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, expect=True, money=[CustomerMoney("s", CUS, {}, None)]
    )
    assert (unknown.verdict, unknown.money["usd"].next_bill, unknown.money["usd"].committed.delta) == ("unknown", None, 0)
    known = judge(tmp_path / "b", RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, expect=True, money=NOTHING_TO_COME)
    assert known.money["usd"].next_bill.delta == 0
    assert [finding.reason for finding in known.findings if finding.judgement == "unknown"] == [SILENT]


def test_an_accepted_change_that_is_not_inert_and_changes_nothing_is_unknown(tmp_path):
    candidate = [CONTROL[0], live(RECORDED[1], params={**RECORDED[1].request.params, "payment_method": "pm_card_amex"}, effects=paid())]
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, expect=True, money=NOTHING_TO_COME)
    assert (verdict.exit_code, [finding.reason for finding in verdict.findings if not finding.expected]) == (3, [SILENT])


@pytest.mark.parametrize("metadata", [{"a": "x" * 501}, {"k" * 41: "x"}, {f"k{n}": "x" for n in range(51)}])
def test_no_claim_of_inert_holds_beyond_what_stripe_takes(tmp_path, metadata):
    candidate = [
        CONTROL[0],
        live(RECORDED[1], params={**RECORDED[1].request.params, "metadata": metadata}, body=intent(metadata=metadata), effects=paid()),
    ]
    assert judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, expect=True).exit_code == 3


def test_another_origin_ends_as_intended_only_if_it_is_accepted(tmp_path):
    params = {**RECORDED[1].request.params, "metadata": {"order": "7"}}
    candidate = [CONTROL[0], live(RECORDED[1], params=params, body=intent(metadata={"order": "7"}), effects=paid())]
    options = dict(claims=COMPUTED, expect=True, origin="simulator")
    assert judge(tmp_path / "a", RECORDED[:2], CONTROL[:2], candidate, **options).verdict == "unknown"
    accepted = judge(tmp_path / "b", RECORDED[:2], CONTROL[:2], candidate, accept_origin=True, **options)
    assert accepted.verdict == "as_intended"
    assert any("proves nothing" in note for note in accepted.notes)


def test_a_difference_that_nothing_reaches_is_our_fault_and_no_verdict(tmp_path):
    candidate = [live(RECORDED[0], body=customer(CUS, balance=1), effects=EFFECTS[0]), *CONTROL[1:]]
    verdict = judge(tmp_path, RECORDED, CONTROL, candidate)
    assert verdict.exit_code == 3


def test_noise_on_a_remote_target_is_no_finding_and_unstable_money_is_unknown(tmp_path):
    call = exchange(1, "GET", "/v1/balance", body={"object": "balance", "note": "a", "available": 5})
    arms = [[live(call, body={"object": "balance", "note": note, "available": 5})] for note in ("a", "b", "c")]
    quiet = judge(tmp_path / "a", [call], arms[0], arms[1], second=arms[2], target="http://x")
    assert (quiet.verdict, quiet.findings) == ("match", [])
    arms = [[live(call, body={"object": "balance", "note": "a", "available": amount})] for amount in (5, 6, 7)]
    unstable = judge(tmp_path / "b", [call], arms[0], arms[1], second=arms[2], target="http://x")
    assert unstable.verdict == "unknown"


def test_a_call_that_is_moved_is_reordered(tmp_path):
    recorded = [
        *RECORDED[:1],
        exchange(2, "POST", f"/v1/customers/{CUS}", {"name": "A"}, customer(CUS)),
        exchange(3, "POST", f"/v1/customers/{CUS}", {"name": "B"}, customer(CUS)),
    ]
    control = [live(call, effects=[]) for call in recorded]
    moved = [control[0], live(recorded[1], disposition="dropped"), control[2], live(recorded[2], params={"name": "A"}, effects=[])]
    verdict = judge(tmp_path, recorded, control, moved, claims=COMPUTED)
    assert "call.reordered" in {finding.kind for finding in verdict.findings}
    assert "call.missing" not in {finding.kind for finding in verdict.findings}


def test_who_pays_is_part_of_what_happened(tmp_path):
    other = "cus_Bbbbbbbbbbb002"
    elsewhere = [Effect("created", "payment_intent", PI), Effect("money", "charge", "ch_1", 500, "usd", other)]
    candidate = [
        CONTROL[0],
        live(
            RECORDED[1], params={**RECORDED[1].request.params, "customer": other}, body={**intent(), "customer": other}, effects=elsewhere
        ),
    ]
    money = [*NOTHING_TO_COME, CustomerMoney("s", other, {}, {})]
    verdict = judge(tmp_path, RECORDED[:2], CONTROL[:2], candidate, claims=COMPUTED, expect=True, money=money)
    assert verdict.exit_code == 1
    assert [(finding.control, finding.candidate) for finding in verdict.findings if finding.kind == "effect.changed"] == [(500, 0)]
    assert verdict.money["usd"].moved.delta == 0


def test_a_changed_call_that_neither_arm_could_make_is_unknown(tmp_path):
    skipped = live(RECORDED[4], disposition="skipped", reason=f"unbound: {PI}")
    changed = live(RECORDED[4], disposition="skipped", reason=f"unbound: {PI}", params={"expand": ["customer"]})
    verdict = judge(tmp_path / "a", RECORDED, [*CONTROL[:4], skipped], [*CONTROL[:4], changed], expect=True)
    assert verdict.exit_code == 3
    for disposition in ("dropped", "raised"):
        decided = live(RECORDED[4], disposition=disposition, reason="candidate.py:1: KeyError")
        assert judge(tmp_path / disposition, RECORDED, [*CONTROL[:4], skipped], [*CONTROL[:4], decided], expect=True).exit_code == 3


def test_where_nothing_was_answered_nothing_matches(tmp_path):
    down = [live(call, status=None, body=None) for call in RECORDED]
    assert judge(tmp_path, RECORDED, down, target="http://x").exit_code == 3


def test_gates_on_money_look_at_every_column(tmp_path):
    verdict = judge(
        tmp_path,
        RECORDED[:2],
        CONTROL[:2],
        changed_amount()[:2],
        claims=COMPUTED,
        money=NOTHING_TO_COME,
        gates=["money == 0", "judged.calls >= 50 %"],
    )
    assert [(gate.passed, gate.kind) for gate in verdict.gates] == [(False, "divergence"), (True, "judged")]
