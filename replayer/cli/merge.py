"""`replayer merge`: make one capture of several recorders'."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replayer.capture.merge import merge
from replayer.cli.options import existing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help="captures of several recorders of one integration")
    parser.add_argument("--out", required=True, metavar="CAPTURE")


def run(args: argparse.Namespace) -> int:
    """Merge."""
    done = merge([existing(path) for path in args.captures], Path(args.out))
    for name, seconds in sorted(done.offsets.items()):
        if seconds:
            print(f"note: {name}: its clock is {-seconds:+.1f} s off Stripe's; its times were moved", file=sys.stderr)
    if done.duplicates:
        print(f"note: {done.duplicates} exchanges that two recorders saw are written once", file=sys.stderr)
    print(f"{done.exchanges} exchanges of {len(done.offsets)} recorders in {args.out}")
    return 0
