"""The SDK hook: the official SDK for Python, sync and async, and a stand-in for Stripe."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
import stripe

from replayer.capture import wire
from replayer.capture.store import open_capture
from replayer.record import sdk_hook
from replayer.record.journal import Journal
from replayer.record.sdk_hook import Recording, recording
from tests.record.conftest import KEY, StandIn

API_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAYER_KEY", KEY)


def sdk(http_client: Any, url: str, retries: int = 0) -> Any:
    return stripe.StripeClient(API_KEY, http_client=http_client, base_addresses={"api": url}, max_network_retries=retries)


def test_what_the_sdk_sends_is_recorded_redacted_behind_the_answer(stand_in: StandIn, tmp_path: Path) -> None:
    http = recording(stripe.UrllibClient(), tmp_path / "capture")
    made = sdk(http, stand_in.url).raw_request("post", "/v1/customers", email="jane@doe.example").data
    assert "jane@doe.example" in str(made)
    http.recording.close()
    capture = open_capture(tmp_path / "capture")
    (exchange,) = capture.exchanges()
    assert (exchange.request.method, exchange.request.path, exchange.request.host) == ("POST", "/v1/customers", "api.stripe.com")
    assert exchange.request.caller is not None
    assert exchange.request.caller.startswith("sk_test:")
    assert exchange.outcome.body["email"] == exchange.request.params["email"] != "jane@doe.example"
    assert capture.manifest.origin == "127.0.0.1"
    assert API_KEY.encode() not in b"".join(file.read_bytes() for file in (tmp_path / "capture").iterdir())


def test_async_calls_are_recorded_once_each(stand_in: StandIn, tmp_path: Path) -> None:
    http = recording(stripe.HTTPXClient(), tmp_path / "capture")
    client = sdk(http, stand_in.url)

    async def both() -> None:
        await client.raw_request_async("get", "/v1/balance")
        await http.close_async()

    asyncio.run(both())
    http.recording.close()
    assert [exchange.request.path for exchange in open_capture(tmp_path / "capture").exchanges()] == ["/v1/balance"]


def test_the_client_that_serves_async_calls_records_too(stand_in: StandIn, tmp_path: Path) -> None:
    fallback = stripe.HTTPXClient()
    http = recording(stripe.UrllibClient(async_fallback_client=fallback), tmp_path / "capture")
    client = sdk(http, stand_in.url)
    client.raw_request("get", "/v1/charges")

    async def later() -> None:
        await client.raw_request_async("get", "/v1/balance")
        await fallback.close_async()

    asyncio.run(later())
    http.recording.close()
    assert [exchange.request.path for exchange in open_capture(tmp_path / "capture").exchanges()] == ["/v1/charges", "/v1/balance"]


def test_each_attempt_of_a_retry_is_an_exchange_and_one_without_an_answer_is_unknown(stand_in: StandIn, tmp_path: Path) -> None:
    http = recording(stripe.HTTPXClient(allow_sync_methods=True), tmp_path / "capture")
    with pytest.raises(stripe.APIConnectionError):
        sdk(http, stand_in.url, retries=1).raw_request("post", "/v1/customers/reset")
    http.recording.close()
    http.close()
    exchanges = list(open_capture(tmp_path / "capture").exchanges())
    assert [exchange.outcome.status for exchange in exchanges] == [None] * len(exchanges)
    assert len(exchanges) == 2
    assert len({exchange.request.idempotency_key for exchange in exchanges}) == 1


def test_a_capture_that_cannot_be_written_disturbs_nobody_and_is_counted(stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "capture").write_text("a file in the way")
    http = recording(stripe.UrllibClient(), tmp_path / "capture")
    for _ in range(3):
        assert sdk(http, stand_in.url).raw_request("get", "/v1/balance")
    http.recording.close()
    assert sum(http.recording.dropped.values()) == 3
    assert "a file is in its way" in next(iter(http.recording.dropped))


def test_a_full_queue_drops_and_never_waits(tmp_path: Path) -> None:
    held = threading.Event()

    def slow(path: Path, host: str) -> tuple[Journal, wire.Identify | None]:
        held.wait(10)
        return sdk_hook._open(path, host, trusted=True)

    made = Recording(tmp_path / "capture", queued=2, journal=slow)
    seen = sdk_hook._seen("GET", "https://api.stripe.com/v1/balance", {}, None, 1.0, (b"{}", 200, {}))
    for _ in range(10):
        made.put(seen)
    held.set()
    made.close()
    capture = open_capture(tmp_path / "capture")
    assert 2 <= len(capture) <= 3
    assert made.dropped == {"the queue is full": 10 - len(capture)}
    assert capture.manifest.problems == [f"recorder: {10 - len(capture)} exchanges were not recorded whole: the queue is full"]


def test_what_goes_to_another_server_does_not_pass_for_stripes(tmp_path: Path) -> None:
    made = Recording(tmp_path / "capture", journal=lambda path, host: sdk_hook._open(path, host, trusted=True))
    for url in ("https://api.stripe.com/v1/balance", "http://127.0.0.1:9/v1/balance"):
        made.put(sdk_hook._seen("GET", url, {}, None, 1.0, (b"{}", 200, {})))
    made.close()
    capture = open_capture(tmp_path / "capture")
    assert (len(capture), capture.manifest.origin) == (1, "api.stripe.com")
    assert made.dropped == {"sent to another server than the first": 1}


def test_a_large_body_and_a_streamed_answer_are_not_kept(tmp_path: Path) -> None:
    made = Recording(tmp_path / "capture", journal=lambda path, host: sdk_hook._open(path, host, trusted=True))
    large = b"x" * (1 << 21)
    made.put(sdk_hook._seen("POST", "https://files.stripe.com/v1/files", {}, large, 1.0, (object(), 200, {}), is_streamed=True))
    made.close()
    (exchange,) = open_capture(tmp_path / "capture").exchanges()
    assert (exchange.request.kept, exchange.request.host, exchange.outcome.status, exchange.outcome.body) == (
        False,
        "files.stripe.com",
        200,
        None,
    )
