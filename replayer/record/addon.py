"""The mitmproxy addon that records: `mitmdump -s replayer/record/addon.py --set replayer_out=CAPTURE`, or `replayer record`.

Every hook is wrapped: mitmproxy would swallow an exception and leave no trace of what was not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from replayer.capture import wire
from replayer.capture.importers.mitmproxy_flows import message_of, why_unknown
from replayer.model import Outcome, Request
from replayer.record.journal import Journal, Opened

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow

_OPENED = "replayer"


class RecorderAddon:
    """Journals requests to Stripe, and to hosts that stand for it, with their outcomes."""

    def __init__(self, journal: Journal | None = None, *, hosts: Iterable[str] = (), identify: wire.Identify | None = None) -> None:
        self._journal = journal
        self._hosts = frozenset(hosts)
        self._identify = identify

    def load(self, loader: Any) -> None:
        """Declare the options for use under `mitmdump -s`."""
        loader.add_option("replayer_out", str, "", "The folder of the capture to record into.")
        loader.add_option("replayer_hosts", str, "", "Hosts, separated by commas, that stand for Stripe.")
        loader.add_option("replayer_trusted", bool, False, "Keep every value: this is test data.")

    def running(self) -> None:
        """Open the capture that the options name; raises InputError where it cannot be."""
        from mitmproxy import ctx

        out = ctx.options.replayer_out
        if self._journal is None and out:
            self._open(Path(out), ctx.options.replayer_hosts, ctx.options.replayer_trusted)

    def _open(self, out: Path, hosts: str, is_trusted: bool) -> None:
        from replayer.capture.project_key import project_key
        from replayer.capture.redact import Redactor
        from replayer.model import ORIGIN_STRIPE

        redactor = None if is_trusted else Redactor(project_key())
        self._identify = redactor.identify if redactor else None
        self._hosts = frozenset(filter(None, hosts.split(",")))
        self._journal = Journal(out, upstream=min(self._hosts, default=ORIGIN_STRIPE), redactor=redactor)

    def request(self, flow: HTTPFlow) -> None:
        """Journal a request before it is forwarded."""
        if self._journal is None or not wire.is_stripe(flow.request.host, self._hosts):
            return
        try:
            request = _as_stripes(wire.decode_request(flow.request.method, flow.request.url, message_of(flow.request), self._identify))
            flow.metadata[_OPENED] = self._journal.open(request, flow.request.timestamp_start)
        except Exception as error:
            self._journal.drop(error)

    def response(self, flow: HTTPFlow) -> None:
        """Journal an answer before the client sees it."""
        self._close(flow)

    def error(self, flow: HTTPFlow) -> None:
        """Journal that the outcome is unknown: after a time-out or a reset Stripe may have executed the request."""
        self._close(flow)

    def _close(self, flow: HTTPFlow) -> None:
        opened: Opened | None = flow.metadata.pop(_OPENED, None)
        if self._journal is None or opened is None:
            return
        try:
            outcome, ended = _outcome(flow)
            self._journal.close(opened, outcome, ended - flow.request.timestamp_start if ended else None)
        except Exception as error:
            self._journal.drop(error)

    def done(self) -> None:
        """Complete the capture."""
        if self._journal is not None:
            self._journal.finish()
            self._journal = None


def _outcome(flow: HTTPFlow) -> tuple[Outcome, float | None]:
    if flow.error is not None or flow.response is None:
        return Outcome(error=why_unknown(flow)), flow.error.timestamp if flow.error else None
    return wire.decode_outcome(message_of(flow.response), flow.response.status_code), flow.response.timestamp_end


def _as_stripes(request: Request) -> Request:
    """A host that stands for Stripe is recorded as Stripe's: a replay must not depend on where the recorder listened."""
    return request if wire.is_stripe(request.host) else msgspec.structs.replace(request, host=_API_HOST)


_API_HOST = Request(method="", path="").host
addons = [RecorderAddon()]
