"""Which exchanges of a capture a command works on: `--customer`, `--operation`, `--chain`, `--source`, `--since`, `--until`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

import msgspec

from replayer.model import Exchange, InputError
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.operations import match

_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d")
_EPOCH = re.compile(r"\d{1,11}(\.\d+)?")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What is selected; an empty field selects all. Several values of one field are alternatives, the fields must all agree.

    `since` and `until` are epoch seconds, both included. A chain is named by any exchange in it. A customer selects the whole chains in
    which its id stands anywhere.
    """

    customer: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None

    @classmethod
    def parse(
        cls, *, customer: Iterable[str] = (), operation: Iterable[str] = (), chain: Iterable[str] = (), source: Iterable[str] = (),
        since: str | None = None, until: str | None = None,
    ) -> Self:  # fmt: skip
        """Read a selection from flags; raises InputError that names the flag. A bare date for `--until` includes that day."""
        return cls(
            customer=tuple(customer), operation=tuple(_operation(name) for name in operation), chain=tuple(chain), source=tuple(source),
            since=_moment("--since", since), until=_moment("--until", until, ends_day=True),
        )  # fmt: skip

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()

    def takes(self, exchange: Exchange) -> bool:
        """Whether an exchange agrees with all fields but customer and chain, which need the whole capture."""
        if self.source and exchange.source not in self.source:
            return False
        if self.operation and match(exchange.request.method, exchange.request.path).name not in self.operation:
            return False
        return (self.since is None and self.until is None) or self._is_in_time(exchange.at)

    def _is_in_time(self, at: float | None) -> bool:
        return at is not None and (self.since is None or at >= self.since) and (self.until is None or at <= self.until)


def select(exchanges: Callable[[], Iterable[Exchange]], selection: Selection, chains: Mapping[str, str]) -> Iterator[Exchange]:
    """Yield the selected exchanges in their order.

    `exchanges` gives them anew each time it is called (twice where a customer is selected); `chains` names the chain of each exchange id.
    """
    wanted = _chains(exchanges, selection, chains)
    for exchange in exchanges():
        if (wanted is None or chains.get(exchange.id, exchange.id) in wanted) and selection.takes(exchange):
            yield exchange


def _chains(exchanges: Callable[[], Iterable[Exchange]], selection: Selection, chains: Mapping[str, str]) -> set[str] | None:
    """The chains that customer and chain both select, null for all of them."""
    if not selection.customer and not selection.chain:
        return None
    named = {chains.get(name, name) for name in selection.chain}
    if not selection.customer:
        return named
    stands_in = _finder(selection.customer)
    found = {chains.get(exchange.id, exchange.id) for exchange in exchanges() if stands_in(exchange)}
    return found & named if selection.chain else found


def _finder(identifiers: tuple[str, ...]) -> Callable[[Exchange], bool]:
    """Whether one of the ids stands in an exchange's request or answer."""
    texts = (re.escape(msgspec.json.encode(identifier)[1:-1]) for identifier in identifiers)
    pattern = re.compile(rb"(?<![A-Za-z0-9_])(?:" + b"|".join(texts) + rb")(?![A-Za-z0-9_])")

    def stands_in(exchange: Exchange) -> bool:
        request, answer = exchange.request, exchange.outcome
        return pattern.search(msgspec.json.encode((request.path, request.params, request.body, answer.body))) is not None

    return stands_in


def _operation(name: str) -> str:
    known = catalogue().canonical(name)
    if known is None:
        raise InputError(f"unknown operation {name!r}", place="--operation", hint=f"did you mean {catalogue().nearest(name)!r}?")
    return known


def _moment(flag: str, text: str | None, *, ends_day: bool = False) -> float | None:
    """Epoch seconds of a flag: a number of them, or an ISO date, in UTC where it names no zone."""
    if text is None:
        return None
    if _EPOCH.fullmatch(text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no date", place=flag, hint="write 2026-01-31, 2026-01-31T12:00:00Z or epoch seconds") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if ends_day and _DATE_ONLY.fullmatch(text):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return moment.timestamp()
