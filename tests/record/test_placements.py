"""The recorder's lanes and placements as users run them: real mitmproxy, real sockets, the official SDK."""

import http.client
import io
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stripe

from replayer.capture.store import open_capture
from replayer.model import Exchange
from tests.record.conftest import KEY, StandIn, arguments, environment

Recording = Callable[..., Any]
API_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
EVENT = {
    "id": "evt_1A2b3C4d5E6f7G8h", "object": "event", "type": "customer.updated", "api_version": "2026-03-25.dahlia",
    "data": {"object": {"id": "cus_A1b2C3d4", "object": "customer", "email": "jane@doe.example"}},
}  # fmt: skip


def exchanges(out: Path, lane: str = "api") -> list[Exchange]:
    return [exchange for exchange in open_capture(out).exchanges() if exchange.lane == lane]


def on_disk(out: Path) -> bytes:
    return b"".join(file.read_bytes() for file in out.iterdir())


def send(
    url: str, method: str = "GET", path: str = "/v1/balance", body: bytes = b"", context: Any = None, **headers: str
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=10, **({"context": context} if context else {}))
    try:
        connection.request(
            method, path, body, {"Authorization": f"Bearer {API_KEY}", **{n.replace("_", "-"): v for n, v in headers.items()}}
        )
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def lane_url(recorder: Any) -> str:
    """Where a second lane listens: the line after the first."""
    return str(recorder.process.stdout.readline().strip().rpartition(" ")[2])


def free() -> str:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_one_base_address_serves_all_of_stripes_hosts(recording: Recording, tmp_path: Path, stand_ins: Callable[[], StandIn]) -> None:
    names = ("api", "files", "connect", "meter-events")
    hosts = {name: stand_ins() for name in names}
    more = [argument for name in names[1:] for argument in ("--upstream", f"{name}={hosts[name].url}")]
    with recording(tmp_path / "capture", hosts["api"].url, *more) as recorder:
        base = dict.fromkeys(("api", "files", "connect", "meter_events"), recorder.url)
        client = stripe.StripeClient(API_KEY, base_addresses=base, client_id="ca_A1b2C3d4")  # type: ignore[arg-type]
        client.v1.customers.retrieve("cus_A1b2C3d4")
        client.v1.files.create(params={"purpose": "dispute_evidence", "file": io.BytesIO(b"content")})  # type: ignore[typeddict-item]
        client.oauth.deauthorize(params={"stripe_user_id": "acct_A1b2C3d4"})
        client.raw_request("post", "/v2/billing/meter_event_stream", base="meter_events")
        recorder.end()
    assert [len(hosts[name].executed) for name in names] == [1, 1, 1, 1]
    assert [exchange.request.host.removesuffix(".stripe.com") for exchange in exchanges(tmp_path / "capture")] == list(names)
    uploaded = exchanges(tmp_path / "capture")[1].request
    assert (uploaded.encoding, uploaded.kept, uploaded.params["purpose"]) == ("multipart", False, "dispute_evidence")


def test_webhooks_are_recorded_on_their_way_and_the_endpoints_answer_is_the_outcome(
    stand_in: StandIn, recording: Recording, tmp_path: Path, stand_ins: Callable[[], StandIn]
) -> None:
    endpoint, out = stand_ins(), tmp_path / "capture"
    more = ("--webhook-listen", "127.0.0.1:0", "--webhook-forward-to", f"{endpoint.url}/hooks/stripe")
    with recording(out, stand_in.url, *more) as recorder:
        url = lane_url(recorder)
        body = json.dumps(EVENT).encode()
        signature = "t=1790000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
        status, _ = send(url, "POST", "/", body, Content_Type="application/json", Stripe_Signature=signature)
        recorder.end()
    assert status == 200
    assert endpoint.executed == [f"POST /hooks/stripe {body.decode()}"]
    assert endpoint.headers[0]["Stripe-Signature"] == signature
    (delivered,) = exchanges(out, "webhook")
    assert delivered.request.params["type"] == "customer.updated"
    assert delivered.request.params["data"]["object"]["id"] == "cus_A1b2C3d4"
    assert delivered.request.headers["stripe-signature"] == "~secret"
    assert (delivered.outcome.status, delivered.outcome.body, delivered.request.caller) == (200, None, None)
    for secret in (b"jane", signature[-20:].encode(), API_KEY.encode()):
        assert secret not in on_disk(out)
    assert open_capture(out).manifest.lanes == ["webhook"]


def test_the_users_own_traffic_is_kept_by_allow_list_only(
    stand_in: StandIn, recording: Recording, tmp_path: Path, stand_ins: Callable[[], StandIn]
) -> None:
    program, out = stand_ins(), tmp_path / "capture"
    more = ("--app-listen", "127.0.0.1:0", "--app-upstream", program.url, "--app-keep", "plan", "--app-keep", "/open")
    body = json.dumps({"plan": "gold yearly", "name": "Jane Doe", "cart": {"plan": "silver", "note": "a secret wish"}}).encode()
    with recording(out, stand_in.url, *more) as recorder:
        url = lane_url(recorder)
        for path in ("/checkout?coupon=JANE50", "/open/checkout"):
            send(url, "POST", path, body, Content_Type="application/json", Cookie="session=cookie-of-jane", X_Token="token-of-jane")
        recorder.end()
    closed, opened = exchanges(out, "app")
    assert closed.request.params == {"plan": "gold yearly", "cart": {"plan": "silver"}}
    assert (closed.request.kept, closed.outcome.status, closed.outcome.body) == (False, 200, None)
    assert set(opened.request.params) == {"plan", "name", "cart"}
    assert (opened.request.params["plan"], opened.request.params["cart"]["plan"]) == ("gold yearly", "silver")
    assert set(opened.outcome.body) == {"id", "object", "email"}
    assert opened.outcome.body["email"].startswith("user_")
    assert opened.outcome.body["object"].startswith("~")  # an application's answer is not redacted by Stripe's rules
    for secret in (b"Jane", b"JANE50", b"jane@doe", b"secret wish", b"cookie-of-jane", b"token-of-jane", API_KEY.encode()):
        assert secret not in on_disk(out)
    assert "cookie-of-jane" in program.headers[0]["Cookie"]


FORWARD = """
import os, stripe
stripe.ca_bundle_path = os.environ["REPLAYER_CA"]
client = stripe.StripeClient("sk_test_4eC39HqLyjWDarjtT1zdp7dc", proxy=os.environ["HTTPS_PROXY"])
print(client.v1.customers.retrieve("cus_A1b2C3d4").email)
"""


def test_a_forward_proxy_opens_stripes_hosts(stand_in: StandIn, tmp_path: Path) -> None:
    command = [*arguments(tmp_path / "capture", stand_in.url), "--mode", "forward", "--", sys.executable, "-c", FORWARD]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    assert "jane@doe.example" in done.stdout, done.stderr
    (exchange,) = exchanges(tmp_path / "capture")
    assert (exchange.request.host, exchange.request.path) == ("api.stripe.com", "/v1/customers/cus_A1b2C3d4")


def test_a_forward_proxy_leaves_the_rest_alone(
    stand_in: StandIn, recording: Recording, tmp_path: Path, certificate: tuple[Path, Path], stand_ins: Callable[[], StandIn]
) -> None:
    """The other host's own certificate reaches the client: nothing was decrypted on the way."""
    other, plain = stand_ins(), stand_ins()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    other.socket = context.wrap_socket(other.socket, server_side=True)
    with recording(tmp_path / "capture", stand_in.url, "--mode", "forward") as recorder:
        parts = urlsplit(recorder.url)
        trusted = ssl.create_default_context(cafile=str(certificate[0]))
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=10, context=trusted)
        connection.set_tunnel("localhost", other.server_port)
        connection.request("GET", "/private")
        assert connection.getresponse().status == 200
        connection.close()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": recorder.url}))
        with opener.open(f"{plain.url}/plain", timeout=10) as answer:
            assert answer.status == 200
        assert recorder.end()[0] == 5
    assert not (tmp_path / "capture").exists()


def test_beyond_loopback_keys_must_be_named_and_tls_is_needed(stand_in: StandIn, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = map(str, certificate)
    tries = {
        "needs TLS": [], "only keys that were named": ["--tls-cert", cert, "--tls-key", key],
        "loopback only": ["--tls-cert", cert, "--tls-key", key, "--allow-key", "x", "--mode", "forward"],
    }  # fmt: skip
    for word, more in tries.items():
        done = subprocess.run(
            [*arguments(tmp_path / "capture", stand_in.url), "--listen", "0.0.0.0:0", *more],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=30,
        )
        assert (done.returncode, word in done.stderr, "hint:" in done.stderr) == (2, True, True), done.stderr


def test_a_key_that_was_named_is_served_over_tls_and_no_other(
    stand_in: StandIn, recording: Recording, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "replayer.cli", "record", "--fingerprint"], capture_output=True, text=True, timeout=30,
        env={**environment(), "STRIPE_API_KEY": API_KEY},
    )  # fmt: skip
    fingerprint = told.stdout.strip()
    assert fingerprint.startswith("sk_test:")
    assert API_KEY not in told.stdout
    cert, key = certificate
    more = ("--listen", "0.0.0.0:0", "--tls-cert", str(cert), "--tls-key", str(key), "--allow-key", fingerprint)
    with recording(tmp_path / "capture", stand_in.url, *more) as recorder:
        assert recorder.url.startswith("https://0.0.0.0:")
        url = recorder.url.replace("0.0.0.0", "localhost")
        trusted = ssl.create_default_context(cafile=str(cert))
        assert send(url, context=trusted)[0] == 200
        status, body = send(url, context=trusted, Authorization="Bearer sk_test_anotherKeyOfSomebody")
        assert (status, b"does not serve this API key" in body) == (403, True)
        status, body = send(url.replace("https", "http"))
        assert (status, b"needs TLS" in body) == (403, True)
        recorder.end()
    assert len(stand_in.executed) == 1
    assert [exchange.request.caller for exchange in exchanges(tmp_path / "capture")] == [fingerprint]


def test_the_health_port_says_what_was_seen_and_a_signal_switches_bypass(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    place = free()

    def health() -> Any:
        with urllib.request.urlopen(f"http://{place}/", timeout=5) as answer:
            return json.load(answer)

    def wait(recording: bool) -> None:
        while health()["recording"] is not recording:
            time.sleep(0.02)

    with recording(tmp_path / "capture", stand_in.url, "--bypass", "--health", place) as recorder:
        send(recorder.url)
        assert (health()["recording"], health()["passed"], health()["bytes"]) == (False, {"--bypass": 1}, 0)
        recorder.process.send_signal(signal.SIGUSR1)
        wait(True)
        send(recorder.url, path="/v1/charges")
        assert (health()["seen"], health()["open"], health()["dropped"]) == (2, 0, {})
        assert health()["bytes"] > 0
        recorder.process.send_signal(signal.SIGUSR1)
        wait(False)
        send(recorder.url)
        recorder.end()
    assert [exchange.request.path for exchange in exchanges(tmp_path / "capture")] == ["/v1/charges"]
    assert len(stand_in.executed) == 3


def test_the_caller_and_the_account_are_kept(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        send(recorder.url, Stripe_Account="acct_A1b2C3d4")
        send(recorder.url, Authorization="Bearer rk_live_anotherKeyOfSomebody")
        recorder.end()
    one, other = (exchange.request for exchange in exchanges(tmp_path / "capture"))
    assert one.account == "acct_A1b2C3d4"
    assert [str(request.caller).partition(":")[0] for request in (one, other)] == ["sk_test", "rk_live"]
    assert KEY not in on_disk(tmp_path / "capture").decode()
    assert os.environ.get("REPLAYER_KEY") != KEY
