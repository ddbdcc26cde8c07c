"""Which exchanges a selection takes."""

import pytest

from replayer.capture.select import Selection, select
from replayer.model import Exchange, InputError, Outcome, Request

CUSTOMER = {"id": "cus_A1b2C3d4"}
CAPTURE = [
    Exchange(
        id="x1", source="a", at=100.0, request=Request(method="POST", path="/v1/customers"), outcome=Outcome(status=200, body=CUSTOMER)
    ),
    Exchange(id="x2", source="a", at=200.0, request=Request(method="POST", path="/v1/charges", params={"customer": "cus_A1b2C3d4"})),
    Exchange(id="x3", source="a", at=300.0, request=Request(method="GET", path="/v1/charges/ch_A1b2C3d4")),
    Exchange(id="x4", source="b", at=400.0, request=Request(method="GET", path="/v1/customers/cus_A1b2C3d45")),
    Exchange(id="x5", source="b", request=Request(method="POST", path="/v1/charges"), outcome=Outcome(body={"customer": "cus_Z1b2C3d4"})),
]
CHAINS = {"x1": "x1", "x2": "x1", "x3": "x1", "x4": "x4", "x5": "x5"}


def chosen(**fields: str) -> str:
    selection = Selection(**fields)
    found = [exchange.id for exchange in select(CAPTURE, selection, CHAINS)]
    assert [exchange.id for exchange in selection.choose(iter(CAPTURE), CHAINS)] == found
    assert selection.ids(iter(CAPTURE), CHAINS) == set(found)
    return " ".join(found)


def test_nothing_selected_takes_all() -> None:
    assert chosen() == "x1 x2 x3 x4 x5"
    assert Selection().is_empty
    assert not Selection(source="a").is_empty


def test_a_customer_takes_the_whole_chain_and_no_id_that_only_begins_alike() -> None:
    assert chosen(customer="cus_A1b2C3d4") == "x1 x2 x3"
    assert chosen(customer="cus_Z1b2C3d4") == "x5"
    assert chosen(customer="cus_A1b2") == ""


def test_an_operation_is_matched_whatever_stands_in_its_braces() -> None:
    assert chosen(operation="GET /v1/charges/{}") == "x3"
    assert chosen(operation="POST /v1/charges") == "x2 x5"


def test_an_unknown_operation_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        Selection(operation="POST /v1/charge")
    assert error.value.place == "--operation"
    assert "POST /v1/charges" in (error.value.hint or "")


def test_a_chain_is_named_by_any_of_its_exchanges() -> None:
    assert chosen(chain="x2") == "x1 x2 x3"
    assert chosen(chain="x4", customer="cus_A1b2C3d4") == ""
    assert chosen(chain="x3", customer="cus_A1b2C3d4") == "x1 x2 x3"


def test_sources_and_times_select_too_and_fields_must_agree() -> None:
    assert chosen(source="b") == "x4 x5"
    assert chosen(since="200", until="300") == "x2"
    assert chosen(source="b", since="1970-01-01") == "x4"
    assert chosen(since="1970-01-01T00:05:00Z") == "x3 x4"
    assert chosen(until="1970-01-01T01:03:20.5+01:00") == "x1 x2"
    assert chosen(since="1970-01-02") == ""


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "-5", "12:00", ""])
@pytest.mark.parametrize("flag", ["since", "until"])
def test_a_bad_date_is_an_error_that_names_its_flag(flag: str, text: str) -> None:
    with pytest.raises(InputError) as error:
        Selection(**{flag: text})
    assert error.value.place == f"--{flag}"
