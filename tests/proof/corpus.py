"""What the proofs run on: the recorded corpora, one capture a source, and a bench that tries candidates on a capture one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from replayer.candidates import Call
from replayer.capture.importers import import_paths
from replayer.capture.retries import Retries
from replayer.capture.store import Capture, Writer, open_capture
from replayer.capture.stored_baseline import baseline_of
from replayer.diff.expect import ACCEPT_CALLS, Expectation
from replayer.model import ORIGIN_STRIPE, BaselineObject, Exchange, Manifest, Outcome, Verdict
from replayer.replay.arms import ArmJob, Setting, run_arms
from replayer.runs.run import CANDIDATE, CONTROL, SECOND, RunSpec, judge_captures

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the recorded corpora are not here (../shared/corpora)")

Rewrite = Callable[[Call], Any]


def imported(folder: Path) -> Capture:
    """All recordings of the corpora as one capture."""
    import_paths([CORPORA], folder)
    return open_capture(folder)


def of_source(capture: Capture, source: str) -> list[Exchange]:
    """One source's exchanges."""
    return [exchange for exchange in capture.exchanges() if exchange.source == source]


def baseline(capture: Capture, source: str) -> list[BaselineObject]:
    """What one source stands on."""
    return baseline_of(capture, source, lambda: of_source(capture, source))


def write(folder: Path, exchanges: Iterable[Exchange], objects: Iterable[BaselineObject] | None = None) -> Path:
    """A capture of one source that says it comes from Stripe."""
    with Writer(folder, Manifest(origin=ORIGIN_STRIPE, redaction="trusted")) as writer:
        for exchange in exchanges:
            writer.append(exchange)
        if objects is not None:
            writer.baseline(exchange.source, objects)
    return folder


class Bench:
    """A capture with its control arm, made once; candidates are tried on it one after another."""

    active: ClassVar[Rewrite | None] = None

    def __init__(self, capture: Path, folder: Path, *, target: str = "simulator") -> None:
        self.capture, self.folder, self.target = capture, folder, target
        self._tried = 0
        self._run(ArmJob(role=CONTROL, out=folder / CONTROL))
        if target != "simulator":
            self._run(ArmJob(role=SECOND, out=folder / SECOND))
        self.file = folder / "candidate.py"
        self.file.write_text("from tests.proof.corpus import Bench\n\n\ndef rewrite(call):\n    return Bench.active(call)\n")

    def attempt(self, rewrite: Rewrite) -> Path:
        """The candidate's arm."""
        self._tried += 1
        out = self.folder / f"{CANDIDATE}-{self._tried}"
        Bench.active = staticmethod(rewrite)
        self._run(ArmJob(role=CANDIDATE, out=out, candidate=self.file))
        return out

    def verdict(self, arm: Path, expectation: Expectation = Expectation()) -> Verdict:
        """What a candidate's arm comes to beside the control."""
        spec = RunSpec(capture=self.capture, out=self.folder, target=self.target, expectation=expectation)
        second = self.folder / SECOND if self.target != "simulator" else None
        return judge_captures(spec, self.folder / CONTROL, arm, second)

    def both(self, rewrite: Rewrite) -> tuple[Verdict, Verdict]:
        """The verdicts on a candidate: without expectation, and with its own changes of calls accepted."""
        arm = self.attempt(rewrite)
        return self.verdict(arm), self.verdict(arm, ACCEPT_CALLS)

    def _run(self, job: ArmJob) -> None:
        for _ in run_arms(Setting(capture=self.capture, target=self.target, seed="proof"), [job]):
            pass


def at(place: int, change: Rewrite) -> Rewrite:
    """A candidate that changes the call at one place of its source and returns the others as they are."""
    seen: Iterator[int] = iter(range(1 << 30))
    return lambda call: change(call) if next(seen) == place else call


def logical(exchanges: list[Exchange]) -> list[Exchange]:
    """The calls that a replay makes: an SDK's retries are one."""
    return list(Retries(exchanges).logical(exchanges))


def perfect(capture: Path, folder: Path) -> Path:
    """The recording as it would be if Stripe answered exactly as the simulator does: no doubt about the control hides a wrong green."""
    bench = Bench(capture, folder / "bench")
    recorded, control = open_capture(capture), open_capture(bench.folder / CONTROL)
    answers = {exchange.replayed_from: exchange for exchange in control.exchanges()}
    source = recorded.sources[0].name
    calls = [
        msgspec.structs.replace(
            exchange,
            request=msgspec.structs.replace(answers[exchange.id].request, idempotency_key=exchange.request.idempotency_key),
            outcome=_bare(answers[exchange.id].outcome),
        )
        for exchange in logical(list(recorded.exchanges()))
    ]
    return write(folder / "capture", calls, baseline(recorded, source))


def _bare(outcome: Outcome) -> Outcome:
    return Outcome(status=outcome.status, headers=outcome.headers, body=outcome.body, text=outcome.text, error=outcome.error)


__all__ = ["ACCEPT_CALLS", "CONTROL", "CORPORA", "Bench", "at", "baseline", "imported", "logical", "needs_corpora", "of_source", "perfect", "write"]
