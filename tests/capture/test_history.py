"""What events tell: in which order, who caused them, and how things were before."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.history import history_of, undone
from replayer.model import Exchange, Outcome, Request

CUSTOMER = "cus_Aaaaaaaa0001"


def event(number: int, at: int, state: dict[str, Any], previous: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    data = {"object": {"id": CUSTOMER, "object": "customer", **state}} | ({"previous_attributes": previous} if previous else {})
    return {"id": f"evt_{number:012}A", "object": "event", "created": at, "type": "customer.updated", "data": data, "request": None, **more}


def delivered(number: int, body: dict[str, Any]) -> Exchange:
    request = Request(method="POST", path="/", params=body, encoding="json")
    return Exchange(id=f"x{number}", source="a", lane="webhook", at=float(body["created"]), request=request)


def called(number: int, at: float, **headers: str) -> Exchange:
    request = Request(method="POST", path=f"/v1/customers/{CUSTOMER}", idempotency_key="a-key")
    return Exchange(id=f"x{number}", source="a", at=at, request=request, outcome=Outcome(status=200, headers=headers, body={}))


def test_an_event_told_twice_is_one_and_events_come_in_the_order_in_which_they_happened() -> None:
    late, early = event(1, 20, {"balance": 2}), event(2, 10, {"balance": 1})
    read = Exchange(
        id="x3", source="a", request=Request(method="GET", path="/v1/events"),
        outcome=Outcome(status=200, body={"object": "list", "data": [late, early]}),
    )  # fmt: skip
    told = list(history_of([delivered(1, late), read]))
    assert [(one.at, one.seen) for one in told] == [(10.0, "x3"), (20.0, "x1")]


def test_events_of_one_second_are_ordered_by_what_they_changed() -> None:
    first, second = event(1, 10, {"balance": 5}, {"balance": 0}), event(2, 10, {"balance": 7}, {"balance": 5})
    made = event(3, 10, {"balance": 0}, type="customer.created")
    for order in ([first, second, made], [second, made, first], [made, second, first]):
        told = list(history_of(delivered(number, one) for number, one in enumerate(order)))
        assert [one.object["balance"] for one in told] == [0, 5, 7]


def test_who_caused_an_event_is_told_by_its_request() -> None:
    ours = event(1, 10, {}, request={"id": "req_A", "idempotency_key": None})
    by_key = event(2, 10, {}, request={"id": "req_B", "idempotency_key": "a-key"})
    others = event(3, 10, {}, request={"id": "req_C", "idempotency_key": "b-key"})
    old = event(4, 10, {}, request="req_A")
    nobody = event(5, 10, {}, request={"id": None, "idempotency_key": None})
    call = called(9, 9.0, **{"request-id": "req_A"})
    history = history_of([call, *(delivered(n, one) for n, one in enumerate((ours, by_key, others, old, nobody)))])
    assert [history.origin(one) for one in history] == ["call", "call", "actor", "call", "stripe"]
    assert [history.cause(one) for one in history] == ["x9", "x9", None, "x9", None]


def test_beside_a_call_without_a_request_id_nobody_can_say_who_caused_an_event() -> None:
    near = event(1, 10, {}, request={"id": "req_C", "idempotency_key": None})
    far = event(2, 1000, {}, request={"id": "req_D", "idempotency_key": None})
    history = history_of([called(9, 9.0), delivered(1, near), delivered(2, far)])
    assert [history.origin(one) for one in history] == ["unclear", "actor"]


def test_undoing_restores_lists_whole_hashes_by_what_changed_and_takes_new_metadata_away() -> None:
    state = {"items": {"data": [3], "url": "u"}, "metadata": {"a": "1", "b": "2"}, "pause": {"at": 1}, "discount": {"id": "d"}, "n": 1}
    previous = {"items": {"data": [1, 2]}, "metadata": {"a": None, "b": "0"}, "pause": None, "discount": None}
    assert undone(state, previous) == {
        "items": {"data": [1, 2], "url": "u"}, "metadata": {"b": "0"}, "pause": None, "discount": None, "n": 1,
    }  # fmt: skip


_STATES = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers() | st.dictionaries(st.sampled_from("xy"), st.integers()))


@given(_STATES, _STATES)
def test_undoing_what_changed_gives_the_state_before(before: dict[str, Any], after: dict[str, Any]) -> None:
    before, after = ({name: state.get(name) for name in "abcd"} for state in (before, after))
    changed = {name: before[name] for name in "abcd" if before[name] != after[name]}
    whole = {name: value for name, value in changed.items() if not isinstance(value, dict) or not isinstance(after[name], dict)}
    deep = {
        name: {key: value.get(key) for key in value.keys() | after[name].keys() if value.get(key) != after[name].get(key)}
        for name, value in changed.items() if name not in whole
    }  # fmt: skip
    restored = undone(after, whole | deep)
    assert _sparse(restored) == _sparse(before)


def _sparse(state: dict[str, Any]) -> dict[str, Any]:
    return {name: {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value for name, value in state.items()}
