"""Operations: a request is recognised by its path, also where the catalogue does not know it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.operations import match


@pytest.mark.parametrize(
    ("method", "path", "name", "ids"),
    [
        ("POST", "/v1/payment_intents", "POST /v1/payment_intents", ()),
        ("POST", "/v1/customers/cus_Aaaaaaaaaaa001", "POST /v1/customers/{customer}", (("customer", "cus_Aaaaaaaaaaa001"),)),
        ("GET", "/v1/coupons/50%25%20off", "GET /v1/coupons/{coupon}", (("coupon", "50% off"),)),
        ("GET", "/v1/customers/cus_Aaaaaaaaaaa001/", "GET /v1/customers/{customer}", (("customer", "cus_Aaaaaaaaaaa001"),)),
        (
            "DELETE",
            "/v1/customers/cus_Aaaaaaaaaaa001/tax_ids/txi_Aaaaaaaaaaa001",
            "DELETE /v1/customers/{customer}/tax_ids/{tax_id}",
            (("customer", "cus_Aaaaaaaaaaa001"), ("tax_id", "txi_Aaaaaaaaaaa001")),
        ),
    ],
)
def test_a_path_is_matched_with_the_ids_in_it(method, path, name, ids):
    found = match(method, path)
    assert (found.name, found.path_ids) == (name, ids)
    assert found.operation is not None


def test_an_unknown_path_keeps_its_words_and_folds_its_ids():
    found = match("POST", "/v1/no_such_things/cus_Aaaaaaaaaaa001/pay")
    assert (found.name, found.operation, found.path_ids) == ("POST /v1/no_such_things/{}/pay", None, (("", "cus_Aaaaaaaaaaa001"),))


def test_fixed_words_outweigh_braces():
    assert match("GET", "/v1/invoices/upcoming").name == "GET /v1/invoices/upcoming"
    assert match("GET", "/v1/customers/search").name == "GET /v1/customers/search"


@pytest.mark.parametrize(("method", "writes"), [("GET", False), ("POST", True), ("DELETE", True), ("PUT", True)])
def test_only_a_get_changes_nothing(method, writes):
    assert match(method, "/v1/customers/cus_Aaaaaaaaaaa001").writes is writes
    assert match(method, "/v1/unknown").writes is writes


@settings(max_examples=200)
@given(st.sampled_from(sorted(operation.name for operation in catalogue().operations())), st.data())
def test_every_operation_of_the_catalogue_is_found_by_a_path_of_its_own(name, data):
    method, _, template = name.partition(" ")
    parts = [f"Zz9{data.draw(st.integers(10, 99))}x" if part.startswith("{") else part for part in template.split("/")]
    found = match(method, "/".join(parts))
    assert found.name == name
    assert [identifier for _, identifier in found.path_ids] == [part for part in parts if part.startswith("Zz9")]
