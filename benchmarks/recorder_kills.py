"""A thousand SIGKILLs of the recorder under load. Writes docs/recorder-kills.md; ends with exit code 1 if anything is missing."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.corpus import ROOT
from tests.record.conftest import StandIn
from tests.record.kills import CLIENTS, ROUNDS_A_CAPTURE, kills

FILE = ROOT / "docs" / "recorder-kills.md"
ROUNDS = 1000
TEXT = """# The recorder, killed

Written by `make proof`. A recorder under the load of {clients} clients gets SIGKILL at a random moment; the next one goes on with the same capture, up
to {each} of them. What a client saw answered in full must be in the capture once, with its answer; what the stand-in for Stripe executed must be
there once, with its answer or open.

| kills | answered | executed | executed, and not seen answered | torn tails | missing or doubled |
|---|---|---|---|---|---|
| {kills} | {answered} | {executed} | {open} | {torn} | {wrong} |
"""


def main(rounds: int = ROUNDS) -> int:
    """Kill, count, and write it down."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        made = list(kills(server, Path(folder), rounds))
        server.shutdown()
        thread.join()
    wrong = [what for each in made for what in each.wrong]
    answered, executed = sum(each.answered for each in made), sum(each.executed for each in made)
    FILE.write_text(
        TEXT.format(
            clients=CLIENTS, each=ROUNDS_A_CAPTURE, kills=len(made), answered=answered, executed=executed, open=executed - answered,
            torn=sum(each.torn for each in made), wrong=len(wrong),
        )
    )  # fmt: skip
    print(FILE.read_text(), f"{time.perf_counter() - begun:.0f} s", *wrong[:20], sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
