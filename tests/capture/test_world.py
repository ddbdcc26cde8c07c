"""The world that is read out of a capture is the one in which it was recorded, and no amount of it is taken over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from replayer.capture.store import Writer, open_capture
from replayer.capture.world import read_world, whole_world, world_of
from replayer.capture.world_file import dump_world
from replayer.model import Exchange, Manifest, Outcome, Request, World
from replayer.model.world import Account, ExchangeRate, Fee, TaxRate
from tests.make import T0, exchange
from tests.worlds import ACME, BASELINE, CARD, CUSTOMER, FEES, GERMAN, LOOKS, TAXED, TODAY, VERSION, answers, pay, played, subscribe


def learnt(world, steps, baseline=tuple(BASELINE)):
    return read_world(played(world, steps, baseline), baseline)


def told(world):
    return [(one.attempt, one.answer, one.code, one.decline_code, one.amount) for one in world.issuers]


def test_what_issuers_answered_attempt_by_attempt():
    world = learnt(World(issuers=answers("yes", "no", "asks")), [pay(100, 1000), pay(200, 2000), pay(300, 3000)])
    assert told(world) == [
        (1, "succeeds", None, None, 1000),
        (2, "declined", "card_declined", "insufficient_funds", 2000),
        (3, "requires_action", None, None, 3000),
    ]
    assert {one.payment_method for one in world.issuers} == {CARD}
    assert [one.at for one in world.issuers] == [datetime.fromtimestamp(T0 + after, UTC) for after in (100, 200, 300)]


def test_an_attempt_is_one_however_often_it_is_shown():
    steps = [pay(100), (200, "GET /v1/payment_intents/{0}", {"expand": ["latest_charge"]}), (300, "GET /v1/charges", {})]
    assert len(learnt(World(issuers=answers("yes")), steps).issuers) == 1


def test_an_invoice_tells_of_the_attempt_that_paid_it():
    """Its charge is seen nowhere: the customer's default card paid."""
    for expand in (["latest_invoice"], []):
        world = learnt(World(issuers=answers("yes", "no")), [subscribe(100, expand=expand), pay(500)])
        assert told(world) == [(1, "succeeds", None, None, 3100), (2, "declined", "card_declined", "insufficient_funds", 2000)]


def test_a_charge_that_is_shown_later_is_the_attempt_that_its_invoice_told_of():
    world = learnt(World(issuers=answers("yes")), [subscribe(100, expand=["latest_invoice"]), (900, "GET /v1/charges", {})])
    assert told(world) == [(1, "succeeds", None, None, 3100)]


def test_one_that_was_asked_and_has_authenticated_is_one_attempt():
    asked = played(World(issuers=answers("asks")), [pay(100)])
    charge = {
        "id": "ch_1", "object": "charge", "amount": 2000, "currency": "usd", "created": int(T0) + 160, "livemode": True, "status": "succeeded",
        "payment_method": CARD, "payment_intent": asked[0].outcome.body["id"], "payment_method_details": {"card": LOOKS, "type": "card"},
    }  # fmt: skip
    world = read_world([*asked, exchange(2, "GET", "/v1/charges/ch_1", body=charge, at=T0 + 200)], BASELINE)
    assert told(world) == [(1, "requires_action", None, None, 2000)]


def test_documented_test_cards_need_no_fact():
    token = pay(100, payment_method="pm_card_visa")
    del token[2]["customer"]
    assert learnt(World(), [token]).issuers == []


def test_what_was_charged_before_the_capture_is_no_attempt_of_it():
    charge = {
        "id": "ch_1", "object": "charge", "amount": 2000, "currency": "usd", "created": int(T0) - 3600, "livemode": True, "status": "succeeded",
        "payment_method": CARD, "payment_method_details": {"card": LOOKS, "type": "card"},
    }  # fmt: skip
    for created, count in ((T0 - 3600, 0), (T0 + 10, 1)):
        shown = exchange(1, "GET", "/v1/charges/ch_1", body={**charge, "created": int(created)})
        assert len(read_world([shown]).issuers) == count


def test_a_rate_of_tax_is_the_one_that_is_stated():
    assert learnt(World(issuers=answers("yes"), taxes=[GERMAN]), TAXED).taxes == [GERMAN]


def test_a_rate_that_nobody_states_is_worked_out_and_marked():
    world = learnt(World(issuers=answers("yes"), taxes=[GERMAN]), [step for step in TAXED if "tax_rates" not in step[1]])
    assert world.taxes == [msgspec.structs.replace(GERMAN, derived=True)]


def test_the_schedule_of_fees_is_the_one_that_fits_all():
    steps = [pay(number * 100, amount, capture_method="automatic") for number, amount in enumerate((777, 12345, 5000), 1)]
    truth = World(issuers=answers("yes", "yes", "yes"), fees=[FEES])
    assert learnt(truth, steps).fees == [Fee(currency="usd", percent="1.4", fixed=25, least=777, most=12345)]
    assert learnt(truth, steps[:1]).fees == []  # one amount fits many schedules


def test_exchange_rates_have_their_day():
    rate = ExchangeRate(currency="eur", to="usd", rate="1.0842", on=TODAY)
    truth = World(issuers=answers("yes"), accounts=[Account(settles_in="usd")], exchange_rates=[rate])
    world = learnt(truth, [pay(100, currency="eur", capture_method="automatic")])
    assert (world.exchange_rates, world.accounts) == ([rate], [Account(settles_in="usd")])


def test_settings_of_the_account():
    listed = (50, "POST /v1/payment_intents", {"amount": "100", "currency": "usd", "automatic_payment_methods": {"enabled": "true"}})
    truth = World(issuers=answers("yes"), accounts=[msgspec.structs.replace(ACME, payment_method_types=["card", "klarna"])])
    world = learnt(truth, [listed, subscribe(100, expand=["latest_invoice"])])
    assert world.accounts == [Account(name="Acme", country="DE", payment_method_types=["card", "klarna"])]


def _event(number, kind, item, at):
    params = {"id": f"evt_{number}", "object": "event", "type": kind, "created": at, "data": {"object": item}}
    return Exchange(
        id=f"x{number}", source="s", lane="webhook", at=float(at), request=Request(method="POST", path="/", params=params, encoding="json"),
        outcome=Outcome(status=200),
    )  # fmt: skip


def test_retries_are_told_by_events():
    day, start = 86400, int(T0)
    failed = [
        _event(1, "invoice.payment_failed", _open(1, start + 2 * day, start), start),
        _event(2, "invoice.payment_failed", _open(2, start + 6 * day, start), start + 2 * day),
        _event(3, "invoice.payment_failed", _open(3, None, start), start + 6 * day),
        _event(4, "customer.subscription.updated", {"id": "sub_1", "object": "subscription", "status": "unpaid"}, start + 6 * day),
    ]
    world = read_world(failed, BASELINE)
    assert (world.accounts[0].retry_days, world.accounts[0].after_retries) == ([2, 4], "unpaid")
    assert [one.answer for one in world.issuers] == ["declined"] * 3


def _open(count, following, created):
    return {
        "id": "in_1", "object": "invoice", "status": "open", "customer": CUSTOMER, "amount_remaining": 3100, "currency": "usd",
        "attempt_count": count, "next_payment_attempt": following, "created": created,
    }  # fmt: skip


def test_nothing_personal_is_in_it():
    """Of the address only the country and the beginning of the postal code; no name, no card, no text of the customer's."""
    text = dump_world(learnt(World(issuers=answers("yes"), taxes=[GERMAN], accounts=[ACME]), [*TAXED, pay(100)]))
    assert "postal: '101'" in text
    for secret in ("10115", "Jenny", "Berlin", "Street", "0119", "Fp0000", "client_secret", "_secret_"):
        assert secret not in text


def test_facts_of_several_sources_name_theirs(tmp_path):
    with Writer(tmp_path / "r", Manifest(redaction="trusted")) as writer:
        for source in ("a", "b"):
            writer.baseline(source, BASELINE)
            for call in played(World(issuers=answers("yes" if source == "a" else "no")), [pay(100)]):
                writer.append(msgspec.structs.replace(call, source=source))
    capture = open_capture(tmp_path / "r")
    world = whole_world(capture)
    assert [(one.source, one.answer) for one in world.issuers] == [("a", "succeeds"), ("b", "declined")]
    (tmp_path / "w.yaml").write_text(dump_world(world))
    assert [one.answer for one in world_of("b", list, [], tmp_path / "w.yaml").issuers] == ["declined"]


def test_amounts_that_are_changed_change_no_decision():
    """The proof that nothing is copied: with other amounts everywhere in the answers the facts but for their brackets stay as they are."""
    calls = played(World(issuers=answers("yes", "no"), taxes=[GERMAN]), [*TAXED, pay(100)])
    turned = [
        msgspec.structs.replace(call, outcome=msgspec.structs.replace(call.outcome, body=_turned(call.outcome.body))) for call in calls
    ]
    before, after = read_world(calls, BASELINE), read_world(turned, BASELINE)
    assert (before.taxes, before.accounts, before.fees) == (after.taxes, after.accounts, after.fees)
    assert [one.answer for one in before.issuers] == [one.answer for one in after.issuers]
    assert dump_world(before) != dump_world(after)  # the brackets


def _turned(value, name=""):
    if isinstance(value, dict):
        return {key: _turned(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [_turned(child, name) for child in value]
    return 777_001 if "amount" in name or (name in ("total", "subtotal", "tax") and isinstance(value, int) and value) else value


@pytest.mark.parametrize("days", [0, 30])
def test_a_rate_seen_again_later_holds_from_its_first_to_its_last_day(days):
    again = [(100 + days * 86400, *step[1:]) for step in TAXED]
    world = learnt(World(issuers=answers("yes", "yes"), taxes=[TaxRate(country="DE", percentage="19")]), [*TAXED, *again])
    assert [(one.since, one.until) for one in world.taxes] == [(TODAY, TODAY + timedelta(days=days))]
    assert isinstance(world.taxes[0].since, date)
    assert VERSION
