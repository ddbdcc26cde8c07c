"""The smallest mitmproxy that records: a reverse proxy without logging, about 1.8 times as fast as `mitmdump`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from replayer.model import InputError
from replayer.record.addon import RecorderAddon

if TYPE_CHECKING:
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
    from mitmproxy.addons.errorcheck import ErrorCheck
    from mitmproxy.addons.proxyserver import Proxyserver

    proxy, check = Proxyserver(), ErrorCheck()
    logging.disable(logging.WARNING)
    master = _master(addon, proxy, check, host=host, port=port, upstream=upstream, confdir=confdir)
    running = asyncio.ensure_future(_run(master, check, f"{host}:{port}"))
    try:
        address = await _listening(proxy, running)
        await until(address)
        await _drain(proxy, is_idle)
    finally:
        master.shutdown()
        await running
        logging.disable(logging.NOTSET)


def _master(addon: RecorderAddon, proxy: object, check: object, *, host: str, port: int, upstream: str, confdir: Path) -> Master:
    from mitmproxy.addons import block, core, next_layer, tlsconfig
    from mitmproxy.master import Master
    from mitmproxy.options import Options

    options = Options(mode=[f"reverse:{upstream}"], listen_host=host, listen_port=port, confdir=str(confdir))
    master = Master(options)
    master.addons.add(core.Core(), proxy, next_layer.NextLayer(), tlsconfig.TlsConfig(), check, block.Block(), addon)  # type: ignore[no-untyped-call,unused-ignore]
    options.update(connection_strategy="lazy")
    return master


async def _run(master: Master, check: object, place: str) -> None:
    """Run mitmproxy; it ends the process where it cannot start, which is said here as an error of ours."""
    try:
        await master.run()
    except SystemExit:
        reasons = [record.getMessage() for record in check.logger.has_errored]  # type: ignore[attr-defined]
        raise InputError(reasons[0] if reasons else "mitmproxy does not start", place=place, hint="choose another --listen") from None


async def _listening(proxy: object, running: asyncio.Future[None]) -> Address:
    """Wait until the proxy listens; raises what kept it from that."""
    while not (addresses := proxy.listen_addrs()):  # type: ignore[attr-defined]
        if running.done():
            running.result()
            raise InputError("mitmproxy ended before it listened")
        await asyncio.sleep(0.01)
    return str(addresses[0][0]), int(addresses[0][1])


async def _drain(proxy: object, is_idle: Callable[[], bool]) -> None:
    """Take no further connection (the port stays open after mitmproxy's own shutdown) and let what is under way end."""
    await proxy.servers.update([])  # type: ignore[attr-defined]
    deadline = asyncio.get_running_loop().time() + _DRAIN_SECONDS
    while not is_idle() and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)  # the last answer is journalled before it is on its way to the client
