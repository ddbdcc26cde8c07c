"""Equal pairs of answers: how fast the diff decides them, beside raw DeepDiff. The goal is 100 times as fast."""

import copy
import tempfile
import time
from pathlib import Path

from deepdiff import DeepDiff

from benchmarks.corpus import capture
from replayer.diff.canonical import Canon
from replayer.diff.compare import MISSING, Side, Walk, equal_bytes


def run() -> dict[str, object]:
    """Decide the same equal pairs both ways."""
    with tempfile.TemporaryDirectory() as folder:
        exchanges = [exchange for exchange in capture(Path(folder, "once")).exchanges() if isinstance(exchange.outcome.body, dict)]
    pairs = [(exchange, exchange.outcome.body, copy.deepcopy(exchange.outcome.body)) for exchange in exchanges]
    begun = time.perf_counter()
    for _, one, other in pairs:
        assert equal_bytes(one, other)
    own = time.perf_counter() - begun
    canon = Canon()
    begun = time.perf_counter()
    for exchange, one, other in pairs:
        sides = (Side(exchange, canon, body) for body in (MISSING, one, other))
        assert not Walk(*sides, all_places=False).run().places
    walk = time.perf_counter() - begun
    begun = time.perf_counter()
    for _, one, other in pairs:
        assert not DeepDiff(one, other)
    peer = time.perf_counter() - begun
    return {
        "pairs": len(pairs), "decided by bytes, µs a pair": round(own / len(pairs) * 1e6, 1), "leaf walk, µs a pair": round(walk / len(pairs) * 1e6, 1), "DeepDiff, µs a pair": round(peer / len(pairs) * 1e6, 1),
        "times as fast": round(peer / own),
    }  # fmt: skip
