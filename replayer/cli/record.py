"""`replayer record`: record live traffic through a proxy."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path

from replayer.cli.options import add_rules, rules_of
from replayer.cli.simulate import address
from replayer.model import InputError

_SIZE = re.compile(r"(\d+)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", metavar="CAPTURE", help="the capture to record into, as a further source where it is there already")
    parser.add_argument("--mode", choices=("reverse", "forward"), default="reverse", help="forward: a proxy that opens Stripe's hosts only")
    parser.add_argument("--listen", default="127.0.0.1:12113", metavar="HOST:PORT")
    parser.add_argument(
        "--upstream", action="append", metavar="[NAME=]URL",
        help="where requests go on to, https://api.stripe.com by default; files=, connect=, meter-events=: for that host of Stripe's",
    )  # fmt: skip
    parser.add_argument("--trusted", action="store_true", help="this is test data: keep every value as it is")
    add_rules(parser)
    _add_lanes(parser.add_argument_group("other lanes"))
    _add_limits(parser.add_argument_group("what is recorded"))
    _add_safety(parser.add_argument_group("safety"))
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD", help="start this program and end with it")


def _add_lanes(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--webhook-listen", metavar="HOST:PORT", help="take Stripe's webhooks here and record them")
    group.add_argument("--webhook-forward-to", metavar="URL", help="the endpoint that they go on to")
    group.add_argument("--app-listen", metavar="HOST:PORT", help="take your own program's traffic here")
    group.add_argument("--app-upstream", metavar="URL", help="the program that it goes on to")
    group.add_argument(
        "--app-keep", action="append", metavar="PATH_OR_FIELD",
        help="keep the bodies of this path (/checkout), or this field's values as they are (plan, items.quantity); may be given again",
    )  # fmt: skip


def _add_limits(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--max-disk", metavar="SIZE", help="record no more once the capture has this size: 500M, 2G")
    group.add_argument("--until", metavar="TIME", help="record until then, and only pass on from then: 30m, 12h, or an ISO date")
    group.add_argument("--sample", metavar="customers=N%", help="keep a share of the customers, each of them whole")
    group.add_argument("--bypass", action="store_true", help="pass everything on and record nothing; SIGUSR1 switches it")
    group.add_argument("--fail-closed", action="store_true", help="answer 503 to what cannot be recorded, and do not pass it on")


def _add_safety(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--health", metavar="HOST:PORT", help="say here, as JSON, what was seen, dropped and written")
    group.add_argument("--allow-key", action="append", metavar="FINGERPRINT", help="serve this API key only; may be given again")
    group.add_argument("--fingerprint", action="store_true", help="print the fingerprint of STRIPE_API_KEY for --allow-key, and end")
    group.add_argument("--tls-cert", metavar="FILE", help="serve TLS with this certificate (PEM, with its chain)")
    group.add_argument("--tls-key", metavar="FILE", help="and this key (PEM)")


def run(args: argparse.Namespace) -> int:
    """Record until a signal or the program's end."""
    if args.fingerprint:
        return print_fingerprint()
    if not args.out:
        raise InputError("a recording needs a place", place="--out", hint="--out CAPTURE names a folder")
    from replayer.capture.wire import is_stripe
    from replayer.record import Settings, record
    from replayer.record.sample import parse_sample

    settings = Settings(
        out=Path(args.out), mode=args.mode, listen=address(args.listen), upstreams=dict(map(named, args.upstream or ())),
        webhook_listen=_address(args.webhook_listen), webhook_forward_to=args.webhook_forward_to,
        app_listen=_address(args.app_listen), app_upstream=args.app_upstream, app_keep=tuple(args.app_keep or ()),
        trusted=args.trusted, keep=tuple(rules_of(args)), fail_closed=args.fail_closed, bypass=args.bypass,
        max_disk=size(args.max_disk) if args.max_disk else None, until=moment(args.until) if args.until else None,
        sample=parse_sample(args.sample) if args.sample else None, health=_address(args.health), allow_keys=frozenset(args.allow_key or ()),
        tls_cert=Path(args.tls_cert) if args.tls_cert else None, tls_key=Path(args.tls_key) if args.tls_key else None,
    )  # fmt: skip
    if not is_stripe(settings.upstream_host):
        print(f"note: {settings.upstream_host} answers, not Stripe: the capture will say so", file=sys.stderr)
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    return record(settings, command)


def print_fingerprint() -> int:
    """Print what --allow-key takes: the key's mode and its fingerprint under the project's key, never the key."""
    from replayer.capture import wire
    from replayer.capture.project_key import project_key

    key = project_key()
    caller = wire.caller(f"Bearer {os.environ.get('STRIPE_API_KEY', '')}", lambda text: key.digest("api key", text))
    if caller is None:
        raise InputError("this is no API key of Stripe's", place="STRIPE_API_KEY", hint="set it to the key whose fingerprint you want")
    print(caller)
    return 0


def named(text: str) -> tuple[str, str]:
    """Read [NAME=]URL."""
    name, sign, url = text.partition("=")
    return (name, url) if sign and "/" not in name else ("", text)


def _address(text: str | None) -> tuple[str, int] | None:
    return address(text) if text else None


def size(text: str) -> int:
    """Read a size in bytes, such as 500M; K is 1,024."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no size", place="--max-disk", hint="write 500M or 2G")
    return int(found[1]) << (10 * " KMGT".index(found[2].upper() or " "))


def moment(text: str, now: float | None = None) -> float:
    """Read a duration from now, such as 30m, or a date, as epoch seconds."""
    from replayer.capture.wire import iso_date

    found = _DURATION.fullmatch(text.strip())
    if found is not None:
        return (time.time() if now is None else now) + int(found[1]) * _SECONDS[found[2]]
    date = iso_date(text)
    if date is None:
        raise InputError(f"{text!r} is no time", place="--until", hint="write 30m, 12h, 2d or 2026-12-01T08:00")
    return date
