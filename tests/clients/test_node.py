"""The official Node SDK through a subscription's life with its webhooks, where Node is there (`make test` installs the SDK)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import TOLD

MODULES = Path(__file__).resolve().parents[2] / ".tools" / "node"


def test_a_subscription_lives(simulator_url):
    if shutil.which("node") is None or not (MODULES / "node_modules" / "stripe").is_dir():
        pytest.skip("needs node and npm: `make node-sdk` then installs the SDK")
    script = Path(__file__).with_name("lifecycle.mjs")
    done = subprocess.run(["node", str(script), str(MODULES), simulator_url], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["status"], seen["paid"], seen["canceled"], seen["declined"]) == ("active", 1500, "canceled", "card_declined")
    assert set(TOLD) <= set(seen["events"])
