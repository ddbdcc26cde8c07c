"""Expectations: they accept what they name, and nothing beside it."""

import pytest

from replayer.diff.expect import ACCEPT_CALLS, Expectation, ExpectedCall

PAY = "POST /v1/payment_intents"
CONFIRM = "POST /v1/payment_intents/{payment_intent}/confirm"


def test_an_empty_expectation_accepts_nothing():
    assert not Expectation().call(PAY, ["amount"])
    assert not Expectation().call(PAY, None)


def test_all_calls_may_be_accepted():
    assert ACCEPT_CALLS.call(PAY, ["amount", "(version)"])
    assert ACCEPT_CALLS.call(PAY, None)


def test_a_change_without_a_parameter_is_none_that_could_be_accepted():
    assert not ACCEPT_CALLS.call(PAY, [])


@pytest.mark.parametrize("written", [CONFIRM, "POST /v1/payment_intents/{}/confirm", "POST /v1/payment_intents/{id}/confirm"])
def test_names_in_braces_carry_no_meaning(written):
    expected = Expectation((ExpectedCall(operation=written),))
    assert expected.call(CONFIRM, ["payment_method"])
    assert not expected.call(PAY, ["payment_method"])


@pytest.mark.parametrize(
    ("accepted", "changed", "good"),
    [
        ("metadata", ["metadata[a]", "metadata[b]"], True),
        ("metadata[a]", ["metadata[a]"], True),
        ("metadata[a]", ["metadata[b]"], False),
        ("items[][quantity]", ["items[0][quantity]"], True),
        ("items[0][quantity]", ["items[][quantity]"], True),
        ("items[quantity]", ["items[][price]"], False),
        ("amount", ["amount", "currency"], False),
        ("amount", ["amount_to_capture"], False),
    ],
)
def test_a_parameter_covers_what_is_nested_in_it_and_every_one_must_be_covered(accepted, changed, good):
    assert Expectation((ExpectedCall(parameter=accepted),)).call(PAY, changed) is good


def test_several_items_accept_together():
    expected = Expectation((ExpectedCall(PAY, "amount"), ExpectedCall(PAY, "currency")))
    assert expected.call(PAY, ["amount", "currency"])
    assert not expected.call(CONFIRM, ["amount"])


def test_a_parameter_does_not_accept_that_a_whole_call_is_missing_or_added():
    assert not Expectation((ExpectedCall(PAY, "amount"),)).call(PAY, None)
    assert Expectation((ExpectedCall(PAY),)).call(PAY, None)
