"""`replayer find`: find somebody's exchanges in a redacted capture."""

from __future__ import annotations

import argparse

from replayer.capture.find import find, needles
from replayer.capture.store import open_capture
from replayer.cli.options import existing
from replayer.model import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    for name, what in (("email", "an email address"), ("name", "a name"), ("text", "any other value")):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="TEXT", help=f"{what}, as it was sent to Stripe; repeatable")


def run(args: argparse.Namespace) -> int:
    """List what is found."""
    texts = list(dict.fromkeys([*args.email, *(email.lower() for email in args.email), *args.name, *args.text]))
    if not texts:
        raise InputError("nothing to look for was given", hint="--email, --name or --text")
    capture = open_capture(existing(args.capture))
    redactor = None
    if capture.manifest.redaction != "trusted":
        from replayer.capture.project_key import project_key
        from replayer.capture.redact import Redactor

        redactor = Redactor(project_key())
    customers: set[str] = set()
    count = 0
    for found in find(capture, needles(capture, texts, redactor)):
        exchange, count = found.exchange, count + 1
        customers.update(found.customers)
        print(f"{exchange.id}  {exchange.source}  {exchange.request.method} {exchange.request.path}  {' '.join(found.customers)}".rstrip())
    print(f"{count} of {len(capture)} exchanges; customers: {', '.join(sorted(customers)) or 'none'}")
    return 0
