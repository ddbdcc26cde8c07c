"""What a release is meant to do: as users write it, for whom, and whether it came so."""

from __future__ import annotations

import msgspec
import pytest

from replayer.diff.intent import Aim, Concerned, Intent, Who, acts_later, missed, parse_age, parse_aim, parse_share, wanted
from replayer.model import InputError
from tests.make import T0, customer, exchange

DAY = 86400


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("next bill +500 usd", Aim("next bill", 500, "usd")),
        ("next bill -500 EUR ± 5", Aim("next bill", -500, "eur", 5)),
        ("moved 0", Aim("moved", 0)),
        ("moved to the horizon +1 usd", Aim("moved to the horizon", 1, "usd")),
        ("committed 0 usd", Aim("committed", 0, "usd")),
        ("invoice.created +1", Aim("invoice.created", 1)),
    ],
)
def test_an_aim_is_read(text, aim):
    assert parse_aim(text) == aim


@pytest.mark.parametrize(("parse", "text"), [(parse_aim, "next bill"), (parse_aim, "next bill +500"), (parse_aim, "bill +5 usd"), (parse_share, "many"),
                                             (parse_age, "young"), (parse_age, "= 5d")])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_hint(parse, text):
    with pytest.raises(InputError) as error:
        parse(text)
    assert error.value.hint


def test_shares_and_ages():
    assert (parse_share("4 %"), parse_share("3 to 5 %"), parse_share("3-5%")) == ((0.04, 0.04), (0.03, 0.05), (0.03, 0.05))
    assert (parse_age("< 90d"), parse_age("> 365 d")) == ({"younger": 90 * DAY}, {"older": 365 * DAY})


def _customer(name, **more):
    return {"object": "customer", "id": name, **more}


def _subscription(customer, price, **more):
    return {
        "object": "subscription",
        "customer": customer,
        "items": {"data": [{"price": {"object": "price", "id": price, "product": f"of_{price}"}}]},
        **more,
    }


CALLS = [
    exchange(1, "POST", "/v1/customers", body=_customer("cus_a", address={"country": "DE"}, metadata={"plan": "gold"})),
    exchange(2, "POST", "/v1/customers", body=_customer("cus_b", address=None, metadata={})),
    exchange(3, "POST", "/v1/subscriptions", body=_subscription("cus_a", "price_x", start_date=int(T0) - 400 * DAY), at=T0),
    exchange(
        4, "GET", "/v1/subscriptions", body={"object": "list", "data": [_subscription("cus_b", "price_y", start_date=int(T0) - DAY)]}, at=T0
    ),
]


@pytest.mark.parametrize(
    ("who", "whom"),
    [
        (Who(), {"cus_a", "cus_b"}),
        (Who(prices=frozenset({"price_x", "price_z"})), {"cus_a"}),
        (Who(products=frozenset({"of_price_y"})), {"cus_b"}),
        (Who(countries=frozenset({"DE"})), {"cus_a"}),
        (Who(metadata=frozenset({("plan", "gold")})), {"cus_a"}),
        (Who(metadata=frozenset({("plan", "silver")})), set()),
        (Who(younger=90 * DAY), {"cus_b"}),
        (Who(older=365 * DAY), {"cus_a"}),
        (Who(older=365 * DAY, countries=frozenset({"FR"})), set()),
    ],
)
def test_whom_it_concerns(who, whom):
    assert wanted([CALLS], who) == Concerned(whom, 2)


@pytest.mark.parametrize(
    ("aims", "deltas", "events", "fields"),
    [
        (["next bill +500 usd"], {"next bill": {"usd": 500}}, {}, []),
        (["next bill +500 usd ± 1"], {"next bill": {"usd": 501}}, {}, []),
        (["next bill +500 usd"], {"next bill": {"usd": 501}}, {}, ["next bill"]),
        (["next bill +500 usd"], {"next bill": {"usd": 500, "eur": 1}}, {}, ["next bill"]),
        (["next bill +500 usd"], {"next bill": {}}, {}, ["next bill"]),
        (["next bill +500 usd"], {"next bill": None}, {}, []),  # not known: the column says so, and the verdict
        (["next bill +500 usd"], {"next bill": {"usd": 500}, "committed": {"usd": 7}}, {}, ["committed"]),
        (["next bill +500 usd"], {"next bill": {"usd": 500}, "moved to the horizon": {"usd": 500}}, {}, []),
        (["moved 0"], {"moved": {"usd": 5}}, {}, ["moved"]),
        (["invoice.created +1"], {}, {"invoice.created": 1}, []),
        (["invoice.created +1"], {}, {"invoice.created": 2}, ["invoice.created"]),
        (["invoice.created 0"], {}, {"invoice.created": -1}, ["invoice.created"]),
    ],
)
def test_what_did_not_come_as_it_was_meant(aims, deltas, events, fields):
    assert [one.field for one in missed(Intent(tuple(map(parse_aim, aims))), deltas, events)] == fields


def subscription(identifier, price, days_ago, status="active"):
    start = int(T0) - days_ago * 86400
    sold = {"price": {"id": price, "object": "price", "product": "prod_1"}}
    return {
        "id": identifier, "object": "subscription", "customer": "cus_1", "status": status, "start_date": start, "items": {"data": [sold]},
    }  # fmt: skip


def shown(*subscriptions):
    return [exchange(number, "GET", f"/v1/subscriptions/{one['id']}", body=one) for number, one in enumerate(subscriptions, 1)]


def test_price_and_age_are_those_of_one_subscription():
    calls = shown(subscription("sub_a", "price_basic", 900), subscription("sub_b", "price_gold", 5))
    basic = Who(prices=frozenset({"price_basic"}))
    assert wanted([calls], basic).customers == {"cus_1"}
    assert wanted([calls], msgspec.structs.replace(basic, younger=90 * 86400)).customers == set()
    assert wanted([calls], msgspec.structs.replace(basic, older=90 * 86400)).customers == {"cus_1"}


def test_a_subscription_that_has_ended_concerns_nobody():
    calls = shown(subscription("sub_a", "price_basic", 900), subscription("sub_a", "price_basic", 900, "canceled"))
    assert wanted([calls], Who(prices=frozenset({"price_basic"}))).customers == set()


@pytest.mark.parametrize("field", ["cancel_at", "items.data[].price.recurring.interval", "phases[].items[].quantity", "trial_end"])
def test_what_acts_beyond_the_next_bill_is_not_meant_with_its_sum(field):
    assert acts_later(field)
    assert not acts_later("items.data[].quantity")


def test_a_customer_of_two_sources_is_one_customer_and_known_by_both():
    other = [exchange(9, "GET", "/v1/customers/cus_1", body=customer("cus_1", metadata={"plan": "gold"}), source="other")]
    first = shown(subscription("sub_a", "price_basic", 900))
    both = Who(prices=frozenset({"price_basic"}), metadata=frozenset({("plan", "gold")}))
    assert wanted([first, other], both) == wanted([other, first], both) == Concerned({"cus_1"}, 1)
    assert wanted([first], both) == Concerned(frozenset(), 1)
