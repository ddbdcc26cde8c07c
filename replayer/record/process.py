"""`replayer record` as a process of its own: proxies until a signal or a command's end.

mitmproxy changes the whole event loop and ends the process when it cannot start, so nothing else runs beside it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import lru_cache
from pathlib import Path

from replayer.capture.project_key import ProjectKey, project_key
from replayer.model import NothingSelected, ReplayerError
from replayer.record.addon import RecorderAddon
from replayer.record.health import serve_health, state
from replayer.record.journal import Journal
from replayer.record.lanes import Kept
from replayer.record.master import routes, serve
from replayer.record.policy import Policy
from replayer.record.refuser import serve_refusals
from replayer.record.running import Running
from replayer.record.sample import Sample
from replayer.record.settings import Settings

_PREFIX = "replayer-ca-"


def record(settings: Settings, command: Sequence[str] = ()) -> int:
    """Record what passes into a capture, and return the exit code: the command's, else 0.

    Prints `listening on http://HOST:PORT`. Ends on SIGINT and SIGTERM, or with `command`, which gets the address as STRIPE_API_BASE;
    SIGUSR1 switches `--bypass`. Raises NothingSelected where nothing passed, InputError where an address is taken or the settings
    contradict themselves.
    """
    settings.check()
    _need_mitmproxy()
    key = project_key() if not settings.trusted or settings.sample is not None or settings.allow_keys else None
    policy = _policy(settings, key)
    journal = _journal(settings, key)
    try:
        sweep()
        with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as confdir:  # private (0700): it holds a CA's key
            running = Running(command, settings, policy, ca=Path(confdir, "mitmproxy-ca-cert.pem"))
            asyncio.run(_serve(settings, journal, policy, running, Path(confdir), key))
    finally:
        journal.finish()
    return _result(journal, running)


def sweep(folder: Path | None = None) -> None:
    """Take away the folders that killed recorders of this user left: each holds the key of a CA."""
    for left in (folder or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        number = left.name.removeprefix(_PREFIX).partition("-")[0]
        is_ours = left.is_dir() and not left.is_symlink() and left.stat().st_uid == os.getuid()
        if is_ours and number.isdigit() and not _is_running(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _serve(
    settings: Settings, journal: Journal, policy: Policy, running: Running, confdir: Path, key: ProjectKey | None
) -> None:  # fmt: skip
    made = routes(settings)
    is_rerouted = settings.mode == "reverse" or bool(settings.upstreams)
    async with AsyncExitStack() as servers:
        refusals, refuser = await serve_refusals()
        servers.callback(refusals.close)
        if settings.health:
            health = await serve_health(settings.health, lambda: state(journal, policy))
            servers.callback(health.close)
        addon = RecorderAddon(
            journal,
            identify=lru_cache(maxsize=64)(lambda text: key.digest("api key", text)) if key else None,
            policy=policy,
            routes=made,
            upstream=settings.upstream if is_rerouted else None,
            refuser=refuser,
        )
        await serve(addon, settings, made, confdir=confdir, until=running.until, is_idle=lambda: not journal.open_ids)


def _need_mitmproxy() -> None:
    try:
        import mitmproxy  # noqa: F401
    except ImportError:
        raise ReplayerError("recording needs mitmproxy, which is not installed", hint="pip install 'replayer[record]'") from None


def _policy(settings: Settings, key: ProjectKey | None) -> Policy:
    sample = None
    if settings.sample is not None and key is not None:
        sample = Sample(settings.sample, lambda customer: key.digest("sample", customer))
    return Policy(
        fail_closed=settings.fail_closed, is_bypassing=settings.bypass, until=settings.until, sample=sample, allow_keys=settings.allow_keys
    )


def _journal(settings: Settings, key: ProjectKey | None) -> Journal:
    from replayer.capture.redact import Redactor

    app = Kept(settings.app_keep)
    redactor = None if settings.trusted or key is None else Redactor(key, settings.keep)
    app_redactor = Redactor(key, (*app.fields, *settings.keep), app_pseudonyms=True) if redactor and key else None
    return Journal(
        settings.out, upstream=settings.upstream_host, redactor=redactor, app=app, app_redactor=app_redactor, max_disk=settings.max_disk
    )


def _result(journal: Journal, running: Running) -> int:
    dropped = sum(journal.dropped.values())
    if dropped:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(journal.dropped.items()))
        print(f"warning: {dropped} exchanges were not recorded whole: {reasons}", file=sys.stderr)
    if journal.seen == 0 and running.status == 0:
        raise NothingSelected(
            "no exchange was seen",
            hint=f"point the SDK at the recorder: its API base is {running.url} (STRIPE_API_BASE in a command's environment)",
        )
    passed = "".join(f", {count} passed unrecorded ({why})" for why, count in sorted(journal.passed.items()))
    print(f"recorded {journal.opened} exchanges as {journal.source!r} in {journal.path}{passed}", file=sys.stderr)
    return running.status
