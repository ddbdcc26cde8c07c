"""Effects: what a target says that a call did, and what its answer shows where the target is silent."""

from collections import Counter

import pytest

from replayer.capture.recorded_money import Ledger
from replayer.diff.canonical import Canon
from replayer.diff.effects import effects_of, moved, moved_by, shown_change, tally
from replayer.model import Effect, Outcome
from tests.diff.arms import live
from tests.make import T0, customer, exchange

CUS = "cus_Aaaaaaaaaaa001"
CHARGE = {"id": "ch_Aaaaaaaaaaaaa1", "object": "charge", "amount": 500, "amount_captured": 500, "captured": True, "paid": True,
          "status": "succeeded", "currency": "usd", "customer": CUS, "created": int(T0)}  # fmt: skip
CREATE = exchange(1, "POST", "/v1/charges", {"amount": "500"}, CHARGE)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (CREATE, Effect("created", "charge", "ch_Aaaaaaaaaaaaa1")),
        (exchange(1, "POST", f"/v1/customers/{CUS}", body=customer(CUS)), Effect("updated", "customer", CUS)),
        (exchange(1, "DELETE", f"/v1/customers/{CUS}", body={"id": CUS, "object": "customer", "deleted": True}), Effect("deleted", "customer", CUS)),
        (exchange(1, "GET", f"/v1/customers/{CUS}", body=customer(CUS)), None),
        (exchange(1, "POST", "/v1/charges", body=CHARGE, status=402), None),
        (exchange(1, "POST", "/v1/charges", status=None), None),
    ],
)  # fmt: skip
def test_an_answer_shows_what_its_call_did(call, expected):
    assert shown_change(call) == expected


def test_what_the_target_tells_outweighs_what_the_answer_shows():
    told = live(CREATE, effects=[Effect("event", "charge.succeeded", "ch_1")])
    assert effects_of(told, Ledger()) == [Effect("event", "charge.succeeded", "ch_1")]
    assert {effect.kind for effect in effects_of(told, Ledger(), told=False)} == {"created", "money"}


def test_a_target_that_says_nothing_is_not_one_that_did_nothing():
    assert effects_of(live(CREATE, effects=[]), Ledger()) == []
    assert {effect.kind for effect in effects_of(live(CREATE), Ledger())} == {"created", "money"}


def test_money_is_inferred_once():
    ledger = Ledger()
    again = exchange(2, "POST", f"/v1/charges/{CHARGE['id']}", {"description": "x"}, CHARGE)
    assert moved(effects_of(CREATE, ledger)) == {"usd": 500}
    assert moved(effects_of(again, ledger)) == {}


def test_effects_are_counted_by_kind_and_money_apart():
    effects = [Effect("created", "charge", "a"), Effect("created", "charge", "b"), Effect("money", "charge", "a", 5, "usd")]
    assert tally(effects) == {("created", "charge"): 2}


def test_money_is_summed_by_currency_and_by_who_pays():
    canon = Canon()
    canon.bind(CUS, "cus_Lllllllllll001")
    effects = [
        Effect("money", "charge", "a", 500, "usd", "cus_Lllllllllll001"),
        Effect("money", "refund", "b", -200, "usd", "cus_Lllllllllll001"),
        Effect("money", "charge", "c", 7, "jpy"),
    ]
    assert moved(effects) == {"usd": 300, "jpy": 7}
    assert moved_by(effects, canon) == Counter({("usd", CUS): 300, ("jpy", ""): 7})


def test_an_outcome_without_an_object_has_no_effect():
    assert effects_of(exchange(1, "POST", "/v1/charges", status=None), Ledger()) == []
    assert Outcome().effects is None
