"""`replayer conform`: play generated billing sequences on the simulator and on a target, and say where the bills differ."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections import Counter
from pathlib import Path

import msgspec

from replayer.cli.options import add_format
from replayer.model import InputError
from replayer.runs.conform import Played, conform
from replayer.runs.sequences import sequences
from replayer.stripeapi.versions import NEWEST
from replayer.targets import resolve

_SHOWN = 4  # differences of a sequence; the rest are counted, and in the file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--target", default="test-mode", metavar="T", help="test-mode (default), or a URL")
    parser.add_argument("--rule", action="append", metavar="R", help="only sequences of this rule, e.g. proration; may be given again")
    parser.add_argument("--api-version", default=NEWEST, metavar="V", help=f"the Stripe-Version of every call; default: {NEWEST}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every difference there, as JSON")
    parser.add_argument("--list", action="store_true", help="say which sequences there are, and send nothing")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Play, print, write; 0 where all agree, 1 where some differ, 3 where some could not be played."""
    every = sequences()
    rules = dict.fromkeys(one.rule for one in every)
    for rule in args.rule or ():
        if rule not in rules:
            raise InputError(f"there is no rule {rule!r}", place="--rule", hint=f"rules are {', '.join(rules)}")
    chosen = [one for one in every if not args.rule or one.rule in args.rule]
    if args.list:
        print("\n".join(f"{one.rule}: {one.name}" for one in chosen))
        return 0
    tag = uuid.uuid4().hex[:16]
    is_text = args.format != "json"
    played = conform(
        resolve(args.target, tag=tag, clocks=False), chosen, version=args.api_version, tag=tag, told=_told if is_text else None
    )
    content = msgspec.json.format(
        msgspec.json.encode({"target": args.target, "version": args.api_version, "run": tag, "sequences": played}), indent=2
    )
    if args.out:
        args.out.write_bytes(content + b"\n")
    if is_text:
        _sum_up(played, args.target, tag)
    else:
        sys.stdout.write(content.decode() + "\n")
    verdicts = {one.verdict for one in played}
    return 1 if "differs" in verdicts else 3 if "unknown" in verdicts else 0


def _told(played: Played) -> None:
    if played.verdict == "agrees":
        return
    print(f"{played.verdict:<8} {played.rule}: {played.name}")
    if played.problem:
        print(f"         {played.problem}")
    for difference in played.differences[:_SHOWN]:
        print(f"         {difference.place}: simulator {difference.simulator!r}, target {difference.target!r}")
    if len(played.differences) > _SHOWN:
        print(f"         and {len(played.differences) - _SHOWN} more places")


def _sum_up(played: list[Played], target: str, tag: str) -> None:
    counts = Counter((one.rule, one.verdict) for one in played)
    print(f"{'rule':<12}{'agrees':>8}{'differs':>9}{'unknown':>9}")
    for rule in dict.fromkeys(one.rule for one in played):
        print(f"{rule:<12}{counts[rule, 'agrees']:>8}{counts[rule, 'differs']:>9}{counts[rule, 'unknown']:>9}")
    whole = Counter(one.verdict for one in played)
    print(f"{len(played)} sequences against {target}: {whole['agrees']} agree, {whole['differs']} differ, {whole['unknown']} unknown")
    if target == "test-mode":
        print(f"products, prices and coupons are left there: replayer clean --run {tag}")
