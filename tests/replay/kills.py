"""Kill a replay with SIGKILL, resume it, kill it again: what a client saw answered is kept, and no POST executes twice.

The server is the simulator in a process of its own, so that what it executed is counted where no fault of the replay can hide it.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from replayer.capture.store import Writer, open_capture
from replayer.model import Manifest
from replayer.replay.keys import account_key
from tests.make import customer, exchange

BIN = Path(sys.executable).parent
CUSTOMERS = 400
# A replay that sends each call with a key of its own, a resumed one too: the kills must find it out.
FORGETFUL = """
import sys, uuid, msgspec
from replayer.targets.url import HttpSession
send = HttpSession.send
HttpSession.send = lambda self, request, at=None: send(self, msgspec.structs.replace(request, idempotency_key=uuid.uuid4().hex), at)
from replayer.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Round(msgspec.Struct, frozen=True):
    """What one replay with its kills showed: how often it was killed in the middle, how much it made, and what is wrong."""

    kills: int
    calls: int
    wrong: list[str]


@contextmanager
def server() -> Iterator[str]:
    """`replayer simulate`; its URL."""
    process = subprocess.Popen([BIN / "replayer", "simulate", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def capture(folder: Path) -> Path:
    """Customers, each changed once after it was made."""
    with Writer(folder, Manifest(origin="simulator", redaction="trusted")) as writer:
        writer.source("s", "record")
        for number in range(CUSTOMERS):
            made = customer(f"cus_Test{number:010d}")
            path = f"/v1/customers/{made['id']}"
            writer.append(exchange(2 * number + 1, "POST", "/v1/customers", {"name": f"n{number}"}, {**made, "name": f"n{number}"}))
            writer.append(exchange(2 * number + 2, "POST", path, {"name": f"m{number}"}, {**made, "name": f"m{number}"}))
    return folder


def kill_and_resume(folder: Path, url: str, kills: int, *, seed: int = 1, engine: str | None = None) -> Round:
    """Replay, be killed so often at random moments, be resumed to the end, and look. `engine` is the code of a replay that is not ours."""
    chance = random.Random(seed)
    arm = folder / "arm"
    command = [sys.executable, "-c", engine] if engine else [str(BIN / "replayer")]
    command += ["replay", str(capture(folder / "capture")), "--target", url, "--out", str(arm)]
    state = arm / ".journal" / "state.json"
    text, count = "", 0
    while count < kills:
        process = subprocess.Popen([*command, *(["--resume"] if text else [])], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while process.poll() is None and not state.exists():
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.6 / kills))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not state.exists():
            break  # it was done before
        text = json.loads(state.read_text())["seed"]
        count += 1
    if state.exists():
        done = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            return Round(count, 2 * CUSTOMERS, [f"the resumed replay ended with {done.returncode}: {done.stderr[-300:]}"])
    return Round(count, 2 * CUSTOMERS, [*_wrong(arm, url, text)])


def _wrong(arm: Path, url: str, seed: str) -> Iterator[str]:
    there = names(url, account_key(seed, "control", "s"))
    for number in range(CUSTOMERS):
        if there.pop(f"m{number}", 0) != 1:
            yield f"customer {number} is not there once"
    yield from (f"{name} is there {count} times more than it was made" for name, count in there.items())
    calls = Counter(exchange.replayed_from for exchange in open_capture(arm).exchanges())
    if set(calls.values()) != {1} or len(calls) != 2 * CUSTOMERS:
        yield f"the arm holds {len(calls)} of {2 * CUSTOMERS} calls, some of them {max(calls.values(), default=0)} times"


def names(url: str, key: str) -> Counter[str]:
    """How often each customer's name is there."""
    found: Counter[str] = Counter()
    after = ""
    while True:
        request = urllib.request.Request(f"{url}/v1/customers?limit=100{after}", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = json.load(answer)
        found.update(one["name"] for one in page["data"])
        if not page["has_more"]:
            return found
        after = f"&starting_after={page['data'][-1]['id']}"
