"""A fact holds in the conditions in which it was seen; beyond them it is assumed, and says so."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from replayer.model import World
from replayer.model.world import Account, ExchangeRate, Fee, Found, IssuerAnswer, Made, TaxRate, answer_of, joined, place_of

NOON = 1_772_366_400  # 1 March 2026


def at(hours=0):
    return NOON + 3600 * hours


def fact(attempt, answer="succeeds", hours=None, **more):
    when = None if hours is None else datetime.fromtimestamp(at(hours), UTC)
    return IssuerAnswer(payment_method="pm_1", attempt=attempt, answer=answer, at=when, **more)


def asked(facts, attempt, hours=0, amount=100, used=(), slack=60):
    found = answer_of(World(issuers=facts).by_method()["pm_1"], Made(attempt, at(hours), slack), amount, used)
    return None if found is None else (found.fact.attempt, found.assumed)


def test_nothing_is_known_of_another_method():
    assert answer_of(World(issuers=[fact(1)]).by_method().get("pm_2", ()), Made(1, NOON, 60), 100) is None


def test_without_a_time_the_number_of_the_attempt_decides():
    facts = [fact(1), fact(3, "declined")]
    assert asked(facts, 1) == (1, None)
    assert asked(facts, 3) == (3, None)
    assert asked(facts, 2) == (1, "pm_1 succeeds at another attempt than those that were seen, as at attempt 1")
    assert asked(facts, 9) == (3, "pm_1 is declined at another attempt than those that were seen, as at attempt 3")


def test_by_another_clock_the_number_decides_again():
    world = World(issuers=[fact(1, hours=1), fact(2, "declined", hours=2)])
    known = world.by_number().by_method()["pm_1"]
    assert answer_of(known, Made(2, at(9000), 60), 1).fact.attempt == 2
    assert answer_of(known, Made(1, at(9000), 60), 1) == Found(fact(1))


def test_with_a_time_the_time_decides_and_each_answer_is_given_once():
    facts = [fact(1, hours=1), fact(2, "declined", hours=2)]
    assert asked(facts, 7, hours=2) == (2, None)
    assert asked(facts, 1, hours=2, used=[2])[1] is not None
    assert asked(facts, 2, hours=1.5)[0] == 1  # between them: as at the one before
    assert asked(facts, 2, hours=1.5, slack=86400) == (1, None)  # what happens by itself may be off by more


@pytest.mark.parametrize(("answer", "amount", "assumed"), [("succeeds", 100, False), ("succeeds", 99, False), ("succeeds", 101, True),
                                                           ("declined", 101, False), ("declined", 99, True)])  # fmt: skip
def test_a_success_speaks_for_less_and_a_decline_for_more(answer, amount, assumed):
    assert (asked([fact(1, answer, amount=100)], 1, amount=amount)[1] is not None) is assumed


GERMAN = TaxRate(country="DE", tax_code="txcd_1", percentage="19", since=date(2026, 3, 1), until=date(2026, 3, 31))
LOCAL = [TaxRate(country="US", state="CO", postal="802", percentage=one) for one in ("2.9", "4.81")]


def taxed(facts, place, code="txcd_1", on=date(2026, 3, 15)):
    found = World(taxes=facts).tax(place, code, on)
    return None if found is None else ([one.percentage for one in found.fact], found.assumed)


def test_tax_by_place_code_and_day():
    assert taxed([GERMAN], ("FR", None, None)) is None
    assert taxed([GERMAN], ("DE", "BE", "101")) == (["19"], None)
    assert taxed([GERMAN], ("DE", None, None), code="txcd_2") == (["19"], "tax of 19 % in DE for txcd_2 as for txcd_1")
    assert taxed([GERMAN], ("DE", None, None), on=date(2026, 4, 2)) == (["19"], "tax of 19 % in DE on 2026-04-02 as on 2026-03-31")
    assert taxed([GERMAN], ("DE", None, None), on=date(2026, 2, 2)) == (["19"], "tax of 19 % in DE on 2026-02-02 as on 2026-03-01")


def test_a_place_may_levy_several_taxes_and_the_nearest_place_counts():
    state = TaxRate(country="US", state="CO", percentage="2.9")
    assert taxed([state, *LOCAL], ("US", "CO", "802"), code=None) == (["2.9", "4.81"], None)
    assert taxed([state, *LOCAL], ("US", "CO", "816"), code=None) == (["2.9"], None)
    assert taxed(LOCAL, ("US", "CO", None), code=None) is None


def test_the_rate_of_the_day_is_taken_where_it_changed():
    lower = TaxRate(country="DE", tax_code="txcd_1", percentage="16", since=date(2026, 7, 1), until=date(2026, 7, 31))
    assert taxed([GERMAN, lower], ("DE", None, None), on=date(2026, 7, 4)) == (["16"], None)
    assert taxed([GERMAN, lower], ("DE", None, None), on=date(2026, 6, 28))[0] == ["16"]


def test_a_rate_that_was_worked_out_is_assumed():
    derived = TaxRate(country="DE", percentage="19", derived=True)
    assert taxed([derived], ("DE", None, None)) == (["19"], "tax of 19 % in DE worked out from amounts")


def test_fees_within_the_amounts_that_were_seen():
    world = World(fees=[Fee(currency="usd", percent="1.4", fixed=25, least=100, most=1000)])
    assert world.fee("eur", 500) is None
    assert world.fee("usd", 500).assumed is None
    assert world.fee("usd", 1001).assumed == "a fee of 1.4 % + 25 usd for 1001 as for 100 to 1000"


def test_the_exchange_rate_of_the_nearest_day():
    days = [ExchangeRate(currency="eur", to="usd", rate=rate, on=date(2026, 3, day)) for rate, day in (("1.1", 1), ("1.2", 9))]
    world = World(exchange_rates=days)
    assert world.exchange("usd", "eur", date(2026, 3, 1)) is None
    assert world.exchange("eur", "usd", date(2026, 3, 9)).assumed is None
    found = world.exchange("eur", "usd", date(2026, 3, 7))
    assert (found.fact.rate, found.assumed) == ("1.2", "1 eur = 1.2 usd on 2026-03-07 as on 2026-03-09")


@pytest.mark.parametrize(("address", "place"), [
    (None, None), ({}, None), ({"country": "DE", "postal_code": "10115", "state": ""}, ("DE", None, "101")),
    ({"country": "GB", "postal_code": "sw1a 1aa"}, ("GB", None, "SW1")), ({"country": "US", "state": "CO"}, ("US", "CO", None)),
    ({"country": "DE", "postal_code": "~0f9c21", "state": "~aa31"}, ("DE", "~aa31", "~0f9c21")),
])  # fmt: skip
def test_a_place_is_a_country_a_state_and_the_beginning_of_a_code(address, place):
    assert place_of(address) == place


def test_accounts_are_told_apart():
    world = World(accounts=[Account(name="Acme"), Account(id="acct_1", name="Seller")])
    assert [world.account(one).name for one in (None, "acct_1", "acct_2")] == ["Acme", "Seller", None]


def test_facts_of_a_source_and_of_all():
    world = joined([("a", World(accounts=[Account(name="A")])), (None, World(accounts=[Account(name="B")]))])
    assert [one.name for one in world.of("a").accounts] == ["A", "B"]
    assert [one.name for one in world.of("z").accounts] == ["B"]
