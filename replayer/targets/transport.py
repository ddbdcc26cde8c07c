"""One connection to a server, kept open: the seam through which every replay's bytes leave.

Each lane (a thread of the engine) has a connection of its own, since a shared pool is the first thing to choke. The standard library's
client is a fraction of httpx's cost per call, and reads no proxy variable: a replay never goes back through a recorder.
"""

from __future__ import annotations

import select
import ssl
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

# Seconds. An answer may take long: Stripe's own limit for SDKs is 80 s.
PATIENCE = 80.0
Failure = (OSError, HTTPException, ValueError)


class Connection:
    """A connection that is opened when it is needed and anew when the server has ended it. Not for several threads."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._prefix = parts.path.rstrip("/")
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            self._http: HTTPConnection = HTTPSConnection(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        else:
            self._http = HTTPConnection(host, port, timeout=PATIENCE)

    def exchange(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> tuple[int, dict[str, str], bytes]:
        """Carry one message. Nothing is ever sent twice: a connection that broke on the way is the caller's to judge."""
        if self._ended():
            self._http.close()
        try:
            self._http.request(method, self._prefix + target, body=body, headers=headers)
            answer = self._http.getresponse()
            content = answer.read()
        except Failure:
            self._http.close()
            raise
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, content

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def _ended(self) -> bool:
        """Whether the server has ended a connection that lay idle: an idle one has nothing to read but its end."""
        sock = self._http.sock
        if sock is None:
            return False
        try:
            watch = select.poll()
            watch.register(sock, select.POLLIN)
            return bool(watch.poll(0))
        except (OSError, ValueError):
            return True


class Connections:
    """A connection to a server for each thread, shared by the sessions that go there; closed when the last of them is."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._users = 0
        self._own = threading.local()
        self._open: list[Connection] = []

    def enter(self) -> Connections:
        """Count one more session."""
        with self._lock:
            self._users += 1
        return self

    def leave(self) -> None:
        """Count one session less."""
        with self._lock:
            self._users -= 1
            if self._users <= 0:
                for connection in self._open:
                    connection.close()
                self._open, self._own = [], threading.local()

    def mine(self) -> Connection:
        """This thread's connection."""
        found: Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = Connection(self._base)
            self._open.append(found)
        return found
