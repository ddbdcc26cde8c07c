"""Chains: what depends on what, and what ties nobody together."""

from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.chains import chains_of
from tests.make import customer, exchange

A, B = "cus_Aaaaaaaaaaa1", "cus_Bbbbbbbbbbb2"


def test_what_names_what_another_made_is_one_chain():
    chains = chains_of([
        exchange(1, "POST", "/v1/customers", body=customer(A)),
        exchange(2, "POST", "/v1/customers", body=customer(B)),
        exchange(3, "POST", "/v1/payment_intents", {"customer": A}, {"id": "pi_Ccccccccccc3", "object": "payment_intent", "customer": A}),
        exchange(4, "GET", "/v1/payment_intents/pi_Ccccccccccc3", body={"id": "pi_Ccccccccccc3", "object": "payment_intent"}),
    ])  # fmt: skip
    assert chains == {"x1": "x1", "x2": "x2", "x3": "x1", "x4": "x1"}


def test_a_list_of_everybodys_objects_ties_none():
    both = {"object": "list", "data": [customer(A), customer(B)]}
    chains = chains_of([
        exchange(1, "POST", "/v1/customers", body=customer(A)),
        exchange(2, "GET", "/v1/customers", body=both),
        exchange(3, "POST", "/v1/customers", body=customer(B)),
    ])  # fmt: skip
    assert len(set(chains.values())) == 3


def test_chains_do_not_cross_sources():
    chains = chains_of([
        exchange(1, "GET", f"/v1/customers/{A}", body=customer(A)),
        exchange(2, "GET", f"/v1/customers/{A}", body=customer(A), source="other"),
    ])  # fmt: skip
    assert chains["x1"] != chains["x2"]


@given(st.lists(st.sampled_from([A, B, "cus_Ddddddddddd4", "cus_Eeeeeeeeeee5"]), min_size=1, max_size=12))
def test_a_shared_price_does_not_tie_customers_together(buyers):
    price = {"id": "price_Pppppppppppppp1", "object": "price", "unit_amount": 100}
    calls = [exchange(1, "POST", "/v1/prices", {"unit_amount": "100"}, price)]
    for number, buyer in enumerate(buyers, 2):
        body = {
            "id": f"sub_S{number:013d}",
            "object": "subscription",
            "customer": buyer,
            "items": {"object": "list", "data": [{"price": price}]},
        }
        calls.append(exchange(number, "POST", "/v1/subscriptions", {"customer": buyer, "items": [{"price": price["id"]}]}, body))
    chains = chains_of(calls)
    for first, one in zip(calls[1:], buyers, strict=True):
        for second, other in zip(calls[1:], buyers, strict=True):
            assert (chains[first.id] == chains[second.id]) == (one == other)
