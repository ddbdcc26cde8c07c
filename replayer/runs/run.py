"""Run both arms, diff them, judge: from a capture and a candidate to a verdict."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import date
from pathlib import Path

import msgspec

from replayer.capture.chains import chains_of
from replayer.capture.select import Selection
from replayer.capture.store import Capture, open_capture
from replayer.diff.findings import Findings
from replayer.diff.noise import in_force, learned
from replayer.diff.stream import Partial, diff_sources, open_sides, refuse_unfit, setting_of
from replayer.diff.tally import Setting, Tally
from replayer.diff.verdict import assemble, to_json
from replayer.model import CannotJudge, InputError, NextBill, NoiseRule, NothingSelected, Progress, TargetError, Verdict
from replayer.replay.arms import TAG_LENGTH, ArmJob, run_arms, shards, workers
from replayer.replay.arms import Setting as ArmSetting
from replayer.replay.journal import is_finished, read_state
from replayer.replay.plan import Planner
from replayer.runs.noise_file import read_noise, write_noise
from replayer.runs.spec import SPEC, RunSpec, keep
from replayer.targets import resolve

VERDICT = "verdict.json"
BILLS = "bills.jsonl"
MIN_JUDGED = 0.5  # of the recorded money, in test mode
SEED = "seed"
CONTROL, CANDIDATE, SECOND = "control", "candidate", "control-2"


def execute(spec: RunSpec) -> Iterator[Progress | Verdict]:
    """Run a spec: yields progress, and last the verdict, which then also stands in the run's folder."""
    capture = open_capture(spec.capture)
    if not len(capture):
        raise NothingSelected("the capture holds no exchange", place=str(spec.capture))
    chosen = chosen_ids(capture, spec.selection)
    if chosen is not None and not chosen:
        raise NothingSelected("no call is selected", place=str(spec.capture), hint="`replayer show` lists the calls")
    require_judged(spec, capture, chosen)
    keep(spec, capture)
    seed = capture.digest() if spec.target == "simulator" else _seed(spec.out)
    rules = _noise(spec)
    jobs = [ArmJob(role=CONTROL, out=spec.out / CONTROL), _candidate(spec)]
    if spec.target != "simulator":
        jobs.append(ArmJob(role=SECOND, out=spec.out / SECOND))
    with workers(capture, spec.target, spec.jobs) as pool:
        arms = ArmSetting(
            capture=spec.capture, target=spec.target, seed=seed, selection=spec.selection, bind=spec.bind, lanes=spec.lanes,
            horizon=spec.horizon, rules=spec.rules, world=spec.world, stimuli=spec.stimuli,
        )  # fmt: skip
        jobs = [job for job in jobs if spec.target == "simulator" or not is_finished(job.out)]
        yield from run_arms(arms, jobs, pool)
        refuse_silence(spec.target, spec.out / CONTROL)
        second = spec.out / SECOND if spec.target != "simulator" else None
        verdict = judge_captures(
            spec, spec.out / CONTROL, spec.out / CANDIDATE, second, chosen=chosen, pool=pool, table=spec.out / BILLS, noise=rules
        )
    (spec.out / VERDICT).write_bytes(to_json(verdict))
    _learn_noise(spec, rules, verdict)
    yield verdict


def _noise(spec: RunSpec) -> list[NoiseRule]:
    """The learned rules, where the target is one that has noise."""
    return read_noise(spec.noise) if spec.noise is not None and spec.target != "simulator" else []


def _learn_noise(spec: RunSpec, rules: list[NoiseRule], verdict: Verdict) -> None:
    """Write down what this run's controls differed in."""
    measured = [(place.operation, place.field) for place in verdict.noise if place.measured]
    after = learned(rules, measured, date.today())
    if spec.noise is not None and after != rules:
        write_noise(spec.noise, after)


def _candidate(spec: RunSpec) -> ArmJob:
    return ArmJob(role=CANDIDATE, out=spec.out / CANDIDATE, candidate=spec.candidate, version=spec.candidate_version)


def require_judged(spec: RunSpec, capture: Capture, chosen: set[str] | None) -> None:
    """Stop before the first write where too little of the recorded money could be judged; raises `CannotJudge`."""
    least = spec.min_judged if spec.min_judged is not None else MIN_JUDGED if spec.target == "test-mode" else None
    if not least:
        return
    planner = Planner(resolve(spec.target), None, chosen, bound={*spec.bind, *spec.rules})
    for source in capture.sources:
        planner.source(capture, source.name)
    share = planner.plan().judged["money"]
    if share is not None and share < least:
        hint = "`replayer plan` says why not the rest; `replayer seed` and `bind:` help, or --min-judged 0"
        raise CannotJudge(f"{spec.target} could judge {share:.0%} of the recorded money, which is less than {least:.0%}", hint=hint)


def _seed(run: Path) -> str:
    """What a remote run's keys are made of: kept in its folder before the first call, so that a resumed run makes the same ones."""
    file = run / SEED
    if file.is_file():
        return file.read_text().strip()
    run.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(os.urandom(16).hex() + "\n")
    draft.replace(file)
    return file.read_text().strip()


def tag_of(run: Path) -> str:
    """The tag of what a remote run made: the beginning of its seed."""
    return _seed(run)[:TAG_LENGTH]


def judge_captures(
    spec: RunSpec,
    control: Path,
    candidate: Path,
    second: Path | None = None,
    *,
    chosen: set[str] | None = None,
    pool: Executor | None = None,
    table: Path | None = None,
    noise: Sequence[NoiseRule] = (),
) -> Verdict:
    """Diff two arms of a capture and judge; `noise` are learned rules.

    The next-bill table goes to the file `table`, a JSON object a line.
    """
    sides = open_sides(spec.capture, control, candidate, second)
    refuse_unfit(sides)
    setting = setting_of(
        sides, spec.expectation, accept_origin=spec.accept_origin, accept_gaps=spec.accept_gaps, noise=in_force(noise, date.today())
    )
    total = Partial(Findings(), Tally(), [])
    shares = shards(sides.recorded.sources, 4 if pool else 1)
    if pool is None:
        total.merge(diff_sources(sides, setting, shares[0], chosen))
    else:
        paths = (spec.capture, control, candidate, second)
        for future in [pool.submit(_diff_part, paths, setting, share, chosen) for share in shares]:
            total.merge(future.result())
    if table is not None:
        write_bills(table, total.bills)
    return assemble(total, sides, setting, spec.gates)


def _diff_part(paths: tuple[Path, Path, Path, Path | None], setting: Setting, share: list[str], chosen: set[str] | None) -> Partial:
    return diff_sources(open_sides(*paths), setting, share, chosen)


def chosen_ids(capture: Capture, selection: Selection | None) -> set[str] | None:
    """The ids of the exchanges that a selection chooses; null means all."""
    if selection is None or selection.is_empty:
        return None
    return selection.ids(capture.exchanges(), chains_of(capture.exchanges()))


def refuse_silence(target: str, control: Path) -> None:
    """A target that answered no call at all is not there."""
    sent = [exchange.outcome for exchange in open_capture(control).exchanges() if exchange.disposition == "sent"]
    if target not in ("simulator", "stripe-mock") and sent and all(outcome.status is None for outcome in sent):
        raise TargetError(f"{target} answered none of {len(sent)} calls: {sent[0].error}", hint="is it running?")
    if target not in ("simulator", "stripe-mock") and len(sent) > 1 and all(outcome.body is None for outcome in sent):
        raise TargetError(f"{target} answered none of {len(sent)} calls with JSON", hint="is it Stripe's API, or what stands for it?")


def write_bills(file: Path, rows: list[NextBill]) -> None:
    """Write the next-bill table."""
    with file.open("wb") as stream:
        for row in rows:
            stream.write(msgspec.json.encode(row) + b"\n")


def read_bills(run: Path) -> Iterator[NextBill]:
    """Stream the next-bill table of a finished run."""
    reopen(run)
    with (run / BILLS).open("rb") as stream:
        for line in stream:
            yield msgspec.json.decode(line, type=NextBill)


def reopen(run: Path) -> Verdict:
    """Read the verdict of a run that was made before."""
    file = run / VERDICT
    if not file.is_file():
        raise InputError("this is not a finished run", place=str(run), hint="`replayer run CAPTURE --out RUN` makes one")
    return msgspec.json.decode(file.read_bytes(), type=Verdict)


def capture_of(run: Path) -> Path:
    """The capture that a run is made of, as its arms say."""
    for role in (CONTROL, CANDIDATE, SECOND):
        folder = run / role
        parent = open_capture(folder).manifest.parent if (folder / "manifest.json").is_file() else None
        if parent is not None:
            return (folder / parent.path).resolve()
    raise InputError("this run does not say yet of which capture it is", place=str(run), hint="replayer run CAPTURE --resume RUN")


def clear(run: Path, capture: Path) -> Path:
    """Make ready to finish a killed run. On the simulator, which is deterministic, its arms are thrown away and replayed; elsewhere each
    arm goes on from its journal."""
    if (run / VERDICT).exists():
        raise InputError("this run is finished", place=str(run), hint=f"`replayer show {run}` shows it; --out takes a new folder")
    arms = [run / role for role in (CONTROL, CANDIDATE, SECOND) if (run / role).exists()]
    if not arms and not any((run / name).exists() for name in (SEED, SPEC)):
        raise InputError("there is no run here to finish", place=str(run), hint="`--out RUN` makes one")
    for folder in arms:
        _check_resumable(folder, capture)
    (run / BILLS).unlink(missing_ok=True)
    for folder in arms:
        if (read_state(folder) is None and not is_finished(folder)) or (run / SEED).exists() is False:
            shutil.rmtree(folder)
    return run


def _check_resumable(folder: Path, capture: Path) -> None:
    if not (folder / "manifest.json").is_file():
        return  # killed before its first call was written down: the journal says of which capture
    manifest = open_capture(folder).manifest
    if manifest.parent is None or (folder / manifest.parent.path).resolve() != capture.resolve():
        raise InputError("this is no run of that capture", place=str(folder), hint="give the capture that the run was made of")
