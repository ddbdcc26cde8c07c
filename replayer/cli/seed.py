"""`replayer seed`: make a capture's catalogue and baseline on a target, and write the map of ids."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from replayer.capture.store import open_capture
from replayer.cli.options import add_baseline, baseline_from, existing
from replayer.model import InputError
from replayer.replay.arms import TAG_LENGTH
from replayer.replay.seeding import seed
from replayer.targets import resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--target", required=True, metavar="T", help="test-mode, or a URL")
    parser.add_argument("--role", choices=("control", "candidate"), default="control", help="whose account, where each arm has its own")
    parser.add_argument("--out", required=True, metavar="MAP", help="where the map goes; `run --bind MAP` reads it")
    add_baseline(parser)


def run(args: argparse.Namespace) -> int:
    """Seed, and say what was made."""
    if args.target in ("simulator", "stripe-mock"):
        raise InputError(f"{args.target} needs no seed", hint="a baseline is laid under it; seed test-mode, or a URL")
    out = Path(args.out)
    if out.exists():
        raise InputError("this file is there already", place=str(out), hint="choose another")
    capture = open_capture(existing(args.capture))
    text = capture.digest()
    tag = text[:TAG_LENGTH]
    with baseline_from(args):
        made = seed(capture, resolve(args.target, role=args.role, tag=tag), text, tag)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    print(f"{len(made.bind)} objects stand for recorded ones; the map is {out}; `replayer clean --run {made.tag}` takes them away again")
    for name, why in sorted(made.refused.items()):
        print(f"not made: {name}: {why}", file=sys.stderr)
    return 0
