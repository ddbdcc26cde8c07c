"""The smallest mitmproxy that records: a reverse proxy without logging, about 1.8 times as fast as `mitmdump`."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from replayer.model import InputError
from replayer.record.addon import RecorderAddon

if TYPE_CHECKING:
    from mitmproxy.addons.proxyserver import Proxyserver
    from mitmproxy.master import Master

Address = tuple[str, int]
_DRAIN_SECONDS = 5.0


async def serve(
    addon: RecorderAddon, *, host: str, port: int, upstream: str, confdir: Path, until: Callable[[Address], Awaitable[None]],
    is_idle: Callable[[], bool],
) -> None:  # fmt: skip
    """Run a reverse proxy to `upstream` until `until`, which is called with the address listened on, returns.

    Then no connection is taken any more, and requests under way have a few seconds to end. Raises InputError where the address is taken.
    """
    from mitmproxy.addons.proxyserver import Proxyserver

    proxy = Proxyserver()
    logging.disable(logging.WARNING)
    master = _master(addon, proxy, host=host, port=port, upstream=upstream, confdir=confdir)
    running = asyncio.ensure_future(master.run())
    try:
        address = await _listening(proxy, running, f"{host}:{port}")
        await until(address)
        await _drain(proxy, is_idle)
    finally:
        master.shutdown()
        await running
        logging.disable(logging.NOTSET)


def _master(addon: RecorderAddon, proxy: Proxyserver, *, host: str, port: int, upstream: str, confdir: Path) -> Master:
    from mitmproxy.addons import block, core, next_layer, tlsconfig
    from mitmproxy.master import Master
    from mitmproxy.options import Options

    options = Options(mode=[f"reverse:{upstream}"], listen_host=host, listen_port=port, confdir=str(confdir))
    master = Master(options)
    master.addons.add(core.Core(), proxy, next_layer.NextLayer(), tlsconfig.TlsConfig(), block.Block(), addon)
    options.update(connection_strategy="lazy")
    return master


async def _listening(proxy: Proxyserver, running: asyncio.Future[None], place: str) -> Address:
    """Wait until the proxy listens; raises what kept it from that. (mitmproxy's ErrorCheck would end the process.)"""
    while not (addresses := proxy.listen_addrs()):
        if running.done():
            running.result()
            raise InputError("mitmproxy ended before it listened", place=place)
        for server in proxy.servers:
            if server.last_exception is not None:
                raise _cannot_listen(server.last_exception, place)
        await asyncio.sleep(0.01)
    return str(addresses[0][0]), int(addresses[0][1])


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
