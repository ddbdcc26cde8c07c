"""Ruby VCR's cassettes, in the guises that occur."""

import base64
import gzip
from pathlib import Path
from typing import Any

import pytest

from replayer.capture.importers import Problem
from replayer.capture.importers.ruby_vcr import RubyVcr
from replayer.model import Exchange, InputError

HEAD = """---
http_interactions:
- request:
    method: post
    uri: https://api.stripe.com/v1/customers?expand%5B%5D=tax
    body:
      encoding: US-ASCII
      string: email=a%40b.example&name=NO
    headers:
      Stripe-Version:
      - '2020-08-27'
      Authorization:
      - Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
  response:
    status:
      code: 200
      message: OK
    headers:
      Date:
      - Wed, 04 Aug 2021 03:52:13 GMT
      Content-Type:
      - application/json
    body:
"""
TAIL = """
    http_version: null
  recorded_at: Wed, 04 Aug 2021 03:52:59 GMT
recorded_with: VCR 6.0.0
"""


def read(tmp_path: Path, text: str, name: str = "cassette.yml") -> list[Exchange | Problem]:
    file = tmp_path / name
    file.write_text(text)
    assert RubyVcr().recognises(file, file.read_bytes())
    return list(RubyVcr(lambda key: "f" + key[-1]).read(file))


def body(tmp_path: Path, written: str) -> Any:
    (exchange,) = read(tmp_path, HEAD + written + TAIL)
    assert isinstance(exchange, Exchange)
    return exchange.outcome.body


def test_an_interaction_becomes_an_exchange(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, HEAD + '      encoding: UTF-8\n      string: \'{"id": "cus_A1b2C3d4"}\'' + TAIL)
    assert isinstance(exchange, Exchange)
    assert (exchange.request.method, exchange.request.path) == ("POST", "/v1/customers")
    assert exchange.request.params == {"expand": ["tax"], "email": "a@b.example", "name": "NO"}
    assert exchange.request.caller == "sk_test:fc"
    assert exchange.outcome.body == {"id": "cus_A1b2C3d4"}
    assert exchange.at == 1628049133.0


def test_bodies_come_as_text_as_binary_and_as_base64(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(b'{"a": 1}')).decode()
    plain = base64.b64encode(b'{"a": 1}').decode()
    assert body(tmp_path, "      string: '{\"a\": 1}'") == {"a": 1}
    assert body(tmp_path, '      string: |\n        {\n          "a": 1\n        }') == {"a": 1}
    assert body(tmp_path, f"      string: !binary |-\n        {packed}") == {"a": 1}
    assert body(tmp_path, f"      encoding: ASCII-8BIT\n      base64_string: |\n        {plain}") == {"a": 1}
    assert body(tmp_path, "      string: !ruby/string:Sawyer\n        str: '{\"a\": 1}'") == {"a": 1}
    assert body(tmp_path, "      string: ''") is None


def test_a_tag_executes_nothing_and_gives_plain_data(tmp_path: Path) -> None:
    tagged = HEAD.replace("    uri: https", "    uri: !ruby/object:Kernel https").replace("method: post", "method: !ruby/sym post")
    (exchange,) = read(tmp_path, tagged + "      string: '{}'" + TAIL)
    assert isinstance(exchange, Exchange)
    assert exchange.request.method == "POST"


def test_a_version_that_is_written_without_quotes_is_no_date(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, (HEAD + "      string: '{}'" + TAIL).replace("'2020-08-27'", "2020-08-27"))
    assert isinstance(exchange, Exchange)
    assert exchange.request.version == "2020-08-27"


def test_without_a_date_the_recording_time_stands(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, (HEAD + "      string: '{}'" + TAIL).replace("Date:", "Age:"))
    assert isinstance(exchange, Exchange)
    assert exchange.at == 1628049179.0


def test_the_first_vcrs_format_is_read_too(tmp_path: Path) -> None:
    old = """---
- !ruby/struct:VCR::HTTPInteraction
  request: !ruby/struct:VCR::Request
    method: :get
    uri: https://api.stripe.com:443/v1/balance
    body:
    headers:
  response: !ruby/struct:VCR::Response
    status: !ruby/struct:VCR::ResponseStatus
      code: 200
      message: OK
    headers:
      content-type:
      - application/json
    body: '{"object": "balance"}'
    http_version: '1.1'
"""
    (exchange,) = read(tmp_path, old)
    assert isinstance(exchange, Exchange)
    assert (exchange.request.method, exchange.request.path, exchange.request.host) == ("GET", "/v1/balance", "api.stripe.com")
    assert exchange.outcome.body == {"object": "balance"}


def test_the_json_serialisers_cassettes_are_read_too(tmp_path: Path) -> None:
    text = (
        '{"http_interactions":[{"request":{"method":"get","uri":"https://api.stripe.com/v1/balance","body":{"string":""},"headers":{}},'
        '"response":{"status":{"code":200},"headers":{},"body":{"string":"{}"}},"recorded_at":"Wed, 04 Aug 2021 03:52:13 GMT"}]}'
    )
    (exchange,) = read(tmp_path, text, "cassette.json")
    assert isinstance(exchange, Exchange)
    assert exchange.at == 1628049133.0


def test_what_is_missing_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    whole = HEAD + "      string: '{}'" + TAIL
    second = "- request: {method: get, body: {string: ''}, headers: {}}\n  response: {status: {code: 200}}\n"
    first, second_found = read(tmp_path, whole.replace("recorded_with", second + "recorded_with"))
    assert isinstance(first, Exchange)
    assert second_found == Problem("interaction 2", "it has no 'uri'")


def test_broken_base64_is_a_problem(tmp_path: Path) -> None:
    (found,) = read(tmp_path, HEAD + "      base64_string: 'abcde'" + TAIL)
    assert isinstance(found, Problem)
    assert "base64" in found.what


@pytest.mark.parametrize(("text", "where"), [("http_interactions:\n- request: [\n", ":3:1"), ("http_interactions:\n\t- a\n", ":2:1")])
def test_broken_yaml_is_named_by_line_and_column(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert (error.value.place or "").endswith(where)
