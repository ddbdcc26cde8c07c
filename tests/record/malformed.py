"""Messages that nobody should send, at a recorder: the client's traffic goes on, and each is recorded, counted or refused."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from contextlib import suppress

import msgspec

_FORM, _JSON, _PARTS = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"
_PATHS = (
    "/v1/customers",
    "/v1/%zz",
    "/v2/core/events",
    "/v1/customers/%00%ff",
    "/" + "a/" * 400,
    "/v1/files",
    "//",
    "/v1/charges?a[b]=1&a=2&a[]=3",
    "/?%",
    "*",
)
_BITS = (
    "a",
    "[",
    "]",
    "=",
    "&",
    "%",
    "%5",
    "\x00",
    "é",
    "metadata",
    "[0]",
    "card",
    "{",
    "}",
    '"',
    "\\",
    ",",
    "null",
    "1e999",
    "\ud800",
    "--b",
    "\r\n",
    "🦄",
    "expand[]",
)
_NESTED = (
    "a" + "[b]" * 3000 + "=1",
    "[" * 50_000,
    '{"a":' * 20_000,
    '{"a": NaN}',
    '{"a":1,"a":2}',
    "[1,2",
    '"text"',
    '--b\r\nContent-Disposition: form-data; name="a',
    "a[0]=1&a[99999999999]=2&a[x]=3&a=4",
)


class Sent(msgspec.Struct, frozen=True):
    """What became of a batch: answers by status, and messages that were cut off without one. `sound` ones are valid HTTP."""

    sound: int
    broken: int
    statuses: dict[int, int]
    unanswered: int


def messages(count: int, seed: int = 1) -> Iterator[tuple[bool, bytes]]:
    """Yield messages, and of each whether it is valid HTTP, so that it must be passed on."""
    chance = random.Random(seed)
    for number in range(count):
        if number % 4 == 3:
            yield False, _broken(chance)
        else:
            yield True, _sound(chance)


def _sound(chance: random.Random) -> bytes:
    """Valid HTTP whose headers, form, JSON or parts are not what they claim to be."""
    kind = chance.choice((_FORM, _JSON, _PARTS, "multipart/form-data", "text/plain", "application/json; charset=utf-99", ""))
    text = chance.choice(_NESTED) if chance.random() < 0.2 else "".join(chance.choices(_BITS, k=chance.randint(0, 60)))
    body = chance.randbytes(chance.randint(0, 400)) if chance.random() < 0.2 else text.encode("utf-8", "surrogatepass")
    odd = {
        "Authorization": chance.choice(("Bearer", "Basic !!!", "Basic " + "A" * 300, "Bearer sk_test_" + "x" * 2000, "\xff\xfe", "")),
        "Stripe-Version": chance.choice(("2026-03-25.dahlia", "9" * 500, "now; drop")),
        "Idempotency-Key": "".join(chance.choices("abc\t é", k=chance.randint(0, 300))),
        "Stripe-Account": chance.choice(("acct_A1b2C3d4", "a/b/c//", "\x80")),
        "Content-Encoding": chance.choice(("gzip", "deflate", "br", "zstd", "identity")),
    }
    lines = [f"{name}: {value.strip()}" for name, value in odd.items() if chance.random() < 0.5]
    method = chance.choice(("POST", "POST", "GET", "DELETE", "PATCH", "BREW"))
    path = chance.choice(_PATHS)
    head = "\r\n".join(
        (f"{method} {path if path != '*' else '/'} HTTP/1.1", "Host: x", f"Content-Type: {kind}", *lines, f"Content-Length: {len(body)}")
    )
    return head.encode("latin-1") + b"\r\n\r\n" + body


def _broken(chance: random.Random) -> bytes:
    """What is no HTTP: wrong lines, lengths and chunks, and bytes."""
    return chance.choice((
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"GET /v1/customers\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n", b"GET  / HTTP/1.1\r\n : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA" + b"b" * 70_000 + b": c\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
        chance.randbytes(chance.randint(1, 300)),
    ))  # fmt: skip


def send(port: int, count: int, seed: int = 1) -> Sent:
    """Send them, each over a connection of its own, and count."""
    statuses: dict[int, int] = {}
    sound = unanswered = 0
    for is_sound, message in messages(count, seed):
        status = _status(port, message)
        sound += is_sound
        if status is None:
            unanswered += 1
        else:
            statuses[status] = statuses.get(status, 0) + 1
    return Sent(sound, count - sound, statuses, unanswered)


def _status(port: int, message: bytes) -> int | None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        answer = b""
        with suppress(ConnectionError):
            connection.sendall(message)
            connection.shutdown(socket.SHUT_WR) if not message.startswith((b"POST", b"GET", b"DELETE", b"PATCH", b"BREW")) else None
            while b"\r\n" not in answer and (more := connection.recv(4096)):
                answer += more
        return int(answer.split()[1]) if answer.startswith(b"HTTP/") else None


def body_of(number: int) -> str:
    """A sound body, to show that the recorder still serves."""
    return json.dumps({"number": number})
