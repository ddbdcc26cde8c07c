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
    positive,
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
from replayer.runs.noise_file import read_noise
from replayer.runs.run import capture_of, clear, tag_of
from replayer.runs.scenario import FILE
from replayer.runs.spec import kept, require_same
from replayer.stripeapi.versions import NEWEST, date, parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", help="a capture, or a scenario's folder; a run to resume knows its own")
    parser.add_argument("--target", metavar="T", help="simulator (default), stripe-mock, test-mode, or a URL")
    parser.add_argument("--candidate", metavar="FILE.py", help="Python that defines rewrite(call)")
    parser.add_argument("--expect-calls", action="store_true", help="accept the candidate's own changes; judge what they cause")
    parser.add_argument("--accept-gaps", action="store_true", help="let a capture that is known to lack calls end as intended")
    parser.add_argument("--accept-origin", action="store_true", help="let a capture that does not come from Stripe end as intended")
    parser.add_argument("--gate", action="append", default=[], metavar="GATE", help="a condition, e.g. 'money == 0'; repeatable")
    parser.add_argument("--out", metavar="RUN", help="keep the run in this folder")
    parser.add_argument("--resume", metavar="RUN", help="finish a run that was killed, as it was begun")
    parser.add_argument("--jobs", type=positive, metavar="N", help="processes; default: one a core")
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
    with tempfile.TemporaryDirectory(prefix="replayer-") as scratch:
        spec = resumed(args) if args.resume else spec_of(args, run_folder(args, Path(scratch)))
        out = spec.out
        with redirect_stdout(sys.stderr), baseline_from(args):  # what a candidate prints is not the report
            verdict = finish(execute(spec), quiet=args.format == "json" or not sys.stderr.isatty())
        tag = tag_of(out) if spec.target == "test-mode" else None
    show(verdict, args.format, seconds=time.monotonic() - started if sys.stdout.isatty() else None)
    if args.out:
        print(f"kept in {args.out}", file=sys.stderr)
    if tag is not None:
        print(f"this is run {tag}: `replayer clean --run {tag}` takes away what it made", file=sys.stderr)
    return verdict.exit_code


def show(verdict: Verdict, form: str, *, seconds: float | None = None) -> None:
    """Print a verdict in the form asked for."""
    emit(to_json(verdict).decode() + "\n" if form == "json" else report(verdict, seconds=seconds, colour=in_colour(sys.stdout)))


def run_folder(args: argparse.Namespace, scratch: Path) -> Path:
    """Where the run goes: `--out`, or a scratch folder."""
    if not args.out:
        return scratch
    out = Path(args.out)
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        raise InputError("this folder is not empty", place=str(out), hint="choose another, or --resume a run that was killed")
    return out


def resumed(args: argparse.Namespace) -> RunSpec:
    """What a run that was killed was asked for. Where SUBJECT or options are given too they must ask for the same."""
    run = existing(args.resume)
    begun = kept(run)
    if begun is None:
        args.subject = args.subject or str(capture_of(run))
        begun = spec_of(args, run)
    elif args.subject is not None or _asks(args):
        args.subject = args.subject or str(begun.capture)
        asked = spec_of(args, run)
        require_same(asked if _asks(args) else msgspec.structs.replace(begun, capture=asked.capture), begun)
    clear(run, begun.capture)
    free = {"jobs": args.jobs, "lanes": args.lanes, "noise": noise_file(args)}
    return msgspec.structs.replace(begun, **{name: value for name, value in free.items() if value is not None})


def _asks(args: argparse.Namespace) -> bool:
    """Whether options ask for more than a subject: they then stand for the whole run."""
    subject = args.subject
    if subject is not None and (Path(subject) / FILE).is_file():
        return True
    names = ("target", "candidate", "expect_calls", "accept_gaps", "accept_origin", "gate", "candidate_version", "horizon", "bind",
             "min_judged", "world", "stimuli")  # fmt: skip
    return any(getattr(args, name, None) for name in names) or not selection_of(args).is_empty


def spec_of(args: argparse.Namespace, out: Path) -> RunSpec:
    """What the options and the scenario ask for; an option outweighs the scenario, `--expect-calls` and `--gate` add to it."""
    if args.subject is None:
        raise InputError("there is nothing to run", hint="`replayer run --help`: it takes a capture, or a scenario's folder")
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
        "noise": noise_file(args),
    }
    if (subject / FILE).is_file():
        spec = load_scenario(subject, out, **given)
    else:
        spec = RunSpec(capture=subject, out=out, **{name: value for name, value in given.items() if value is not None})
    # These two add to what a scenario asks for: its intent and its gates hold on.
    calls = ACCEPT_CALLS.calls if args.expect_calls else spec.expectation.calls
    expectation = msgspec.structs.replace(spec.expectation, calls=calls)
    return msgspec.structs.replace(spec, expectation=expectation, gates=(*spec.gates, *args.gate))


def noise_file(args: argparse.Namespace) -> Path | None:
    """The file of learned noise that the option names; one that is there must be one."""
    file = Path(args.noise) if args.noise else None
    if file is not None:
        read_noise(file)
    return file


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
