"""`replayer replay`: replay a capture against a target: one arm."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from replayer.capture.store import open_capture
from replayer.cli.options import (
    add_baseline,
    add_bind,
    add_horizon,
    add_lanes,
    add_selection,
    add_stimuli,
    add_world,
    baseline_from,
    bound_by,
    existing,
    horizon_of,
    selection_of,
    stimuli_file,
    world_file,
)
from replayer.model import InputError, NothingSelected
from replayer.replay.arms import LANES, ArmJob, Setting, run_arms, workers
from replayer.replay.horizon import DEFAULT
from replayer.replay.journal import is_finished, read_state
from replayer.report.progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--target", default="simulator", metavar="T", help="simulator (default), stripe-mock, or a URL")
    parser.add_argument("--candidate", metavar="FILE.py", help="Python that defines rewrite(call)")
    parser.add_argument("--out", required=True, metavar="CAPTURE", help="where the arm's capture goes")
    parser.add_argument("--resume", action="store_true", help="go on with the arm in --out, which was killed")
    add_lanes(parser)
    add_horizon(parser)
    add_bind(parser)
    add_baseline(parser)
    add_world(parser)
    add_stimuli(parser)
    add_selection(parser)


def run(args: argparse.Namespace) -> int:
    """Replay one arm."""
    path = existing(args.capture)
    capture = open_capture(path)
    candidate = existing(args.candidate) if args.candidate else None
    seed = capture.digest() if args.target == "simulator" else seed_of(Path(args.out), resume=args.resume)
    job = ArmJob(role="candidate" if candidate else "control", out=Path(args.out), candidate=candidate)
    setting = Setting(capture=path, target=args.target, seed=seed, selection=selection_of(args), lanes=args.lanes or LANES,
                      horizon=horizon_of(args) or DEFAULT, bind=bound_by(args), world=world_file(args),
                      stimuli=stimuli_file(args))  # fmt: skip
    line = ProgressLine(sys.stderr, quiet=not sys.stderr.isatty())
    with baseline_from(args), workers(capture, args.target) as pool:
        for step in run_arms(setting, [job], pool):
            line.show(step)
    line.done()
    arm = open_capture(Path(args.out))
    sent = sum(exchange.disposition == "sent" for exchange in arm.exchanges())
    print(f"{sent} of {len(arm)} calls sent to {args.target}; the arm lies in {args.out}")
    if not sent:
        raise NothingSelected("no call was sent", hint="`replayer plan` says why not")
    return 0


def seed_of(arm: Path, *, resume: bool) -> str:
    """What an arm's keys are made of: anew, or as the arm that was killed made them."""
    state = read_state(arm)
    if not resume:
        if state is not None:
            raise InputError("an arm was killed here", place=str(arm), hint="--resume goes on with it")
        return os.urandom(16).hex()
    if state is None and arm.exists() and is_finished(arm):
        raise InputError("this arm is finished", place=str(arm), hint="choose another folder")
    return os.urandom(16).hex() if state is None else state.seed
