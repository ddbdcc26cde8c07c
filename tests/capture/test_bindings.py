"""Bindings: learned by structure, applied everywhere an id can stand."""

from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.bindings import Bindings
from replayer.model import Request

IDS = st.from_regex(r"\A(cus|pi|ch|sub)_[0-9A-Z]{14}\Z")


def test_ids_are_learned_where_they_stand_in_both_answers():
    bindings = Bindings()
    bindings.learn({"id": "cus_AAAAAAAAAAAAAA", "object": "customer"}, {"id": "cus_BBBBBBBBBBBBBB", "object": "customer"})
    request = Request(method="POST", path="/v1/customers/cus_AAAAAAAAAAAAAA", params={"x": ["see cus_AAAAAAAAAAAAAA!"]})
    live = bindings.substitute(request)
    assert live.path == "/v1/customers/cus_BBBBBBBBBBBBBB"
    assert live.params == {"x": ["see cus_BBBBBBBBBBBBBB!"]}


def test_list_elements_are_paired_by_what_is_bound_before_by_position():
    bindings = Bindings()
    bindings.bind("ch_AAAAAAAAAAAAA1", "ch_BBBBBBBBBBBBB1")
    recorded = {"data": [{"id": "ch_AAAAAAAAAAAAA2", "object": "charge"}, {"id": "ch_AAAAAAAAAAAAA1", "object": "charge"}]}
    live = {"data": [{"id": "ch_BBBBBBBBBBBBB1", "object": "charge"}, {"id": "ch_BBBBBBBBBBBBB2", "object": "charge"}]}
    bindings.learn(recorded, live)
    assert bindings.live["ch_AAAAAAAAAAAAA2"] == "ch_BBBBBBBBBBBBB2"


def test_an_id_whose_answer_did_not_come_is_unbound():
    bindings = Bindings()
    bindings.learn(
        {"id": "sub_AAAAAAAAAAAAAA", "object": "subscription", "latest_invoice": "in_AAAAAAAAAAAAAA"},
        {"id": "sub_BBBBBBBBBBBBBB", "object": "subscription"},
    )
    request = Request(method="POST", path="/v1/invoices/in_AAAAAAAAAAAAAA/pay")
    assert bindings.unbound(request) == "in_AAAAAAAAAAAAAA"
    assert bindings.unbound(Request(method="GET", path="/v1/subscriptions/sub_AAAAAAAAAAAAAA")) is None


def test_an_error_in_place_of_an_object_leaves_its_ids_unbound():
    bindings = Bindings()
    bindings.learn({"id": "pi_AAAAAAAAAAAAAA", "object": "payment_intent"}, {"error": {"type": "card_error"}})
    assert bindings.unbound(Request(method="GET", path="/v1/payment_intents/pi_AAAAAAAAAAAAAA")) == "pi_AAAAAAAAAAAAAA"


def test_an_expanded_object_binds_to_an_id():
    bindings = Bindings()
    bindings.learn({"customer": {"id": "cus_AAAAAAAAAAAAAA", "object": "customer"}}, {"customer": "cus_BBBBBBBBBBBBBB"})
    bindings.learn({"customer": "cus_CCCCCCCCCCCCCC"}, {"customer": {"id": "cus_DDDDDDDDDDDDDD", "object": "customer"}})
    assert bindings.live == {"cus_AAAAAAAAAAAAAA": "cus_BBBBBBBBBBBBBB", "cus_CCCCCCCCCCCCCC": "cus_DDDDDDDDDDDDDD"}


def test_ids_that_users_chose_are_bound_by_their_object():
    bindings = Bindings()
    bindings.learn({"id": "gold", "object": "plan"}, {"id": "gold-2", "object": "plan"})
    assert bindings.substitute(Request(method="GET", path="/v1/plans/gold")).path == "/v1/plans/gold-2"
    assert bindings.substitute(Request(method="POST", path="/v1/subscriptions", params={"items": [{"plan": "gold"}]})).params == {
        "items": [{"plan": "gold-2"}]
    }


@given(st.dictionaries(IDS, IDS, max_size=6), st.lists(IDS, max_size=6), st.text(max_size=20))
def test_substitution_replaces_what_is_bound_and_nothing_else(table, used, text):
    bindings = Bindings()
    for recorded, live in table.items():
        bindings.bind(recorded, live)
    request = Request(method="POST", path="/v1/x/" + "/".join(used), params={"ids": used, "text": text})
    live = bindings.substitute(request)
    assert live.params["ids"] == [table.get(identifier, identifier) for identifier in used]
    assert live.path == "/v1/x/" + "/".join(table.get(identifier, identifier) for identifier in used)
    assert live.params["text"] == text or any(identifier in text for identifier in table)
