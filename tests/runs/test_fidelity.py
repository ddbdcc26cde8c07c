"""Fidelity: a target that answers as Stripe did has all of it, and one that gets money wrong has less."""

import copy

import msgspec
import pytest

from replayer.capture.store import Writer, open_capture
from replayer.model import Claims, Manifest, Outcome
from replayer.runs.fidelity import measure
from replayer.targets import FakeTarget
from tests.make import T0, customer, exchange

CUS, OLD, CH = "cus_Aaaaaaaaaaa001", "ch_Oooooooooooooo1", "ch_Aaaaaaaaaaaaa1"
CHARGE = {"id": CH, "object": "charge", "amount": 500, "currency": "usd", "status": "succeeded", "customer": CUS, "created": int(T0)}
DECLINED = {"error": {"type": "card_error", "code": "card_declined", "param": "", "message": "No."}}
RECORDED = [
    exchange(1, "POST", "/v1/customers", {"email": "a@b.example"}, customer(CUS, email="a@b.example")),
    exchange(2, "POST", "/v1/charges", {"amount": "500", "currency": "usd", "customer": CUS}, CHARGE),
    exchange(3, "POST", f"/v1/customers/{CUS}", {"source": "tok_chargeDeclined"}, DECLINED, status=402),
    exchange(4, "GET", f"/v1/charges/{CH}", body=CHARGE, version="2020-08-27"),
    exchange(5, "GET", f"/v1/charges/{OLD}", body={**CHARGE, "id": OLD}),
    exchange(6, "GET", "/v1/customers", body={"object": "list", "data": []}),
    exchange(7, "POST", "/v1/charges", status=None),
]
ALIKE = {f"{call.request.method} {call.request.path}": call.outcome for call in RECORDED[:6]}


@pytest.fixture
def measured(tmp_path):
    with Writer(tmp_path / "r", Manifest()) as writer:
        for call in RECORDED:
            writer.append(call)

    def made(answers=ALIKE, **options):
        return measure(open_capture(tmp_path / "r"), FakeTarget(answers, **options))

    return made


def but(path, **changes):
    """The same answers, but for some fields of one."""
    body = {**copy.deepcopy(ALIKE[path].body), **changes}
    return {**ALIKE, path: msgspec.structs.replace(ALIKE[path], body=body)}


def test_a_target_that_answers_as_stripe_did_has_all_of_it(measured):
    shares = measured().scores.shares()
    assert set(shares.values()) == {100.0}


def test_only_calls_whose_objects_were_made_before_are_judged(measured):
    found = measured()
    assert (found.interactions, found.scores.judged, found.foreign) == (6, 4, 2)


def test_an_answer_without_its_money_costs_money(measured):
    found = measured(but("POST /v1/charges", amount=0)).scores.shares()
    assert found["money"] == 50.0
    assert (found["status"], found["shape"], found["strict"]) == (100.0, 100.0, 75.0)
    assert found["value"] < 100


def test_a_refusal_in_place_of_an_answer_costs_all_of_it(measured):
    refused = measured({**ALIKE, "POST /v1/charges": Outcome(status=400, body={"error": {"type": "invalid_request_error"}})})
    assert refused.scores.shares()["status"] == 75.0
    assert refused.scores.value < measured().scores.value
    assert "POST /v1/charges  status 200 → 400" in refused.wrong


def test_an_answer_in_place_of_a_refusal_costs_the_error(measured):
    found = measured({**ALIKE, f"POST /v1/customers/{CUS}": Outcome(status=200, body=customer(CUS))}).scores.shares()
    assert (found["errors"], found["status"]) == (0.0, 75.0)


def test_a_target_that_is_not_there_has_nothing(measured):
    shares = measured({name: Outcome(error="ConnectError") for name in ALIKE}).scores.shares()
    assert set(shares.values()) == {0.0}


def test_an_id_of_its_own_is_no_mistake(measured):
    live = "cus_Lllllllllll001"
    answers = but("POST /v1/customers", id=live) | {
        "POST /v1/charges": Outcome(status=200, body={**CHARGE, "customer": live}),
        f"GET /v1/charges/{CH}": Outcome(status=200, body={**CHARGE, "customer": live}),
        f"POST /v1/customers/{live}": ALIKE[f"POST /v1/customers/{CUS}"],
    }
    assert set(measured(answers).scores.shares().values()) == {100.0}


def test_figures_are_told_by_operation_version_and_rule(measured):
    figures = measured(claims={"POST /v1/charges": Claims(computed=["amount"])}).as_json(worst=3)
    assert {name: row["judged"] for name, row in figures["rules"].items()} == {"with a rule": 1, "without a rule": 3}
    assert {name: row["judged"] for name, row in figures["versions"].items()} == {"2020-08-27": 1, "2025-10-29.clover": 3}
    assert set(figures["operations"]) == {
        "POST /v1/customers",
        "POST /v1/charges",
        "POST /v1/customers/{customer}",
        "GET /v1/charges/{charge}",
    }
    assert (figures["judged"], figures["counts"]["judged"], figures["worst"]) == (4, 4, {})


def test_the_worst_leaves_are_named(measured):
    found = measured(but("POST /v1/charges", amount=0, status="pending")).as_json(worst=1)
    assert len(found["worst"]) == 1
    assert next(iter(found["worst"])).startswith("POST /v1/charges  ")
