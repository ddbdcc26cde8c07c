"""Run the arms of a run: each a capture in its own folder. On the simulator the sources are shared out to processes."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

import msgspec

from replayer.candidates import load_rewrite
from replayer.capture.select import Selection
from replayer.capture.stimuli import check_stimuli
from replayer.capture.store import Capture, Writer, join, open_capture
from replayer.capture.told_events import told, write_events
from replayer.model import Arm as ArmInfo
from replayer.model import (
    ArmFinished,
    ArmStarted,
    InputError,
    Manifest,
    NothingSelected,
    Parent,
    Progress,
    Replayed,
    SendLag,
    Source,
    TargetError,
)
from replayer.replay.bind_rules import BindRule
from replayer.replay.engine import Arm
from replayer.replay.horizon import DEFAULT, parse_horizon, replay_together
from replayer.replay.journal import Journal, State, read_state
from replayer.targets import resolve

LANES = 16  # calls under way at once on a target without a clock of ours
TAG_LENGTH = 12  # of a run's seed, as the tag of what it makes
_SLACK = 60.0  # seconds by which the target's clock may be behind
WORTH_A_PROCESS = 1500  # exchanges; fewer are done before a second process has started


class ArmJob(msgspec.Struct, frozen=True, kw_only=True):
    """One arm to run: its role, where its capture goes, the candidate's file, and the API version that all its calls ask for."""

    role: str
    out: Path
    candidate: Path | None = None
    version: str | None = None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every arm of a run. `seed` makes ids and keys: equal seeds, equal bytes on the simulator. `world` is a file of what
    is taken as given, `stimuli` one of what was done off camera; null: what each source shows."""

    capture: Path
    target: str
    seed: str
    selection: Selection | None = None
    bind: dict[str, str] = {}
    rules: dict[str, BindRule] = {}
    lanes: int = LANES
    horizon: str = DEFAULT
    world: Path | None = None
    stimuli: Path | None = None


@contextmanager
def workers(capture: Capture, target: str, count: int | None = None) -> Iterator[Executor | None]:
    """Processes for a run's work; none where the target is remote or the capture is small."""
    count = count or os.cpu_count() or 1
    if target != "simulator" or count < 2 or len(capture.sources) < 2 or len(capture) < WORTH_A_PROCESS:
        yield None
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_keep_stdout) as pool:
        yield pool


def _keep_stdout() -> None:
    """Standard output is the command's: what a candidate prints in a worker goes to standard error."""
    sys.stdout = sys.stderr


def shards(sources: Sequence[Source], count: int) -> list[list[str]]:
    """Sources in order, cut into about equal shares of exchanges."""
    total = sum(source.exchanges for source in sources)
    shares: list[list[str]] = [[]]
    filled = 0
    for source in sources:
        if filled >= total * len(shares) / count and shares[-1]:
            shares.append([])
        shares[-1].append(source.name)
        filled += source.exchanges
    return shares


def run_arms(setting: Setting, jobs: Sequence[ArmJob], pool: Executor | None = None) -> Iterator[Progress]:
    """Run arms one after the other, telling how it goes."""
    capture = open_capture(setting.capture)
    if not len(capture):
        raise NothingSelected("the capture holds no exchange", place=str(setting.capture))
    if setting.stimuli is not None:
        check_stimuli(setting.stimuli, capture)
    if setting.target == "simulator":
        yield from _together(setting, jobs, capture, pool)
        return
    for job in jobs:
        yield ArmStarted(job.role, setting.target, len(capture))
        yield from _alone(setting, job, arm_manifest(setting, capture, job), capture)
        yield ArmFinished(job.role, str(job.out))


def _together(setting: Setting, jobs: Sequence[ArmJob], capture: Capture, pool: Executor | None) -> Iterator[Progress]:
    """Run all arms source by source, so that they come to the same horizon."""
    manifests = [arm_manifest(setting, capture, job) for job in jobs]
    for job in jobs:
        yield ArmStarted(job.role, setting.target, len(capture))
    if pool is None:
        yield from _sources(setting, jobs, manifests, capture, [source.name for source in capture.sources])
    else:
        shares = shards(capture.sources, 4)
        parts = [[msgspec.structs.replace(job, out=job.out / f".part-{number}") for job in jobs] for number in range(len(shares))]
        for future in [pool.submit(_part, setting, part, manifests, share) for part, share in zip(parts, shares, strict=True)]:
            for role, done in future.result().items():
                yield Replayed(role, done)
        for place, (job, manifest) in enumerate(zip(jobs, manifests, strict=True)):
            outs = [part[place].out for part in parts]
            join(outs, job.out, manifest)
            for out in outs:
                shutil.rmtree(out)
    for job in jobs:
        yield ArmFinished(job.role, str(job.out))


def _sources(
    setting: Setting, jobs: Sequence[ArmJob], manifests: Sequence[Manifest], capture: Capture, sources: Sequence[str]
) -> Iterator[Replayed]:
    horizon = parse_horizon(setting.horizon)
    with ExitStack() as stack:
        writers = [stack.enter_context(Writer(job.out, manifest)) for job, manifest in zip(jobs, manifests, strict=True)]
        arms = [_arm(setting, job, capture, writer) for job, writer in zip(jobs, writers, strict=True)]
        for source in sources:
            for role, count in replay_together(arms, source, horizon):
                yield Replayed(role, count)
        for arm, writer in zip(arms, writers, strict=True):
            _finish(arm, writer)


def _part(setting: Setting, jobs: Sequence[ArmJob], manifests: Sequence[Manifest], sources: Sequence[str]) -> dict[str, int]:
    """Run the arms over some sources, in a process of its own; returns by role how many recorded calls were done."""
    done: Counter[str] = Counter()
    for step in _sources(setting, jobs, manifests, open_capture(setting.capture), sources):
        done[step.role] += step.count
    return dict(done)


def arm_manifest(setting: Setting, capture: Capture, job: ArmJob) -> Manifest:
    """What an arm's capture says of itself before its first call."""
    target = resolve(setting.target, role=job.role, tag=setting.seed[:TAG_LENGTH])
    parent = Parent(os.path.relpath(setting.capture.resolve(), job.out.resolve()), capture.digest())
    arm = ArmInfo(
        role=job.role,
        target=target.name,
        version=target.version,
        clock=target.clock,
        candidate=job.candidate.name if job.candidate else None,
        asked_version=job.version or "",
    )
    return Manifest(origin=target.origin, parent=parent, redaction=capture.manifest.redaction, arm=arm)


def _alone(setting: Setting, job: ArmJob, manifest: Manifest, capture: Capture) -> Iterator[Progress]:
    journal = _journal(setting, job, capture)
    with Writer(job.out, manifest) as writer:
        arm = _arm(setting, job, capture, writer, journal)
        for count in arm.replay_all(source.name for source in capture.sources):
            yield Replayed(job.role, count)
        _finish(arm, writer)
    _read_events_back(arm, job.out, journal.began)
    journal.close(remove=True)
    if arm.lags:
        lags = sorted(arm.lags)
        yield SendLag(job.role, len(lags), lags[len(lags) // 2], lags[len(lags) * 99 // 100])


def _read_events_back(arm: Arm, out: Path, began: float) -> None:
    """Keep the events that a target sent of the arm's calls, where it can be asked for them."""
    session = arm.target.open("events")
    try:
        asked = getattr(session, "events", None)
        if asked is not None:
            events = list(told(asked(began - _SLACK), began - _SLACK))
            write_events(out, events)
    except TargetError:
        return  # what nobody may read is not known, and no file says that there was none
    finally:
        session.close()


def _journal(setting: Setting, job: ArmJob, capture: Capture) -> Journal:
    """The arm's journal: the one that a killed run left, else a new one. What the killed arm had written is written anew."""
    candidate = _digest(job.candidate)
    began = time.time()
    state = State(
        seed=setting.seed, target=setting.target, capture=capture.digest(), candidate=candidate, bind=setting.bind, version=job.version,
        selection=setting.selection, began=began, stimuli=_digest(setting.stimuli),
    )  # fmt: skip
    earlier = read_state(job.out)
    if earlier is not None:
        if msgspec.structs.replace(earlier, began=began) != state:
            hint = "resume with the capture, the target, the candidate and the bindings of the run that was killed"
            raise InputError("this is not the arm that was killed", place=str(job.out), hint=hint)
        for file in job.out.iterdir():
            if file.is_file():
                file.unlink()
    return Journal(job.out, earlier or state)


def _digest(file: Path | None) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file is not None else None


def _arm(setting: Setting, job: ArmJob, capture: Capture, writer: Writer, journal: Journal | None = None) -> Arm:
    return Arm(
        capture,
        resolve(setting.target, role=job.role, tag=setting.seed[:TAG_LENGTH]),
        writer,
        role=job.role,
        seed=setting.seed,
        candidate=load_rewrite(job.candidate) if job.candidate else None,
        selection=setting.selection,
        bind=setting.bind,
        rules=setting.rules,
        version=job.version,
        began=journal.began if journal is not None else None,
        journal=journal,
        lanes=setting.lanes,
        horizon=setting.horizon,
        world=setting.world,
        stimuli=setting.stimuli,
    )


def _finish(arm: Arm, writer: Writer) -> None:
    info = writer.manifest.arm
    assert info is not None
    counts = arm.counts
    writer.finish(
        origin_sets=arm.origin_sets,
        arm=msgspec.structs.replace(info, claims=arm.claims, calls_seen=counts.seen, calls_changed=counts.changed),
    )
