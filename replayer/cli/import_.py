"""`replayer import`: read recorded traffic into a capture."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from replayer.capture.importers import default_importers, import_paths
from replayer.capture.stored_baseline import store_baselines
from replayer.cli.options import add_rules, existing, rules_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="files, or folders of them")
    parser.add_argument("--out", required=True, metavar="CAPTURE")
    parser.add_argument("--format", choices=[importer.name for importer in default_importers()], help="default: recognised")
    parser.add_argument("--trusted", action="store_true", help="this is test data: keep every value as it is")
    add_rules(parser)
    parser.add_argument("--host", action="append", default=[], metavar="HOST", help="a host to take for Stripe's; repeatable")


def run(args: argparse.Namespace) -> int:
    """Import; a file that cannot be read is named, and the others still come in (exit code 2)."""
    redactor = None
    if not args.trusted:
        from replayer.capture.project_key import project_key
        from replayer.capture.redact import Redactor

        redactor = Redactor(project_key(), rules_of(args))
    out = Path(args.out)
    fresh = not out.exists()
    try:
        summary = import_paths([existing(source) for source in args.sources], out, format=args.format, redactor=redactor, hosts=args.host)
        store_baselines(out)
    except KeyboardInterrupt:
        if fresh:  # what is half there would be taken for the whole
            shutil.rmtree(out, ignore_errors=True)
        raise
    for host, count in summary.left_out.items():
        print(f"note: {count} exchanges with {host} left out: it is not Stripe's (--host takes it for Stripe's)", file=sys.stderr)
    for name in summary.ignored:
        print(f"note: {name} left out: its format is not known", file=sys.stderr)
    for problem in summary.problems:
        print(f"error: {problem}", file=sys.stderr)
    print(f"{summary.exchanges} exchanges of {len(summary.manifest.sources)} sources in {args.out}")
    if not summary.exchanges:
        print("error: nothing of Stripe's was found", file=sys.stderr)
    return 2 if summary.problems or not summary.exchanges else 0
