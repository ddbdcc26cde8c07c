"""How much of what Stripe answered the simulator and stripe-mock answer too, on the recorded corpora, beside the referee where it is there.

Writes docs/fidelity.md.
"""

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from benchmarks.corpus import CORPORA, ROOT
from replayer.capture.importers import import_paths
from replayer.capture.store import open_capture
from replayer.model import TargetError
from replayer.runs.fidelity import measure
from replayer.simulator.http import make_server
from replayer.targets import resolve
from replayer.targets.stripe_mock import StripeMockTarget

SHARES = ("status", "shape", "value", "money", "errors", "strict", "exact")
REFEREE = ROOT.parent / "shared" / "tools" / "referee.py"
HEAD = """# Fidelity

How much of what Stripe answered a target answers too, in per cent, on recordings of real traffic with Stripe's test mode. Made by `python -m benchmarks.fidelity`
(part of `make proof`); `replayer fidelity CAPTURE --target T` measures the same on any capture. Each recorded file is sent to an account of its own that starts empty; what it takes for granted is
made first by ordinary calls, and a call is judged only if everything that it names was made so.

*status*: the recorded status. *shape*: recorded leaves (place and type) that the answer has too. *value*: leaves with the recorded value, volatile ones left out. *money*: the same over amounts
that are not 0 on both sides. *errors*: type, code, decline code and parameter. *strict*: calls whose status, amounts, `status` field and error are all equal. *exact*: all but volatile leaves.
The referee is an independent program that measures the same over HTTP.

| recordings | target | measured by | judged | """


def run() -> dict[str, object]:
    """Measure everything and write docs/fidelity.md."""
    if not CORPORA.is_dir():
        return {"fidelity": "not measured: the recorded corpora are not beside the checkout"}
    rows: list[list[object]] = []
    groups: list[str] = []
    for corpus in sorted(path for path in CORPORA.iterdir() if path.is_dir()):
        with tempfile.TemporaryDirectory() as folder:
            import_paths([corpus], Path(folder, "capture"))
            for target in ("simulator", "stripe-mock"):
                try:
                    figures = measure(open_capture(Path(folder, "capture")), resolve(target)).as_json()
                except TargetError as error:
                    rows.append([corpus.name, target, f"not measured: {error.what}"])
                    continue
                rows.append([corpus.name, target, "replayer fidelity", figures["judged"], *(figures[name] for name in SHARES)])
                if REFEREE.is_file():
                    theirs = referee(target, corpus)
                    rows.append([corpus.name, target, "referee", theirs["judged"], *(theirs[name] for name in SHARES)])
                if target == "simulator":
                    for kind in ("rules", "versions"):
                        groups += [line([corpus.name, key, *values.values()]) for key, values in figures[kind].items()]
    text = HEAD + " | ".join(SHARES) + " |\n" + "|---" * (len(SHARES) + 4) + "|\n" + "\n".join(line(row) for row in rows)
    text += "\n\n## The simulator by rule and API version\n\n| recordings | group | judged | " + " | ".join(SHARES) + " |\n"
    text += "|---" * (len(SHARES) + 3) + "|\n" + "\n".join(groups) + "\n"
    (ROOT / "docs" / "fidelity.md").write_text(text)
    return {"rows": rows}


def line(cells: list[object]) -> str:
    """A row of a table."""
    return "| " + " | ".join("–" if cell is None else str(cell) for cell in cells) + " |"


def referee(target: str, corpus: Path) -> dict[str, object]:
    """What the referee measures over HTTP."""
    if target == "stripe-mock":
        return ask(StripeMockTarget().base, corpus)
    with make_server("127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            return ask(f"http://127.0.0.1:{server.server_address[1]}", corpus)
        finally:
            server.shutdown()


def ask(base: str, corpus: Path) -> dict[str, object]:
    """Run the referee."""
    done = subprocess.run([sys.executable, str(REFEREE), base, str(corpus)], check=True, capture_output=True, text=True)
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[0])
    return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
