"""A sample keeps whole customers, and the same ones everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.project_key import ProjectKey
from replayer.model import InputError, Outcome, Request
from replayer.record.sample import Sample, parse_sample

KEY = ProjectKey(b"a key of the tests")
IDS = st.integers(0, 10**9).map(lambda number: f"cus_A1{number:010}")


def sample(share: float) -> Sample:
    return Sample(share, lambda text: KEY.digest("sample", text))


def one(made: Sample, is_in: bool) -> str:
    return next(name for number in range(1000) if made.has(name := f"cus_A1{number:010}") is is_in)


def test_about_the_share_is_kept() -> None:
    made = sample(0.05)
    assert 350 < sum(made.has(f"cus_A1{number:010}") for number in range(10_000)) < 650


@given(IDS, st.floats(0.001, 1), st.floats(0.001, 1))
def test_a_larger_share_keeps_whom_a_smaller_one_keeps(customer: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert sample(high).has(customer) or not sample(low).has(customer)


@given(IDS)
def test_two_recorders_with_one_key_agree(customer: str) -> None:
    assert sample(0.3).has(customer) is sample(0.3).has(customer)


def test_a_customer_is_kept_or_left_out_with_everything_that_is_known_to_be_theirs() -> None:
    for is_in in (True, False):
        made = sample(0.5)
        customer = one(made, is_in)
        assert made.keeps(Request(method="POST", path="/v1/customers", params={"email": "jane@doe.example"}))
        made.learn(Outcome(status=200, body={"id": customer, "object": "customer"}))
        answer = {
            "id": "pi_3A1b2C3d4",
            "object": "payment_intent",
            "customer": customer,
            "latest_charge": "ch_3A1b2C3d4",
            "price": "price_1A2b3C4d",
        }
        assert made.keeps(Request(method="POST", path="/v1/payment_intents", params={"customer": customer})) is is_in
        made.learn(Outcome(status=200, body=answer))
        assert made.keeps(Request(method="POST", path="/v1/payment_intents/pi_3A1b2C3d4/confirm")) is is_in
        assert made.keeps(Request(method="POST", path="/v1/refunds", params={"charge": "ch_3A1b2C3d4"})) is is_in
        assert made.keeps(Request(method="GET", path="/v1/prices/price_1A2b3C4d"))


def test_a_list_does_not_tie_its_members_together() -> None:
    made = sample(0.5)
    kept, left_out = one(made, True), one(made, False)
    page = {"object": "list", "data": [{"id": "sub_1A2b3C4d", "customer": kept}, {"id": "sub_9A8b7C6d", "customer": left_out}]}
    made.learn(Outcome(status=200, body=page))
    assert made.keeps(Request(method="GET", path="/v1/subscriptions/sub_1A2b3C4d"))
    assert not made.keeps(Request(method="GET", path="/v1/subscriptions/sub_9A8b7C6d"))


def test_a_request_ties_what_it_names_to_the_customer_it_names() -> None:
    made = sample(0.5)
    assert not made.keeps(Request(method="POST", path="/v1/payment_methods/pm_1A2b3C4d/attach", params={"customer": one(made, False)}))
    assert not made.keeps(Request(method="GET", path="/v1/payment_methods/pm_1A2b3C4d"))


@pytest.mark.parametrize("text", ["customers", "customers=5", "customers=0%", "customers=101%", "invoices=5%", "customers=x%"])
def test_what_is_no_sample_is_named(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_sample(text)
    assert error.value.place == "--sample"


def test_a_sample_is_read() -> None:
    assert parse_sample("customers=2.5%") == 0.025
