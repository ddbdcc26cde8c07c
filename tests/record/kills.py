"""Kill the recorder with SIGKILL under load, again and again, and look whether anything is missing that a client saw answered.

Every recorder is a process of its own, forked from one that has imported everything, so that a thousand of them take minutes.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.store import open_capture
from tests.record.conftest import KEY, StandIn

CLIENTS = 4
ROUNDS_A_CAPTURE = 10
_PRELOAD = ["replayer.record.process", "replayer.capture.redact", "mitmproxy.addons.proxyserver", "mitmproxy.addons.tlsconfig"]


class Round(msgspec.Struct, frozen=True):
    """What one kill showed: how much had been answered, executed and recorded, whether a tail was torn, and what is wrong."""

    answered: int
    executed: int
    torn: bool
    wrong: list[str]


def kills(stand_in: StandIn, folder: Path, rounds: int, *, seed: int = 1, record: Callable[..., None] | None = None) -> Iterator[Round]:
    """Record under load, kill, look; the next recorder goes on with the same capture. `record` runs a recorder that is not the real one."""
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    for number in range(rounds):
        before = len(stand_in.executed)
        answered = _one(context, record or _record, stand_in.url, _capture(folder, number), f"{number:05}", chance.uniform(0.01, 0.15))
        executed = [line.split()[1] for line in stand_in.executed[before:]]
        yield _look(folder, number, answered, executed)


def _capture(folder: Path, number: int) -> Path:
    return folder / f"capture-{number // ROUNDS_A_CAPTURE}"


def _one(context: Any, record: Callable[..., None], upstream: str, out: Path, name: str, seconds: float) -> list[str]:
    """Start a recorder, load it, and kill it after some time under load; the paths that were answered in full."""
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=record, args=(writer, str(out), upstream))
    process.start()
    writer.close()
    line = os.read(reader.fileno(), 200).decode()
    port = int(line.strip().rpartition(":")[2])
    answered: list[str] = []
    clients = [threading.Thread(target=_client, args=(port, f"{name}{number}", answered)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    while not answered and process.is_alive():
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.join()
    for client in clients:
        client.join()
    reader.close()
    return answered


def _record(stdout: Connection, out: str, upstream: str) -> None:
    """What runs in the recorder's process: exactly what `replayer record` does."""
    os.dup2(stdout.fileno(), 1)
    os.environ["REPLAYER_KEY"] = KEY
    from replayer.cli import main

    main(["record", "--out", out, "--listen", "127.0.0.1:0", "--upstream", upstream])


def record_lazily(stdout: Connection, out: str, upstream: str) -> None:
    """A recorder that writes behind the answer: the kills must find it out."""
    from replayer.capture.store import Writer
    from replayer.record import journal

    class Lazy(Writer):
        def __init__(self, path: Path, manifest: Any, **more: Any) -> None:
            super().__init__(path, manifest, **{**more, "sync": False})

    journal.Writer = Lazy  # type: ignore[misc]
    _record(stdout, out, upstream)


def _client(port: int, name: str, answered: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with suppress(OSError, http.client.HTTPException):
        for number in range(100_000):
            path = f"/v1/customers/cus_K{name}n{number:06}"
            connection.request("POST", path, f"email=jane{number}@doe.example", {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                answered.append(path)
    connection.close()


def _look(folder: Path, number: int, answered: list[str], executed: list[str]) -> Round:
    """Every answer must be in the capture, and every request that Stripe executed, once, with its outcome or open.

    On a busy machine the stand-in takes up a request of a recorder long dead: what it executed in this round may be an earlier round's.
    """
    rounds = {number, *map(_round, executed)}
    recorded: dict[str, list[int | None]] = {}
    for out in {_capture(folder, each) for each in rounds}:
        for exchange in open_capture(out).exchanges():
            if _round(exchange.request.path) in rounds:
                recorded.setdefault(exchange.request.path, []).append(exchange.outcome.status)
    wrong = [f"{path} was answered, and is recorded as {recorded.get(path)}" for path in answered if recorded.get(path) != [200]]
    wrong += [f"{path} was executed, and is recorded as {recorded.get(path)}" for path in executed if len(recorded.get(path, ())) != 1]
    return Round(len(answered), len(executed), bool(open_capture(_capture(folder, number)).damage), wrong)


def _round(path: str) -> int:
    """The round whose client sent a path."""
    return int(path.rpartition("cus_K")[2][:5])
