"""`replayer simulate`: serve the simulator over HTTP."""

from __future__ import annotations

import argparse
import signal
import threading
from types import FrameType

from replayer.capture.reread import reader
from replayer.capture.store import open_capture
from replayer.capture.stored_baseline import baseline_of
from replayer.capture.world import whole_world
from replayer.capture.world_file import load_world
from replayer.cli.options import add_world, existing, world_file
from replayer.model import BaselineObject, InputError, World
from replayer.simulator.faults import Faults, load_faults


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--listen", default="127.0.0.1:12112", metavar="HOST:PORT")
    parser.add_argument("--from", dest="from_", metavar="CAPTURE", help="lay this capture's baseline under each account")
    parser.add_argument(
        "--deliver-to", action="append", default=[], metavar="HOST", help="deliver events to webhook endpoints there too, not only here"
    )
    parser.add_argument("--source", metavar="NAME", help="of this source only")
    parser.add_argument(
        "--faults", metavar="FILE", help="rules of what goes wrong on demand: rate limits, resets, slow answers (docs/faults.md)"
    )
    add_world(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from replayer.simulator.http import make_server

    host, port = address(args.listen)
    with make_server(host, port, _baseline(args), deliver_to=args.deliver_to, world=_world(args), faults=_faults(args)) as server:

        def end(number: int, frame: FrameType | None) -> None:
            threading.Thread(target=server.shutdown).start()  # it waits for the loop, which must not be this thread

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        print(f"listening on http://{host}:{server.server_address[1]}", flush=True)
        server.serve_forever(poll_interval=0.1)
    return 0


def _baseline(args: argparse.Namespace) -> list[BaselineObject]:
    if not args.from_:
        if args.source:
            raise InputError("--source names a source of a capture", hint="give the capture with --from")
        return []
    capture = open_capture(existing(args.from_))
    if args.source:
        capture.known(args.source)
    names = [args.source] if args.source else [source.name for source in capture.sources]
    laid: dict[str, BaselineObject] = {}
    for name in names:
        for item in baseline_of(capture, name, reader(capture, name)):
            laid.setdefault(item.id, item)
    return list(laid.values())


def _faults(args: argparse.Namespace) -> Faults | None:
    return load_faults(existing(args.faults)) if args.faults else None


def _world(args: argparse.Namespace) -> World:
    """The world of the file that the option names, else the one that the capture shows. The server's clock is the wall's."""
    file, sources = world_file(args), [args.source] if args.source else None
    if file is not None:
        world = load_world(file)
        return (world.of(args.source) if args.source else world).by_number()
    return whole_world(open_capture(existing(args.from_)), sources).by_number() if args.from_ else World()


def address(text: str) -> tuple[str, int]:
    """Read HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise InputError(f"{text!r} is no address", hint="write HOST:PORT, e.g. 127.0.0.1:12112; port 0 takes a free one")
    return host.strip("[]") or "127.0.0.1", int(port)
