"""mitmproxy's flow files: binary, without a checksum; one that was torn yields its good flows first."""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from replayer.capture import wire
from replayer.capture.importers._seam import Problem, broken
from replayer.model import Exchange, ReplayerError

_MARK = re.compile(rb"\d{2,12}:\d{1,3}:[a-z_]+;")

_BROKEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError)
_READ = frozenset(name.encode() for name in wire.READ_HEADERS)


class MitmproxyFlows:
    """Reads what `mitmdump -w FILE` writes; needs mitmproxy."""

    name = "mitmproxy"

    def __init__(self, identify: wire.Identify | None = None) -> None:
        self._identify = identify

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file begins as a serialised flow does."""
        return _MARK.match(head) is not None

    def read(self, path: Path) -> Iterator[Exchange | Problem]:
        """Yield the HTTP flows' exchanges; flows before a breakage come first, then it is raised with its byte."""
        broken_flow, http_flow, reader = _mitmproxy(path)
        with path.open("rb") as file:
            flows = reader(file).stream()
            while True:
                start = file.tell()
                try:
                    flow = next(flows)
                except StopIteration:
                    return
                except (broken_flow, *_BROKEN) as error:
                    raise broken(path, f"byte {start}", f"a broken flow ({type(error).__name__})") from None  # its text may quote one
                if isinstance(flow, http_flow):
                    try:
                        found = exchange_of(flow, self._identify)
                    except _BROKEN as error:
                        yield Problem(f"byte {start}", f"a flow that is not what it should be ({type(error).__name__})")
                    else:
                        yield found


def _mitmproxy(path: Path) -> tuple[Any, Any, Any]:
    """mitmproxy's error for a broken flow, its HTTP flow and its reader; what it warns of at import is its own affair."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mitmproxy.exceptions import FlowReadException
            from mitmproxy.http import HTTPFlow
            from mitmproxy.io import FlowReader
    except ImportError:
        raise ReplayerError("mitmproxy is not installed", place=str(path), hint="pip install 'replayer[record]'") from None
    return FlowReadException, HTTPFlow, FlowReader


def exchange_of(flow: Any, identify: wire.Identify | None = None) -> Exchange:
    """The exchange of a mitmproxy flow. A flow that ended in an error has no known outcome: Stripe may have executed it."""
    request, response = flow.request, flow.response
    is_known = response is not None and flow.error is None
    ended = response.timestamp_end if response is not None else flow.error.timestamp if flow.error else None
    return wire.exchange(
        request.method, request.url, message_of(request), message_of(response) if is_known else None,
        response.status_code if is_known else None,
        at=request.timestamp_start, duration=ended - request.timestamp_start if ended else None,
        error=None if is_known else why_unknown(flow), identify=identify,
    )  # fmt: skip


def why_unknown(flow: Any) -> str:
    """Why a flow has no known outcome."""
    message = flow.error.msg.lower() if flow.error else ""
    if "client" in message and ("disconnect" in message or "closed" in message):
        return "client time-out"
    return "upstream unreachable" if flow.server_conn.timestamp_tcp_setup is None else "upstream reset"


def message_of(part: Any) -> wire.Message:
    """A mitmproxy request's or response's headers, as far as anybody reads them, and its body as it was on the wire."""
    read = [(known, value.decode(errors="surrogateescape")) for name, value in part.headers.fields if (known := _known(name)) is not None]
    return wire.Message(wire.headers(read), part.raw_content or b"")


@lru_cache(maxsize=1024)
def _known(name: bytes) -> str | None:
    """A header's name in small letters; null where nobody reads it."""
    return name.lower().decode() if name.lower() in _READ else None
