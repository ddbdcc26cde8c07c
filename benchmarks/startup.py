"""`replayer --help` beside a bare `python -c pass`: the goal is within 120 ms of it."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15


def run() -> dict[str, object]:
    """Measure in pairs and return the medians."""
    replayer = str(Path(sys.executable).with_name("replayer"))
    pairs = [(seconds([sys.executable, "-c", "pass"]), seconds([replayer, "--help"])) for _ in range(ROUNDS)]
    bare, own = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "python -c pass, ms": round(bare * 1000),
        "replayer --help, ms": round(own * 1000),
        "difference, ms": round((own - bare) * 1000),
    }


def seconds(command: list[str]) -> float:
    """How long a command takes."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun
