"""`replayer snapshot`: read the objects that a capture names from Stripe. The one command that takes a live key; it can only read."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from replayer.capture.store import open_capture
from replayer.cli.options import add_rules, existing, rules_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--out", required=True, metavar="STATE", help="a file; CAPTURE/supplied.json is used by run and replay unasked")
    parser.add_argument("--upstream", default="https://api.stripe.com", metavar="URL", help="a loopback address, for tests")
    add_rules(parser)


def run(args: argparse.Namespace) -> int:
    """Take the snapshot; the key is STRIPE_API_KEY, a restricted one."""
    from replayer.capture.get_only import Reader
    from replayer.capture.snapshot import snapshot

    capture = open_capture(existing(args.capture))
    source = Reader(os.environ.get("STRIPE_API_KEY", ""), upstream=args.upstream)
    redactor = None
    if capture.manifest.redaction != "trusted" or source.mode == "live":
        from replayer.capture.project_key import project_key
        from replayer.capture.redact import Redactor

        redactor = Redactor(project_key(), rules_of(args))
    try:
        taken = snapshot(capture, Path(args.out), source, redactor)
    finally:
        source.close()
    for reason, count in sorted(taken.left_out.items()):
        print(f"note: {count} objects left out: {reason}", file=sys.stderr)
    if taken.missing:
        print(f"note: {len(taken.missing)} objects are no longer there: {', '.join(taken.missing[:5])}", file=sys.stderr)
    print(f"{taken.objects} objects in {args.out}")
    return 0
