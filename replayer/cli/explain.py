"""`replayer explain`: why is this bill what it is?"""

from __future__ import annotations

import argparse

from replayer.cli.options import existing
from replayer.cli.start import emit
from replayer.report.explain import explain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="RUN", help="a finished run, or a capture alone")
    parser.add_argument("what", metavar="ID", help="a customer (cus_…), an invoice (in_…), or an exchange (x12)")


def run(args: argparse.Namespace) -> int:
    """Print the explanation."""
    emit("".join(line + "\n" for line in explain(existing(args.subject), args.what)))
    return 0
