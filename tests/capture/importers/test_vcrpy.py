"""VCR.py's cassettes, in the guises that occur."""

import base64
import gzip
from pathlib import Path

from replayer.capture.importers import Problem
from replayer.capture.importers.vcrpy import VcrPy
from replayer.model import Exchange

TEMPLATE = """interactions:
- request:
    body: {sent}
    headers:
      Stripe-Version: ['2019-05-16']
      Content-Type: [{kind}]
    method: POST
    uri: https://api.stripe.com/v1/payment_intents
  response:
    body:
      string: {answer}
    headers:
      Date:
      - Wed, 04 Aug 2021 03:52:13 GMT
    status:
      code: 402
      message: Payment Required
version: 1
"""


def read(tmp_path: Path, sent: str = "amount=5", kind: str = "application/x-www-form-urlencoded", answer: str = "'{}'") -> Exchange:
    file = tmp_path / "cassette.yaml"
    file.write_text(TEMPLATE.format(sent=sent, kind=kind, answer=answer))
    assert VcrPy().recognises(file, file.read_bytes())
    (exchange,) = VcrPy().read(file)
    assert isinstance(exchange, Exchange)
    return exchange


def test_an_interaction_becomes_an_exchange(tmp_path: Path) -> None:
    exchange = read(tmp_path, answer="'{\"error\": {}}'")
    assert exchange.request.params == {"amount": "5"}
    assert exchange.outcome.status == 402
    assert exchange.outcome.body == {"error": {}}
    assert exchange.at == 1628049133.0


def test_binary_and_pickled_bodies_are_read_without_executing_anything(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(b'{"a": 1}')).decode()
    assert read(tmp_path, answer=f"!!binary |\n        {packed}").outcome.body == {"a": 1}
    sent = base64.b64encode(b"amount=7").decode()
    pickled = f"!!python/object/new:_io.BytesIO\n      state: !!python/tuple\n      - !!binary |\n        {sent}\n      - 0\n      - null"
    assert read(tmp_path, sent=pickled).request.params == {"amount": "7"}
    assert read(tmp_path, sent="!!python/unicode 'amount=8'").request.params == {"amount": "8"}
    harmful = f"touch {tmp_path}/executed"
    assert harmful in str(read(tmp_path, sent=f"!!python/object/apply:os.system ['{harmful}']").request.params)
    assert not (tmp_path / "executed").exists()


def test_an_empty_body_and_json_that_a_serialiser_unfolded_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, sent="null").request.params == {}
    assert read(tmp_path, sent="{a: 1, b: NO}", kind="application/json").request.params == {"a": 1, "b": "NO"}
    assert read(tmp_path, answer="{a: 1.0, b: NO}").outcome.body == {"a": 1.0, "b": "NO"}


def test_escapes_that_leave_halves_of_a_character_are_joined(tmp_path: Path) -> None:
    assert read(tmp_path, answer='"{\\"a\\": \\"\\uD83D\\uDE00\\"}"').outcome.body == {"a": "\U0001f600"}


def test_a_cassette_without_interactions_is_a_problem_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "cassette.yaml"
    file.write_text("interactions: {request: 1}\nversion: 1\n")
    assert list(VcrPy().read(file)) == [Problem("", "the interactions are not a list")]
