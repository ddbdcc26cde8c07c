"""`replayer fidelity`: measure how much of what Stripe answered a target answers too."""

from __future__ import annotations

import argparse
import sys

import msgspec

from replayer.capture.store import open_capture
from replayer.cli.options import add_format, existing
from replayer.runs.fidelity import measure
from replayer.targets import resolve

_SHARES = ("status", "shape", "value", "money", "errors", "strict", "exact")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--target", default="simulator", metavar="T", help="simulator (default), stripe-mock, or a URL")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="also list the N leaves that go wrong most often")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    result = measure(open_capture(existing(args.capture)), resolve(args.target))
    figures = result.as_json(worst=args.worst)
    if args.format == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(figures), indent=2).decode() + "\n")
        return 0
    print(f"{result.scores.judged} of {result.interactions} interactions judged against {args.target}; in per cent:")
    print(f"{'':<52}{'judged':>7}" + "".join(f"{name:>8}" for name in _SHARES))
    rows = {"all": figures, **figures["versions"], **figures["rules"], **figures["shown"], **figures["operations"]}
    for name, row in rows.items():
        cells = "".join(f"{row[share] if row[share] is not None else '–':>8}" for share in _SHARES)
        print(f"{name:<52}{row['judged']:>7}{cells}")
    for text, count in figures.get("worst", {}).items():
        print(f"{count:>6}  {text}")
    return 0
