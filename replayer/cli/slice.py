"""`replayer slice`: cut a part out of a capture, with the baseline it then stands on."""

from __future__ import annotations

import argparse
from pathlib import Path

from replayer.capture.slice import write_slice
from replayer.capture.store import open_capture
from replayer.cli.options import add_selection, existing, selection_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--out", required=True, metavar="CAPTURE")
    parser.add_argument("--from", dest="first", metavar="ID", help="only from this exchange on; what came before becomes the baseline")
    parser.add_argument("--to", dest="last", metavar="ID", help="only up to this exchange")
    add_selection(parser)


def run(args: argparse.Namespace) -> int:
    """Write the slice."""
    capture = open_capture(existing(args.capture))
    count = write_slice(capture, Path(args.out), selection=selection_of(args), first=args.first, last=args.last)
    print(f"{count} of {len(capture)} exchanges in {args.out}")
    return 0
