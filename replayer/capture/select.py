"""Which exchanges of a capture a command works on: `--customer`, `--operation`, `--chain`, `--source`, `--since`, `--until`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from replayer.capture.foundations import Foundations
from replayer.model import Exchange, InputError
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.operations import match

_EPOCH = re.compile(r"\d{1,11}(\.\d+)?")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What is selected; a null field selects all, and an exchange must agree with every field.

    `since` (included) and `until` (not included) are epoch seconds or ISO dates, in UTC where they name no zone; they become epoch seconds.
    A chain is named by any exchange in it. A customer selects the whole chains in which its id stands anywhere.
    Raises InputError, which names the flag, for what is no date and for an unknown operation.
    """

    customer: str | None = None
    operation: str | None = None
    chain: str | None = None
    source: str | None = None
    since: str | float | None = None
    until: str | float | None = None

    def __post_init__(self) -> None:
        for flag in ("since", "until"):
            msgspec.structs.force_setattr(self, flag, _moment(f"--{flag}", getattr(self, flag)))
        if self.operation is not None:
            msgspec.structs.force_setattr(self, "operation", _operation(self.operation))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that everything is selected."""
        return all(getattr(self, field) is None for field in self.__struct_fields__)

    def takes(self, exchange: Exchange) -> bool:
        """Whether an exchange agrees with all fields but customer and chain, which need the whole capture."""
        if self.source is not None and exchange.source != self.source:
            return False
        if self.operation is not None and match(exchange.request.method, exchange.request.path).name != self.operation:
            return False
        return (self.since is None and self.until is None) or self._is_in_time(exchange.at)

    def _is_in_time(self, at: float | None) -> bool:
        since, until = self.since, self.until
        return at is not None and (since is None or at >= float(since)) and (until is None or at < float(until))

    def choose(self, exchanges: Iterable[Exchange], chains: Mapping[str, str]) -> Iterator[Exchange]:
        """Yield the selected exchanges in their order; `chains` names the chain of each exchange's id.

        Streams, unless a customer is selected: then it looks twice, and a mere iterator is read into memory. `ids` keeps no bodies.
        """
        if self.customer is not None and iter(exchanges) is exchanges:
            exchanges = list(exchanges)
        wanted = self._chains(exchanges, chains)
        return (exchange for exchange in exchanges if _is_wanted(exchange.id, chains, wanted) and self.takes(exchange))

    def ids(self, exchanges: Iterable[Exchange], chains: Mapping[str, str]) -> set[str]:
        """The ids of the selected exchanges, in one pass that keeps no bodies.

        Whole chains (of a customer, or one by name) come with the calls that made the prices, products and coupons that they name: these
        decide what is billed.
        """
        stands_in = _finder(self.customer)
        taken: list[str] = []
        of_customer: set[str] = set()
        whole = (self.customer or self.chain) is not None and self.operation is None and self.since is None and self.until is None
        foundations = Foundations() if whole else None
        for exchange in exchanges:
            if foundations is not None:
                foundations.add(exchange)
            if stands_in(exchange):
                of_customer.add(chains.get(exchange.id, exchange.id))
            if self.takes(exchange):
                taken.append(exchange.id)
        wanted = self._agreed(of_customer, chains)
        found = {identifier for identifier in taken if _is_wanted(identifier, chains, wanted)}
        return found if foundations is None else found | foundations.under(found)

    def _chains(self, exchanges: Iterable[Exchange], chains: Mapping[str, str]) -> set[str] | None:
        stands_in = _finder(self.customer)
        looked_at = exchanges if self.customer is not None else ()
        return self._agreed({chains.get(exchange.id, exchange.id) for exchange in looked_at if stands_in(exchange)}, chains)

    def _agreed(self, of_customer: set[str], chains: Mapping[str, str]) -> set[str] | None:
        """The chains that customer and chain both select, null for all."""
        if self.chain is None:
            return None if self.customer is None else of_customer
        named = {chains.get(self.chain, self.chain)}
        return named if self.customer is None else named & of_customer


def select(exchanges: Iterable[Exchange], selection: Selection, chains: Mapping[str, str]) -> Iterator[Exchange]:
    """Yield the selected exchanges in their order."""
    return selection.choose(exchanges, chains)


def _is_wanted(identifier: str, chains: Mapping[str, str], wanted: set[str] | None) -> bool:
    return wanted is None or chains.get(identifier, identifier) in wanted


def _finder(identifier: str | None) -> Callable[[Exchange], bool]:
    """Whether an id stands in an exchange's request or answer; null stands in none."""
    if identifier is None:
        return lambda _: False
    pattern = re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(msgspec.json.encode(identifier)[1:-1]) + rb"(?![A-Za-z0-9_])")

    def stands_in(exchange: Exchange) -> bool:
        request, answer = exchange.request, exchange.outcome
        return pattern.search(msgspec.json.encode((request.path, request.params, request.body, answer.body))) is not None

    return stands_in


def _operation(name: str) -> str:
    known = catalogue().canonical(name)
    if known is None:
        raise InputError(f"unknown operation {name!r}", place="--operation", hint=f"did you mean {catalogue().nearest(name)!r}?")
    return known


def _moment(flag: str, given: str | float | None) -> float | None:
    """Epoch seconds of a flag: a number of them, or an ISO date, in UTC where it names no zone."""
    if given is None or isinstance(given, int | float):
        return given
    if _EPOCH.fullmatch(given):
        return float(given)
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise InputError(f"{given!r} is no date", place=flag, hint="write 2026-01-31, 2026-01-31T12:00:00Z or epoch seconds") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
