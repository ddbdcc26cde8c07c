"""`replayer show`: list a capture's exchanges."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from replayer.capture.chains import chains_of
from replayer.capture.reread import reader
from replayer.capture.stimuli import stimuli_of, with_stimuli
from replayer.capture.store import Capture, open_capture
from replayer.cli.options import add_format, add_selection, existing, selection_of
from replayer.cli.start import emit
from replayer.diff.verdict import to_json
from replayer.model import Exchange, NothingSelected, Verdict
from replayer.report.terminal import report
from replayer.runs.run import VERDICT, reopen
from replayer.stripeapi.operations import match


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE", help="a capture, or a run that was kept with --out")
    add_format(parser)
    add_selection(parser)


def run(args: argparse.Namespace) -> int:
    """Print one line an exchange; of a run, its report."""
    if (Path(args.capture) / VERDICT).is_file():
        return print_run(reopen(Path(args.capture)), args.format)
    capture = open_capture(existing(args.capture))
    for gap in capture.gaps:
        print(f"warning: {gap}", file=sys.stderr)
    exchanges = reading(capture)
    chains = chains_of(exchanges())
    shown = 0
    for exchange in selection_of(args).choose(exchanges(), chains):
        print(_json(exchange, chains[exchange.id]) if args.format == "json" else _text(exchange, chains[exchange.id]))
        shown += 1
    if len(capture) and not shown:
        raise NothingSelected("no call is selected", place=args.capture, hint="`replayer show` without a selection lists them all")
    return 0


def reading(capture: Capture) -> Callable[[], Iterator[Exchange]]:
    """A function that reads a capture's exchanges with what was done off camera at its places; an arm's are recorded."""
    if capture.manifest.arm is not None:
        return capture.exchanges
    acts = [one for source in capture.sources for one in stimuli_of(source.name, reader(capture, source.name), None).acts]
    return with_stimuli(capture.exchanges, acts)


def print_run(verdict: Verdict, form: str) -> int:
    """Print the verdict of a run that was kept; showing it is no judgement, so that the exit code is 0."""
    emit(to_json(verdict).decode() + "\n" if form == "json" else report(verdict))
    return 0


def _json(exchange: Exchange, chain: str) -> str:
    line = {
        "id": exchange.id,
        "lane": exchange.lane,
        "source": exchange.source,
        "chain": chain,
        "method": exchange.request.method,
        "path": exchange.request.path,
        "operation": match(exchange.request.method, exchange.request.path).name,
        "status": exchange.outcome.status,
        "replayed_from": exchange.replayed_from,
    }
    return msgspec.json.encode(line).decode()


def _text(exchange: Exchange, chain: str) -> str:
    status: object = exchange.outcome.status if exchange.outcome.status is not None else f"unknown ({exchange.outcome.error})"
    if exchange.disposition == "skipped" and exchange.lane == "external":
        status = f"not done: {exchange.reason}"
    lane = "" if exchange.lane == "api" else f"{exchange.lane} "
    return f"{exchange.id:<7} {chain:<7} {lane}{exchange.request.method:<6} {exchange.request.path}  {status}  [{exchange.source}]"
