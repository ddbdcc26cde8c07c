"""The health port: what a recorder has seen, dropped and written, as JSON for whoever watches it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from replayer.model import InputError
from replayer.record.journal import Journal
from replayer.record.policy import Policy
from replayer.record.settings import Address

_LONGEST_HEAD = 1 << 14
_PATIENCE_SECONDS = 5.0


def state(journal: Journal, policy: Policy) -> dict[str, Any]:
    """What the health port says. `seen` = recorded + passed on unrecorded + dropped before they were opened; `bytes` of exchanges."""
    pause = policy.pause
    return {
        "recording": pause is None,
        "bypassing": pause is not None,
        "why": pause,
        "seen": journal.seen,
        "dropped": dict(journal.dropped),
        "passed": dict(journal.passed),
        "refused": dict(policy.refused),
        "open": len(journal.open_ids),
        "bytes": journal.bytes,
        "capture": str(journal.path),
    }


async def serve_health(place: Address, read: Callable[[], dict[str, Any]]) -> asyncio.Server:
    """Answer every request with `read()`; raises InputError where the address is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE_SECONDS)
            body = msgspec.json.encode(read()) + b"\n"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()

    try:
        return await asyncio.start_server(answer, *place, limit=_LONGEST_HEAD)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(reason, place=f"{place[0]}:{place[1]}", hint="choose another address with --health") from None
