"""Ten thousand malformed messages at a recorder. Writes docs/recorder-malformed.md; ends with exit code 1 if it disturbs anybody."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from benchmarks.corpus import ROOT
from replayer.capture.store import open_capture
from tests.record.conftest import StandIn, arguments, environment
from tests.record.malformed import send
from tests.record.test_resilience import MEMORY, peak

FILE = ROOT / "docs" / "recorder-malformed.md"
COUNT = 10_000
TEXT = """# The recorder, and messages that nobody should send

Written by `make proof`. *Sound*: valid HTTP whose headers, form, JSON or parts are not what they claim to be; it must be passed on. *Broken*: no
HTTP; it must be refused or cut off. What was executed is recorded, or counted as a drop.

| messages | sound | broken | answers by status | cut off | executed | recorded | counted drops | memory grown by, MB | tracebacks |
|---|---|---|---|---|---|---|---|---|---|
| {count} | {sound} | {broken} | {statuses} | {unanswered} | {executed} | {recorded} | {drops} | {grown:.1f} | {tracebacks} |

Drops by reason: {reasons}
"""


def main(count: int = COUNT) -> int:
    """Send, count, and write it down."""
    with tempfile.TemporaryDirectory() as folder, StandIn() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        out = Path(folder, "capture")
        with subprocess.Popen(
            arguments(out, server.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        ) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline().rpartition(":")[2])
            send(port, 200, seed=7)
            before = peak(process)
            seen = send(port, count)
            grown = peak(process) - before
            process.terminate()
            _, errors = process.communicate(timeout=30)
        server.shutdown()
        capture = open_capture(out)
        executed, problems = len(server.executed), capture.manifest.problems
        drops = sum(int(problem.split()[1]) for problem in problems)
        tracebacks = errors.count("Traceback")
        FILE.write_text(
            TEXT.format(
                count=count, sound=seen.sound, broken=seen.broken,
                statuses=" · ".join(f"{status} ×{number}" for status, number in sorted(seen.statuses.items())), unanswered=seen.unanswered,
                executed=executed, recorded=len(capture), drops=drops, grown=grown / (1 << 20), tracebacks=tracebacks,
                reasons="; ".join(problems) or "none",
            )
        )  # fmt: skip
        print(FILE.read_text(), errors)
        return int(tracebacks > 0 or grown > MEMORY or len(capture) + drops < executed or seen.statuses.get(200, 0) < seen.sound * 0.95)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
