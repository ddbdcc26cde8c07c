"""From the wire to an exchange."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture import wire
from replayer.model import Outcome, Request

URL = "https://api.stripe.com/v1/customers"
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def request(method: str = "POST", url: str = URL, body: bytes = b"", **headers: str) -> Request:
    return wire.decode_request(method, url, wire.Message({name.replace("_", "-"): value for name, value in headers.items()}, body))


@pytest.mark.parametrize(
    "body",
    [
        b"items[0][price]=p&items[0][quantity]=2&expand[]=a&expand[]=b",
        b"items%5B0%5D%5Bprice%5D=p&items%5B0%5D%5Bquantity%5D=2&expand[0]=a&expand[1]=b",
    ],
)
def test_every_spelling_of_a_form_gives_the_same_parameters(body: bytes) -> None:
    assert request(body=body).params == {"items": [{"price": "p", "quantity": "2"}], "expand": ["a", "b"]}


def test_a_query_is_merged_into_the_parameters_and_leaves_the_path() -> None:
    found = request("GET", URL + "/cus_A1b2C3d4?expand[]=tax&limit=3")
    assert (found.path, found.params) == ("/v1/customers/cus_A1b2C3d4", {"expand": ["tax"], "limit": "3"})
    assert request("POST", URL + "?a=1", b"b=2").params == {"a": "1", "b": "2"}


def test_stripes_headers_get_fields_of_their_own_and_noise_is_left_out() -> None:
    found = request(
        stripe_version="2026-03-25.dahlia", stripe_account="acct_1", idempotency_key="k", user_agent="host", x_stripe_client_telemetry="{}"
    )  # fmt: skip
    assert (found.version, found.account, found.idempotency_key) == ("2026-03-25.dahlia", "acct_1", "k")
    assert found.headers == {}
    assert request(stripe_context="acct_2").account == "acct_2"


def test_a_json_body_keeps_its_types() -> None:
    found = request(
        url="https://api.stripe.com/v2/core/accounts", body=b'{"a":{"b":[1,"2",null,true,1.0]}}', content_type="application/json"
    )
    assert found.encoding == "json"
    assert json.dumps(found.params) == '{"a": {"b": [1, "2", null, true, 1.0]}}'


@pytest.mark.parametrize(
    ("body", "kind", "kept"),
    [
        (b"name=%FF", "application/x-www-form-urlencoded", "name=%FF"),
        (b"\xff\x00", "application/x-www-form-urlencoded", "base64:/wA="),
        (b"{broken", "application/json", "{broken"),
        (b"[1]", "application/json", "[1]"),
        (b"no boundary", "multipart/form-data", "no boundary"),
        (b"a" + b"[b]" * 5000 + b"=1", "application/x-www-form-urlencoded", "a" + "[b]" * 5000 + "=1"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_kept_as_it_is(body: bytes, kind: str, kept: str) -> None:
    found = request(body=body, content_type=kind)
    assert (found.encoding, found.body, found.params) == ("raw", kept, {})


def test_a_multipart_body_keeps_parameters_and_of_a_file_only_what_it_is() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="me.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x00--x\r\n--B--\r\n'
    )
    found = request(body=body, content_type='multipart/form-data; boundary="B"')
    assert found.params == {"purpose": "dispute_evidence", "file": {"@file": {"filename": "me.png", "type": "image/png", "size": 10}}}
    assert (found.encoding, found.kept) == ("multipart", False)
    assert request(
        body=body.partition(b'--B\r\nContent-Disposition: form-data; name="file')[0], content_type="multipart/form-data; boundary=B"
    ).kept


@pytest.mark.parametrize(
    ("encoded", "coding"),
    [
        (gzip.compress(b'{"a":1}'), "gzip"),
        (gzip.compress(b'{"a":1}'), ""),
        (zlib.compress(b'{"a":1}'), "deflate"),
        (zlib.compress(b'{"a":1}')[2:-4], "deflate"),
        (b'{"a":1}', "gzip"),
        (b'{"a":1}', "deflate"),
        (b'{"a":1}', "br"),
    ],
)
def test_an_answer_is_inflated_whether_its_header_is_right_or_not(encoded: bytes, coding: str) -> None:
    assert wire.decode_outcome(wire.Message({"content-encoding": coding}, encoded), 200).body == {"a": 1}


def test_brotli_is_undone_where_its_library_is() -> None:
    brotli = pytest.importorskip("brotli")
    assert wire.decode_outcome(wire.Message({"content-encoding": "br"}, brotli.compress(b'{"a":1}')), 200).body == {"a": 1}


@pytest.mark.parametrize(
    ("body", "text"), [(b"<html>", "<html>"), (b"\xff\xfe", "base64://4="), (b'"\\ud800"', '"\\ud800"'), (gzip.compress(b"{}")[:-9], None)]
)
def test_an_answer_that_is_no_json_is_kept_as_text(body: bytes, text: str | None) -> None:
    outcome = wire.decode_outcome(wire.Message({}, body), 502)
    assert outcome.body is None
    assert outcome.text == text or (text is None and (outcome.text or "").startswith("base64:"))


def test_an_answers_version_stands_in_where_the_request_named_none() -> None:
    answer = wire.Message({"stripe-version": "2020-08-27"}, b"{}")
    assert wire.exchange("GET", URL, wire.Message(), answer, 200).request.version == "2020-08-27"
    assert wire.exchange("GET", URL, wire.Message({"stripe-version": "2019-05-16"}), answer, 200).request.version == "2019-05-16"


@pytest.mark.parametrize("status", [None, 0, -1])
def test_without_a_status_the_outcome_is_unknown(status: int | None) -> None:
    assert wire.exchange("GET", URL, wire.Message(), wire.Message({}, b"{}"), status, error="reset").outcome == Outcome(error="reset")


def test_a_url_without_a_host_is_an_error() -> None:
    with pytest.raises(ValueError, match="names no host"):
        wire.exchange("GET", "/v1/customers", wire.Message(), None, None)


@pytest.mark.parametrize(
    ("authorization", "mode"),
    [
        ("Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk_test"),
        ("bearer rk_live_4eC39HqLyjWDarjtT1zdp7dc", "rk_live"),
        ("Basic " + base64.b64encode(b"sk_live_4eC39HqLyjWDarjtT1zdp7dc:").decode(), "sk_live"),
        ("Bearer sk_org_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_org"),
        ("Bearer <STRIPE_PRIVATE_KEY>", None),
        ("Bearer sk_test_REDACTED", None),
        ("Bearer sk_test_xxxxxxxxxxxx", None),
        ("Basic ???", None),
        ("", None),
        (None, None),
    ],
)
def test_an_api_key_is_named_by_mode_and_fingerprint_and_a_scrubbed_one_not_at_all(authorization: str | None, mode: str | None) -> None:
    assert wire.caller(authorization) == mode
    assert wire.caller(authorization, lambda key: str(len(key))) == (f"{mode}:{len(key_of(authorization))}" if mode else None)


def key_of(authorization: str | None) -> str:
    value = (authorization or "").split(" ")[1]
    return value if value.startswith(("sk", "rk")) else base64.b64decode(value).decode().rstrip(":")


def test_hosts_of_stripe_are_known_and_none_that_only_end_alike() -> None:
    assert all(wire.is_stripe(host) for host in ("api.stripe.com", "files.stripe.com", "stripe.com"))
    assert not any(wire.is_stripe(host) for host in ("notstripe.com", "api.stripe.com.evil.example", None, ""))
    assert wire.is_stripe("localhost", {"localhost"})


def test_dates_without_a_zone_are_utc() -> None:
    assert wire.http_date("Wed, 04 Aug 2021 03:52:13 GMT") == 1628049133.0
    assert wire.iso_date("2021-08-04T03:52:13") == 1628049133.0
    assert wire.iso_date("2021-08-04T05:52:13.5+02:00") == 1628049133.5
    assert wire.http_date("yesterday") is None
    assert wire.iso_date("yesterday") is None


@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(["", "application/json", FORM["content-type"], "multipart/form-data; boundary=a", "text/plain"]),
)
def test_no_body_is_beyond_decoding(body: bytes, kind: str) -> None:
    found = request(body=body, content_type=kind)
    outcome: Any = wire.decode_outcome(wire.Message({"content-type": kind}, body), 200)
    assert found.encoding in ("form", "json", "multipart", "raw")
    assert outcome.body is None or outcome.text is None
