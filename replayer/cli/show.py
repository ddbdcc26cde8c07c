"""`replayer show`: list a capture's exchanges."""

from __future__ import annotations

import argparse
import sys

import msgspec

from replayer.capture.chains import chains_of
from replayer.capture.store import open_capture
from replayer.cli.options import add_format, add_selection, existing, selection_of
from replayer.model import Exchange
from replayer.stripeapi.operations import match


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("capture", metavar="CAPTURE")
    add_format(parser)
    add_selection(parser)


def run(args: argparse.Namespace) -> int:
    """Print one line an exchange."""
    capture = open_capture(existing(args.capture))
    for damage in capture.damage:
        print(f"warning: {damage}", file=sys.stderr)
    chains = chains_of(capture.exchanges())
    for exchange in selection_of(args).choose(capture.exchanges(), chains):
        print(_json(exchange, chains[exchange.id]) if args.format == "json" else _text(exchange, chains[exchange.id]))
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
    status = exchange.outcome.status if exchange.outcome.status is not None else f"unknown ({exchange.outcome.error})"
    lane = "" if exchange.lane == "api" else f"{exchange.lane} "
    return f"{exchange.id:<7} {chain:<7} {lane}{exchange.request.method:<6} {exchange.request.path}  {status}  [{exchange.source}]"
