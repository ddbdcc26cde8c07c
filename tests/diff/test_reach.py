"""Reach: how far a difference between the arms' calls can have come. Too short a reach would turn a consequence into a fault or a match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.diff.align import align
from replayer.diff.canonical import Canon
from replayer.diff.reach import Echo, Reach, Taint, echoed_by, place_name, shows
from replayer.model import Claims, Effect
from tests.diff.arms import live
from tests.make import customer, exchange

CUS, PI, PRICE = "cus_Aaaaaaaaaaa001", "pi_Aaaaaaaaaaaa0001", "price_Aaaaaaaaaaaa01"
CLAIMS = {
    "POST /v1/payment_intents": Claims(computed=["amount", "customer"], inert={"metadata": "doc", "description": "doc"}),
    "POST /v1/prices": Claims(computed=["unit_amount"]),
}
INTENT = {"id": PI, "object": "payment_intent", "customer": CUS, "latest_charge": "ch_Aaaaaaaaaaaaa1"}
PAY = exchange(1, "POST", "/v1/payment_intents", {"amount": "500", "customer": CUS}, INTENT)
ECHOES = st.builds(Echo, st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple), st.none() | st.just("1"))
TAINTS = st.builds(Taint, st.sampled_from(["f1", "f2"]), st.booleans(), st.booleans(), st.frozensets(ECHOES, max_size=3))


def reach():
    return Reach(CLAIMS.get)


def made(recorded, *, arms=None, **change):
    candidate = [live(recorded, **change)] if arms is None else arms
    return align(recorded, [live(recorded)], candidate, Canon(), Canon())


def changed(name, value):
    return made(PAY, params={**PAY.request.params, name: value})


def after(call, later, *, effects=([], [])):
    """What comes to a later call once an earlier one has differed."""
    found = reach()
    taint = found.own(call, "root")
    found.spread(call, taint, list(effects), Canon(), Canon())
    return found.incoming(made(later), Canon(), Canon())


def test_equal_calls_reach_nothing():
    assert reach().own(made(PAY), "root") is None
    assert reach().incoming(made(PAY), Canon(), Canon()) is None


@pytest.mark.parametrize(
    ("name", "value", "blind", "full"),
    [
        ("amount", "600", False, True),
        ("metadata", {"a": "b"}, False, False),
        ("description", "x", False, False),
        ("transfer_group", "g", True, True),
        ("metadata", {"a": "x" * 501}, True, True),
        ("metadata", {f"k{number}": "x" for number in range(51)}, True, True),
    ],
)
def test_a_parameter_reaches_as_far_as_the_target_says_of_it(name, value, blind, full):
    taint = reach().own(changed(name, value), "root")
    assert (taint.blind, taint.full) == (blind, full)
    assert reach().is_inert(changed(name, value)) is not (blind or full)


def test_another_version_or_account_is_nothing_that_a_target_computes():
    for change in ({"version": "2020-08-27"}, {"account": "acct_Aaaaaaaaaaaa001"}):
        taint = reach().own(made(PAY, **change), "root")
        assert (taint.blind, taint.full, taint.echoes) == (True, True, frozenset())


@pytest.mark.parametrize("arms", [[], [live(PAY), live(PAY)], [live(PAY), live(PAY, method="POST", path="/v1/prices", params={})]])
def test_a_call_more_or_less_differs_in_all_it_sends(arms):
    taint = reach().own(made(PAY, arms=arms), "root")
    assert taint.full
    assert not reach().is_inert(made(PAY, arms=arms))


def test_a_call_more_without_a_rule_is_only_echoed():
    extra = live(PAY, method="POST", path="/v1/subscriptions", params={})
    assert reach().own(made(PAY, arms=[live(PAY), extra]), "root").blind


def test_what_a_call_makes_is_in_reach_and_so_is_what_names_or_shows_it():
    for later in (
        exchange(2, "POST", "/v1/refunds", {"payment_intent": PI}),
        exchange(2, "GET", f"/v1/payment_intents/{PI}"),
        exchange(2, "GET", "/v1/charges", body={"object": "list", "data": [{"id": "ch_Aaaaaaaaaaaaa1", "object": "charge"}]}),
        exchange(2, "GET", "/v1/events", body={"object": "list", "data": [{"id": "evt_Aaaaaaaaaaaa1", "object": "event", "data": {"object": INTENT}}]}),
    ):  # fmt: skip
        assert after(changed("amount", "600"), later).root == "root"


def test_what_has_nothing_to_do_with_it_is_out_of_reach():
    assert after(changed("amount", "600"), exchange(2, "GET", "/v1/payment_intents/pi_Bbbbbbbbbbbb0002")) is None


def test_what_only_an_effect_names_is_in_reach():
    told = ([Effect("updated", "invoice", "in_Aaaaaaaaaaaa01")], [])
    assert after(changed("amount", "600"), exchange(2, "GET", "/v1/invoices/in_Aaaaaaaaaaaa01"), effects=told) is not None


def test_an_object_that_only_the_candidate_made_is_in_reach():
    other = {"id": "pi_Bbbbbbbbbbbb0002", "object": "payment_intent"}
    call = made(PAY, arms=[live(PAY), live(PAY, params={"amount": "9"}, body=other)])
    assert after(call, exchange(2, "GET", "/v1/payment_intents/pi_Bbbbbbbbbbbb0002")) is not None


def test_the_customer_who_is_only_named_is_reached_where_the_target_is_blind():
    later = exchange(2, "GET", f"/v1/customers/{CUS}", body=customer(CUS))
    assert after(changed("amount", "600"), later) is None
    assert after(changed("transfer_group", "g"), later).blind


def test_a_customer_who_is_only_shown_is_reached_where_the_target_is_blind():
    unnamed = exchange(1, "POST", "/v1/payment_intents", {"amount": "5"}, INTENT)
    later = exchange(2, "GET", f"/v1/customers/{CUS}", body=customer(CUS))
    assert after(made(unnamed, params={"amount": "6"}), later) is None
    assert after(made(unnamed, params={"amount": "5", "transfer_group": "g"}), later).blind


def test_naming_a_shared_price_spreads_nothing_but_changing_one_does():
    price = exchange(1, "POST", "/v1/prices", {"unit_amount": "100"}, {"id": PRICE, "object": "price"})
    later = exchange(2, "POST", "/v1/subscriptions", {"customer": CUS, "items": [{"price": PRICE}]})
    assert after(made(price, params={"unit_amount": "200"}), later).root == "root"
    naming = exchange(1, "POST", "/v1/payment_intents", {"amount": "1", "price": PRICE}, INTENT)
    assert after(made(naming, params={"amount": "2", "price": PRICE}), later) is None


def test_a_read_spreads_nothing():
    read = exchange(1, "GET", f"/v1/payment_intents/{PI}", {"expand": ["customer"]}, INTENT)
    assert after(made(read, params={}), exchange(2, "GET", f"/v1/payment_intents/{PI}")) is None


@given(TAINTS, TAINTS)
def test_a_join_forgets_nothing(one, other):
    joined = one.join(other)
    assert (joined.blind, joined.full) == (one.blind or other.blind, one.full or other.full)
    assert joined.echoes == one.echoes | other.echoes
    assert joined.root in (one.root, other.root)
    assert one.join(one) == one.join(None) == one


@given(TAINTS, TAINTS)
def test_a_root_that_moves_money_stands_before_one_that_does_not(one, other):
    joined = one.join(other)
    assert not joined.full or joined.root in {taint.root for taint in (one, other) if taint.full}


@pytest.mark.parametrize(
    ("path", "parameter", "echo"),
    [
        ("items.data[].quantity", ("items", "quantity"), True),
        ("metadata.order", ("metadata",), True),
        ("metadata", ("metadata", "order"), True),
        ("metadata.other", ("metadata", "order"), False),
        ("amount", ("amount_to_capture",), False),
        ("charge.amount", ("amount",), False),
    ],
)
def test_an_echo_is_a_place_with_the_parameters_own_name(path, parameter, echo):
    assert bool(echoed_by(path, [Echo(parameter, "1")])) is echo
    assert place_name("a.data[].b[].c") == ("a", "b", "c")


def test_an_echo_inside_another_object_counts_only_where_it_is_asked_for():
    found = echoed_by("latest_charge.metadata.order", [Echo(("metadata", "order"), "7")], anywhere=True)
    assert [echo.sent for echo, _ in found] == ["7"]
    assert not echoed_by("latest_charge.metadata.order", [Echo(("metadata", "order"), "7")])


@pytest.mark.parametrize(
    ("value", "below", "sent", "shown"),
    [
        ("7", (), "7", True),
        (7, (), "7", True),
        (True, (), "true", True),
        ("8", (), "7", False),
        (None, (), "7", False),
        ({"order": "7"}, ("order",), "7", True),
        ({}, ("order",), "7", False),
        (None, (), "", True),
        (None, (), None, True),
        ("7", (), "", False),
    ],
)
def test_an_echo_shows_the_value_that_was_sent(value, below, sent, shown):
    assert shows(value, below, sent) is shown
