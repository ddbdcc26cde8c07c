"""Read the world out of a source's exchanges: what issuers answered, rates, fees and settings, each with when and where it was seen.

Amounts are never taken over: of an attempt only what was asked for is kept, of a fee only the schedule that fits every one that was seen.
Places are countries, states and the first characters of postal codes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from pathlib import Path

from replayer.capture.reread import reader
from replayer.capture.store import Capture
from replayer.capture.stored_baseline import baseline_of
from replayer.capture.world_fees import Ledger
from replayer.capture.world_file import load_world
from replayer.capture.world_issuers import Issuers
from replayer.capture.world_settings import Settings
from replayer.capture.world_taxes import Taxes
from replayer.model import BaselineObject, Exchange, World
from replayer.model.world import joined
from replayer.stripeapi.ids import objects


class WorldReader:
    """Learns the world of one source, exchange by exchange."""

    def __init__(self, baseline: Iterable[BaselineObject] = ()) -> None:
        self._issuers, self._ledger = Issuers(), Ledger()
        self._taxes, self._settings = Taxes(), Settings()
        for item in baseline:
            for _, kind, state in objects(item.state):
                self._issuers.payers.add(kind, state)
                self._taxes.add(kind, state)

    def add(self, exchange: Exchange) -> None:
        """Learn from the next exchange, an answer or an event that was delivered."""
        body = exchange.request.params if exchange.lane == "webhook" else exchange.outcome.body
        self._issuers.begin(exchange, body)
        for identifier, kind, state in objects(body):
            self._issuers.add(identifier, kind, state, exchange)
            self._ledger.add(identifier, kind, state)
            self._taxes.add(kind, state)
            self._settings.add(kind, state, exchange.request.account)

    def world(self) -> World:
        """What was learnt."""
        return World(
            accounts=self._settings.accounts(self._ledger.settled_in()),
            issuers=list(self._issuers.answers()),
            taxes=self._taxes.rates(),
            fees=list(self._ledger.fees()),
            exchange_rates=list(self._ledger.rates()),
        )


def read_world(exchanges: Iterable[Exchange], baseline: Iterable[BaselineObject] = ()) -> World:
    """The world of one source's exchanges on their baseline."""
    reader_ = WorldReader(baseline)
    for exchange in exchanges:
        reader_.add(exchange)
    return reader_.world()


def whole_world(capture: Capture, sources: Collection[str] | None = None) -> World:
    """The world of all sources of a capture, or of some; each fact names its source where there are several."""
    names = [one.name for one in capture.sources if sources is None or one.name in sources]
    found = []
    for name in names:
        read = reader(capture, name)
        found.append((name if len(names) > 1 else None, read_world(read(), baseline_of(capture, name, read))))
    return joined(found)


def world_of(source: str, read: Callable[[], Iterable[Exchange]], baseline: Iterable[BaselineObject], file: Path | None = None) -> World:
    """The world that a source's replay takes as given: a file's, where one is named, else what its own exchanges state.

    A rate that was worked out from the very amounts that it gives is no evidence until somebody has put it into a file.
    """
    return read_world(read(), baseline).stated() if file is None else _loaded(file, file.stat().st_mtime_ns).of(source)


@lru_cache(maxsize=2)
def _loaded(file: Path, changed: int) -> World:
    return load_world(file)
