"""The mitmproxy addon that records: `mitmdump -s replayer/record/addon.py --set replayer_out=CAPTURE`, or `replayer record`.

Every hook is wrapped: mitmproxy would swallow an exception and leave no trace of what was not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from replayer.capture import wire
from replayer.capture.importers.mitmproxy_flows import message_of, why_unknown
from replayer.model import Outcome, Request
from replayer.record.journal import Journal, Opened
from replayer.record.lanes import Route, as_stripes, host_of, split_url
from replayer.record.policy import NOT_SAMPLED, Policy, Refusal
from replayer.record.refuser import HEADER, body_of, headers_of
from replayer.record.settings import Address

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow

LARGEST_BODY = 1 << 20  # larger ones are streamed, and not kept
_ROUTE, _OPENED, _LEARN = "replayer_route", "replayer", "replayer_learn"
_STRIPES = Route("api", "")


class RecorderAddon:
    """Journals what passes, with its outcome.

    `routes` are what the listeners serve, by mitmproxy's mode; without any, as under mitmdump, what goes to Stripe, or to `hosts` that
    stand for it, is recorded. `upstream` gives the base URL of one of Stripe's hosts by its short name; null leaves the destination alone.
    `refuser` is where a body goes that is refused while it streams.
    """

    def __init__(
        self, journal: Journal | None = None, *, hosts: Iterable[str] = (), identify: wire.Identify | None = None,
        policy: Policy | None = None, routes: Iterable[Route] = (), upstream: Callable[[str], str] | None = None,
        refuser: Address | None = None,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._hosts = frozenset(hosts)
        self._identify = identify
        self._policy = policy or Policy()
        self._routes: Mapping[str, Route] = {route.mode: route for route in routes}
        self._upstream = upstream
        self._refuser = refuser

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

    def _route(self, flow: HTTPFlow) -> Route | None:
        """What a flow belongs to; null for what passes a forward proxy on its way to others than Stripe."""
        route = self._routes.get(flow.client_conn.proxy_mode.full_spec)
        if route is None or route.mode.startswith("regular"):
            return (route or _STRIPES) if wire.is_stripe(flow.request.host, self._hosts) else None
        return route

    def requestheaders(self, flow: HTTPFlow) -> None:
        """Send a request on its way, refuse it, or journal one whose body is streamed."""
        if self._journal is None:
            return
        try:
            route = self._route(flow)
            if route is None:
                return
            flow.metadata[_ROUTE] = route
            is_chunked = b"transfer-encoding" in [name.lower() for name, _ in flow.request.headers.fields]
            flow.request.stream = bool(flow.request.stream) or is_chunked
            if (refusal := self._refusal(flow, route)) is not None:
                self._refuse(flow, refusal)
                return
            self._redirect(flow, route)
            if flow.request.stream:
                self._begin(flow, route, is_streamed=True)
        except Exception as error:
            self._journal.drop(error)
            self._fail(flow)

    def _refusal(self, flow: HTTPFlow, route: Route) -> Refusal | None:
        if route.is_public and flow.client_conn.tls_version is None:
            return self._policy.refuse(403, "this recorder needs TLS")
        if route.lane == "api" and self._policy.is_choosy:
            caller = wire.caller(flow.request.headers.get("authorization"), self._identify)
            if not self._policy.is_served(caller):
                return self._policy.refuse(403, "this recorder does not serve this API key")
        return None

    def _redirect(self, flow: HTTPFlow, route: Route) -> None:
        """Send a request to where its path is served: one base address does for all of Stripe's hosts."""
        request = flow.request
        if route.forward_to is not None:
            scheme, host, port, path = split_url(route.forward_to)
            if route.lane == "webhook":
                request.path = _join(path, request.path)
        elif self._upstream is not None:
            name = host_of(request.method, request.path.partition("?")[0])
            scheme, host, port, _ = split_url(self._upstream(name))
        else:
            return
        if (request.scheme, request.host, request.port) != (scheme, host, port):
            request.scheme, request.host, request.port = scheme, host, port

    def request(self, flow: HTTPFlow) -> None:
        """Journal a request before it is forwarded."""
        if self._journal is None or flow.response is not None or flow.request.stream:
            return
        route = flow.metadata.get(_ROUTE)
        if route is not None:
            self._begin(flow, route, is_streamed=False)

    def _begin(self, flow: HTTPFlow, route: Route, *, is_streamed: bool) -> None:
        assert self._journal is not None
        pause = self._policy.pause
        if pause is not None:
            self._journal.skip(pause)
            return
        try:
            request = self._request(flow, route, is_streamed)
            why = self._policy.passes(request)
        except Exception as error:
            self._journal.seen += 1
            self._journal.drop(error)
            self._fail(flow)
            return
        if why is not None:
            flow.metadata[_LEARN] = why == NOT_SAMPLED
            self._journal.skip(why)
            return
        opened = self._journal.open(request, flow.request.timestamp_start, route.lane)
        if opened is None:
            self._fail(flow)
        else:
            flow.metadata[_OPENED] = opened

    def _request(self, flow: HTTPFlow, route: Route, is_streamed: bool) -> Request:
        message = message_of(flow.request)
        if is_streamed:
            message = msgspec.structs.replace(message, body=b"")
        path, _, query = flow.request.path.partition("?")
        request = wire.request_of(flow.request.method, flow.request.host, path, query, message, self._identify)
        if is_streamed:
            request = msgspec.structs.replace(request, encoding=_encoding(message.headers.get("content-type", "")), kept=False)
        if route.lane == "api":
            return as_stripes(request)
        return msgspec.structs.replace(request, caller=None)

    def _fail(self, flow: HTTPFlow) -> None:
        """What could not be journalled goes on all the same, unless the user wants otherwise."""
        if self._policy.fail_closed:
            self._refuse(flow, self._policy.refuse(503, "this recorder cannot record, and was told to pass on nothing unrecorded"))

    def _refuse(self, flow: HTTPFlow, refusal: Refusal) -> None:
        """Answer instead of Stripe; what is streamed goes where it is dropped, or is cut off where there is no such place."""
        from mitmproxy.http import Response

        if not flow.request.stream:
            flow.response = Response.make(refusal.status, body_of(refusal), headers_of(refusal))
        elif self._refuser is None:
            flow.kill()
        else:
            flow.request.scheme, (flow.request.host, flow.request.port) = "http", self._refuser
            flow.request.headers[HEADER] = f"{refusal.status} {refusal.why}"

    def responseheaders(self, flow: HTTPFlow) -> None:
        """Journal the status of an answer that is streamed: its last byte reaches the client before any further hook is called."""
        if flow.response is not None and flow.response.stream:
            self._close(flow)

    def response(self, flow: HTTPFlow) -> None:
        """Journal an answer before the client sees it."""
        self._close(flow)

    def error(self, flow: HTTPFlow) -> None:
        """Journal that the outcome is unknown: after a time-out or a reset Stripe may have executed the request."""
        self._close(flow)

    def _close(self, flow: HTTPFlow) -> None:
        opened: Opened | None = flow.metadata.pop(_OPENED, None)
        if self._journal is None or (opened is None and _LEARN not in flow.metadata):
            return
        try:
            outcome, ended = _outcome(flow)
            if self._policy.sample is not None:
                self._policy.sample.learn(outcome)
            if opened is not None:
                self._journal.close(opened, outcome, ended - flow.request.timestamp_start if ended else None)
        except Exception as error:
            self._journal.drop(error)

    def done(self) -> None:
        """Complete the capture."""
        if self._journal is not None:
            self._journal.finish()
            self._journal = None


def _join(base: str, path: str) -> str:
    """A webhook that is delivered to the recorder's root goes to the endpoint's own path; one that names a path keeps it."""
    bare, mark, query = path.partition("?")
    return (base or "/") + mark + query if bare in ("", "/") else path


def _encoding(content_type: str) -> str:
    if content_type.startswith("multipart/form-data"):
        return "multipart"
    return "json" if "json" in content_type else "raw"


def _outcome(flow: HTTPFlow) -> tuple[Outcome, float | None]:
    if flow.error is not None or flow.response is None:
        return Outcome(error=why_unknown(flow)), flow.error.timestamp if flow.error else None
    return wire.decode_outcome(message_of(flow.response), flow.response.status_code), flow.response.timestamp_end


addons = [RecorderAddon()]
