"""Run the arms of a run: each a capture in its own folder. On the simulator the sources are shared out to processes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import msgspec

from replayer.candidates import load_rewrite
from replayer.capture.select import Selection
from replayer.capture.store import Capture, Writer, join, open_capture
from replayer.model import Arm as ArmInfo
from replayer.model import ArmFinished, ArmStarted, Manifest, NothingSelected, Parent, Progress, Replayed, Source
from replayer.replay.engine import Arm
from replayer.targets import resolve

WORTH_A_PROCESS = 1500  # exchanges; fewer are done before a second process has started


class ArmJob(msgspec.Struct, frozen=True, kw_only=True):
    """One arm to run: its role, where its capture goes, and the candidate's file."""

    role: str
    out: Path
    candidate: Path | None = None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every arm of a run. `seed` makes ids and keys: equal seeds, equal bytes on the simulator."""

    capture: Path
    target: str
    seed: str
    selection: Selection | None = None
    bind: dict[str, str] = {}


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
    for job in jobs:
        yield ArmStarted(job.role, setting.target, len(capture))
        manifest = arm_manifest(setting, capture, job)
        shares = shards(capture.sources, 4 if pool else 1)
        if pool is None:
            yield from _one_process(setting, job, manifest, capture)
        else:
            parts = [job.out / f".part-{number}" for number in range(len(shares))]
            futures = [pool.submit(_part, setting, job, manifest, part, share) for part, share in zip(parts, shares, strict=True)]
            for future in futures:
                yield Replayed(job.role, future.result())
            join(parts, job.out, manifest)
            for part in parts:
                shutil.rmtree(part)
        yield ArmFinished(job.role, str(job.out))


def arm_manifest(setting: Setting, capture: Capture, job: ArmJob) -> Manifest:
    """What an arm's capture says of itself before its first call."""
    target = resolve(setting.target)
    parent = Parent(os.path.relpath(setting.capture.resolve(), job.out.resolve()), capture.digest())
    arm = ArmInfo(
        role=job.role,
        target=target.name,
        version=target.version,
        clock=target.clock,
        candidate=job.candidate.name if job.candidate else None,
    )
    return Manifest(origin=target.origin, parent=parent, redaction=capture.manifest.redaction, arm=arm)


def _one_process(setting: Setting, job: ArmJob, manifest: Manifest, capture: Capture) -> Iterator[Progress]:
    with Writer(job.out, manifest) as writer:
        arm = _arm(setting, job, capture, writer)
        for source in capture.sources:
            for count in arm.replay(source.name):
                yield Replayed(job.role, count)
        _finish(arm, writer)


def _part(setting: Setting, job: ArmJob, manifest: Manifest, out: Path, sources: Sequence[str]) -> int:
    """Run an arm over some sources, in a process of its own; returns how many recorded calls it did."""
    capture = open_capture(setting.capture)
    with Writer(out, manifest) as writer:
        arm = _arm(setting, job, capture, writer)
        done = sum(sum(arm.replay(source)) for source in sources)
        _finish(arm, writer)
    return done


def _arm(setting: Setting, job: ArmJob, capture: Capture, writer: Writer) -> Arm:
    return Arm(
        capture,
        resolve(setting.target),
        writer,
        role=job.role,
        seed=setting.seed,
        candidate=load_rewrite(job.candidate) if job.candidate else None,
        selection=setting.selection,
        bind=setting.bind,
    )


def _finish(arm: Arm, writer: Writer) -> None:
    info = writer.manifest.arm
    assert info is not None
    counts = arm.counts
    writer.finish(
        origin_sets=arm.origin_sets,
        arm=msgspec.structs.replace(info, claims=arm.claims, calls_seen=counts.seen, calls_changed=counts.changed),
    )
