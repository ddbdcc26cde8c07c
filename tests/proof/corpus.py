"""What the proofs run on: the recorded corpora, one capture a source, and a bench that tries candidates on a capture one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec

from replayer.candidates import Call
from replayer.capture.baseline import derive
from replayer.capture.importers import import_paths
from replayer.capture.retries import Retries
from replayer.capture.store import Writer, open_capture
from replayer.diff.expect import ACCEPT_CALLS, Expectation
from replayer.model import ORIGIN_STRIPE, BaselineObject, Exchange, Manifest, Outcome, Verdict
from replayer.replay.arms import ArmJob, Setting, run_arms
from replayer.runs.run import CANDIDATE, CONTROL, SECOND, RunSpec, judge_captures

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
Rewrite = Callable[[Call], Any]
Answers = Literal["recorded", "perfect"]
NOTHING = Expectation()


class Bench:
    """A capture with its control arm, made once; candidates are tried on it one after another."""

    active: ClassVar[Rewrite | None] = None

    def __init__(self, capture: Path, folder: Path, *, target: str = "simulator") -> None:
        self.capture, self.folder, self.target = capture, folder, target
        self.calls = list(Retries(open_capture(capture).exchanges()).logical(open_capture(capture).exchanges()))
        self._tried = 0
        self._run(ArmJob(role=CONTROL, out=folder / CONTROL))
        control = open_capture(folder / CONTROL).exchanges()
        self.made = {exchange.replayed_from for exchange in control if exchange.disposition == "sent"}
        if target != "simulator":
            self._run(ArmJob(role=SECOND, out=folder / SECOND))
        self.file = folder / "candidate.py"
        self.file.write_text("from tests.proof.corpus import Bench\n\nrewrite = Bench.active\n")

    def attempt(self, rewrite: Rewrite) -> Path:
        """The arm of a candidate."""
        self._tried += 1
        out = self.folder / f"{CANDIDATE}-{self._tried}"
        Bench.active = staticmethod(rewrite)
        self._run(ArmJob(role=CANDIDATE, out=out, candidate=self.file))
        return out

    def verdict(self, arm: Path, expectation: Expectation = NOTHING) -> Verdict:
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


class Shelf:
    """The corpora, source by source: `recorded` as Stripe answered, `perfect` as if Stripe had answered what the simulator does.

    A control that reproduces everything is the hardest case: no doubt about it can turn a wrong green into *unknown*.
    """

    def __init__(self, folder: Path, whole: Path | None = None) -> None:
        self.folder = folder
        self.whole = whole or folder / "whole"
        if whole is None:
            import_paths([CORPORA], self.whole)
        self.sources = [source.name for source in open_capture(self.whole).sources]
        self._benches: dict[tuple[str, Answers], Bench] = {}

    def bench(self, source: str, answers: Answers = "recorded") -> Bench:
        """One source with its control."""
        key = source, answers
        if key not in self._benches:
            folder = self.folder / answers / str(self.sources.index(source))
            capture = self._perfect(source, folder) if answers == "perfect" else self._recorded(source, folder)
            self._benches[key] = Bench(capture, folder)
        return self._benches[key]

    def _recorded(self, source: str, folder: Path) -> Path:
        exchanges = [exchange for exchange in open_capture(self.whole).exchanges() if exchange.source == source]
        return write(folder / "capture", exchanges)

    def _perfect(self, source: str, folder: Path) -> Path:
        bench = self.bench(source)
        control = {exchange.replayed_from: exchange for exchange in open_capture(bench.folder / CONTROL).exchanges()}
        calls = [_answered(call, control[call.id]) for call in bench.calls]
        return write(folder / "capture", calls, derive(open_capture(bench.capture).exchanges()))


def _answered(recorded: Exchange, live: Exchange) -> Exchange:
    request = msgspec.structs.replace(live.request, idempotency_key=recorded.request.idempotency_key)
    answer = live.outcome
    outcome = Outcome(status=answer.status, headers=answer.headers, body=answer.body, text=answer.text, error=answer.error)
    return msgspec.structs.replace(recorded, request=request, outcome=outcome)


def write(folder: Path, exchanges: Iterable[Exchange], baseline: Iterable[BaselineObject] | None = None) -> Path:
    """A capture of one source that says it comes from Stripe, on the baseline given or on that which its exchanges tell."""
    listed = list(exchanges)
    with Writer(folder, Manifest(origin=ORIGIN_STRIPE, redaction="trusted")) as writer:
        for exchange in listed:
            writer.append(exchange)
        writer.baseline(listed[0].source, derive(listed) if baseline is None else baseline)
    return folder


def at(place: int, change: Rewrite) -> Rewrite:
    """A candidate that changes the call at one place of its source and returns the others as they are."""
    seen: Iterator[int] = iter(range(1 << 30))
    return lambda call: change(call) if next(seen) == place else call


__all__ = ["ACCEPT_CALLS", "CONTROL", "CORPORA", "Answers", "Bench", "Rewrite", "Shelf", "at", "write"]
