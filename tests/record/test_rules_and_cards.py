"""What a live recorder keeps by rule, and what it does with cards: the exchange is stored with a token, or not at all, and traffic goes on."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from replayer.capture.store import open_capture
from replayer.model import Exchange
from replayer.record.sdk_hook import recording as hook
from replayer.stripeapi import forms
from tests.record.conftest import KEY, StandIn
from tests.record.test_placements import API_KEY, on_disk, send

Recording = Callable[..., Any]
RULES = "metadata.plan: drives entitlement\n"
UNKNOWN = ("4917610000000000", "4917 6100 0000 0000", "378734493671000")  # nobody's, and no documented test card

# A documented test card's number, and the token of its brand, funding and outcome (docs.stripe.com/testing).
CARDS = {
    "4242424242424242": "tok_visa",
    "4000056655665556": "tok_visa_debit",
    "5555555555554444": "tok_mastercard",
    "5200828282828210": "tok_mastercard_debit",
    "5105105105105100": "tok_mastercard_prepaid",
    "378282246310005": "tok_amex_threeDSecureNotSupported",
    "4000000000000002": "tok_visa_chargeDeclined",
    "4000000000009995": "tok_visa_chargeDeclinedInsufficientFunds",
    "4000000000000341": "tok_chargeCustomerFail",
}


def post(url: str, path: str, params: dict[str, Any]) -> int:
    body = urlencode(list(forms.flatten(params))).encode()
    return send(url, "POST", path, body, Content_Type="application/x-www-form-urlencoded")[0]


def api(out: Path) -> list[Exchange]:
    return list(open_capture(out).exchanges())


def test_a_recorder_keeps_what_a_rule_names_with_its_reason(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    out = tmp_path / "capture"
    with recording(out, stand_in.url, "--rules", str(rules)) as recorder:
        assert (
            post(recorder.url, "/v1/customers", {"metadata": {"plan": "gold yearly", "name": "Jane Doe"}, "description": "gold yearly"})
            == 200
        )
        recorder.end()
    (exchange,) = api(out)
    assert exchange.request.params["metadata"]["plan"] == "gold yearly"
    assert exchange.request.params["description"].startswith("~")
    assert b"Jane" not in on_disk(out)


@pytest.mark.parametrize(("text", "word"), [("client_secret: needed\n", "no rule keeps"), ("metadata.plan:\n", "has no reason")])
def test_rules_that_may_not_be_end_the_recorder_before_it_listens(
    stand_in: StandIn, recording: Recording, tmp_path: Path, text: str, word: str
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(text)
    with recording(tmp_path / "capture", stand_in.url, "--rules", str(rules)) as recorder:
        _, errors = recorder.process.communicate(timeout=20)
    assert recorder.process.returncode == 2
    assert (word in errors, "rules.yaml:1:1" in errors, recorder.first_line) == (True, True, "")


def test_the_sdk_hook_keeps_what_a_rule_names(stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAYER_KEY", KEY)
    (tmp_path / "rules.yaml").write_text(RULES)
    http = hook(stripe.UrllibClient(), tmp_path / "capture", rules=tmp_path / "rules.yaml")
    client = stripe.StripeClient(API_KEY, http_client=http, base_addresses={"api": stand_in.url})
    client.raw_request("post", "/v1/customers", metadata={"plan": "gold yearly", "name": "Jane Doe"})
    http.recording.close()
    (exchange,) = api(tmp_path / "capture")
    assert exchange.request.params["metadata"]["plan"] == "gold yearly"
    assert exchange.request.params["metadata"]["name"].startswith("~")


def test_an_unknown_card_number_is_not_stored_is_counted_and_disturbs_nobody(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    out = tmp_path / "capture"
    shapes = [
        ("/v1/payment_methods", {"type": "card", "card": {"number": UNKNOWN[0], "cvc": "987", "exp_month": "4", "exp_year": "2031"}}),
        ("/v1/customers", {"description": f"paid by {UNKNOWN[1]}"}),
        ("/v1/customers", {"source": {"object": "card", "number": UNKNOWN[2], "exp_month": "4"}}),
    ]
    with recording(out, stand_in.url) as recorder:
        assert [post(recorder.url, path, params) for path, params in shapes] == [200, 200, 200]
        assert post(recorder.url, "/v1/customers", {"name": "Jane"}) == 200
        _, errors = recorder.end()
    assert len(stand_in.executed) == 4
    assert [exchange.request.path for exchange in api(out)] == ["/v1/customers"]
    assert open_capture(out).manifest.problems == [
        "recorder: 3 exchanges were not recorded whole: a card number that is no documented test card"
    ]
    for number in UNKNOWN:
        for secret in (number, number.replace(" ", ""), number[:6]):
            assert secret.encode() not in on_disk(out)
            assert secret not in errors
    assert not re.search(rb"(?<![0-9.])987(?![0-9])", on_disk(out))  # by itself: a time may hold these digits


def test_an_unknown_card_number_in_an_answer_leaves_the_outcome_unknown_and_reaches_the_client(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    stand_in.email = f"card {UNKNOWN[1]}"
    out = tmp_path / "capture"
    with recording(out, stand_in.url) as recorder:
        status, body = send(recorder.url, path="/v1/customers/cus_A1b2C3d4")
        recorder.end()
    assert (status, UNKNOWN[1].encode() in body) == (200, True)
    (exchange,) = api(out)
    assert exchange.outcome.error == "not recorded: a card number that is no documented test card"
    assert b"4917" not in on_disk(out)


def test_a_known_test_card_becomes_the_token_of_its_brand_funding_and_outcome(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    out = tmp_path / "capture"
    with recording(out, stand_in.url) as recorder:
        for number in CARDS:
            card = {"number": number, "cvc": "987", "exp_month": "4", "exp_year": "2031"}
            assert post(recorder.url, "/v1/payment_methods", {"type": "card", "card": card}) == 200
        recorder.end()
    assert [exchange.request.params["card"] for exchange in api(out)] == [{"token": token} for token in CARDS.values()]
    assert open_capture(out).manifest.problems == []
    for number in CARDS:
        assert number.encode() not in on_disk(out)
        assert any(number in sent for sent in stand_in.executed)
