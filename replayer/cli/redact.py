"""`replayer redact`: redact a capture again, or say which values a candidate would need."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replayer.capture.store import Capture, open_capture
from replayer.cli.options import add_rules, existing, rules_of
from replayer.model import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--out", metavar="CAPTURE", help="where the redacted capture goes")
    parser.add_argument("--suggest", action="store_true", help="list redacted places that matter, as lines of a rules file; writes nothing")
    parser.add_argument("--candidate", metavar="FILE.py", help="with --suggest: the candidate whose reads matter")
    add_rules(parser)


def run(args: argparse.Namespace) -> int:
    """Redact, or suggest."""
    if args.suggest == bool(args.out):
        raise InputError("say either --out or --suggest", hint="`replayer redact CAPTURE --out NEW`, or with --suggest")
    capture = open_capture(existing(args.capture))
    return _suggest(capture, args.candidate) if args.suggest else _redact(capture, args)


def _redact(capture: Capture, args: argparse.Namespace) -> int:
    from replayer.capture.project_key import project_key
    from replayer.capture.redact import Redactor
    from replayer.capture.reredact import write_redacted

    count, problems = write_redacted(capture, Path(args.out), Redactor(project_key(), rules_of(args)))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    print(f"{count} of {len(capture)} exchanges in {args.out}")
    return 2 if problems else 0


def _suggest(capture: Capture, candidate: str | None) -> int:
    """Print the places as YAML: a path, why, and how often; the reason is the user's to give."""
    from replayer.candidates import load_rewrite
    from replayer.candidates.reads import reads
    from replayer.candidates.rewrite import Unchanged
    from replayer.capture.varying import is_redacted, varying

    found = load_rewrite(existing(candidate)) if candidate else Unchanged()
    read, changed, failed = reads(capture.exchanges, found, is_redacted)
    for place, count in sorted(read.items()):
        print(f"{place}: TO DECIDE  # the candidate reads it in {count} calls")
    for place, count in sorted(changed.items()):
        if place not in read:
            print(f"{place}: TO DECIDE  # the candidate changes it in {count} calls")
    for place, count in sorted(varying(capture.exchanges()).items()):
        if place not in read and place not in changed:
            print(f"# {place}: TO DECIDE  # calls of one operation differ by it: {count} values")
    if failed:
        print(f"note: the candidate failed on {failed} calls; what it would have read there is not known", file=sys.stderr)
    return 0
