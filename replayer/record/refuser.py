"""Refuse an upload: mitmproxy answers nothing itself before a body's end, so that a body that streams is sent to a server which drops it.

It answers at once and reads on to the end, on a loopback port of the recorder's own; what it reads is kept nowhere.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus

import msgspec

from replayer.record.policy import Refusal
from replayer.record.settings import Address

HEADER = "replayer-refusal"
_BLOCK = 1 << 16


def body_of(refusal: Refusal) -> bytes:
    """What a client is told, in Stripe's form, so that an SDK shows it."""
    return msgspec.json.encode({"error": {"type": "api_error", "message": f"replayer record: {refusal.why}"}})


def headers_of(refusal: Refusal) -> dict[str, str]:
    """The headers of that answer: the refusal stands, so an SDK must not try again."""
    return {"Content-Type": "application/json", "Stripe-Should-Retry": "false"}


async def serve_refusals() -> tuple[asyncio.Server, Address]:
    """Start the server; which refusal a request meets stands in its header `replayer-refusal`, as `503 why`."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    return server, (host, port)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = (line.partition(b": ") for line in head.split(b"\r\n"))
        said = next(value.decode() for name, _, value in lines if name.decode("latin-1").lower() == HEADER)
        status, _, why = said.partition(" ")
        writer.write(_response(Refusal(int(status), why)))
        await writer.drain()
        while await reader.read(_BLOCK):
            pass
    writer.close()


def _response(refusal: Refusal) -> bytes:
    body = body_of(refusal)
    fields = {**headers_of(refusal), "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n{head}\r\n".encode() + body
