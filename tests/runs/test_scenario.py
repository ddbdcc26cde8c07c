"""Scenarios: what a scenario.yaml may say, and how its mistakes are named."""

import pytest

from replayer.diff.intent import Aim, Intent, Who
from replayer.model import InputError
from replayer.runs import load_scenario
from tests.conftest import ROOT


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "candidate.py").write_text("def rewrite(call):\n    return call\n")
    (tmp_path / "capture").mkdir()

    def write(text):
        (tmp_path / "scenario.yaml").write_text(text)
        return load_scenario(tmp_path, tmp_path / "out")

    return write


def test_a_whole_scenario_is_read(scenario):
    spec = scenario(
        "capture: capture\ncandidate: candidate.py\nselect:\n  customer: cus_1\nexpect:\n  calls:\n    - operation: POST /v1/subscriptions\n"
        "      parameter: items[0][quantity]\ngates: [money == 0, judged.money >= 95 %]\naccept_origin: true\n"
    )
    assert (spec.target, spec.selection.customer, spec.accept_origin, len(spec.gates)) == ("simulator", "cus_1", True, 2)
    assert spec.expectation.call("POST /v1/subscriptions", ["items[][quantity]"])
    assert not spec.expectation.call("POST /v1/subscriptions", ["items[][quantity]", "coupon"])
    assert not spec.expectation.call("POST /v1/subscriptions", None)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("capture: capture\ncandidat: x\n", ":2:1", "candidate"),
        ("capture: nowhere\n", ":1:1", "nowhere"),
        ("target: simulator\n", ":1:1", "capture"),
        ("capture: capture\nexpect:\n  call: all\n", ":3:3", "calls"),
        ("capture: capture\nexpect:\n  calls:\n    - operation: POST /v1/subscription\n", ":4:7", "POST /v1/subscriptions"),
        ("capture: capture\ngates:\n  - money = 0\n", ":3:5", "NAME OP NUMBER"),
        ("capture: capture\nselect:\n  custom: x\n", ":3:3", "customer"),
        ("capture: capture\nselect:\n  since: yesterday\n", ":2:1", "yesterday"),
        ("capture: capture\naccept_origin: maybe\n", ":2:1", "true or false"),
        ("capture: capture\nhorizon: 30 days\n", ":2:1", "30 days"),
        ("capture: capture\nexpect:\n  who:\n    price: p\n", ":3:3", "next bill"),
        ("capture: capture\nexpect:\n  what: [next bill +500]\n", ":3:10", "currency"),
        ("capture: capture\nexpect:\n  what: [moved 0]\n  who:\n    prise: p\n", ":5:5", "price"),
        ("capture: capture\nexpect:\n  what: [moved 0]\n  who:\n    age: old\n", ":5:5", "< 90d"),
        ("capture: capture\nexpect:\n  what: [moved 0]\n  who:\n    price: []\n", ":5:5", "leave it out"),
        ("capture: capture\nexpect:\n  what: [moved 0]\n  who:\n    price:\n", ":5:5", "leave it out"),
        ("capture: capture\nexpect:\n  what: [moved 0]\n  who:\n    metadata: {}\n", ":5:5", "leave it out"),
        ("capture: capture\nexpect:\n  what: [moved 0]\n  share: some\n", ":4:3", "3 to 5 %"),
        ("capture: capture\nworld: {}\n", ":2:1", "not there"),
        ("capture: capture\nstimuli: gone.yaml\n", ":2:1", "not there"),
        ("capture: [\n", ":2:1", "YAML"),
        ("- 1\n", ":1:1", "mapping"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_column(scenario, text, place, says):
    with pytest.raises(InputError) as error:
        scenario(text)
    assert error.value.place.endswith("scenario.yaml" + place)
    assert says in f"{error.value.what} {error.value.hint}"


def test_an_intent_is_read(scenario):
    text = "capture: capture\nexpect:\n  who:\n    price: [price_a, price_b]\n    metadata: {plan: gold}\n    country: DE\n    age: < 90d\n  what:\n"
    expectation = scenario(text + "    - next bill +500 usd ± 5\n    - moved 0\n  share: 3 to 5 %\n").expectation
    who = Who(frozenset({"price_a", "price_b"}), frozenset(), frozenset({"DE"}), frozenset({("plan", "gold")}), younger=90 * 86400)
    assert expectation.intent == Intent((Aim("next bill", 500, "usd", 5), Aim("moved", 0)), who, (0.03, 0.05))
    assert expectation.call("POST /v1/anything", None)  # the calls are the means: what they come to is judged


def test_ids_are_bound_by_hand(scenario):
    assert scenario("capture: capture\nbind:\n  price_recorded: price_live\nhorizon: next-invoice\n").bind == {
        "price_recorded": "price_live"
    }
    with pytest.raises(InputError, match="no id"):
        scenario("capture: capture\nbind:\n  price_recorded:\n")


def test_the_demos_scenario_ends_in_a_divergence_that_shows_money(tmp_path):
    from replayer.runs import execute

    *_, verdict = execute(load_scenario(ROOT / "scenarios" / "service-fee", tmp_path))
    assert (verdict.verdict, verdict.exit_code) == ("divergence", 1)
    # 4 % of the orders in dollars that were paid and kept, each rounded to the cent: 4200, 1999 (returned 1999), 12050, 600 (returned 300)
    assert verdict.money["usd"].moved.delta == 168 + 80 + 482 + 24
    assert verdict.money["eur"].moved.delta == verdict.money["jpy"].moved.delta == 0
    assert all(gate.passed for gate in verdict.gates)
