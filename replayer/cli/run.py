"""`replayer run`: replay both arms, diff them, judge."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import msgspec

from replayer.cli.options import (
    add_baseline,
    add_bind,
    add_format,
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
from replayer.cli.start import emit
from replayer.diff.expect import ACCEPT_CALLS
from replayer.diff.verdict import to_json
from replayer.model import ArmFinished, InputError, Progress, Verdict
from replayer.report.progress import ProgressLine
from replayer.report.terminal import in_colour, report
from replayer.runs import RunSpec, execute, load_scenario
from replayer.runs.run import capture_of, tag_of
from replayer.runs.scenario import FILE
from replayer.stripeapi.versions import NEWEST, date, parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", help="a capture, or a scenario's folder; of a run to resume: its capture")
    parser.add_argument("--target", metavar="T", help="simulator (default), stripe-mock, or a URL")
    parser.add_argument("--candidate", metavar="FILE.py", help="Python that defines rewrite(call)")
    parser.add_argument("--expect-calls", action="store_true", help="accept the candidate's own changes; judge what they cause")
    parser.add_argument("--accept-gaps", action="store_true", help="let a capture that is known to lack calls end as intended")
    parser.add_argument("--accept-origin", action="store_true", help="let a capture that does not come from Stripe end as intended")
    parser.add_argument("--gate", action="append", default=[], metavar="GATE", help="a condition, e.g. 'money == 0'; repeatable")
    parser.add_argument("--out", metavar="RUN", help="keep the run in this folder")
    parser.add_argument("--resume", metavar="RUN", help="finish a run that was killed")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes; default: one a core")
    parser.add_argument(
        "--candidate-version", metavar="V", help="ask for this API version in the candidate's arm: what is gone or has moved?"
    )
    parser.add_argument("--noise", metavar="FILE", help="noise learned by earlier runs, read and written; a scenario keeps its noise.yaml")
    add_lanes(parser)
    add_horizon(parser)
    add_bind(parser)
    parser.add_argument(
        "--min-judged",
        metavar="SHARE",
        help="stop before anything is sent where less of the money could be judged; test mode: 50 %%",
    )
    add_baseline(parser)
    add_world(parser)
    add_stimuli(parser)
    add_format(parser)
    add_selection(parser)


def run(args: argparse.Namespace) -> int:
    """Run, print the verdict, and return its exit code."""
    started = time.monotonic()
    args.subject = str(subject_of(args))  # of a run to resume it is read before its arms are cleared away
    with tempfile.TemporaryDirectory(prefix="replayer-") as scratch:
        out = run_folder(args, Path(scratch))
        spec = spec_of(args, out)
        with redirect_stdout(sys.stderr), baseline_from(args):  # what a candidate prints is not the report
            verdict = finish(execute(spec), quiet=args.format == "json" or not sys.stderr.isatty())
        tag = tag_of(out) if spec.target == "test-mode" else None
    show(verdict, args.format, seconds=time.monotonic() - started)
    if args.out:
        print(f"kept in {args.out}", file=sys.stderr)
    if tag is not None:
        print(f"this is run {tag}: `replayer clean --run {tag}` takes away what it made", file=sys.stderr)
    return verdict.exit_code


def show(verdict: Verdict, form: str, *, seconds: float | None = None) -> None:
    """Print a verdict in the form asked for."""
    emit(to_json(verdict).decode() + "\n" if form == "json" else report(verdict, seconds=seconds, colour=in_colour(sys.stdout)))


def run_folder(args: argparse.Namespace, scratch: Path) -> Path:
    """Where the run goes: `--out`, the folder to resume, or a scratch folder."""
    if args.resume:
        from replayer.runs.run import clear

        subject = existing(args.subject)
        capture = load_scenario(subject, scratch).capture if (subject / FILE).is_file() else subject
        return clear(existing(args.resume), capture)
    if not args.out:
        return scratch
    out = Path(args.out)
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        raise InputError("this folder is not empty", place=str(out), hint="choose another, or --resume a run that was killed")
    return out


def subject_of(args: argparse.Namespace) -> Path:
    """What to run: the SUBJECT, or the capture of the run to resume."""
    if args.subject is not None:
        return existing(args.subject)
    if not args.resume:
        raise InputError("there is nothing to run", hint="`replayer run --help`: it takes a capture, or a scenario's folder")
    return capture_of(existing(args.resume))


def spec_of(args: argparse.Namespace, out: Path) -> RunSpec:
    """What the options and the scenario ask for; an option outweighs the scenario, `--expect-calls` and `--gate` add to it."""
    subject = existing(args.subject)
    selection = selection_of(args)
    given = {
        "target": args.target,
        "candidate": existing(args.candidate) if args.candidate else None,
        "selection": None if selection.is_empty else selection,
        "accept_origin": args.accept_origin or None,
        "accept_gaps": args.accept_gaps or None,
        "jobs": args.jobs,
        "lanes": args.lanes,
        "horizon": horizon_of(args),
        "bind": bound_by(args) or None,
        "candidate_version": version_of(args.candidate_version),
        "world": world_file(args),
        "stimuli": stimuli_file(args),
        "min_judged": share_of(args.min_judged),
        "noise": Path(args.noise) if args.noise else None,
    }
    if (subject / FILE).is_file():
        spec = load_scenario(subject, out, **given)
    else:
        spec = RunSpec(capture=subject, out=out, **{name: value for name, value in given.items() if value is not None})
    # These two add to what a scenario asks for: its intent and its gates hold on.
    calls = ACCEPT_CALLS.calls if args.expect_calls else spec.expectation.calls
    expectation = msgspec.structs.replace(spec.expectation, calls=calls)
    return msgspec.structs.replace(spec, expectation=expectation, gates=(*spec.gates, *args.gate))


def version_of(text: str | None) -> str | None:
    """An API version, once it is known to be one."""
    if text is not None and (parse(text) is None or date(text) > NEWEST[:10]):
        raise InputError(f"{text!r} is no API version that is known here", hint=f"a version is a date, with its name: {NEWEST}")
    return text


def share_of(text: str | None) -> float | None:
    """A share as users write it (`50 %`, `0.5`), from 0 to 1; null where it is not given."""
    if text is None:
        return None
    number, percent = text.removesuffix("%").strip(), text.endswith("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InputError(f"{text!r} is no share", hint="50 %, or 0.5")
    return share


def finish(steps: Iterator[Progress | Verdict], *, quiet: bool) -> Verdict:
    """Show the progress and return the verdict, which comes last."""
    line = ProgressLine(sys.stderr, quiet=quiet)
    for step in steps:
        if isinstance(step, Verdict):
            line.done()
            return step
        line.show(step)
        if isinstance(step, ArmFinished):
            line.done()
    raise RuntimeError("a run ends in a verdict")
