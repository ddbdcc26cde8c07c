"""HTTP archives, in the guises that occur."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from replayer.capture.importers.har import Har
from replayer.model import Exchange, InputError, Outcome


def an_entry(**changes: Any) -> dict[str, Any]:
    request = {"method": "POST", "url": "https://api.stripe.com/v1/charges", "headers": [{"name": "Stripe-Version", "value": "2020-08-27"}]}
    response = {"status": 200, "headers": [], "content": {"text": '{"id": "ch_A1b2C3d4"}'}}
    return {"startedDateTime": "2021-08-04T05:52:13.250+02:00", "time": 125, "request": {**request, **changes.pop("request", {})},
            "response": {**response, **changes.pop("response", {})}, **changes}  # fmt: skip


def read(tmp_path: Path, *entries: dict[str, Any], prefix: bytes = b"") -> list[Exchange]:
    file = tmp_path / "a.har"
    file.write_bytes(prefix + json.dumps({"log": {"version": "1.2", "entries": entries}}).encode())
    assert Har().recognises(tmp_path / "renamed.json", file.read_bytes())
    return [exchange for exchange in Har().read(file) if isinstance(exchange, Exchange)]


def test_an_entry_becomes_an_exchange_timed_by_the_client(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, an_entry(request={"postData": {"mimeType": "application/x-www-form-urlencoded", "text": "amount=5"}}))
    assert exchange.request.params == {"amount": "5"}
    assert exchange.request.version == "2020-08-27"
    assert exchange.outcome.body == {"id": "ch_A1b2C3d4"}
    assert (exchange.at, exchange.duration) == (1628049133.25, 0.125)


def test_a_posted_body_may_come_as_parameters_only(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, an_entry(request={"postData": {"params": [{"name": "metadata[a]", "value": "x y"}, {"name": "b"}]}}))
    assert exchange.request.params == {"metadata": {"a": "x y"}, "b": ""}


def test_base64_content_is_decoded(tmp_path: Path) -> None:
    content = {"encoding": "base64", "text": base64.b64encode(b'{"a": 1}').decode()}
    (exchange,) = read(tmp_path, an_entry(response={"content": content}))
    assert exchange.outcome.body == {"a": 1}


def test_status_0_is_an_unknown_outcome_with_its_reason(tmp_path: Path) -> None:
    failed, silent = read(tmp_path, an_entry(response={"status": 0, "_error": "net::ERR_ABORTED"}), an_entry(response={"status": 0}))
    assert failed.outcome == Outcome(error="net::ERR_ABORTED")
    assert silent.outcome == Outcome(error="no answer was recorded")


def test_the_files_order_is_kept_and_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    late, early = an_entry(startedDateTime="2021-08-04T00:00:02Z"), an_entry(startedDateTime="2021-08-04T00:00:01Z")
    found = read(tmp_path, late, early, prefix=b"\xef\xbb\xbf")
    assert [exchange.at for exchange in found] == [1628035202.0, 1628035201.0]


def test_json_that_is_no_archive_and_a_torn_archive_are_errors_with_a_place(tmp_path: Path) -> None:
    (tmp_path / "a.har").write_text('{"log": {}}')
    with pytest.raises(InputError, match="no log"):
        list(Har().read(tmp_path / "a.har"))
    (tmp_path / "a.har").write_text('{"log": {\n"entries": [{"a": "é')
    with pytest.raises(InputError) as error:
        list(Har().read(tmp_path / "a.har"))
    assert (error.value.place or "").endswith("a.har:2:19")
