"""HTTP messages to requests and back."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.model import Request
from replayer.stripeapi.wire import Malformed, key_of, parse_request, render_request

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TEXT = st.text(max_size=12)
_NAMES = st.sampled_from(["name", "email", "items", "description"])
_VALUES = st.recursive(
    _TEXT, lambda inner: st.lists(inner, min_size=1, max_size=2) | st.dictionaries(_NAMES, inner, min_size=1, max_size=2)
)
_PARAMS = st.dictionaries(_NAMES, _VALUES, max_size=4)


@given(params=_PARAMS, method=st.sampled_from(["GET", "POST", "DELETE"]), version=st.sampled_from([None, "2025-10-29.clover"]))
def test_what_is_rendered_is_parsed_again(params, method, version):
    request = Request(method=method, path="/v1/customers", params=params, version=version, account="acct_1", idempotency_key="k", host="h")
    verb, target, headers, body = render_request(request)
    assert parse_request(verb, target, {**headers, "Host": "h"}, body) == request


def test_a_form_and_a_query_become_parameters():
    request = parse_request("post", "/v1/customers?expand[]=tax", _FORM, b"items[0][price]=p&metadata[a]=1&name=")
    assert request.method == "POST"
    assert request.path == "/v1/customers"
    assert request.params == {"expand": ["tax"], "items": [{"price": "p"}], "metadata": {"a": "1"}, "name": ""}


def test_headers_go_to_their_places_and_the_key_nowhere():
    headers = {
        **_FORM, "Authorization": "Bearer sk_test_secret", "Stripe-Version": "2025-10-29.clover", "Stripe-Account": "acct_1", "Host": "api.stripe.com",
        "Idempotency-Key": "k", "X-Own": "y", "X-Stripe-Client-User-Agent": "{}", "Cookie": "c",
    }  # fmt: skip
    request = parse_request("POST", "/v1/customers", headers, b"")
    assert (request.version, request.account, request.idempotency_key) == ("2025-10-29.clover", "acct_1", "k")
    assert request.headers == {"x-own": "y"}
    assert "sk_test_secret" not in repr(request)


def test_a_context_is_an_account():
    assert parse_request("GET", "/v1/customers", {"Stripe-Context": "acct_2"}, b"").account == "acct_2"


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("Bearer sk_test_1", "sk_test_1"),
        ("bearer  sk_test_1 ", "sk_test_1"),
        ("Basic " + base64.b64encode(b"sk_test_2:").decode(), "sk_test_2"),
        ("Basic !!", ""),
        ("Digest x", ""),
        ("", ""),
    ],
)
def test_keys_are_read_from_bearer_and_basic(value, key):
    assert key_of({"authorization": value}) == key


def test_json_is_kept_with_its_types():
    request = parse_request("POST", "/v2/core/accounts", {"Content-Type": "application/json"}, b'{"a":{"b":[1,null,true]}}')
    assert (request.encoding, request.params) == ("json", {"a": {"b": [1, None, True]}})
    _, _, headers, body = render_request(request)
    assert (headers["Content-Type"], body) == ("application/json", b'{"a":{"b":[1,null,true]}}')


def test_a_file_is_told_by_name_and_size():
    body = (
        b'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x00\r\n--B--\r\n'
    )
    request = parse_request("POST", "/v1/files", {"Content-Type": "multipart/form-data; boundary=B"}, body)
    assert request.params == {"purpose": "dispute_evidence", "file": {"@file": {"filename": "a.png", "type": "image/png", "size": 7}}}
    _, _, headers, rendered = render_request(request)
    assert parse_request("POST", "/v1/files", headers, rendered).params == request.params


def test_what_cannot_be_decoded_is_kept():
    assert parse_request("POST", "/x", {"Content-Type": "text/plain"}, b"hi").body == "hi"
    kept = parse_request("POST", "/x", {"Content-Type": "application/octet-stream"}, b"\xff\x00")
    assert kept.body == "base64:/wA="
    assert render_request(kept)[3] == b"\xff\x00"


@pytest.mark.parametrize(("kind", "body"), [("application/json", b"{"), ("multipart/form-data", b"--B")])
def test_what_is_not_what_it_says_is_malformed(kind, body):
    with pytest.raises(Malformed):
        parse_request("POST", "/x", {"Content-Type": kind}, body)


def test_a_path_stays_as_on_the_wire():
    request = parse_request("GET", "/v1/plans/a%2Fb", {}, b"")
    assert request.path == "/v1/plans/a%2Fb"
    assert render_request(request)[1] == "/v1/plans/a%2Fb"
