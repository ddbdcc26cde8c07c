"""Seeding, binding, judging beforehand and cleaning, against a server of this machine that stands in for test mode."""

from __future__ import annotations

import json
import threading

import msgspec
import pytest

from replayer.capture.store import Writer, open_capture
from replayer.cli import main
from replayer.model import ORIGIN_STRIPE, BaselineObject, Exchange, InputError, Manifest, Outcome
from replayer.replay.bind_rules import BindRule, find
from replayer.replay.seed import token_like
from replayer.replay.seeding import seed
from replayer.simulator.http import make_server
from replayer.targets import resolve, test_mode
from replayer.targets.fake import FakeTarget
from replayer.targets.url import UrlTarget
from tests.make import T0, customer, exchange
from tests.proof.corpus import write
from tests.standin import standing_in

KEY = "sk_test_Standin0001"
VERSION = "2025-10-29.clover"
PRODUCT = {"id": "prod_Recorded000001", "object": "product", "name": "Gold", "active": True}
PRICE = {"id": "price_1RecordedRecordedRecorde", "object": "price", "currency": "usd", "unit_amount": 1500, "product": PRODUCT["id"],
         "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"}, "lookup_key": "gold", "active": True}  # fmt: skip
CUSTOMER = {"id": "cus_Recorded000001", "object": "customer", "email": "a@b.example", "name": "A", "description": None, "metadata": {}}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    test_mode._proven.clear()
    test_mode._buckets.clear()
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    monkeypatch.setattr(test_mode, "TEST_MODE_RATE", 1000.0)


@pytest.fixture
def server(monkeypatch):
    with standing_in(rate=0) as running:
        monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", running.url)
        yield running


@pytest.fixture
def capture(tmp_path):
    """Somebody who was there before pays twice for what was there before; one call more names what nobody knows."""
    intent = {
        "object": "payment_intent",
        "amount": 1500,
        "amount_received": 1500,
        "currency": "usd",
        "customer": CUSTOMER["id"],
        "status": "succeeded",
    }
    params = {
        "amount": "1500",
        "currency": "usd",
        "customer": CUSTOMER["id"],
        "confirm": "true",
        "payment_method": "pm_card_visa",
        "payment_method_types": ["card"],
    }
    calls = [
        exchange(1, "GET", f"/v1/prices/{PRICE['id']}", {}, PRICE, at=T0, version=VERSION),
        exchange(2, "POST", "/v1/payment_intents", params, {**intent, "id": "pi_1RecordedRecordedRecorda"}, at=T0 + 1, version=VERSION),
        exchange(3, "POST", "/v1/payment_intents", params, {**intent, "id": "pi_1RecordedRecordedRecordb"}, at=T0 + 2, version=VERSION),
        exchange(
            4,
            "GET",
            "/v1/payment_intents/pi_1RecordedRecordedRecordb",
            {},
            {**intent, "id": "pi_1RecordedRecordedRecordb"},
            at=T0 + 3,
            version=VERSION,
        ),
    ]
    folder = tmp_path / "capture"
    with Writer(folder, Manifest(origin=ORIGIN_STRIPE, redaction="trusted")) as writer:
        for call in calls:
            writer.append(call)
        laid = [
            BaselineObject(id=item["id"], object=item["object"], provenance="observed", state=item, version=VERSION)
            for item in (PRODUCT, PRICE, CUSTOMER)
        ]
        writer.baseline(calls[0].source, laid)
    return folder


def _json(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, json.loads(capsys.readouterr().out)


def _dispositions(arm) -> list[str]:
    exchanges: list[Exchange] = sorted(open_capture(arm).exchanges(), key=lambda one: one.replayed_from or "")
    return [one.disposition for one in exchanges]


def test_what_is_not_bound_is_not_sent_and_what_is_seeded_is(server, capture, tmp_path, capsys):
    assert main(["replay", str(capture), "--target", "test-mode", "--out", str(tmp_path / "bare")]) == 5
    assert _dispositions(tmp_path / "bare") == ["skipped"] * 4
    assert [call for call in server.executed if call[2] == "POST"] == []
    assert main(["seed", str(capture), "--target", "test-mode", "--out", str(tmp_path / "map.json")]) == 0
    made = json.loads((tmp_path / "map.json").read_text())
    assert set(made["bind"]) == {PRODUCT["id"], PRICE["id"], CUSTOMER["id"]}
    assert (
        main(["replay", str(capture), "--target", "test-mode", "--out", str(tmp_path / "arm"), "--bind", str(tmp_path / "map.json")]) == 0
    )
    assert _dispositions(tmp_path / "arm") == ["sent"] * 4
    assert {call.outcome.status for call in open_capture(tmp_path / "arm").exchanges()} == {200}


def test_a_seed_that_is_run_again_makes_nothing_twice(server, capture, tmp_path):
    for number in range(2):
        assert main(["seed", str(capture), "--target", "test-mode", "--out", str(tmp_path / f"{number}.json")]) == 0
    first, second = (json.loads((tmp_path / f"{number}.json").read_text()) for number in range(2))
    assert first == second
    assert sum(path == "/v1/customers" for _, _, method, path in server.executed if method == "POST") == 1


def test_a_seed_is_cleaned_away_by_its_tag_and_nothing_else(server, capture, tmp_path, capsys):
    main(["seed", str(capture), "--target", "test-mode", "--out", str(tmp_path / "map.json")])
    made = json.loads((tmp_path / "map.json").read_text())
    capsys.readouterr()
    assert main(["clean", "--run", "0" * 12]) == 0
    assert "nothing bears this id" in capsys.readouterr().out
    assert main(["clean", "--run", made["tag"], "--role", "control"]) == 0
    said = capsys.readouterr().out
    assert "1 customers" in said
    assert "1 prices archived" in said
    assert main(["clean", "--run", made["tag"], "--role", "control"]) == 0
    assert "nothing bears this id" in capsys.readouterr().out


def test_a_plan_says_what_is_bound_and_how_long_it_takes(server, capture, tmp_path, capsys, monkeypatch):
    code, plan = _json(capsys, "plan", capture, "--target", "test-mode", "--format", "json")
    assert (code, plan["judged"]["money"], plan["seconds"]) == (0, 0.0, pytest.approx(12 / 24, abs=0.01))
    assert (plan["ids"]["bound"], plan["created"]) == (0, {})
    assert any("not bound" in reason for reason in plan["why_not"])
    main(["seed", str(capture), "--target", "test-mode", "--out", str(tmp_path / "map.json")])
    capsys.readouterr()
    _, plan = _json(capsys, "plan", capture, "--target", "test-mode", "--bind", tmp_path / "map.json", "--format", "json")
    assert (plan["judged"]["money"], plan["ids"]["bound"], plan["created"]) == (1.0, 2, {"payment_intent": 2})


def test_a_run_that_could_judge_too_little_sends_nothing(server, capture, tmp_path, capsys):
    before = len(server.executed)
    assert main(["run", str(capture), "--target", "test-mode"]) == 3
    assert "0% of the recorded money" in capsys.readouterr().err
    assert len(server.executed) == before
    assert main(["run", str(capture), "--target", "test-mode", "--min-judged", "half"]) == 2
    main(["seed", str(capture), "--target", "test-mode", "--out", str(tmp_path / "map.json")])
    assert main(["run", str(capture), "--target", "test-mode", "--bind", str(tmp_path / "map.json"), "--min-judged", "90 %"]) in (0, 3)
    assert "replayer clean --run" in capsys.readouterr().err


def test_a_map_that_is_none_is_said(capture, tmp_path, capsys):
    (tmp_path / "map.json").write_text("[]")
    assert (
        main(["replay", str(capture), "--target", "http://127.0.0.1:9", "--out", str(tmp_path / "o"), "--bind", str(tmp_path / "map.json")])
        == 2
    )
    assert "no map of a seed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recorded", "rule", "says"),
    [
        (PRICE["id"], BindRule(lookup_key="gold"), None),
        (PRODUCT["id"], BindRule(metadata=(("plan", "gold"),)), None),
        (PRICE["id"], BindRule(lookup_key="silver", place="scenario.yaml:3:5"), "none of the prices has"),
        (CUSTOMER["id"], BindRule(metadata=(("team", "a"),)), "2 customers have"),
        ("txn_1RecordedRecordedRecord", BindRule(metadata=(("a", "b"),)), "cannot be looked up"),
    ],
)
def test_a_rule_finds_the_one_object_that_fits(server, recorded, rule, says):
    session = UrlTarget(server.url).open("s")

    def post(path, **params):
        request = msgspec.structs.replace(exchange(1, "POST", path, params).request, version=VERSION)
        return session.send(request).body["id"]

    product = post("/v1/products", name="Gold", metadata={"plan": "gold"})
    price = post("/v1/prices", product=product, currency="usd", unit_amount="5", lookup_key="gold")
    for _ in range(2):
        post("/v1/customers", metadata={"team": "a"})
    try:
        if says is None:
            assert find(session, recorded, rule) == (price if rule.lookup_key else product)
        else:
            with pytest.raises(InputError, match=says) as error:
                find(session, recorded, rule)
            assert error.value.place == rule.place
    finally:
        session.close()


def test_a_rule_does_not_look_for_ever():
    page = {"object": "list", "has_more": True, "data": [{"id": f"prod_{number}", "metadata": {}} for number in range(100)]}
    session = FakeTarget({"GET /v1/products": Outcome(status=200, body=page)}).open("s")
    with pytest.raises(InputError, match="more than 10,000 products"):
        find(session, PRODUCT["id"], BindRule(metadata=(("plan", "gold"),), place="scenario.yaml:3:5"))


@pytest.mark.parametrize(
    ("card", "token"),
    [({"brand": "visa", "funding": "credit", "last4": "1111"}, "tok_visa"), ({"brand": "mastercard", "funding": "debit"}, "tok_mastercard_debit"),
     ({"brand": "visa", "last4": "0341"}, "tok_chargeCustomerFail"), ({}, "tok_visa")],
)  # fmt: skip
def test_a_card_becomes_the_test_card_of_its_brand_and_outcome(card, token):
    assert token_like(card) == token


def test_two_customers_who_look_alike_stay_two(tmp_path):
    """Baseline customers with the same name and e-mail are two people, whose bills must not land on one account."""
    names = ("cus_Aaaaaaaaaaa001", "cus_Bbbbbbbbbbb002")
    calls = [exchange(number, "GET", f"/v1/customers/{name}", body=customer(name)) for number, name in enumerate(names, 1)]
    laid = [BaselineObject(id=name, object="customer", provenance="observed", state=customer(name)) for name in names]
    with make_server("127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = seed(
            open_capture(write(tmp_path / "c", calls, laid)), resolve(f"http://127.0.0.1:{server.server_address[1]}"), "seed", "tag"
        )
        server.shutdown()
    assert len({found.bind[name] for name in names}) == 2
