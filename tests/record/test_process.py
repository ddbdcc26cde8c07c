"""The recorder as users run it: the real mitmproxy in front of a stand-in for Stripe, the official SDK as the client."""

import http.client
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from replayer.capture.store import open_capture
from replayer.model import Outcome
from replayer.record.process import sweep
from tests.record.conftest import KEY, REPOSITORY, StandIn, arguments, environment

Recording = Callable[..., Any]
API_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"


def sdk(url: str) -> Any:
    return stripe.StripeClient(API_KEY, base_addresses={"api": url}, max_network_retries=0)


def get(url: str, path: str, timeout: float = 5.0) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {API_KEY}"})
        return connection.getresponse().status
    finally:
        connection.close()


def on_disk(out: Path) -> bytes:
    return b"".join(file.read_bytes() for file in out.iterdir())


def test_what_the_sdk_sends_is_recorded_redacted_and_still_executed(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    out = tmp_path / "capture"
    with recording(out, stand_in.url) as recorder:
        made = sdk(recorder.url).raw_request("post", "/v1/customers", email="jane@doe.example", metadata={"order": "B-12"}).data
        code, errors = recorder.end()
    assert code == 0
    assert "recorded 1 exchanges" in errors
    assert "email=jane%40doe.example" in stand_in.executed[0]
    assert "jane@doe.example" in str(made)
    capture = open_capture(out)
    (exchange,) = capture.exchanges()
    assert (exchange.request.method, exchange.request.path, exchange.request.host) == ("POST", "/v1/customers", "api.stripe.com")
    assert exchange.request.version
    assert exchange.request.idempotency_key
    assert exchange.request.caller
    assert exchange.request.caller.startswith("sk_test:")
    assert exchange.outcome.status == 200
    assert exchange.outcome.body["email"] == exchange.request.params["email"]
    assert exchange.duration is not None
    for secret in (API_KEY, "jane", "B-12", KEY):
        assert secret.encode() not in on_disk(out)


def test_a_second_recording_is_a_further_source(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with recording(tmp_path / "capture", stand_in.url) as recorder:
            get(recorder.url, "/v1/customers/cus_A1b2C3d4")
            assert recorder.end(number)[0] == 0
    capture = open_capture(tmp_path / "capture")
    assert [(exchange.id, exchange.source) for exchange in capture.exchanges()] == [("x1", "recorder"), ("x2", "recorder-2")]
    assert capture.manifest.lanes == ["api"]
    assert capture.manifest.versions == {"2026-03-25.dahlia": 2}
    assert capture.manifest.problems == []


def test_what_nobody_answered_has_an_unknown_outcome(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        with pytest.raises(TimeoutError):
            get(recorder.url, "/v1/customers/slow", timeout=0.3)
        get(recorder.url, "/v1/customers/reset")
        recorder.end()
    slow, reset = open_capture(tmp_path / "capture").exchanges()
    assert slow.outcome == Outcome(error="client time-out")
    assert reset.outcome == Outcome(error="upstream reset")
    assert any("slow" in request for request in stand_in.executed)


def test_an_upstream_that_is_not_there_is_recorded_as_unreachable(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    with recording(tmp_path / "capture", "http://127.0.0.1:9") as recorder:
        assert get(recorder.url, "/v1/balance") == 502
        recorder.end()
    (exchange,) = open_capture(tmp_path / "capture").exchanges()
    assert exchange.outcome == Outcome(error="upstream unreachable")


@pytest.mark.parametrize(
    ("extra", "origin"),
    [
        ({"Replayer-Origin": "simulator"}, "simulator"),
        ({"Stripe-Mock-Version": "0.203.0", "Request-Id": "req_123"}, "stripe-mock"),
        ({}, "127.0.0.1"),
    ],
)
def test_a_capture_never_says_stripe_of_an_upstream_that_is_not(
    stand_in: StandIn, recording: Recording, tmp_path: Path, extra: dict[str, str], origin: str
) -> None:
    stand_in.extra = extra
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        get(recorder.url, "/v1/balance")
        recorder.process.kill()
    assert open_capture(tmp_path / "capture").manifest.origin == origin


def test_a_killed_recorder_leaves_what_it_acknowledged(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    for round_number in range(3):
        out = tmp_path / f"capture-{round_number}"
        answered: list[str] = []
        with recording(out, stand_in.url) as recorder:
            threads = [threading.Thread(target=_hammer, args=(recorder.url, f"r{round_number}t{n}", answered)) for n in range(3)]
            for thread in threads:
                thread.start()
            while len(answered) < 40:
                assert recorder.process.poll() is None
            recorder.process.kill()
            for thread in threads:
                thread.join()
        capture = open_capture(out)
        closed = sum(exchange.outcome.status == 200 for exchange in capture.exchanges())
        assert closed >= len(answered)
        assert len(capture) - closed <= 3
        with recording(out, stand_in.url) as recorder:
            assert get(recorder.url, "/v1/balance") == 200
            recorder.end()
        assert [exchange.source for exchange in open_capture(out).exchanges()][-1] == "recorder-2"


def _hammer(url: str, name: str, answered: list[str]) -> None:
    with suppress(OSError, http.client.HTTPException):
        while True:
            get(url, f"/v1/customers/{name}")
            answered.append(name)


def test_a_command_gets_the_address_and_ends_the_recording(stand_in: StandIn, tmp_path: Path) -> None:
    program = "import os, urllib.request as u; u.urlopen(os.environ['STRIPE_API_BASE'] + '/v1/balance').read()"
    done = run(arguments(tmp_path / "capture", stand_in.url, "--", sys.executable, "-c", program))
    assert done.returncode == 0
    assert done.stdout.startswith("listening on http://127.0.0.1:")
    assert len(open_capture(tmp_path / "capture")) == 1


def test_a_command_that_fails_gives_its_exit_code(stand_in: StandIn, tmp_path: Path) -> None:
    assert run(arguments(tmp_path / "capture", stand_in.url, "--", sys.executable, "-c", "raise SystemExit(7)")).returncode == 7


def test_no_exchange_is_exit_code_5_with_a_hint_and_leaves_no_capture(stand_in: StandIn, tmp_path: Path) -> None:
    done = run(arguments(tmp_path / "capture", stand_in.url, "--", "true"))
    assert done.returncode == 5
    assert "STRIPE_API_BASE" in done.stderr
    assert not (tmp_path / "capture").exists()


def test_an_address_that_is_taken_and_an_upstream_that_is_none_are_bad_input(stand_in: StandIn, tmp_path: Path) -> None:
    taken = [*arguments(tmp_path / "capture", stand_in.url), "--listen", f"127.0.0.1:{stand_in.server_port}"]
    for command, word in ((taken, "another program"), (arguments(tmp_path / "capture", "api.stripe.com/v1"), "base URL")):
        done = run(command)
        assert done.returncode == 2
        assert word in done.stderr
        assert "hint:" in done.stderr
        assert not (tmp_path / "capture").exists()


def test_a_full_disk_drops_exchanges_says_so_and_lets_traffic_pass(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    with recording(tmp_path / "capture", stand_in.url, preexec=fill) as recorder:
        statuses = {get(recorder.url, f"/v1/customers/cus_A1b2C3d{n}") for n in range(10)}
        code, errors = recorder.end()
    assert statuses == {200}
    assert code == 0
    assert "not recorded whole" in errors
    capture = open_capture(tmp_path / "capture")
    assert capture.damage == []
    assert 0 < len(capture) < 10
    assert "File too large" in capture.manifest.problems[0]


def test_the_addon_works_under_mitmdump(stand_in: StandIn, tmp_path: Path) -> None:
    out, addon = tmp_path / "capture", REPOSITORY / "replayer" / "record" / "addon.py"
    process = subprocess.Popen(
        [
            Path(sys.executable).with_name("mitmdump"), "-s", addon, "--mode", f"reverse:{stand_in.url}", "--listen-host", "127.0.0.1",
            "--listen-port", "0", "--set", f"replayer_out={out}", "--set", "replayer_hosts=127.0.0.1", "--set", f"confdir={tmp_path / 'conf'}",
            "--set", "flow_detail=0",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None
    watchdog = threading.Timer(20, process.kill)
    watchdog.start()
    try:
        line = next(line for line in process.stdout if "listening at" in line)
        get("http://" + line.rpartition(" ")[2].strip().rstrip("."), "/v1/balance")
        process.terminate()
        process.communicate(timeout=20)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
    (exchange,) = open_capture(out).exchanges()
    assert exchange.outcome.status == 200


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=30)


def test_a_killed_recorder_leaves_no_key_of_a_ca_for_long(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    folder = Path(tempfile.gettempdir())
    with recording(tmp_path / "one", stand_in.url) as recorder:
        get(recorder.url, "/v1/balance")
        (left,) = folder.glob(f"replayer-ca-{recorder.process.pid}-*")
        assert left.stat().st_mode & 0o77 == 0
        recorder.process.kill()
        recorder.process.wait()
    assert left.is_dir()
    with recording(tmp_path / "two", stand_in.url) as recorder:
        assert not left.exists()
        assert list(folder.glob(f"replayer-ca-{recorder.process.pid}-*"))
        get(recorder.url, "/v1/balance")
        recorder.end()


def test_what_a_running_recorder_or_somebody_else_holds_is_not_swept(tmp_path: Path) -> None:
    held = [tmp_path / name for name in (f"replayer-ca-{os.getpid()}-a", "replayer-ca-x", "replayer-99999999-a")]
    for one in held:
        one.mkdir()
    gone = tmp_path / "replayer-ca-99999999-a"
    gone.mkdir()
    sweep(tmp_path)
    assert [one for one in held if not one.is_dir()] == []
    assert not gone.exists()
