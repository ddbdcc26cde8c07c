"""A replay that is killed goes on: nothing is lost, and no POST executes twice. The server is the simulator in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from replayer.capture.store import Writer, open_capture
from replayer.model import Manifest, Source
from replayer.replay.engine import _account_key
from tests.make import customer, exchange

CUSTOMERS = 400
BIN = Path(sys.executable).parent


@pytest.fixture
def server():
    process = subprocess.Popen([BIN / "replayer", "simulate", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
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
    assert [source.name for source in open_capture(folder).sources] == [Source("s").name]
    return folder


def names(url: str, key: str) -> Counter[str]:
    """How often each name is there; each was given to one customer only."""
    found, after = Counter(), ""
    while True:
        request = urllib.request.Request(f"{url}/v1/customers?limit=100{after}", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = json.load(answer)
        found.update(one["name"] for one in page["data"])
        if not page["has_more"]:
            return found
        after = f"&starting_after={page['data'][-1]['id']}"


@pytest.mark.parametrize("kills", [1, 3, 6])
def test_a_killed_replay_goes_on_and_executes_nothing_twice(tmp_path, server, kills):
    command = [BIN / "replayer", "replay", capture(tmp_path / "capture"), "--target", server, "--out", tmp_path / "arm"]
    state = tmp_path / "arm" / ".journal" / "state.json"
    seed = ""
    for kill in range(kills):
        process = subprocess.Popen([*command, *(["--resume"] if seed else [])], stderr=subprocess.DEVNULL)
        while process.poll() is None and not state.exists():
            time.sleep(0.002)
        time.sleep(0.01 + 0.03 * kill)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if state.exists():
            seed = json.loads(state.read_text())["seed"]
    assert seed, "it was never killed in the middle"
    subprocess.run([*command, "--resume"], check=state.exists(), capture_output=True, timeout=60)
    assert names(server, _account_key(seed, "control", "s")) == Counter(f"m{number}" for number in range(CUSTOMERS))
    assert len(open_capture(tmp_path / "arm")) == 2 * CUSTOMERS
