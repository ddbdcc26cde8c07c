"""`replayer stimuli`: say what was done off camera, as a list that can be edited."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replayer.capture.reread import reader
from replayer.capture.stimuli import dump_stimuli, stimuli_of
from replayer.capture.store import open_capture
from replayer.cli.options import existing
from replayer.cli.start import emit
from replayer.model import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--out", metavar="FILE", help="write it there; a scenario names the file as `stimuli:`")


def run(args: argparse.Namespace) -> int:
    """Print the stimuli, or write them to a file that is not there yet."""
    out = Path(args.out) if args.out else None
    if out is not None and out.exists():
        raise InputError("this file is there already", place=str(out), hint="it may hold what somebody wrote; choose another")
    capture = open_capture(existing(args.capture))
    sources = [source.name for source in capture.sources]
    acts = [one for source in sources for one in stimuli_of(source, reader(capture, source), None).acts]
    text = dump_stimuli(acts, sources=len(sources) > 1)
    if out is None:
        emit(text)
    else:
        out.write_text(text, encoding="utf-8")
        print(f"{len(acts)} stimuli in {out}", file=sys.stderr)
    return 0
