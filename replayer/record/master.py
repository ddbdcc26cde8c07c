"""The smallest mitmproxy that records: without logging about 1.8 times as fast as `mitmdump`."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from replayer.model import InputError
from replayer.record.lanes import Route, split_url
from replayer.record.settings import Address, Settings, is_loopback

if TYPE_CHECKING:
    from mitmproxy.addons.proxyserver import Proxyserver
    from mitmproxy.master import Master

_DRAIN_SECONDS = 5.0
_OBJECTS = 10_000  # between two collections: some dozens of exchanges
_STRIPES_HOSTS = r"^([a-z0-9-]+\.)*stripe\.com:\d+$"
_LARGEST_BODY = "1m"  # larger ones are streamed; the addon's docs say what is kept of them


class Listening(msgspec.Struct, frozen=True):
    """Where a recorder listens: the api lane's address, and the others' by their lane."""

    api: Address
    others: dict[str, Address] = {}


def routes(settings: Settings) -> list[Route]:
    """What each listener serves. Of several that ask for a free port, each but the first gets one here: mitmproxy takes them for one."""
    places = settings.listeners
    free = [place if place[1] or number == 0 else (place[0], _free_port(place[0])) for number, place in enumerate(places)]
    api = "regular" if settings.mode == "forward" else f"reverse:{settings.upstream('api').rstrip('/')}"
    made = [_route("api", api, free.pop(0), None)]
    if settings.webhook_forward_to:
        made.append(_route("webhook", f"reverse:{_base(settings.webhook_forward_to)}", free.pop(0), settings.webhook_forward_to))
    if settings.app_upstream:
        made.append(_route("app", f"reverse:{_base(settings.app_upstream)}", free.pop(0), settings.app_upstream))
    return made


def _route(lane: Any, mode: str, place: Address, forward_to: str | None) -> Route:
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    return Route(lane, f"{mode}@{host}:{place[1]}", forward_to, not is_loopback(place[0]))


def _base(url: str) -> str:
    scheme, host, port, _ = split_url(url)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


async def serve(
    addon: object | None, settings: Settings, made: list[Route], *, confdir: Path, until: Callable[[Listening], Awaitable[None]],
    is_idle: Callable[[], bool],
) -> None:  # fmt: skip
    """Run the proxies until `until`, which is called with the addresses listened on, returns. Without an addon it is a bare proxy.

    Then no connection is taken any more, and requests under way have a few seconds to end. Raises InputError where an address is taken.
    """
    from mitmproxy.addons.proxyserver import Proxyserver

    proxy = Proxyserver()
    logging.disable(logging.WARNING)
    master = _master(addon, proxy, settings, made, confdir)
    _spare_the_collector()
    running = asyncio.ensure_future(master.run())
    try:
        await until(await _listening(proxy, running, made))
        await _drain(proxy, is_idle)
    finally:
        master.shutdown()
        await running
        logging.disable(logging.NOTSET)


def _spare_the_collector() -> None:
    """What is loaded by now stays: it need not be looked through for garbage again and again; an exchange leaves few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, 10, 10)


def _master(addon: object | None, proxy: Proxyserver, settings: Settings, made: list[Route], confdir: Path) -> Master:
    from mitmproxy.addons import block, core, next_layer, tlsconfig
    from mitmproxy.master import Master
    from mitmproxy.options import Options

    master = Master(Options(mode=[route.mode for route in made], confdir=str(confdir)))
    master.addons.add(core.Core(), proxy, next_layer.NextLayer(), tlsconfig.TlsConfig(), block.Block())
    if addon is not None:
        master.addons.add(addon)
    changes: dict[str, Any] = {"connection_strategy": "lazy", "stream_large_bodies": _LARGEST_BODY}
    if settings.mode == "forward":
        changes["allow_hosts"] = [_STRIPES_HOSTS]
    if settings.tls_cert and settings.tls_key:
        changes["certs"] = [f"*={_pem(settings.tls_cert, settings.tls_key, confdir)}"]
    master.options.update(**changes)
    return master


def _pem(cert: Path, key: Path, confdir: Path) -> Path:
    """Certificate and key in one file, as mitmproxy wants them, in a folder that nobody else reads."""
    file = confdir / "listener.pem"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(key.read_bytes().rstrip() + b"\n" + cert.read_bytes())
    return file


async def _listening(proxy: Proxyserver, running: asyncio.Future[None], made: list[Route]) -> Listening:
    """Wait until the proxies listen; raises what kept them from that. (mitmproxy's ErrorCheck would end the process.)"""
    while True:
        if running.done():
            running.result()
            raise InputError("mitmproxy ended before it listened", place=made[0].mode)
        places: dict[str, Address] = {}
        for server in proxy.servers:
            if server.last_exception is not None:
                raise _cannot_listen(server.last_exception, server.mode.full_spec.rpartition("@")[2])
            lane = next(route.lane for route in made if route.mode == server.mode.full_spec)
            if server.listen_addrs:
                host, port, *_ = server.listen_addrs[0]
                places[lane] = (str(host), int(port))
        if len(places) == len(made):
            return Listening(places.pop("api"), places)
        await asyncio.sleep(0.01)


def _cannot_listen(error: Exception, place: str) -> InputError:
    number = error.errno if isinstance(error, OSError) else None
    reason = {errno.EADDRINUSE: "another program listens here", errno.EACCES: "this port needs more rights"}.get(number or 0, str(error))
    return InputError(reason, place=place, hint="choose another address with --listen; port 0 takes a free one")


async def _drain(proxy: Proxyserver, is_idle: Callable[[], bool]) -> None:
    """Take no further connection (the port stays open after mitmproxy's own shutdown) and let what is under way end."""
    await proxy.servers.update([])
    deadline = asyncio.get_running_loop().time() + _DRAIN_SECONDS
    while not is_idle() and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)  # the last answer is journalled before it is on its way to the client
