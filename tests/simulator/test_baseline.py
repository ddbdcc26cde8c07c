"""Baselines: laid under every account, copied on write, told as what they are."""

from __future__ import annotations

from replayer.model import BaselineObject

_V = "2025-10-29.clover"
_CUSTOMER = {
    "id": "cus_Laid0000000001", "object": "customer", "balance": 500, "email": "old@example.test", "unheard_of": {"a": [1, {"b": 2}]},
    "metadata": {"k": "v"}, "invoice_settings": {"default_payment_method": None, "footer": None}, "created": 1600000000, "livemode": False,
}  # fmt: skip
_CHARGE = {
    "id": "ch_1Laid0000000000000000001", "object": "charge", "amount": 3000, "amount_captured": 3000, "amount_refunded": 0, "captured": True,
    "currency": "usd", "customer": _CUSTOMER, "paid": True, "payment_intent": None, "refunded": False, "status": "succeeded",
    "created": 1600000000, "livemode": False,
}  # fmt: skip


def _laid(state, provenance="observed", version=_V, **more):
    return BaselineObject(id=state["id"], object=state["object"], provenance=provenance, state=state, version=version, **more)


def _named(identifier, object_type=None):
    return BaselineObject(id=identifier, object=object_type, provenance="named")


def test_it_is_shown_exactly_as_observed_in_the_same_version(account):
    account.simulator.lay([_laid(_CUSTOMER)])
    outcome = account.call(f"GET /v1/customers/{_CUSTOMER['id']}")
    assert outcome.body == _CUSTOMER
    assert list(outcome.body) == list(_CUSTOMER)
    assert set(account.origins(outcome)) == {"baseline"}


def test_in_another_version_it_has_that_versions_fields(account):
    account.simulator.lay([_laid(_CUSTOMER)])
    outcome = account.call(f"GET /v1/customers/{_CUSTOMER['id']}", version="2020-08-27")
    assert (outcome.body["balance"], outcome.body["email"]) == (500, "old@example.test")
    assert "unheard_of" not in outcome.body
    assert outcome.body["discount"] is None
    assert "discount" in account.origins(outcome)["template"]


def test_each_account_writes_on_a_copy_of_its_own(account):
    account.simulator.lay([_laid(_CUSTOMER)])
    path = f"/v1/customers/{_CUSTOMER['id']}"
    outcome = account.call(f"POST {path}", {"email": "new@example.test", "metadata": {"n": "1"}})
    assert outcome.body == {**_CUSTOMER, "email": "new@example.test", "metadata": {"k": "v", "n": "1"}}
    assert {"email", "metadata.n"} <= set(account.origins(outcome)["given"])
    assert "metadata.k" in account.origins(outcome)["baseline"]
    assert account.ok(f"GET {path}", key="sk_test_other") == _CUSTOMER


def test_what_it_held_of_others_stands_for_itself(account):
    account.simulator.lay([_laid(_CHARGE)])
    charge = account.ok(f"GET /v1/charges/{_CHARGE['id']}")
    assert charge["customer"] == _CUSTOMER["id"]
    assert account.ok(f"GET /v1/customers/{_CUSTOMER['id']}") == _CUSTOMER
    assert account.ok(f"GET /v1/charges/{_CHARGE['id']}", {"expand": ["customer"]})["customer"] == _CUSTOMER


def test_rules_work_on_it(account):
    account.simulator.lay([_laid(_CHARGE)])
    outcome = account.call("POST /v1/refunds", {"charge": _CHARGE["id"], "amount": "1000"})
    assert outcome.body["amount"] == 1000
    assert [(e.amount, e.customer) for e in outcome.effects if e.kind == "money"] == [(-1000, _CUSTOMER["id"])]
    after = account.call(f"GET /v1/charges/{_CHARGE['id']}")
    assert (after.body["amount_refunded"], after.body["refunded"]) == (1000, False)
    assert "amount_refunded" not in account.untold(after)
    assert "amount" in account.origins(after)["baseline"]


def test_what_is_only_named_makes_the_outcome_unknown_never_a_404(account):
    account.simulator.lay([_named("cus_Named000000001", "customer")])
    for outcome in (
        account.call("GET /v1/customers/cus_Named000000001"),
        account.call("POST /v1/customers/cus_Named000000001", {"name": "A"}),
        account.call("POST /v1/payment_intents", {"amount": "900", "currency": "usd", "customer": "cus_Named000000001"}),
        account.call("GET /v1/payment_methods", {"customer": "cus_Named000000001"}),
    ):
        assert outcome.status is None
        assert outcome.error == "unknown: cus_Named000000001 is known by its id only"
    assert account.call("GET /v1/customers/cus_Other000000001").status == 404


def test_a_state_from_later_decides_nothing(account):
    account.simulator.lay([_laid(_CHARGE, "after")])
    outcome = account.call("POST /v1/refunds", {"charge": _CHARGE["id"]})
    assert outcome.status is None
    shown = account.call(f"GET /v1/charges/{_CHARGE['id']}")
    assert "amount_refunded" in account.origins(shown)["after"]


def test_a_partly_seen_object_decides_nothing_that_was_not_seen(account):
    partly = {name: value for name, value in _CHARGE.items() if name != "amount_refunded"}
    account.simulator.lay([_laid(partly)])
    assert account.call("POST /v1/refunds", {"charge": _CHARGE["id"]}).status is None


def test_objects_of_a_connected_account_belong_to_it(account):
    account.simulator.lay([_laid(_CUSTOMER, account="acct_1Connected000001")])
    path = f"GET /v1/customers/{_CUSTOMER['id']}"
    assert account.call(path).status == 404
    assert account.ok(path, account="acct_1Connected000001") == _CUSTOMER


def test_lists_with_a_baseline_are_not_told_as_complete(account):
    account.simulator.lay([_laid(_CUSTOMER)])
    mine = account.customer()
    everything = account.call("GET /v1/customers")
    assert [entry["id"] for entry in everything.body["data"]] == [mine, _CUSTOMER["id"]]
    assert "has_more" in account.origins(everything)["template"]
    of_mine = account.call("GET /v1/payment_methods", {"customer": mine})
    assert account.origins(of_mine) == {}


def test_an_observed_list_keeps_its_order_and_takes_new_members_first(account):
    refunds = [
        {"id": f"re_1Laid000000000000000000{n}", "object": "refund", "amount": 10, "charge": _CHARGE["id"], "created": n} for n in (1, 2)
    ]
    listed = {"object": "list", "data": refunds, "has_more": False, "total_count": 2, "url": f"/v1/charges/{_CHARGE['id']}/refunds"}
    account.simulator.lay([_laid({**_CHARGE, "amount_refunded": 20, "refunds": listed}, version="2020-08-27")])
    path = f"GET /v1/charges/{_CHARGE['id']}"
    assert account.ok(path, version="2020-08-27")["refunds"] == listed
    new = account.ok("POST /v1/refunds", {"charge": _CHARGE["id"], "amount": "5"})["id"]
    shown = account.ok(path, version="2020-08-27")["refunds"]["data"]
    assert [refund["id"] for refund in shown] == [new, refunds[0]["id"], refunds[1]["id"]]


def test_an_old_payment_intent_knows_its_charge(account):
    state = {
        "id": "pi_1Laid0000000000000000001", "object": "payment_intent", "amount": 3000, "amount_capturable": 3000, "currency": "usd",
        "capture_method": "manual", "status": "requires_capture", "payment_method": None, "customer": None, "metadata": {},
        "charges": {"object": "list", "has_more": False, "total_count": 1, "url": "/v1/charges?payment_intent=pi_1Laid0000000000000000001",
                    "data": [{**_CHARGE, "customer": None, "captured": False, "payment_intent": "pi_1Laid0000000000000000001"}]},
    }  # fmt: skip
    account.simulator.lay([_laid(state, version="2020-08-27")])
    outcome = account.call(
        "POST /v1/payment_intents/pi_1Laid0000000000000000001/capture", {"amount_to_capture": "2500"}, version="2020-08-27"
    )
    assert (outcome.body["status"], outcome.body["amount_received"]) == ("succeeded", 2500)
    charge = outcome.body["charges"]["data"][0]
    assert (charge["captured"], charge["amount_captured"], charge["amount_refunded"]) == (True, 2500, 500)
