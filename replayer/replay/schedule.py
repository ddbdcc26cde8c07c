"""Which exchange of a source may go when: a pure function from what was recorded to what each call waits for.

Within a chain the recorded order holds. A call waits for whatever first showed an id that it names, and for an earlier call with its key.
A write to an object that many share is a barrier. Lists, searches, balance and events wait for every earlier write, and unless they name an
object, later writes wait for them. Everything else may overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from replayer.capture.chains import Chains, named_ids
from replayer.capture.retries import identity
from replayer.model import Exchange
from replayer.stripeapi.ids import ids_in, is_shared
from replayer.stripeapi.operations import match

_READS_ALL = ("/v1/balance", "/v1/events", "/v1/balance_transactions")


class Waits:
    """Takes logical calls in recorded order and says of each which earlier ones (by place) it waits for. Grows by ids, not by bodies.

    Places that are waited for only through others are left out where that is cheap to see: the sets stay small.
    """

    def __init__(self, chains: Chains, places: dict[str, int]) -> None:
        self._chains, self._places = chains, places
        self._last_of_chain: dict[int, int] = {}
        self._shown: dict[int, int] = {}
        self._keys: dict[bytes, int] = {}
        self._barrier: int | None = None
        self._writes: list[int] = []  # since the last barrier
        self._all: list[int] = []  # since the last barrier
        self._readers: list[int] = []  # of everything, since the last barrier
        self._count = 0

    def add(self, exchange: Exchange) -> frozenset[int]:
        """What one more call waits for."""
        place, self._count = self._count, self._count + 1
        found = match(exchange.request.method, exchange.request.path)
        chain = self._chains.of(self._places[exchange.id])
        named = list(named_ids(exchange.request))
        waits = {self._barrier} if self._barrier is not None else set()
        if (last := self._last_of_chain.get(chain)) is not None:
            waits.add(last)
        waits.update(self._shown[hash(name)] for name, _ in named if hash(name) in self._shown)
        key = identity(exchange)
        if key is not None:
            if key in self._keys:
                waits.add(self._keys[key])
            self._keys[key] = place
        reads_all = not found.writes and _reads_all(exchange)
        barrier = found.writes and any(is_shared(name, kind) for name, kind in _written(exchange))
        if barrier:
            waits.update(self._all)
            self._barrier, self._writes, self._all, self._readers = place, [], [], []
        elif reads_all:
            waits.update(self._writes)
            if not named:
                self._readers.append(place)
        elif found.writes:
            waits.update(self._readers)
            self._writes.append(place)
        if not barrier:
            self._all.append(place)
        self._last_of_chain[chain] = place
        for name in ids_in(exchange.outcome.body):
            self._shown.setdefault(hash(name), place)
        return frozenset(waits)


def _reads_all(exchange: Exchange) -> bool:
    operation = match(exchange.request.method, exchange.request.path).operation
    return (operation is not None and operation.shape in ("list", "search")) or exchange.request.path.startswith(_READS_ALL)


def _written(exchange: Exchange) -> Iterator[tuple[str, str | None]]:
    """The object that a call changes by its path: `/v1/prices/price_1` is a write to a price, `/v1/prices` makes one."""
    in_path = {identifier for _, identifier in match(exchange.request.method, exchange.request.path).path_ids}
    return ((name, kind) for name, kind in named_ids(exchange.request) if name in in_path)


class Board[J]:
    """Who is ready: the calls of a schedule, handed out in recorded order as soon as nothing is waited for. Not for several threads.

    `ahead` bounds how many calls are known at once, so that a large source is streamed.
    """

    def __init__(self, calls: Iterable[tuple[J, frozenset[int]]], *, ahead: int = 4096) -> None:
        self._calls = enumerate(calls)
        self._ahead = ahead
        self._waiting: dict[int, tuple[J, set[int]]] = {}
        self._followers: dict[int, list[int]] = {}
        self._open: set[int] = set()
        self._ready: list[tuple[int, J]] = []
        self._all_known = False

    def ready(self) -> list[tuple[int, J]]:
        """The calls that have become ready, with their places, in recorded order; each is given once."""
        while not self._all_known and len(self._open) < self._ahead:
            following = next(self._calls, None)
            if following is None:
                self._all_known = True
                break
            place, (job, waits) = following
            left = {other for other in waits if other in self._open}
            self._open.add(place)
            if left:
                self._waiting[place] = (job, left)
                for other in left:
                    self._followers.setdefault(other, []).append(place)
            else:
                self._ready.append((place, job))
        found, self._ready = self._ready, []
        return sorted(found, key=lambda item: item[0])

    def done(self, place: int) -> None:
        """Note that a call is done."""
        self._open.discard(place)
        for follower in self._followers.pop(place, ()):
            job, left = self._waiting[follower]
            left.discard(place)
            if not left:
                del self._waiting[follower]
                self._ready.append((follower, job))

    @property
    def finished(self) -> bool:
        """Whether every call is done."""
        return self._all_known and not self._open
