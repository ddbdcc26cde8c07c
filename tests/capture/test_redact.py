"""Redaction: default-deny, idempotent, equal where values are equal."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.capture import wire
from replayer.capture._pseudonyms import Pseudonyms
from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor, Unstorable
from replayer.capture.store import Writer
from replayer.model import BaselineObject, Exchange, InputError, Manifest, Outcome, Request
from replayer.simulator import Simulator
from replayer.stripeapi import catalogue
from replayer.stripeapi.catalogue import Field, Param
from replayer.stripeapi.sensitive import CARD_NUMBER_NAMES
from replayer.stripeapi.testdata import _values, cards

KEY = ProjectKey(b"a key of the tests")
REDACTOR = Redactor(KEY)
API_KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


def params(method: str, path: str, redactor: Redactor = REDACTOR, **sent: Any) -> dict[str, Any]:
    request = Request(method=method, path=path, params=sent)
    return redactor.exchange(Exchange(id="x1", source="a", request=request)).request.params


def answer(body: Any, redactor: Redactor = REDACTOR, version: str = "2026-03-25.dahlia") -> Any:
    request = Request(method="GET", path="/v1/customers/cus_A1b2C3d4", version=version)
    return redactor.exchange(Exchange(id="x1", source="a", request=request, outcome=Outcome(status=200, body=body))).outcome.body


def test_what_bills_are_made_of_stays() -> None:
    sent = {
        "customer": "cus_A1b2C3d4", "items": [{"price": "gold-2026", "quantity": "3"}], "trial_end": "now", "billing_cycle_anchor": "1790000000",
        "proration_behavior": "none", "expand": ["latest_invoice.payment_intent"], "default_payment_method": "pm_card_visa",
        "application_fee_percent": "12.5", "cancel_at_period_end": "true", "coupon": "", "currency": "usd",
    }  # fmt: skip
    assert params("POST", "/v1/subscriptions", **sent) == sent


def test_what_tells_who_somebody_is_becomes_a_pseudonym() -> None:
    sent = {
        "name": "Jane Doe",
        "email": "jane@doe.example",
        "phone": "+15551230199",
        "address": {"line1": "1 Elm St", "city": "Rome", "country": "IT"},
    }
    found = params("POST", "/v1/customers", **sent)
    assert found["name"].startswith("~")
    assert found["email"].startswith("user_")
    assert found["email"].endswith("@example.test")
    assert found["address"]["country"] == "IT"
    assert not any(word in json.dumps(found) for word in ("Jane", "jane", "+1555", "Elm", "Rome"))


def test_equal_texts_have_equal_pseudonyms_in_requests_answers_and_events_and_different_ones_differ() -> None:
    sent = params("POST", "/v1/customers", name="Jane Doe", metadata={"a": "Jane Doe", "b": "Jane Do"})
    seen = answer({"id": "cus_A1b2C3d4", "object": "customer", "name": "Jane Doe"})
    assert sent["name"] == sent["metadata"]["a"] == seen["name"]
    assert sent["metadata"]["b"] != sent["name"]
    assert Redactor(ProjectKey(b"the key of another")).exchange(an_exchange()) != REDACTOR.exchange(an_exchange())


def test_a_number_stays_only_where_the_catalogue_knows_one() -> None:
    body = {
        "object": "invoice",
        "total": 4200,
        "created": 1790000000,
        "unheard_of": 8675309,
        "metadata": {"n": "8675309"},
        "made_up": {"amount": 5},
    }
    found = answer(body)
    assert (found["total"], found["created"]) == (4200, 1790000000)
    assert found["unheard_of"] == found["metadata"]["n"]
    assert str(found["unheard_of"]).startswith("~")
    assert found["made_up"]["amount"] != 5
    assert answer({"object": "invoice", "total": 4929123456789012})["total"] != 4929123456789012


def test_what_an_older_version_called_otherwise_is_known_too() -> None:
    old = {
        "object": "subscription",
        "current_period_end": 1790000000,
        "discount": None,
        "items": {"object": "list", "total_count": 1, "data": []},
    }
    assert answer(old, version="2019-05-16") == old
    assert answer(old) == old


def test_bearers_become_a_constant_and_keep_the_id_they_belong_to() -> None:
    found = answer({"object": "payment_intent", "client_secret": "pi_A1b2C3d4_secret_XyZ"})
    assert found["client_secret"] == "pi_A1b2C3d4_secret_~secret"
    nested = answer({"object": "invoice", "confirmation_secret": {"client_secret": "pi_A1b2C3d4_secret_XyZ", "type": "payment_intent"}})
    assert nested["confirmation_secret"] == {"client_secret": "pi_A1b2C3d4_secret_~secret", "type": "payment_intent"}
    assert params("POST", "/v1/customers", metadata={"note": f"our key is {API_KEY}"})["metadata"]["note"] == "~secret"
    assert answer({"object": "webhook_endpoint", "secret": "whsec_abc"})["secret"] == "~secret"
    assert answer({"object": "ephemeral_key", "secret": "ek_test_abc"})["secret"] == "~secret"


def test_what_must_never_be_stored_is_dropped_not_hashed() -> None:
    found = params(
        "POST", "/v1/tokens", card={"number": "4242424242424242", "cvc": "987", "exp_month": "4", "exp_year": "2031", "name": "Jane"}
    )
    assert found["card"]["cvc"] == "~dropped"
    assert (found["card"]["exp_month"], found["card"]["exp_year"]) == ("4", "2031")
    assert params("POST", "/v1/tokens", card={"cvc": "123"})["card"]["cvc"] == "~dropped"


REAL_CARDS = ["4917610000000000", "4917 6100 0000 0000", "5425-2334-3010-9903"]  # nobody's, but no documented test card of Stripe's either


@pytest.mark.parametrize("number", [*REAL_CARDS, "4929123456789012"])
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/tokens", lambda number: {"card": {"number": number}}),
        ("/v1/payment_methods", lambda number: {"type": "card", "card": {"number": number, "cvc": "987"}}),
        ("/v1/customers", lambda number: {"source": {"object": "card", "number": number, "exp_month": "4"}}),
        ("/v1/payment_intents", lambda number: {"payment_method_data": {"type": "card", "card": {"number": number}}}),
        ("/v1/unheard_of", lambda number: {"deep": [{"number": number, "exp_year": "2031"}]}),
    ],
)
def test_an_unknown_card_number_cannot_be_stored_and_the_reason_does_not_hold_it(
    number: str, path: str, shape: Callable[[str], Any]
) -> None:
    with pytest.raises(Unstorable) as caught:
        params("POST", path, **shape(number))
    assert not any(part in f"{caught.value} {caught.value.hint}" for part in (number, number[-4:], number[:6]))


@pytest.mark.parametrize("number", REAL_CARDS)
def test_a_card_number_in_free_text_cannot_be_stored_wherever_it_stands(number: str) -> None:
    text = f"paid with {number}, thanks"
    for sent in ({"metadata": {"note": text}}, {"description": text}, {text: "x"}, {"unheard": [text]}):
        with pytest.raises(Unstorable):
            params("POST", "/v1/customers", **sent)
    for body in (
        {"object": "charge", "description": text},
        {"error": {"message": text}},
        {"object": "customer", "metadata": {"a": text}},
        [text],
    ):
        with pytest.raises(Unstorable):
            answer(body)
    with pytest.raises(Unstorable):
        REDACTOR.outcome(Outcome(status=500, text=text), Request(method="GET", path="/"))
    with pytest.raises(Unstorable):
        params("GET", "/v1/customers/search", query=f"metadata['a']:'{number}'")


def test_a_number_that_is_no_cards_is_no_obstacle() -> None:
    assert answer({"object": "invoice", "number": "202611260001"})["number"].startswith("~")
    assert params("POST", "/v1/customers", metadata={"at": "1790000000123"})["metadata"]["at"].startswith("~")
    assert params("POST", "/v1/customers", metadata={"card": "4242 4242 4242 4242"})["metadata"]["card"] == "4242 4242 4242 4242"


RAW = {"number": "4000000000009995", "exp_month": "4", "exp_year": "2031", "cvc": "987"}


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
    [
        ("/v1/payment_methods", {"type": "card", "card": RAW}, {"type": "card", "card": {"token": "tok_visa_chargeDeclinedInsufficientFunds"}}),
        ("/v1/payment_intents", {"payment_method_data": {"type": "card", "card": RAW}}, {"payment_method_data": {"type": "card", "card": {"token": "tok_visa_chargeDeclinedInsufficientFunds"}}}),
        ("/v1/customers", {"source": {"object": "card", **RAW}}, {"source": "tok_visa_chargeDeclinedInsufficientFunds"}),
        ("/v1/charges", {"amount": "5", "card": RAW}, {"amount": "5", "card": "tok_visa_chargeDeclinedInsufficientFunds"}),
        ("/v1/sources", {"type": "card", "card": RAW}, {"type": "card", "token": "tok_visa_chargeDeclinedInsufficientFunds"}),
        ("/v1/accounts/acct_A1b2C3d4/external_accounts", {"external_account": {"object": "card", **RAW}}, {"external_account": "tok_visa_chargeDeclinedInsufficientFunds"}),
        ("/v1/tokens", {"card": RAW}, {"card": {**RAW, "cvc": "~dropped"}}),
    ],
)  # fmt: skip
def test_a_raw_test_card_becomes_its_token_in_every_shape(path: str, sent: dict[str, Any], expected: dict[str, Any]) -> None:
    found = params("POST", path, **sent)
    assert found == expected
    assert params("POST", path, **found) == expected


@pytest.mark.parametrize("number", [each.number for each in cards() if each.number])
def test_every_documented_test_card_behaves_after_redaction_as_before(number: str) -> None:
    """The simulator answers the raw call and the redacted one alike: same card, same decline, same authentication."""
    answers = []
    for redact in (False, True):
        simulator = Simulator()
        sent: dict[str, Any] = {"type": "card", "card": {"number": number, "exp_month": "4", "exp_year": "2031"}}
        made = _send(simulator, "/v1/payment_methods", params("POST", "/v1/payment_methods", **sent) if redact else sent)
        assert made.status == 200
        method = made.body["id"]
        customer = _send(simulator, "/v1/customers", {}).body["id"]
        attached = _send(simulator, f"/v1/payment_methods/{method}/attach", {"customer": customer})
        paid = _send(simulator, "/v1/payment_intents", {"amount": "500", "currency": "usd", "confirm": "true", "payment_method": method, "payment_method_types": ["card"]})  # fmt: skip
        answers.append(
            [made.body["card"], attached.status, paid.status, paid.body.get("status"), paid.body.get("error", {}).get("decline_code")]
        )
    assert answers[0] == answers[1]


def _send(simulator: Simulator, path: str, sent: dict[str, Any]) -> Outcome:
    request = Request(method="POST", path=path, params=sent, version="2026-03-25.dahlia")
    return simulator.send(request, key="sk_test_12345678", at=1790000000.0)


def test_an_address_keeps_what_tax_follows() -> None:
    sent = {"line1": "1 Elm St", "city": "Rome", "country": "US", "state": "CA", "postal_code": "94107"}
    found = params("POST", "/v1/customers", address=sent)["address"]
    assert (found["country"], found["state"], found["postal_code"]) == ("US", "CA", "94100")
    assert found == answer({"object": "customer", "address": sent})["address"]
    assert found["line1"].startswith("~")
    assert params("POST", "/v1/customers", address={"state": "Jane Doe", "postal_code": "Jane"})["address"]["state"].startswith("~")


def test_of_an_applications_bodies_only_what_a_rule_allows_stays() -> None:
    sent = {
        "plan": "gold",
        "email": "jane@doe.example",
        "customer": "cus_A1b2C3d4",
        "count": 3,
        "yes": True,
        "cart": {"cvc": "987", "items": ["a"], "size": 3},
    }
    request = Request(method="POST", path="/signup", params=sent, encoding="json", headers={"cookie": "jane"}, body=None)
    exchange = Exchange(
        id="x1", source="a", lane="app", request=request, outcome=Outcome(status=200, body=sent, headers={"set-cookie": "jane"})
    )
    found = REDACTOR.exchange(exchange)
    assert found.request.params == found.outcome.body == {
        "plan": "~dropped", "email": "~dropped", "customer": "cus_A1b2C3d4", "count": "~dropped", "yes": "~dropped",
        "cart": {"cvc": "~dropped", "items": ["~dropped"], "size": "~dropped"},
    }  # fmt: skip
    assert (found.request.headers, found.outcome.headers) == ({}, {})
    allowed = Redactor(KEY, ["plan", "cart"]).exchange(exchange).request.params
    assert allowed == {**found.request.params, "plan": "gold", "cart": {"cvc": "~dropped", "items": ["a"], "size": 3}}
    raw = msgspec.structs.replace(exchange, request=msgspec.structs.replace(request, body="jane"), outcome=Outcome(status=200, text="jane"))
    assert (REDACTOR.exchange(raw).request.body, REDACTOR.exchange(raw).outcome.text) == ("~dropped", "~dropped")


def test_an_applications_bodies_may_be_kept_as_pseudonyms_and_never_by_stripes_rules() -> None:
    """What stays in Stripe's bodies by its name or type (`plan`, `status`, `amount`, an error's words) is not Stripe's here."""
    body = {
        "object": "invoice", "plan": "janes-plan", "status": "paid", "amount": 1234, "url": "/v1/jane", "yes": True, "cvc": "987",
        "error": {"message": "card declined", "code": "open"}, "email": "jane@doe.example", "customer": "cus_A1b2C3d4", "password": "x",
        "deep": {"plan": "gold"}, "jane@doe.example": None,
    }  # fmt: skip
    request = Request(method="POST", path="/v1/coupons/JANE50", params=body, encoding="json")
    exchange = Exchange(id="x1", source="a", lane="app", request=request, outcome=Outcome(status=200, body=body))
    redactor = Redactor(KEY, ["deep.plan"], app_pseudonyms=True)
    found = redactor.exchange(exchange)
    assert found.request.params == found.outcome.body
    assert found.request.path == "/v1/coupons/" + REDACTOR.pseudonym("JANE50")
    kept = {"yes": True, "cvc": "~dropped", "customer": "cus_A1b2C3d4", "password": "~secret", "deep": {"plan": "gold"}}
    assert {name: found.outcome.body[name] for name in kept} == kept
    others = [leaf for place, leaf in leaves(found.outcome.body) if place[0] not in kept and leaf is not None]
    assert len(others) == 8
    assert all(leaf.startswith(("~", "user_", "https://example.test/~")) for leaf in others)
    assert found.outcome.body["email"] == params("POST", "/v1/customers", email="jane@doe.example")["email"]
    plain = Redactor(KEY, ["deep.plan"]).exchange(found)
    assert plain.outcome.body == {**found.outcome.body, "yes": "~dropped"}  # redacting anew without the list takes no pseudonym back
    with pytest.raises(Unstorable):
        redactor.exchange(msgspec.structs.replace(exchange, outcome=Outcome(status=200, body={"note": REAL_CARDS[0]})))


def test_an_endpoints_answer_to_a_webhook_is_the_users_too() -> None:
    request = Request(method="POST", path="/", params={"object": "event"}, encoding="json")
    answered = Outcome(status=200, body={"object": "invoice", "status": "paid", "total": 5}, text=None)
    found = REDACTOR.exchange(Exchange(id="x1", source="a", lane="webhook", request=request, outcome=answered)).outcome
    assert set(found.body.values()) == {"~dropped"}


def test_an_uploads_name_type_and_size_are_kept_as_a_multipart_body_has_them() -> None:
    sent = {"@file": {"filename": "jane.pdf", "type": "application/pdf", "size": 3}}
    found = params("POST", "/v1/files", purpose="dispute_evidence", file=sent)["file"]
    assert found == {"@file": {"filename": REDACTOR.pseudonym("jane.pdf"), "type": "application/pdf", "size": 3}}
    assert params("POST", "/v1/files", **{"@file": "jane"}) == {REDACTOR.pseudonym("@file"): REDACTOR.pseudonym("jane")}


def test_a_rule_that_names_a_hash_keeps_no_code_key_or_card_in_it() -> None:
    redactor = Redactor(KEY, ["metadata", "card"])
    found = params(
        "POST",
        "/v1/customers",
        redactor,
        metadata={"plan": "gold", "cvc": "987", "key": API_KEY, "client_secret": "x"},
        card={"cvc": "987"},
    )
    assert found == {
        "metadata": {"plan": "gold", "cvc": "~dropped", "key": "~secret", "client_secret": "~secret"},
        "card": {"cvc": "~dropped"},
    }
    with pytest.raises(Unstorable):
        params("POST", "/v1/customers", redactor, metadata={"note": REAL_CARDS[1]})


def test_a_birthday_becomes_the_documented_one_and_is_still_a_number() -> None:
    found = params("POST", "/v1/accounts", individual={"dob": {"day": "5", "month": "6", "year": "1987"}, "ssn_last_4": "4711"})
    assert found["individual"]["dob"] == {"day": "1", "month": "1", "year": "1901"}
    assert found["individual"]["ssn_last_4"] != "4711"
    assert answer({"object": "person", "dob": {"day": 5, "month": 6, "year": 1987}})["dob"] == {"day": 1, "month": 1, "year": 1901}


def test_documented_test_values_stay() -> None:
    sent = {"source": "tok_visa", "email": "jane@doe.example"}
    assert params("POST", "/v1/customers", **sent)["source"] == "tok_visa"


def test_an_error_keeps_stripes_words_and_ids_and_loses_the_users() -> None:
    error = {
        "code": "resource_missing",
        "type": "invalid_request_error",
        "param": "items[0][price]",
        "message": "No such customer: 'jane@doe.example'",
    }
    found = answer({"error": error})["error"]
    assert {name: found[name] for name in ("code", "type", "param")} == {name: error[name] for name in ("code", "type", "param")}
    assert found["message"].startswith("No such customer: 'user_")
    assert answer({"error": {"message": "Your card was declined."}})["error"]["message"] == "Your card was declined."
    quoted = answer({"error": {"message": "No such price: 'price_A1b2C3d4'; a similar object exists in live mode for Jane."}})["error"][
        "message"
    ]
    assert quoted.startswith("No such price: 'price_A1b2C3d4'; a similar object exists in live mode for ~")


def test_a_promotion_codes_code_is_the_users_and_an_errors_code_stripes() -> None:
    assert (
        answer({"object": "promotion_code", "code": "janesbirthday"})["code"]
        == params("POST", "/v1/promotion_codes", code="janesbirthday")["code"]
    )
    assert answer({"object": "promotion_code", "code": "janesbirthday"})["code"] != "janesbirthday"


def test_ids_that_users_chose_stay_for_prices_and_not_for_persons() -> None:
    request = Request(method="GET", path="/v1/coupons/SUMMER-50")
    assert REDACTOR.exchange(Exchange(id="x1", source="a", request=request)).request.path == "/v1/coupons/SUMMER-50"
    customer = REDACTOR.exchange(Exchange(id="x1", source="a", request=Request(method="GET", path="/v1/customers/jane.doe"))).request.path
    assert customer == "/v1/customers/" + params("POST", "/v1/charges", customer="jane.doe")["customer"]
    assert "jane" not in customer
    assert params("POST", "/v1/subscriptions", items=[{"price": "jane@doe.example"}])["items"][0]["price"].startswith("user_")
    assert params("POST", "/v1/subscriptions", items=[{"price": "4929123456789012"}])["items"][0]["price"].startswith("~")


def test_a_meter_events_value_is_money_and_its_other_dimensions_are_the_users() -> None:
    found = params(
        "POST",
        "/v1/billing/meter_events",
        event_name="calls",
        payload={"value": "25", "stripe_customer_id": "cus_A1b2C3d4", "phone": "5551230199"},
    )
    assert found["payload"]["value"] == "25"
    assert found["payload"]["stripe_customer_id"] == "cus_A1b2C3d4"
    assert found["payload"]["phone"].startswith("~")


def test_a_search_keeps_its_shape_and_finds_what_was_redacted_alike() -> None:
    found = params("GET", "/v1/customers/search", query="email:'jane@doe.example' AND metadata['order']:'B-12'")
    made = params("POST", "/v1/customers", email="jane@doe.example", metadata={"order": "B-12"})
    assert found["query"] == f"email:'{made['email']}' AND metadata['order']:'{made['metadata']['order']}'"
    assert params("GET", "/v1/customers/search", query="name~Jane")["query"].startswith("~")


def test_an_event_is_redacted_as_the_object_that_it_is_about() -> None:
    event = {
        "id": "evt_A1b2C3d4", "object": "event", "api_version": "2026-03-25.dahlia", "type": "customer.updated", "created": 1790000000,
        "request": {"id": "req_A1b2C3d4", "idempotency_key": "order-of-jane"},
        "data": {"object": {"id": "cus_A1b2C3d4", "object": "customer", "email": "jane@doe.example", "balance": 5},
                 "previous_attributes": {"email": "old@doe.example", "balance": 7}},
    }  # fmt: skip
    request = Request(method="POST", path="/", params=event, encoding="json", version="2026-03-25.dahlia")
    found = REDACTOR.exchange(Exchange(id="x1", source="a", lane="webhook", request=request)).request.params
    assert found["type"] == "customer.updated"
    assert found["request"]["id"] == "req_A1b2C3d4"
    assert found["request"]["idempotency_key"].startswith("~")
    assert found["data"]["previous_attributes"]["balance"] == 7
    assert found["data"]["object"]["balance"] == 5
    assert "doe" not in json.dumps(found)


def test_an_sdks_idempotency_key_stays_and_the_applications_keeps_only_its_equality() -> None:
    def key(text: str) -> str | None:
        return REDACTOR.exchange(
            Exchange(id="x1", source="a", request=Request(method="POST", path="/v1/charges", idempotency_key=text))
        ).request.idempotency_key

    assert key("f0fca45e-f4d6-4170-b0ac-212845b9cd64") == "f0fca45e-f4d6-4170-b0ac-212845b9cd64"
    assert key("order-of-jane") == key("order-of-jane") != key("order-of-john")
    assert "jane" not in str(key("order-of-jane"))


def test_a_lists_url_keeps_its_ids_and_a_bearers_url_does_not_stay() -> None:
    found = answer({"object": "list", "data": [], "has_more": False, "url": "/v1/charges?customer=cus_A1b2C3d4&email=jane@doe.example"})
    assert found["url"].startswith("/v1/charges?customer=cus_A1b2C3d4&email=user_")
    hosted = answer({"object": "invoice", "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/live_XyZ"})["hosted_invoice_url"]
    assert hosted.startswith("https://example.test/~")


def test_a_rule_keeps_values_by_path_but_no_bearers() -> None:
    redactor = Redactor(KEY, keep=["metadata.order", "lines.data[].description", "customer.*", "cvc", "secret"])
    assert params("POST", "/v1/customers", redactor, metadata={"order": "B-12", "name": "Jane"})["metadata"] == {
        "order": "B-12",
        "name": REDACTOR.exchange(an_exchange("Jane")).request.params["name"],
    }
    invoice = {
        "object": "invoice",
        "description": "d",
        "lines": {"object": "list", "data": [{"object": "line_item", "description": "Gold plan"}]},
    }
    assert answer(invoice, redactor)["lines"]["data"][0]["description"] == "Gold plan"
    assert answer(invoice, redactor)["description"] != "d"
    assert params("POST", "/v1/tokens", redactor, card={"cvc": "987"})["card"]["cvc"] == "~dropped"
    assert answer({"object": "webhook_endpoint", "secret": "whsec_x"}, redactor)["secret"] == "~secret"
    with pytest.raises(InputError):
        Redactor(KEY, keep=["metadata order"])


def an_exchange(name: str = "Jane Doe") -> Exchange:
    return Exchange(id="x1", source="a", request=Request(method="POST", path="/v1/customers", params={"name": name}))


# A text that could be anybody's, in shapes that a careless rule would let through.
CANARIES = (
    "Jane Canary", "jane.canary@corp.example", "+1 555 123 0199", "canary_live_window", "canarytoken", "CANARY-4711", "4929123456789012", "998877665544",
    "123456789", API_KEY, "https://corp.example/canary?token=abc", "1987-06-05", "DE89370400440532013999", "203.0.113.77", "canary/4711",
)  # fmt: skip

# Where a text of a user's choice may stay: syntax, and ids that users choose for what they sell.
SYNTAX = {"expand", "include", "page", "object"}
CHOSEN = {"plan", "price", "product", "coupon", "tax_rates", "default_tax_rates", "default_price", "from_plan", "id", "prices", "products", "plans",
          "tax_rate", "skus", "coupons"}  # fmt: skip


def filled(spec: Param | Field, text: str) -> Any:
    """A value with a text in every leaf that a type leaves free. A card's number is nobody's here: with one nothing at all is stored."""
    if spec.kind == "list":
        return [filled(spec.item, text)] if spec.item else [text]
    if spec.kind == "map":
        return {"colour": text}
    if spec.kind == "hash":
        return {name: filled(child, text) for name, child in spec.children.items() if name not in CARD_NUMBER_NAMES}
    return text


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, (*path, name))
    elif isinstance(value, list):
        for child in value:
            yield from leaves(child, path)
    else:
        yield path, value


def survivors(value: Any, text: str) -> set[tuple[str, ...]]:
    return {path for path, leaf in leaves(value) if isinstance(leaf, str) and text in leaf}


@pytest.mark.parametrize("text", CANARIES)
def test_no_parameter_of_any_operation_lets_a_canary_through(text: str) -> None:
    for operation in catalogue().operations():
        sent = {name: filled(param, text) for name, param in operation.params.items()}
        path = operation.template.replace("{", "").replace("}", "")
        found = REDACTOR.exchange(Exchange(id="x1", source="a", request=Request(method=operation.method, path=path, params=sent))).request
        left = {
            place for place in survivors(found.params, text) if place[-1] not in SYNTAX | CHOSEN and not digits_of_a_number(place, text)
        }
        assert not left, (operation.name, left)


def digits_of_a_number(place: tuple[str, ...], text: str) -> bool:
    """Digits where the catalogue types a number are a number: an amount may have nine of them."""
    return text.isdigit() and len(text) <= 12


@pytest.mark.parametrize("text", [text for text in CANARIES if text not in ("canarytoken", "canary_live_window")])
def test_no_field_of_any_object_lets_a_canary_through(text: str) -> None:
    for kind in catalogue().types():
        body = {name: filled(field, text) for name, field in catalogue().fields(kind).items()} | {"object": kind}
        left = {
            place for place in survivors(answer(body), text) if place[-1] not in SYNTAX | CHOSEN and not digits_of_a_number(place, text)
        }
        assert not left, (kind, left)


@pytest.mark.parametrize("text", ["123456789", "998877665544"])
def test_digits_stay_only_where_a_number_belongs(text: str) -> None:
    for operation in catalogue().operations():
        sent = {name: filled(param, text) for name, param in operation.params.items()}
        request = Request(method=operation.method, path=operation.template.replace("{", "").replace("}", ""), params=sent)
        found = REDACTOR.exchange(Exchange(id="x1", source="a", request=request)).request.params
        for place in survivors(found, text):
            assert is_number(operation.params, place) or place[-1] in SYNTAX, (operation.name, place)


def is_number(params: dict[str, Param], place: tuple[str, ...]) -> bool:
    spec: Any = params[place[0]]
    for name in place[1:]:
        while spec.kind == "list" and spec.item is not None:
            spec = spec.item
        spec = spec.children.get(name) or spec.item
    while spec.kind == "list" and spec.item is not None:
        spec = spec.item
    return any(kind in ("integer", "number", "decimal", "time") for kind in (spec.kind, *spec.also))


def everywhere(text: str) -> list[Exchange]:
    """Exchanges off the wire with a text at every place that a user, an SDK or Stripe may put one."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    basic = "Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode()
    headers = {"authorization": basic, "user-agent": text, "cookie": text, "x-stripe-client-user-agent": text, "stripe-version": text, "stripe-account": text,
               "idempotency-key": text, "stripe-signature": text, "content-type": form["content-type"]}  # fmt: skip
    encoded = json.dumps({"name": text, "unheard": {"of": [text]}, "metadata": {"k": text, text: "v"}}).encode()
    answered = wire.Message({**headers, "content-type": text, "request-id": text, "location": text}, gzip.compress(encoded))
    multipart = (
        f'--B\r\nContent-Disposition: form-data; name="file"; filename="{text}"\r\nContent-Type: {text}\r\n\r\n{text}\r\n--B--\r\n'.encode()
    )
    failed = wire.Message(
        {"content-type": "application/json"},
        json.dumps({"error": {"message": f"No such customer: '{text}'", "param": text, "code": text}}).encode(),
    )
    url = "https://api.stripe.com/v1/customers"
    bodies = [f"name={text}&metadata[k]={text}&{text}={text}&card[cvc]=987".encode(), f"\xff{text}".encode("latin-1")]
    found = [wire.exchange("POST", url, wire.Message(headers, body), answered, 200) for body in bodies]
    found += [
        wire.exchange("GET", f"{url}/{text}?email={text}&expand[]={text}", wire.Message(headers), failed, 404),
        wire.exchange("POST", f"https://api.stripe.com/{text}/x", wire.Message({"content-type": "application/json"}, encoded), wire.Message({}, text.encode()), 500),
        wire.exchange("POST", url, wire.Message({"content-type": "multipart/form-data; boundary=B"}, multipart), None, None, error=text),
        Exchange(id="", source="", lane="webhook", request=Request(method="POST", path="/", encoding="json", params=json.loads(encoded))),
        Exchange(id="", source="", request=Request(method="GET", path="/", caller=text, host=text), outcome=Outcome(status=1, text=text, error=text), reason=text),
    ]  # fmt: skip
    return found


@pytest.mark.parametrize(
    "text", [canary for canary in CANARIES if "/" not in canary and canary not in ("canarytoken", "canary_live_window")]
)
def test_no_canary_is_in_any_byte_on_disk(text: str, tmp_path: Path) -> None:
    with Writer(tmp_path, Manifest(redaction=REDACTOR.fingerprint())) as writer:
        for exchange in everywhere(text):
            writer.append(REDACTOR.exchange(exchange))
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (text, API_KEY, "987"):
        assert secret.encode() not in content
        assert base64.b64encode(secret.encode()).rstrip(b"=")[:-1] not in content


words = st.sampled_from(["Jane Doe", "jane@doe.example", "4242424242424242", "4929123456789012", API_KEY, "pi_A1b2C3d4_secret_x", "cus_A1b2C3d4", "pm_1234", "visa",
                         "usd", "", "true", "~", "~secret", "https://a.b/c", "No such customer: 'x'", "email:'a@b.c'", "/v1/charges?limit=3", "12", "now", "1790000000",
                         "a~b", "user_x@example.test", "it's", "foo-~bar"])  # fmt: skip
texts = words | st.text(max_size=20) | st.text(alphabet="ab1_~@./:'\" -", max_size=20)
names = st.sampled_from(["object", "id", "name", "email", "message", "url", "query", "metadata", "card", "number", "cvc", "client_secret", "dob", "day", "payload", "value",
                         "customer", "price", "expand", "page", "amount", "created", "currency", "country", "type", "code", "error", "data", "previous_attributes", "@file",
                         "idempotency_key", "secret", "file", "filename", "size", "order4711", "jane@doe.example", "~secret"]) | st.text(max_size=8) | texts  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
hashes = st.dictionaries(names, values, max_size=4)
methods: st.SearchStrategy[Callable[[], str]] = st.sampled_from(["GET", "POST", "DELETE"])
paths = st.sampled_from(
    [
        "/v1/customers",
        "/v1/tokens",
        "/v1/customers/search",
        "/v1/billing/meter_events",
        "/v1/files",
        "/v1/coupons/SUMMER 50",
        "/",
        "/jane@doe.example/x y",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    method=methods,
    path=paths,
    params=hashes,
    body=values,
    key=texts,
    lane=st.sampled_from(["api", "webhook", "app"]),
    keep=st.sampled_from([(), ("metadata.*", "data.name"), ("metadata.order4711", "*")]),
    app_pseudonyms=st.booleans(),
)
def test_redacting_twice_is_redacting_once(
    method: str, path: str, params: dict[str, Any], body: Any, key: str, lane: Any, keep: tuple[str, ...], app_pseudonyms: bool
) -> None:
    redactor = Redactor(KEY, keep, app_pseudonyms=app_pseudonyms)
    request = Request(
        method=method,
        path=path,
        params=params,
        idempotency_key=key,
        version=key,
        account=key,
        headers={"content-type": key},
        body=key,
        host=key,
    )
    outcome = Outcome(status=200, body=body, text=key, error=key, headers={"request-id": key, "other": key})
    try:
        once = redactor.exchange(Exchange(id="x1", source="a", lane=lane, request=request, outcome=outcome, reason=key))
    except Unstorable:
        return
    assert redactor.exchange(once) == once


@settings(max_examples=200, deadline=None)
@given(one=texts, other=texts)
def test_texts_are_equal_after_redaction_where_they_were_and_only_there(one: str, other: str) -> None:
    found = params("POST", "/v1/customers", metadata={"one": one, "other": other, "again": one})["metadata"]
    assert found["one"] == found["again"]
    if "_secret_" not in one + other and API_KEY not in (one, other):
        assert (found["one"] == found["other"]) == (one == other)


def test_an_object_of_a_baseline_is_called_as_the_calls_call_it() -> None:
    """An id that a user chose for a customer becomes the same in a path, in parameters, in an answer and in the baseline."""
    item = BaselineObject(
        id="jane.doe", object="customer", provenance="observed", account="jane's account", version="of jane",
        state={"id": "jane.doe", "object": "customer", "name": "Jane"},
    )  # fmt: skip
    found = REDACTOR.state(item)
    assert found.id == found.state["id"] == params("POST", "/v1/charges", customer="jane.doe")["customer"]
    assert "jane" not in msgspec.json.encode(found).decode().lower()
    assert REDACTOR.state(found) == found
    assert REDACTOR.state(msgspec.structs.replace(item, id="gold-2026", object="plan", state=None)).id == "gold-2026"


def documented() -> list[str]:
    """Every value that Stripe's documentation gives for tests."""
    return sorted([*_values(), *(each.number for each in cards() if each.number), *(name for each in cards() for name in each.names)])


@settings(max_examples=500, deadline=None)
@given(
    text=texts
    | st.sampled_from([*documented(), *REAL_CARDS, "Bearer abc", "Basic QWxhZGRpbjpv", "whsec_x", "4 9 1 7 6 1 0 0 0 0 0 0 0 0 0 0"])
)
def test_what_is_looked_at_closely_is_all_that_need_be(text: str) -> None:
    """A text without a sign of anything special becomes what a close look makes of it."""
    make = Pseudonyms(KEY)

    def of(method: Callable[[str], str]) -> str:
        try:
            return method(text)
        except Unstorable:
            return "unstorable"

    assert text in ("", "true", "false", "True", "False", "null") or of(make._text) == of(make._suspect)
