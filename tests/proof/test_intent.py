"""A release with an intent: a price rise for 4 % of the customers, and what becomes of one that hits others or misses some."""

from __future__ import annotations

import msgspec
import pytest

from replayer.capture.baseline import derive
from replayer.capture.store import Writer, open_capture
from replayer.diff.expect import ACCEPT_CALLS
from replayer.diff.intent import Intent, Who, parse_aim
from tests.make import exchange
from tests.proof.releases import CARD, MONTHLY, judge_capture, judge_steps, record
from tests.proof.scenes import VERSIONS

COUNT, GOLD = 50, (7, 31)  # customers, and which of them are on the gold plan
PRICE = COUNT + 1  # the step that makes the price
SPARED = 12


STEPS = [
    *((number, "POST /v1/customers", {**CARD, "metadata": {"plan": "gold" if number in GOLD else "basic"}}) for number in range(COUNT)),
    (COUNT, "POST /v1/products", {"name": "Gold"}),
    (COUNT + 1, "POST /v1/prices", {"product": f"{{{COUNT}}}", "currency": "usd", "unit_amount": "1000", "recurring": MONTHLY}),
    (COUNT + 2, "POST /v1/prices", {"product": f"{{{COUNT}}}", "currency": "usd", "unit_amount": "1500", "recurring": MONTHLY}),
    *(
        (
            100 + number,
            "POST /v1/subscriptions",
            {"customer": f"{{{number}}}", "items": [{"price": f"{{{PRICE}}}"}], "trial_period_days": "10"},
        )
        for number in range(COUNT)
    ),
]
INTENT = Intent((parse_aim("next bill +500 usd"), parse_aim("moved 0")), Who(metadata=frozenset({("plan", "gold")})), (0.03, 0.05))


def _rise(*numbers):
    """A candidate that sells the dearer price to some customers."""
    dear = {}

    def rewrite(call):
        if call.operation == "POST /v1/prices":
            dear.setdefault("ids", []).append(call.recorded["id"])
        if call.operation == "POST /v1/subscriptions" and call.recorded["customer"] in dear.setdefault("who", set()):
            return call.with_params(items=[{"price": dear["ids"][1]}])
        if call.operation == "POST /v1/customers" and len(dear.setdefault("all", [])) < COUNT:
            dear["all"].append(call.recorded["id"])
            if len(dear["all"]) - 1 in numbers:
                dear.setdefault("who", set()).add(call.recorded["id"])
        return call

    return rewrite


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    def run(*numbers, intent=INTENT):
        folder = tmp_path_factory.mktemp("intent")
        return judge_steps(folder, STEPS, _rise(*numbers), expectation=msgspec.structs.replace(ACCEPT_CALLS, intent=intent))

    return run


def _named(verdict, reason):
    return {customer for finding in verdict.findings if finding.reason == reason for customer in finding.customers}


def _open(verdict):
    return {customer for finding in verdict.findings if not finding.expected for customer in finding.customers}


def _customer(number):
    return "cus_S" + _base62(number + 1).rjust(13, "0")


def _base62(number):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return (digits[number // 62] if number >= 62 else "") + digits[number % 62]


def test_what_is_meant_and_nothing_else_is_as_intended(judged):
    verdict = judged(*GOLD)
    assert [finding for finding in verdict.findings if not finding.expected] == []
    assert (verdict.verdict, verdict.exit_code, verdict.bills.changed) == ("as_intended", 0, 2)
    assert verdict.money["usd"].next_bill.delta == 1000


def test_a_customer_who_is_in_two_sources_is_asked_for_once(tmp_path):
    """A support tool's recorder saw a gold customer too, and nothing else: it makes nobody twice, and misses nothing there."""
    capture = record(tmp_path, STEPS)
    opened = open_capture(capture)
    gold = next(call for call in opened.exchanges() if call.outcome.body.get("metadata") == {"plan": "gold"})
    read = exchange(900, "GET", f"/v1/customers/{gold.outcome.body['id']}", body=gold.outcome.body, source="other", version=VERSIONS[0])
    with Writer(capture, opened.manifest, append=True) as writer:
        writer.append(read)
        writer.baseline("other", derive([read]))
    expectation = msgspec.structs.replace(ACCEPT_CALLS, intent=INTENT)
    verdict = judge_capture(tmp_path, capture, _rise(*GOLD), expectation=expectation)
    assert [finding for finding in verdict.findings if not finding.expected] == []
    assert (verdict.verdict, verdict.bills.changed) == ("as_intended", 2)
    assert judge_capture(tmp_path / "b", capture, _rise(GOLD[0]), expectation=expectation).verdict == "divergence"


def test_one_that_is_hit_and_should_be_spared_and_one_that_is_missed_are_both_named(judged):
    verdict = judged(GOLD[0], SPARED)
    assert verdict.exit_code == 1
    assert _named(verdict, "intended, but missing") == {_customer(GOLD[1])}
    assert _open(verdict) == {_customer(GOLD[1]), _customer(SPARED)}


def test_another_amount_is_not_as_intended(judged):
    verdict = judged(*GOLD, intent=msgspec.structs.replace(INTENT, what=(parse_aim("next bill +400 usd"),)))
    assert verdict.exit_code == 1
    assert _named(verdict, "not as intended") == {_customer(number) for number in GOLD}


def test_within_a_tolerance_it_is(judged):
    assert judged(*GOLD, intent=msgspec.structs.replace(INTENT, what=(parse_aim("next bill +450 usd ± 50"),))).exit_code == 0


def test_another_share_of_customers_is_not_as_intended(judged):
    verdict = judged(*GOLD, intent=msgspec.structs.replace(INTENT, share=(0.1, 0.2)))
    assert [finding.field for finding in verdict.findings if not finding.expected] == ["share of customers"]
    assert verdict.exit_code == 1


def test_money_that_nobody_spoke_of_is_not_meant_to_move(judged):
    verdict = judged(*GOLD, intent=msgspec.structs.replace(INTENT, what=(parse_aim("moved 0"),)))
    assert verdict.exit_code == 1
    assert _named(verdict, "not as intended") == {_customer(number) for number in GOLD}


def test_a_call_that_is_refused_is_never_meant(judged, tmp_path):
    rise = _rise(*GOLD)

    def rewrite(call):
        made = rise(call)
        is_dear = made is not call and call.operation == "POST /v1/subscriptions"
        return [made, call.instead("POST /v1/refunds", charge="ch_1NobodysNobodysNobodysNo")] if is_dear else made

    verdict = judge_steps(tmp_path, STEPS, rewrite, expectation=msgspec.structs.replace(ACCEPT_CALLS, intent=INTENT))
    assert verdict.exit_code == 1
    assert any(finding.kind == "status" and finding.candidate == 400 and not finding.expected for finding in verdict.findings)


def test_another_rhythm_with_the_right_next_bill_is_not_what_was_meant(tmp_path):
    """A price of 20.00 a year for 15.00 a month: the next bill is 5.00 more, and eleven bills after it are gone."""
    steps = [
        (0, "POST /v1/customers", CARD), (1, "POST /v1/products", {"name": "Gold"}),
        (2, "POST /v1/prices", {"product": "{1}", "currency": "usd", "unit_amount": "1500", "recurring": MONTHLY}),
        (3, "POST /v1/prices", {"product": "{1}", "currency": "usd", "unit_amount": "2000", "recurring": {"interval": "year"}}),
        (4, "POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{2}"}], "trial_period_days": "10"}),
    ]  # fmt: skip
    prices = []

    def yearly(call):
        if call.operation == "POST /v1/prices":
            prices.append(call.recorded["id"])
        return call.with_params(items=[{"price": prices[1]}]) if call.operation == "POST /v1/subscriptions" else call

    meant = Intent((parse_aim("next bill +500 usd"), parse_aim("moved 0")))
    verdict = judge_steps(tmp_path, steps, yearly, expectation=msgspec.structs.replace(ACCEPT_CALLS, intent=meant))
    assert verdict.exit_code == 1


def test_a_release_that_is_meant_for_nobody_in_the_capture_is_not_shown_to_be_right(judged):
    nobody = msgspec.structs.replace(INTENT, who=Who(prices=frozenset({"price_typo"})), share=None)
    verdict = judged(intent=nobody)
    assert (verdict.verdict, verdict.exit_code) == ("unknown", 3)
