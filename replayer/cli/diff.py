"""`replayer diff`: diff two captures that come from one."""

from __future__ import annotations

import argparse
from pathlib import Path

from replayer.capture.lineage import nearest_common_ancestor
from replayer.cli.options import add_format, existing
from replayer.cli.run import show
from replayer.diff.expect import ACCEPT_CALLS, Expectation
from replayer.runs.run import judge_captures
from replayer.runs.spec import RunSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("a", metavar="A", help="the control: an arm, or the recording itself")
    parser.add_argument("b", metavar="B", help="the candidate")
    parser.add_argument("--expect-calls", action="store_true", help="accept that B's calls differ; judge what that causes")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Diff and print the verdict."""
    control, candidate = existing(args.a), existing(args.b)
    ancestor = nearest_common_ancestor(control, candidate)
    spec = RunSpec(capture=ancestor, out=Path(), expectation=ACCEPT_CALLS if args.expect_calls else Expectation())
    verdict = judge_captures(spec, control, candidate)
    show(verdict, args.format)
    return verdict.exit_code
