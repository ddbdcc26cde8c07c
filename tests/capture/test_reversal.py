"""What is undone, and when nobody can be sure of it."""

from typing import Any

import pytest

from replayer.capture.baseline import derive, state_after
from replayer.model import Exchange, Outcome, Request
from tests.make import T0, customer

CUS, SUB = "cus_Aaaaaaaaaaa001", "sub_Aaaaaaaaaaa001"
OLD = {"created": 1500000000}
OURS, OTHERS, STRIPE = {"id": "req_A"}, {"id": "req_Z"}, {"id": None}


def call(number: int, at: float, method: str, path: str, body: Any, request: str | None = "req_A") -> Exchange:
    headers = {"request-id": request} if request else {}
    outcome = Outcome(status=200, headers=headers, body=body)
    return Exchange(id=f"x{number}", source="s", at=T0 + at, request=Request(method=method, path=path), outcome=outcome)


def event(number: int, at: int, state: dict[str, Any], previous: dict[str, Any] | None, request: Any, kind: str = "updated") -> Exchange:
    data = {"object": state, **({"previous_attributes": previous} if previous else {})}
    body = {
        "id": f"evt_{number:012}A",
        "object": "event",
        "created": int(T0) + at,
        "type": f"customer.{kind}",
        "data": data,
        "request": request,
    }
    asked = Request(method="POST", path="/", params=body, encoding="json")
    return Exchange(id=f"x{number}", source="s", lane="webhook", at=T0 + at + 0.5, request=asked)


def known(*exchanges: Exchange) -> tuple[str, Any]:
    found = {item.id: item for item in derive(exchanges)}[CUS]
    return found.provenance, (found.state or {}).get("balance")


def read(at: float, balance: int, number: int = 9) -> Exchange:
    return call(number, at, "GET", f"/v1/customers/{CUS}", customer(CUS, balance=balance, **OLD))


def write(at: float, balance: int, request: str | None = "req_A") -> Exchange:
    return call(1, at, "POST", f"/v1/customers/{CUS}", customer(CUS, balance=balance, **OLD), request)


def changed(at: int, after: int, before: int, by: Any, number: int = 5, kind: str = "updated") -> Exchange:
    return event(number, at, customer(CUS, balance=after, **OLD), {"balance": before}, by, kind)


def test_the_first_change_by_a_call_is_undone():
    assert known(write(10, 5), changed(10, 5, 0, OURS)) == ("reversed", 0)


@pytest.mark.parametrize("by", [OTHERS, STRIPE])
def test_what_somebody_else_changed_before_it_was_read_is_undone(by):
    assert known(changed(10, 5, 0, by), read(60, 5)) == ("reversed", 0)


def test_what_was_read_before_anybody_changed_it_stays_as_it_was_read():
    assert known(read(1, 0), changed(60, 5, 0, OTHERS)) == ("observed", 0)


@pytest.mark.parametrize(("shown", "provenance"), [(0, "observed"), (5, "reversed")])
def test_within_a_second_what_was_read_tells_whether_it_was_read_before(shown, provenance):
    assert known(changed(10, 5, 0, OTHERS), read(10, shown)) == (provenance, 0)


def test_where_a_call_may_have_changed_it_before_events_are_told_only_a_later_state_is_known():
    assert known(write(10, 3), changed(60, 5, 3, OTHERS)) == ("after", 3)


def test_where_events_are_told_from_before_the_call_a_change_by_it_would_have_been_told():
    elsewhere = event(3, 1, customer("cus_Bbbbbbbbbbb001"), {"balance": 1}, STRIPE)
    assert known(elsewhere, write(10, 3), changed(60, 5, 3, OTHERS)) == ("reversed", 3)


def test_beside_a_call_whose_request_id_is_not_known_nobody_is_sure():
    assert known(write(10, 5, request=None), changed(10, 5, 0, OTHERS)) == ("after", 5)


def test_the_earliest_of_several_changes_is_undone_in_whatever_order_they_came():
    assert known(changed(20, 9, 5, OTHERS, 6), changed(10, 5, 0, STRIPE), read(60, 9)) == ("reversed", 0)


def test_an_event_that_does_not_tell_what_changed_hides_the_state_before():
    silent = event(4, 10, customer(CUS, balance=5, **OLD), None, {"id": "req_Y"}, "discount")
    assert known(silent, changed(20, 9, 5, OTHERS), read(60, 9))[0] == "after"


def test_what_was_made_by_somebody_else_is_not_undone():
    made = event(4, 10, customer(CUS, balance=0), None, OTHERS, "created")
    assert known(made, changed(20, 9, 0, OTHERS), read(60, 9))[0] != "reversed"


def test_of_what_is_only_named_an_event_tells_the_rest():
    named = call(1, 10, "POST", "/v1/subscriptions", {"id": SUB, "object": "subscription", "created": int(T0) + 10, "customer": CUS})
    assert known(named, changed(10, 5, 0, OURS)) == ("reversed", 0)


def test_what_events_show_of_others_customers_is_no_baseline():
    assert [item.id for item in derive([read(1, 0), event(3, 5, customer("cus_Bbbbbbbbbbb001"), {"balance": 1}, STRIPE)])] == [CUS]


def test_what_a_rebuilt_state_holds_is_rebuilt_with_it():
    item = {"id": "si_Aaaaaaaaaaaa01", "object": "subscription_item", "quantity": 2, "created": 1, "subscription": SUB}
    held = {"id": SUB, "object": "subscription", "customer": CUS, "created": 1, "items": {"object": "list", "data": [item]}}
    after = {**held, "items": {"object": "list", "data": [{**item, "quantity": 5}]}}
    told = event(2, 10, after, {"items": {"data": [item]}, "quantity": 2}, OURS, "subscription.updated")
    found = {one.id: one for one in derive([call(1, 10, "POST", f"/v1/subscriptions/{SUB}", after), told])}
    assert found[item["id"]].provenance == "reversed"
    assert found[item["id"]].state["quantity"] == 2


def test_what_follows_a_cut_stands_on_what_events_told_last():
    (found,) = state_after([read(1, 0), changed(60, 5, 0, OTHERS)])
    assert (found.provenance, found.state["balance"]) == ("observed", 5)
