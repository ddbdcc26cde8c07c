"""Options that several commands share."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from pathlib import Path

from replayer.capture.select import Selection
from replayer.model import InputError
from replayer.replay.horizon import HINT, parse_horizon


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The options that choose calls."""
    group = parser.add_argument_group("selection")
    group.add_argument("--customer", metavar="ID", help="only chains in which this customer stands")
    group.add_argument("--operation", metavar="OP", help="only this operation, e.g. 'POST /v1/subscriptions'")
    group.add_argument("--chain", metavar="ID", help="only this chain, as `show` names it")
    group.add_argument("--source", metavar="NAME", help="only this source")
    group.add_argument("--since", metavar="TIME", help="only calls from this time on (epoch seconds or ISO date)")
    group.add_argument("--until", metavar="TIME", help="only calls before this time")


def selection_of(args: argparse.Namespace) -> Selection:
    """The selection that the options make."""
    return Selection(
        customer=args.customer, operation=args.operation, chain=args.chain, source=args.source, since=args.since, until=args.until
    )


def positive(text: str) -> int:
    """A number above zero, as argparse reads it."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number


def add_lanes(parser: argparse.ArgumentParser) -> None:
    """`--lanes`."""
    parser.add_argument("--lanes", type=positive, metavar="N", help="calls under way at once on a remote target; default: 16")


def add_bind(parser: argparse.ArgumentParser) -> None:
    """`--bind MAP`."""
    parser.add_argument("--bind", metavar="MAP", help="the map of ids that `replayer seed` wrote")


def bound_by(args: argparse.Namespace) -> dict[str, str]:
    """Recorded ids and the live ones that stand for them, by the map that the option names."""
    from replayer.replay.seeding import load_map

    return load_map(existing(args.bind)) if args.bind else {}


def add_horizon(parser: argparse.ArgumentParser) -> None:
    """`--horizon`."""
    parser.add_argument("--horizon", metavar="H", help=f"how far the arms run on after the last call: {HINT}")


def horizon_of(args: argparse.Namespace) -> str | None:
    """The horizon that the option names, once it is known to be one."""
    if args.horizon:
        parse_horizon(args.horizon)
    return args.horizon or None


def add_format(parser: argparse.ArgumentParser) -> None:
    """`--format json`."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: JSON on stdout and nothing else")


def add_rules(parser: argparse.ArgumentParser) -> None:
    """`--rules FILE`."""
    parser.add_argument("--rules", metavar="FILE", help="a YAML file of paths whose values stay, each with its reason")


def rules_of(args: argparse.Namespace) -> dict[str, str]:
    """The rules of the file that the option names, with their reasons; none where it names no file."""
    from replayer.capture.keep_rules import load_rules

    return load_rules(existing(args.rules)) if args.rules else {}


def add_baseline(parser: argparse.ArgumentParser) -> None:
    """`--baseline STATE`."""
    parser.add_argument("--baseline", metavar="STATE", help="a snapshot that completes the baseline; default: CAPTURE/supplied.json")


def baseline_from(args: argparse.Namespace) -> AbstractContextManager[None]:
    """While it is open, baselines are completed by the file that the option names."""
    from replayer.capture.stored_baseline import supplied_by

    return supplied_by(existing(args.baseline) if args.baseline else None)


def add_world(parser: argparse.ArgumentParser) -> None:
    """`--world FILE`."""
    parser.add_argument(
        "--world", metavar="FILE", help="what both arms take as given, as `replayer world` writes it; default: what the capture shows"
    )


def add_stimuli(parser: argparse.ArgumentParser) -> None:
    """`--stimuli FILE`."""
    parser.add_argument(
        "--stimuli", metavar="FILE", help="what was done off camera, as `replayer stimuli` writes it; default: what the capture shows"
    )


def stimuli_file(args: argparse.Namespace) -> Path | None:
    """The file of stimuli that the option names, once it is known to be one."""
    from replayer.capture.stimuli.file import load_stimuli

    file = existing(args.stimuli) if args.stimuli else None
    if file is not None:
        load_stimuli(file)
    return file


def world_file(args: argparse.Namespace) -> Path | None:
    """The file of the world that the option names, once it is known to be one."""
    from replayer.capture.world_file import load_world

    file = existing(args.world) if args.world else None
    if file is not None:
        load_world(file)
    return file


def existing(text: str) -> Path:
    """A path that must be there."""
    path = Path(text)
    if not path.exists():
        raise InputError("there is no such file or folder", place=text)
    return path
