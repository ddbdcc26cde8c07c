"""`replayer bills`: who is billed what in either arm of a run."""

from __future__ import annotations

import argparse
import sys

from replayer.cli.options import existing
from replayer.cli.start import emit
from replayer.report.bills import ORDERS, as_csv, as_json, as_text, ordered, summed
from replayer.runs.run import read_bills

_FORMS = {"table": as_text, "csv": as_csv, "json": as_json}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="a finished run, kept with `replayer run --out RUN`")
    parser.add_argument("--format", choices=tuple(_FORMS), default="table")
    parser.add_argument("--sort", choices=ORDERS, default="delta", help="by the size of the difference (default), customer or date")
    parser.add_argument("--changed", action="store_true", help="only customers whose bills differ")


def run(args: argparse.Namespace) -> int:
    """Print the next-bill table."""
    every = list(read_bills(existing(args.run)))
    rows = [row for row in every if row.cause is not None or not args.changed]
    footer = summed(rows) if args.format == "table" else ()
    if not rows:
        print("nobody's bills differ" if every else "no customer is in reach of a change", file=sys.stderr)
    emit("".join(line + "\n" for line in (*_FORMS[args.format](ordered(rows, args.sort)), *footer)))
    return 0
