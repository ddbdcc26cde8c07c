"""`replayer clean`: take away what a run or a seed made in test mode."""

from __future__ import annotations

import argparse

from replayer.replay.cleaning import clean
from replayer.targets.test_mode import TestModeTarget, wanted_tag


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--run", required=True, dest="run_id", metavar="ID", help="the run's id, as `run` and `seed` say it")
    parser.add_argument("--role", choices=("control", "candidate"), action="append", help="whose account; default: both arms'")


def run(args: argparse.Namespace) -> int:
    """Clean each arm's account, and say what was taken away."""
    tag = wanted_tag(args.run_id)
    failed = 0
    for role in args.role or ("control", "candidate"):
        session = TestModeTarget(role, clocks=False).open("clean")
        try:
            done = clean(session, tag)
        finally:
            session.close()
        failed += done["(failed)"]
        shown = ", ".join(f"{count} {name}" for name, count in sorted(done.items())) or "nothing bears this id"
        print(f"{role}: {shown}")
    return 3 if failed else 0
