"""How much of what Stripe answered the simulator, stripe-mock and localstripe answer too, on the recorded corpora, beside the referee where it is there.

Writes docs/fidelity.md. localstripe is installed from its package index into `.tools`, for this comparison only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.corpus import CORPORA, ROOT
from replayer.capture.importers import import_paths
from replayer.capture.store import open_capture
from replayer.model import TargetError
from replayer.runs.fidelity import measure
from replayer.simulator.http import make_server
from replayer.simulator.rules import rules
from replayer.stripeapi.catalogue import catalogue
from replayer.targets import resolve
from replayer.targets.stripe_mock import StripeMockTarget

SHARES = ("status", "shape", "value", "money", "errors", "strict", "exact")
REFEREE = ROOT.parent / "shared" / "tools" / "referee.py"
LOCALSTRIPE = "localstripe==1.15.10"
TARGETS = ("simulator", "stripe-mock", "localstripe")
TEXT = """# Fidelity

How much of what Stripe answered a target answers too, in per cent, on recordings of real traffic with Stripe's test mode. Made by `python -m benchmarks.fidelity`
(part of `make proof`), all targets in one run; `replayer fidelity CAPTURE --target T` measures the same on any capture. Each recorded file is sent to an account of its own that starts empty; what it takes for granted is
made first by ordinary calls, and a call is judged only if everything that it names was made so.

*status*: the recorded status. *shape*: recorded leaves (place and type) that the answer has too. *value*: leaves with the recorded value, volatile ones left out. *money*: the same over amounts
that are not 0 on both sides. *errors*: type, code, decline code and parameter. *strict*: calls whose status, amounts, `status` field and error are all equal. *exact*: all but volatile leaves; it moves with the calendar, as a test card expires in the month in which it is used.
The referee is an independent program that measures the same over HTTP.

{whole}

## By rule
What an answer shows: an invoice with a prorated line counts for prorations and for invoices. *n* is the number of real interactions compared: where it is 3, it is 3. Rules that no recording shows are not listed: nothing was compared.
What the rules come to on Stripe's own pages stands in [worked-examples.md](worked-examples.md).

{by_rule}

## By API version

{by_version}

## By operation

{by_operation}

## What the simulator does not do
It has rules for {ruled} of the {operations} operations that it knows. The others are stored and shown as they were sent (*echoed only*): in a run, a change that reaches their money or status is *unknown*.
Not decided by it, and taken as the recording or an assumption says: whether an issuer declines (Stripe's documented test cards decline as documented), Radar's outcomes, exchange rates and the fees of other countries than the account's,
when a failed payment is tried again and what follows the last try. What has no rule at all, and how a run treats it, stands in README under *What it cannot judge yet*.
"""


def run() -> dict[str, object]:
    """Measure everything and write docs/fidelity.md."""
    if not CORPORA.is_dir():
        return {"fidelity": "not measured: the recorded corpora are not beside the checkout"}
    figures: dict[tuple[str, str], dict[str, Any] | str] = {}
    referees: dict[tuple[str, str], dict[str, Any]] = {}
    for corpus in sorted(path for path in CORPORA.iterdir() if path.is_dir()):
        with tempfile.TemporaryDirectory() as folder:
            import_paths([corpus], Path(folder, "capture"))
            for target in TARGETS:
                key = corpus.name, target
                try:
                    with served(target) as name:
                        figures[key] = measure(open_capture(Path(folder, "capture")), resolve(name)).as_json()
                except TargetError as error:
                    figures[key] = f"not measured: {error.what}"
                    continue
                if REFEREE.is_file():
                    with served(target) as name:
                        referees[key] = referee(name, corpus)
    ruled = len(rules())
    text = TEXT.format(
        whole=_whole(figures, referees), by_rule=_beside(figures, "shown"), by_version=_groups(figures, "versions"),
        by_operation=_groups(figures, "operations"), ruled=ruled, operations=len(catalogue().operations()),
    )  # fmt: skip
    (ROOT / "docs" / "fidelity.md").write_text(text)
    return {
        f"{corpus}, {target}": found if isinstance(found, str) else {share: found[share] for share in SHARES}
        for (corpus, target), found in figures.items()
    }


def _whole(figures: dict[tuple[str, str], Any], referees: dict[tuple[str, str], dict[str, Any]]) -> str:
    rows: list[list[object]] = [["recordings", "target", "measured by", "judged", *SHARES]]
    for (corpus, target), found in figures.items():
        if isinstance(found, str):
            rows.append([corpus, target, found, *[None] * (len(SHARES) + 1)])
            continue
        rows.append([corpus, target, "replayer fidelity", found["judged"], *(found[name] for name in SHARES)])
        if (theirs := referees.get((corpus, target))) is not None:
            rows.append([corpus, target, "referee", theirs["judged"], *(theirs[name] for name in SHARES)])
    return table(rows)


def _beside(figures: dict[tuple[str, str], Any], group: str) -> str:
    """By rule: how many were compared, and what share of them each target gets right, strictly and in money."""
    heads = [f"{target}, {share}" for target in TARGETS for share in ("strict", "money")]
    rows: list[list[object]] = [["recordings", "rule", "n", *heads]]
    for corpus in dict.fromkeys(corpus for corpus, _ in figures):
        each = [found[group] if isinstance(found := figures[corpus, target], dict) else {} for target in TARGETS]
        for name, first in each[0].items():
            cells = [one.get(name, {}).get(share) for one in each for share in ("strict", "money")]
            rows.append([corpus, name, first["judged"], *cells])
    return table(rows)


def _groups(figures: dict[tuple[str, str], Any], group: str) -> str:
    rows: list[list[object]] = [["recordings", group, "n", *SHARES]]
    for (corpus, target), found in figures.items():
        if target == "simulator" and isinstance(found, dict):
            rows += [[corpus, name, values["judged"], *(values[share] for share in SHARES)] for name, values in found[group].items()]
    return table(rows)


def table(rows: list[list[object]]) -> str:
    """A table; the first row is its head."""
    lines = ["| " + " | ".join("–" if cell is None else str(cell) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


@contextmanager
def served(target: str) -> Iterator[str]:
    """A target under the name by which it is resolved, over HTTP for all but stripe-mock's own."""
    if target == "stripe-mock":
        yield target
    elif target == "simulator":
        with make_server("127.0.0.1", 0) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
    else:
        with _localstripe() as base:
            yield base


@contextmanager
def _localstripe() -> Iterator[str]:
    folder, port = ROOT / ".tools" / "localstripe", 8420
    if not (folder / "bin" / "localstripe").exists():
        venv.create(folder, with_pip=True)
        if subprocess.call([folder / "bin" / "pip", "install", "--quiet", LOCALSTRIPE]):
            raise TargetError(f"{LOCALSTRIPE} could not be installed")
    command = [folder / "bin" / "python", "-m", "localstripe.server", "--port", str(port), "--from-scratch"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def _answering(base: str) -> str:
    for _ in range(100):
        try:
            httpx.get(base, timeout=2)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return base
    raise TargetError(f"nothing answers at {base}")


def referee(target: str, corpus: Path) -> dict[str, Any]:
    """What the referee measures over HTTP."""
    base = StripeMockTarget().base if target == "stripe-mock" else target
    done = subprocess.run([sys.executable, str(REFEREE), base, str(corpus)], check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return figures


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
