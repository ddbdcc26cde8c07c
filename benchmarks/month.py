"""The month of subscribers at three sizes: agreement with the truth, wall time, peak memory. Writes docs/month.md; exit code 1 on a disagreement."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.corpus import ROOT

FILE = ROOT / "docs" / "month.md"
SIZES = (200, 2_000, 20_000)
TEXT = """# A month of subscribers

Written by `make proof`. Subscribers join in the first half of March (a quarter on trial), about half of them change plan or quantity in the second half, some twice, with proration; two in five changes are made in the portal, off camera, and told by events alone; some are refunded, some cards are declined. It is recorded
against the simulator, and replayed with a candidate that prorates nothing of the program's own changes. The next bill of every customer in reach, in both arms, is compared with a truth that a separate script computes from the generator's parameters alone, with dates and
fractions (`tests/proof/month_truth.py`). The simulator stands for Stripe here: this shows that the table adds up, not that Stripe bills so.

| subscribers | calls | customers in reach | bills compared | that disagree | recording, s | run, s | peak memory, MB |
|---|---|---|---|---|---|---|---|
{rows}
"""


def measure(count: int) -> dict[str, object]:
    """One size, in this process."""
    from replayer.capture.store import open_capture
    from tests.proof import month, test_month

    people = month.subscribers(count)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        record, month_record = month.record, time.perf_counter
        capture, names = record(Path(folder, "recorded"), people)
        recorded = month_record() - begun
        begun = time.perf_counter()
        _, rows, names = test_month.judge(Path(folder, "judged"), people)
        took = time.perf_counter() - begun - recorded  # it records once more by itself
        wrong = test_month.disagreements(people, rows, names)
        calls = len(open_capture(capture))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"count": count, "calls": calls, "reach": len(rows), "bills": 2 * len(rows), "wrong": len(wrong), "recorded": round(recorded, 1),
            "run": round(took, 1), "peak": peak}  # fmt: skip


def main(sizes: tuple[int, ...] = SIZES) -> int:
    """Measure each size in a process of its own, and write it down."""
    found = [json.loads(subprocess.check_output([sys.executable, "-m", "benchmarks.month", "--one", str(size)])) for size in sizes]
    rows = "\n".join("| " + " | ".join(f"{value:,}" for value in one.values()) + " |" for one in found)
    FILE.write_text(TEXT.format(rows=rows))
    print(FILE.read_text())
    return int(any(one["wrong"] for one in found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        sys.exit(main(tuple(map(int, sys.argv[1:])) or SIZES))
