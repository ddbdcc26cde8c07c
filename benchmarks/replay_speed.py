"""Re-sending 10,000 calls to one stripe-mock, bound and journalled, beside what GoReplay and mitmdump re-send to it in the same run.

Neither peer binds ids or keeps a journal: they send the bytes that were recorded. stripe-mock says each request that it gets; what is counted
is how many it got between the first and the last. Goals: 2 × GoReplay, 5 × mitmdump. Then how a replay grows with its lanes, and against an
origin that takes 50 ms for each answer.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec

from benchmarks.corpus import ROOT
from replayer.capture.store import Writer
from replayer.model import Manifest, SendLag
from replayer.replay.arms import LANES as DEFAULT_LANES
from replayer.replay.arms import ArmJob, Setting, run_arms
from replayer.stripeapi.wire import render_request
from tests.make import customer, exchange

CALLS, ROUNDS, LANES = 10_000, 3, (1, 2, 4, 8, 16)
SLOW_CALLS, SLOW_SECONDS = 400, 0.05
KEY = "sk_test_benchmark"


def run() -> dict[str, object]:
    """Measure and return the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        capture = made(folder / "capture", CALLS)
        figures: dict[str, object] = {"calls": CALLS}
        with Mock() as mock:
            peers: dict[str, Callable[[], float]] = {"replayer": lambda: ours(mock, capture, folder, DEFAULT_LANES)}
            for peer, found in (("GoReplay", goreplay(mock, folder)), ("mitmdump", mitmdump(mock, folder))):
                if found is None:
                    figures[f"{peer}, calls/s"] = "not here: skipped"
                else:
                    peers[peer] = found
            rates: dict[str, list[float]] = {peer: [] for peer in peers}
            for _ in range(ROUNDS):
                for peer, send in peers.items():
                    rates[peer].append(send())
            medians = {peer: statistics.median(found) for peer, found in rates.items()}
            figures |= {f"{peer}, calls/s": round(rate) for peer, rate in medians.items()}
            figures |= {
                f"replayer against {peer}": round(medians["replayer"] / rate, 2) for peer, rate in medians.items() if peer != "replayer"
            }
            figures |= {f"stripe-mock, {lanes} lanes, calls/s": round(ours(mock, capture, folder, lanes)) for lanes in LANES}
        slow = made(folder / "slow", SLOW_CALLS)
        with SlowOrigin() as origin:
            for lanes in (1, 16, 64):
                rate, lag = replayed(origin.url, slow, folder / "arm", lanes)
                figures[f"50 ms origin, {lanes} lanes, calls/s"] = round(rate)
                figures[f"50 ms origin, {lanes} lanes, send lag p50/p99 ms"] = (
                    f"{lag.median * 1000:.1f} / {lag.p99 * 1000:.1f}" if lag else "-"
                )
        return figures


def made(folder: Path, calls: int) -> Path:
    """Customers, each made, changed and read: a chain of three calls each."""
    with Writer(folder, Manifest(origin="simulator", redaction="trusted")) as writer:
        for number in range(calls // 3 + 1):
            one = customer(f"cus_Test{number:010d}", name=f"n{number}")
            path = f"/v1/customers/{one['id']}"
            for place, (method, where, params) in enumerate(
                (("POST", "/v1/customers", {"name": f"n{number}"}), ("POST", path, {"name": "m"}), ("GET", path, {}))
            ):
                if 3 * number + place < calls:
                    writer.append(exchange(3 * number + place + 1, method, where, params, one))
    return folder


def replayed(target: str, capture: Path, out: Path, lanes: int) -> tuple[float, SendLag | None]:
    """Replay with a journal; the rate, and how late calls were sent."""
    shutil.rmtree(out, ignore_errors=True)
    begun, lag = time.perf_counter(), None
    for step in run_arms(Setting(capture=capture, target=target, seed="bench", lanes=lanes), [ArmJob(role="control", out=out)]):
        lag = step if isinstance(step, SendLag) else lag
    from replayer.capture.store import open_capture

    return len(open_capture(out)) / (time.perf_counter() - begun), lag


def ours(mock: Mock, capture: Path, folder: Path, lanes: int) -> float:
    mock.begin()
    replayed(mock.url, capture, folder / "arm", lanes)
    return mock.rate(CALLS)


class Mock:
    """A stripe-mock that says each request; `rate` is how many a second it got."""

    def __enter__(self) -> Mock:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        binary = ROOT / ".tools" / "bin" / "stripe-mock"
        self._process = subprocess.Popen(
            [binary, "-http-port", str(self.port), "-verbose"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._times: list[float] = []
        threading.Thread(target=self._count, daemon=True).start()
        time.sleep(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def _count(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b"Request: "):
                self._times.append(time.perf_counter())

    def begin(self) -> None:
        self._times.clear()

    def rate(self, calls: int, patience: float = 5.0) -> float:
        """Wait until no more come, and return calls a second between the first and the last."""
        last = -1
        until = time.perf_counter() + patience
        while len(self._times) < calls and time.perf_counter() < until:
            if len(self._times) != last:
                last, until = len(self._times), time.perf_counter() + patience
            time.sleep(0.01)
        times = list(self._times)
        if len(times) < calls:
            raise RuntimeError(f"only {len(times)} of {calls} calls came")
        return (len(times) - 1) / (times[-1] - times[0])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wire() -> list[tuple[str, str, dict[str, str], bytes]]:
    from replayer.model import Request

    path = "/v1/customers/cus_Test0000000001"
    calls = [
        Request(method="POST", path="/v1/customers", params={"name": "n"}),
        Request(method="POST", path=path, params={"name": "m"}),
        Request(method="GET", path=path),
    ]
    found = []
    for call in calls:
        method, target, headers, body = render_request(call)
        found.append((method, target, {**headers, "Authorization": f"Bearer {KEY}"}, body or b""))
    return found


def goreplay(mock: Mock, folder: Path) -> Callable[[], float] | None:
    """GoReplay re-sending a file as fast as it can; null where it is not installed."""
    binary = os.environ.get("GOREPLAY") or shutil.which("goreplay") or shutil.which("gor")
    if binary is None:
        return None
    file = folder / "requests.gor"
    wire = _wire()
    with file.open("wb") as stream:
        for number in range(CALLS):
            method, target, headers, body = wire[number % 3]
            lines = [
                f"{method} {target} HTTP/1.1",
                "Host: 127.0.0.1",
                *(f"{name}: {value}" for name, value in headers.items()),
                f"Content-Length: {len(body)}",
            ]
            head = f"1 {number:024x} {1_700_000_000_000_000_000 + number} 0\n".encode()
            stream.write(head + "\r\n".join(lines).encode() + b"\r\n\r\n" + body + "\n🐵🙈🙉\n".encode())

    def send() -> float:
        mock.begin()
        process = subprocess.Popen(
            [binary, "--input-file", str(file), "--output-http", mock.url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        rate = mock.rate(CALLS)
        process.kill()
        process.wait()
        return rate

    return send


def mitmdump(mock: Mock, folder: Path) -> Callable[[], float] | None:
    """mitmdump's client replay of the same calls."""
    from mitmproxy import http
    from mitmproxy.io import FlowWriter
    from mitmproxy.test import tflow

    file = folder / "flows"
    wire = _wire()
    with file.open("wb") as stream:
        writer = FlowWriter(stream)
        for number in range(CALLS):
            method, target, headers, body = wire[number % 3]
            flow = tflow.tflow()
            flow.request = http.Request.make(method, mock.url + target, body, {**headers, "Host": mock.url.removeprefix("http://")})
            writer.add(flow)
    binary = Path(sys.executable).parent / "mitmdump"

    def send() -> float:
        mock.begin()
        command = [str(binary), "-q", "--client-replay", str(file), "-p", str(_free_port())]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rate = mock.rate(CALLS, patience=30)
        process.kill()
        process.wait()
        return rate

    return send


class SlowOrigin(ThreadingHTTPServer):
    """Answers every call as a customer after 50 ms."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Slow)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> SlowOrigin:
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Slow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(SLOW_SECONDS)
        name = self.path.rpartition("/")[2]
        body = msgspec.json.encode(
            {"id": name if name.startswith("cus_") else f"cus_Slow{time.monotonic_ns() % 10**10:010d}", "object": "customer"}
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, *args: object) -> None:
        pass


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
