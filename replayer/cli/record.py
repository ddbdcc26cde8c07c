"""`replayer record`: record live traffic through a reverse proxy."""

from __future__ import annotations

import argparse
from pathlib import Path

from replayer.cli.simulate import address


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", required=True, metavar="CAPTURE")
    parser.add_argument("--listen", default="127.0.0.1:12113", metavar="HOST:PORT")
    parser.add_argument("--upstream", default="https://api.stripe.com", metavar="URL")
    parser.add_argument("--trusted", action="store_true", help="this is test data: keep every value as it is")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD", help="start this program and end with it")


def run(args: argparse.Namespace) -> int:
    """Record until a signal or the program's end."""
    from replayer.record import record

    host, port = address(args.listen)
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    return record(Path(args.out), host=host, port=port, upstream=args.upstream, command=command, trusted=args.trusted)
