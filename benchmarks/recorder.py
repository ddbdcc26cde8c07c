"""What recording costs: the recorder against the bare proxy of the same configuration, in pairs that alternate, the median of ten.

Both are the same minimal mitmproxy in a process of its own, in front of the same stand-in for Stripe, which answers a payment intent of about
5 KB. CPU is what the proxy's process used. Goals: at most 20 % of the throughput, at most 250 µs of CPU an exchange.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.corpus import ROOT
from replayer.capture.store import open_capture

PAIRS = 10
CALLS = 1500
CONNECTIONS = 8
WARM = 300
_TICKS = os.sysconf("SC_CLK_TCK")


def run() -> dict[str, object]:
    """Measure and return the figures."""
    with tempfile.TemporaryDirectory() as folder, upstream() as url:
        bare = [sys.executable, "-m", "benchmarks.recorder", "bare", url]
        sound = _record(Path(folder, "sound"), url)
        full = _record(Path(folder, "full"), url)
        with proxy(bare) as one, proxy(sound) as other, proxy(full, preexec=_full_disk) as third:
            for each in (one, other, third):
                each.load(WARM)
            rounds = [[each.load(CALLS) for each in (one, other, third)] for _ in range(PAIRS)]
        recorded = len(open_capture(Path(folder, "sound")))
        lost = len(open_capture(Path(folder, "full")))
    assert recorded == PAIRS * CALLS + WARM, recorded
    assert lost < WARM, lost
    pairs = [(first, second) for first, second, _ in rounds]
    return {
        "answer, bytes": len(answer()),
        "pairs, and calls in each": f"{PAIRS} × {CALLS} at {CONNECTIONS} connections",
        "bare, calls/s": round(_median(first.rate for first, _ in pairs)),
        "recording, calls/s": round(_median(second.rate for _, second in pairs)),
        "throughput lost, % (goal 20)": round(100 * _median(1 - second.rate / first.rate for first, second in pairs), 1),
        "CPU an exchange, bare, µs": round(_median(first.cpu for first, _ in pairs)),
        "CPU an exchange that recording adds, µs (goal 250)": round(_median(second.cpu - first.cpu for first, second in pairs)),
        "p99, bare, ms": round(_median(first.p99 for first, _ in pairs), 2),
        "p99, recording, ms": round(_median(second.p99 for _, second in pairs), 2),
        "p99, recording on a full disk, ms": round(_median(third.p99 for *_, third in rounds), 2),
        "full disk, calls/s": round(_median(third.rate for *_, third in rounds)),
    }


def _median(values: Any) -> float:
    return statistics.median(list(values))


class Load(msgspec.Struct, frozen=True):
    """What a load showed: calls a second, the 99th percentile in milliseconds, the proxy's CPU a call in microseconds."""

    rate: float
    p99: float
    cpu: float


class Proxy:
    """A proxy that runs in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        line = process.stdout.readline()
        self.port = int(line.rpartition(":")[2])
        self._sent = 0

    def load(self, calls: int) -> Load:
        """Send calls over some connections, and measure."""
        cpu, begun = self._cpu(), time.perf_counter()
        times = asyncio.run(_calls(self.port, calls, self._sent))
        seconds = time.perf_counter() - begun
        self._sent += calls
        return Load(calls / seconds, 1000 * sorted(times)[int(len(times) * 0.99)], 1e6 * (self._cpu() - cpu) / calls)

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


async def _calls(port: int, calls: int, first: int) -> list[float]:
    times: list[float] = []
    numbers = iter(range(first, first + calls))
    await asyncio.gather(*(_connection(port, numbers, times) for _ in range(CONNECTIONS)))
    return times


async def _connection(port: int, numbers: Iterator[int], times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        begun = time.perf_counter()
        writer.write(request(number))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - begun)
    writer.close()


def request(number: int) -> bytes:
    """One of the requests, as the official SDK for Python sends it; no two have the same texts."""
    body = (
        f"amount={1000 + number}&currency=usd&customer=cus_A1b2C3d4{number:06}&description=Order+{number}+of+Jane+Doe"
        f"&metadata[order]=A-{number}&receipt_email=jane{number}@doe.example&payment_method_types[0]=card&expand[0]=latest_charge"
    ).encode()
    head = (
        "POST /v1/payment_intents HTTP/1.1\r\nHost: api.stripe.com\r\nUser-Agent: Stripe/v1 PythonBindings/16.1.0\r\n"
        "Authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc\r\nStripe-Version: 2026-03-25.dahlia\r\n"
        f"Idempotency-Key: 0d2f6f5e-6a53-4f8e-9b7a-{number:012x}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer() -> bytes:
    """A payment intent of about 5 KB, out of the demo shop's recording, as Stripe formats it."""
    bodies = [exchange.outcome.body for exchange in open_capture(ROOT / "captures" / "demo-shop").exchanges()]
    return max((json.dumps(body, indent=2).encode() for body in bodies), key=len)


@contextmanager
def upstream() -> Iterator[str]:
    """A stand-in for Stripe that costs little, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.recorder", "upstream"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def proxy(command: list[str], *, preexec: Callable[[], None] | None = None) -> Iterator[Proxy]:
    """A proxy for the time of a measurement."""
    environment = {**os.environ, "REPLAYER_KEY": "a key of the benchmark", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=preexec
    ) as process:
        try:
            yield Proxy(process)
        finally:
            process.terminate()
            process.wait(30)


def _record(out: Path, url: str) -> list[str]:
    return [sys.executable, "-m", "replayer.cli", "record", "--out", str(out), "--listen", "127.0.0.1:0", "--upstream", url]


def _full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


def _serve_upstream() -> None:
    """Each answer has ids, times, a metadata value and a description of its own, as Stripe's have: nothing is decided once for all of them."""
    template, numbers = answer(), count()
    for old, new in {b"0000006": b"%(n)07d", b'"6"': b'"%(n)07d"', b"order 6": b"order %(n)07d", b"1795428166": b"1795%(n)06d"}.items():
        assert old in template, old
        template = template.replace(old, new)
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRequest-Id: req_A1b2C3d4\r\nStripe-Version: 2026-03-25.dahlia\r\n"
        f"Content-Length: {len(template % {b'n': 0})}\r\n\r\n"
    ).encode()

    class Answers(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.buffer = transport, b""

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            while b"\r\n\r\n" in self.buffer:
                top, _, rest = self.buffer.partition(b"\r\n\r\n")
                length = int(top.lower().partition(b"content-length:")[2].split()[0])
                if len(rest) < length:
                    return
                self.buffer = rest[length:]
                self.transport.write(head + template % {b"n": next(numbers)})  # type: ignore[attr-defined]

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", 0)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()

    asyncio.run(serve())


def _serve_bare(url: str) -> None:
    """The recorder's mitmproxy without its addon."""
    from replayer.record.master import Listening, routes, serve
    from replayer.record.settings import Settings

    settings = Settings(out=Path("unused"), listen=("127.0.0.1", 0), upstreams={"": url})

    async def until(listening: Listening) -> None:
        print(f"listening on http://127.0.0.1:{listening.api[1]}", flush=True)
        await asyncio.Event().wait()

    with tempfile.TemporaryDirectory() as confdir:
        asyncio.run(serve(None, settings, routes(settings), confdir=Path(confdir), until=until, is_idle=lambda: True))


if __name__ == "__main__":
    if sys.argv[1] == "upstream":
        _serve_upstream()
    else:
        _serve_bare(sys.argv[2])
