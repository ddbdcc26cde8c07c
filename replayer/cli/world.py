"""`replayer world`: read out of a capture what both arms take as given, as a table that can be edited."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replayer.capture.store import open_capture
from replayer.capture.world import whole_world
from replayer.capture.world_file import dump_world
from replayer.cli.options import existing
from replayer.cli.start import emit
from replayer.model import InputError
from replayer.model.world import facts_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--out", metavar="FILE", help="write it there; a scenario names the file as `world:`")


def run(args: argparse.Namespace) -> int:
    """Print the world, or write it to a file that is not there yet."""
    out = Path(args.out) if args.out else None
    if out is not None and out.exists():
        raise InputError("this file is there already", place=str(out), hint="it may hold what somebody wrote; choose another")
    world = whole_world(open_capture(existing(args.capture)))
    if out is None:
        emit(dump_world(world))
    else:
        out.write_text(dump_world(world), encoding="utf-8")
        print(f"{sum(1 for _ in facts_of(world))} facts in {out}", file=sys.stderr)
    return 0
