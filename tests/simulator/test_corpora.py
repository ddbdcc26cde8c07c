"""Against real recordings: a floor under what the independent referee measures, and nothing that breaks."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from replayer.simulator.http import make_server

_SHARED = Path(__file__).parents[3] / "shared"
_REFEREE = _SHARED / "tools" / "referee.py"
_CORPORA = _SHARED / "corpora"
# What was reached when this was written, less a little; subscriptions and invoices have no rules yet.
_FLOORS = {
    "pay-ruby-vcr": {"status": 91.0, "shape": 57.0, "value": 56.0, "errors": 66.0, "strict": 73.0, "exact": 52.0},
    "saleor-vcrpy": {"status": 75.0, "shape": 85.0, "value": 88.0, "money": 94.0, "errors": 50.0, "strict": 75.0},
}


@pytest.mark.skipif(not _REFEREE.exists(), reason="the shared corpora and their referee are not here")
@pytest.mark.parametrize("corpus", sorted(_FLOORS))
def test_the_referee_finds_no_less_than_before(corpus):
    with make_server("127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        result = subprocess.run(
            [sys.executable, _REFEREE, base, _CORPORA / corpus], capture_output=True, text=True, check=True, timeout=120
        )
        server.shutdown()
        thread.join()
    figures = json.loads(result.stdout.splitlines()[0])
    below = {name: (figures[name], floor) for name, floor in _FLOORS[corpus].items() if figures[name] < floor}
    assert not below, figures
