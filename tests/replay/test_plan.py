"""The plan: what a run would do, said before anything is sent."""

import pytest

from replayer.candidates import load_rewrite
from replayer.capture.store import Writer, open_capture
from replayer.model import Claims, Manifest
from replayer.replay.plan import Planner
from replayer.targets import FakeTarget
from tests.make import T0, customer, exchange

CUS, OLD = "cus_Aaaaaaaaaaa001", "cus_Ooooooooooo001"
CLAIMS = {"POST /v1/charges": Claims(computed=["amount", "currency", "customer"]), "POST /v1/customers": Claims(inert={"email": "doc"})}


def charge(number, amount=500, **params):
    identifier = f"ch_Aaaaaaaaaaaa{number}"
    body = {"id": identifier, "object": "charge", "amount": amount, "amount_captured": amount, "captured": True, "paid": True,
            "status": "succeeded", "currency": "usd", "created": int(T0) + number}  # fmt: skip
    return exchange(number, "POST", "/v1/charges", {"amount": str(amount), "currency": "usd", **params}, body)


RECORDED = [
    exchange(1, "POST", "/v1/customers", {"email": "a@b.example"}, customer(CUS)),
    charge(2, customer=CUS),
    charge(3, 1500, customer=OLD, transfer_group="g"),
    exchange(4, "GET", f"/v1/customers/{CUS}", body=customer(CUS)),
    exchange(5, "POST", "/v1/subscriptions", {"customer": CUS}, {"id": "sub_Aaaaaaaaaaa001", "object": "subscription"}),
]


@pytest.fixture
def plan(tmp_path):
    def made(recorded=RECORDED, *, candidate=None, chosen=None, claims=CLAIMS):
        with Writer(tmp_path / "r", Manifest()) as writer:
            for call in recorded:
                writer.append(call)
        rewrite = None
        if candidate:
            (tmp_path / "c.py").write_text(candidate)
            rewrite = load_rewrite(tmp_path / "c.py")
        target = FakeTarget(claims=claims)
        planner = Planner(target, rewrite, chosen)
        capture = open_capture(tmp_path / "r")
        for source in capture.sources:
            planner.source(capture, source.name)
        assert target.sent == []
        return planner.plan()

    return made


def test_a_plan_counts_the_calls_of_both_arms(plan):
    assert plan().calls == {"control": 5, "candidate": 5}


def test_an_id_is_made_by_the_capture_or_known_by_name_only(plan):
    assert plan().ids == {"bound": 0, "made": 1, "seeded": 0, "unbound": 1}


def test_what_a_read_has_shown_is_seeded(plan):
    read = exchange(1, "GET", f"/v1/customers/{OLD}", body=customer(OLD, created=1))
    assert plan([read]).ids == {"bound": 0, "made": 0, "seeded": 1, "unbound": 0}


def test_a_call_counts_as_judged_where_the_target_follows_all_it_sends(plan):
    found = plan()
    assert found.judged == {"calls": 0.6, "money": 0.25}
    assert found.why_not == {
        "POST /v1/charges: only echoes transfer_group": 1,
        "POST /v1/subscriptions: fake has no rule for it": 1,
    }


def test_the_share_of_money_is_the_worst_currencys_and_none_where_none_moved(plan):
    assert plan(RECORDED[:1]).judged == {"calls": 1.0, "money": None}


def test_a_retry_is_planned_once(plan):
    attempts = [exchange(number, "POST", "/v1/charges", {"amount": "5"}, {}, status=status, key="k") for number, status in ((1, 500), (2, 200))]  # fmt: skip
    assert plan(attempts).calls["control"] == 1


def test_only_what_was_chosen_is_planned(plan):
    found = plan(chosen={"x2", "x4"})
    assert (found.calls["control"], found.judged["money"]) == (2, 1.0)


@pytest.mark.parametrize(
    ("body", "calls", "changed"),
    [
        ("    return call\n", 5, 0),
        ("    return call.with_params(amount='9') if 'amount' in call.params else call\n", 5, 2),
        ("    return call.drop() if call.method == 'GET' else call\n", 4, 1),
        ("    return [call, call] if call.method == 'GET' else call\n", 6, 1),
    ],
)
def test_what_a_candidate_would_change_is_rehearsed(plan, body, calls, changed):
    found = plan(candidate="def rewrite(call):\n" + body)
    assert (found.calls["candidate"], found.changed, found.raised) == (calls, changed, [])


def test_a_candidate_that_fails_is_named_with_its_call_and_the_rest_is_planned(plan):
    found = plan(candidate="def rewrite(call):\n    if call.method == 'GET':\n        raise KeyError('x')\n    return call\n")
    (raised,) = found.raised
    assert raised.startswith("x4: c.py:3")
    assert found.calls["candidate"] == 4


def test_a_candidates_memory_lives_as_long_as_the_chain(plan):
    text = "def rewrite(call):\n    n = call.chain['n'] = call.chain.get('n', 0) + 1\n    return call if n < 3 else call.drop()\n"
    assert plan(candidate=text).changed == 2  # the customer's chain has four calls, the other one


def test_an_answer_that_is_not_known_before_the_run_is_no_failure_of_the_candidates(plan):
    text = (
        "def rewrite(call):\n    if call.operation == 'POST /v1/charges':\n"
        "        answer = yield call.instead('POST /v1/payment_intents', amount='1', currency='usd')\n"
        "        call.replaced_by(answer, {call.recorded['id']: answer.json['latest_charge']})\n"
        "    else:\n        yield call\n"
    )
    found = plan(candidate=text)
    assert (found.raised, found.changed, found.unrehearsed) == ([], 2, 2)
