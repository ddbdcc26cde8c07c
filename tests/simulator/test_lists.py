"""Lists: order, cursors, filters, pages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.model import Request
from replayer.simulator import Simulator


def _made(account, count):
    return [account.customer(email=f"{n}@example.test") for n in range(count)]


def _ids(page):
    return [entry["id"] for entry in page["data"]]


def test_lists_are_newest_first_and_ten_long(account):
    made = _made(account, 12)
    page = account.ok("GET /v1/customers")
    assert _ids(page) == made[:1:-1]
    assert page["has_more"] is True
    assert page["url"] == "/v1/customers"
    assert list(page) == ["object", "data", "has_more", "url"]


def test_cursors_exclude_what_they_name(account):
    made = _made(account, 5)
    after = account.ok("GET /v1/customers", {"starting_after": made[3], "limit": "2"})
    assert _ids(after) == [made[2], made[1]]
    before = account.ok("GET /v1/customers", {"ending_before": made[0], "limit": "2"})
    assert _ids(before) == [made[2], made[1]]
    assert before["has_more"] is True


@settings(max_examples=25, deadline=None)
@given(count=st.integers(0, 9), size=st.integers(1, 4))
def test_pages_together_are_the_list(count, size):
    simulator = Simulator(1.7e9)

    def send(method, params):
        return simulator.send(Request(method=method, path="/v1/customers", params=params)).body

    made = [send("POST", {})["id"] for _ in range(count)]
    seen: list[str] = []
    while True:
        page = send("GET", {"limit": str(size), **({"starting_after": seen[-1]} if seen else {})})
        seen += _ids(page)
        if not page["has_more"]:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize(("limit", "length"), [("0", 1), ("-3", 1), ("101", 3), ("2", 2)])
def test_limits_out_of_range_are_clamped(account, limit, length):
    _made(account, 3)
    assert len(account.ok("GET /v1/customers", {"limit": limit})["data"]) == length


def test_both_cursors_are_refused(account):
    made = _made(account, 2)
    status, error = account.error("GET /v1/customers", {"starting_after": made[0], "ending_before": made[1]})
    assert status == 400
    assert "both starting_after and ending_before" in error["message"]


def test_a_cursor_that_does_not_exist_is_refused(account):
    assert account.error("GET /v1/customers", {"starting_after": "cus_missing"})[1]["code"] == "resource_missing"


def test_fields_filter(account):
    account.customer(email="a@example.test")
    mine = account.customer(email="b@example.test")
    assert _ids(account.ok("GET /v1/customers", {"email": "b@example.test"})) == [mine]


def test_times_filter_by_range(account):
    early = account.customer()
    late = account.ok("POST /v1/customers", at=account.simulator.now + 100)["id"]
    assert _ids(account.ok("GET /v1/customers", {"created": {"gte": str(int(account.simulator.now))}})) == [late]
    assert _ids(account.ok("GET /v1/customers", {"created": {"lt": str(int(account.simulator.now))}})) == [early]


def test_deleted_objects_are_left_out(account):
    gone, kept = _made(account, 2)
    account.ok(f"DELETE /v1/customers/{gone}")
    assert _ids(account.ok("GET /v1/customers")) == [kept]


def test_a_list_under_an_object_holds_what_belongs_to_it(account):
    first, second = _made(account, 2)
    card = account.card(first)
    account.card(second)
    assert _ids(account.ok(f"GET /v1/customers/{first}/payment_methods")) == [card]
    assert _ids(account.ok("GET /v1/payment_methods", {"customer": first, "type": "card"})) == [card]


def test_a_filter_that_names_what_is_not_there_is_refused(account):
    status, error = account.error("GET /v1/payment_methods", {"customer": "cus_missing"})
    assert (status, error["code"], error["param"]) == (400, "resource_missing", "customer")


def test_search_reads_clauses(account):
    account.customer(email="a@example.test")
    mine = account.customer(email="b@example.test", metadata={"plan": "gold"})
    page = account.ok("GET /v1/customers/search", {"query": 'email:"b@example.test" AND metadata["plan"]:"gold"'})
    assert page["object"] == "search_result"
    assert _ids(page) == [mine]


@pytest.mark.parametrize(("query", "found"), [
    ("email:'A@example.test'", ["a"]), ("email:'a@example.test' OR email:\"b@example.test\"", ["b", "a"]), ("email~'example'", ["b", "a"]),
    ("-metadata['plan']:'gold'", ["a"]), ("metadata['plan']:null", ["a"]), ("created>1 name:'Bea'", ["b"]), ("created<1", []),
    ("name:'O\\'Hara'", ["a"]),
])  # fmt: skip
def test_a_search_joins_negates_compares_and_reads_quotes(account, query, found):
    ids = {
        "a": account.customer(email="a@example.test", name="O'Hara"),
        "b": account.customer(email="b@example.test", name="Bea", metadata={"plan": "gold"}),
    }
    assert _ids(account.ok("GET /v1/customers/search", {"query": query})) == [ids[name] for name in found]


@pytest.mark.parametrize("query", ["foo:1", "email", "email:'a' AND name:'b' OR phone:'1'", "email~'a'", "created>'x'", "metadata:'a'"])
def test_a_search_that_says_nothing_that_is_known_is_refused(account, query):
    assert account.error("GET /v1/customers/search", {"query": query})[0] == 400


def test_a_search_goes_on_where_its_page_ended(account):
    made = [account.customer(email=f"{number}@example.test") for number in range(5)][::-1]
    asked, found = {"query": "email~'example'", "limit": "2"}, []
    while True:
        page = account.ok("GET /v1/customers/search", asked)
        found += _ids(page)
        assert page["has_more"] is (page["next_page"] is not None)
        if not page["has_more"]:
            break
        asked = {**asked, "page": page["next_page"]}
    assert found == made


def test_lists_of_what_stripe_makes_by_itself_are_not_told_as_complete(account):
    outcome = account.call("GET /v1/events")
    assert {"data[]", "has_more"} <= set(account.origins(outcome)["template"])
    assert account.origins(account.call("GET /v1/customers")) == {}
