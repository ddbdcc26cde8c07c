"""Two hundred SIGKILLs of replays. Writes docs/replay-kills.md; ends with exit code 1 if anything is lost or was executed twice."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.corpus import ROOT
from tests.replay.kills import FORGETFUL, kill_and_resume, server

FILE = ROOT / "docs" / "replay-kills.md"
KILLS, EACH = 200, 8
TEXT = """# A replay, killed

Written by `make proof`. A replay of {calls} calls to `replayer simulate`, in a process of its own, gets SIGKILL at random moments and is resumed, up to
{each} times before it may end. Each customer must be there once, changed once, and each recorded call must be in the arm once. The last row is a
replay that makes new idempotency keys when it is resumed: the kills must find it out.

| replay | kills | calls made | lost, or executed twice |
|---|---|---|---|
{rows}
"""


def main(kills: int = KILLS) -> int:
    """Kill, look, and write it down."""
    ours = _rounds(kills, None)
    forgetful = _rounds(min(kills, 3 * EACH), FORGETFUL)
    calls = ours[2]
    rows = "\n".join(
        f"| {name} | {count} | {made} | {len(wrong)} |"
        for name, (count, wrong, _, made) in (("replayer", ours), ("one that forgets its keys", forgetful))
    )
    FILE.write_text(TEXT.format(calls=calls, each=EACH, rows=rows))
    print(FILE.read_text(), *ours[1][:20], sep="\n")
    return int(bool(ours[1]) or not forgetful[1])


def _rounds(kills: int, engine: str | None) -> tuple[int, list[str], int, int]:
    count, wrong, calls, made, number = 0, [], 0, 0, 0
    with tempfile.TemporaryDirectory() as folder, server() as url:
        while count < kills:
            found = kill_and_resume(Path(folder, str(number)), url, min(EACH, kills - count), seed=number, engine=engine)
            count, calls, made, number = count + max(1, found.kills), found.calls, made + found.calls, number + 1
            wrong += found.wrong
    return count, wrong, calls, made


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
