"""Chains: exchanges that must keep their order because a later one depends on what an earlier one made or changed.

Two exchanges depend on each other when one creates or changes an object and the other names or reads it. Types that many read and few
write (`SHARED_TYPES`) tie nobody together after their creation. Chains never cross sources.
"""

from array import array
from collections.abc import Iterable, Iterator

from replayer.model import Exchange, Request
from replayer.stripeapi.ids import ids_in, is_shared, references, type_hint
from replayer.stripeapi.operations import Match, match
from replayer.stripeapi.testdata import is_documented_test_value

_ANYWHERE = frozenset({"list", "search"})


def named_ids(request: Request) -> Iterator[tuple[str, str | None]]:
    """Every id that a request names in its path and its parameters, with its type where that can be told; test cards are none."""
    for _, identifier in match(request.method, request.path).path_ids:
        if not is_documented_test_value(identifier):
            yield identifier, type_hint(identifier) or _collection_type(request, identifier)
    for identifier, kind in references(request.params):
        if not is_documented_test_value(identifier):
            yield identifier, kind
    if request.account:
        yield request.account, "account"


def _collection_type(request: Request, identifier: str) -> str | None:
    """The type of a user-chosen id in a path, by the collection before it: `/v1/coupons/SUMMER` is a coupon."""
    before, _, _ = request.path.partition("/" + identifier)
    return COLLECTIONS.get(before.rpartition("/")[2])


COLLECTIONS = {"plans": "plan", "coupons": "coupon", "products": "product", "prices": "price", "promotion_codes": "promotion_code",
               "tax_rates": "tax_rate", "accounts": "account", "customers": "customer", "subscriptions": "subscription"}  # fmt: skip


class Chains:
    """Chain numbers of one source's exchanges, found by union of what they share. Grows by ids, not by bodies."""

    def __init__(self) -> None:
        self._parent = array("l")
        self._owner: dict[int, int] = {}

    def add(self, exchange: Exchange) -> int:
        """Add an exchange and return its place in the source."""
        place = len(self._parent)
        self._parent.append(place)
        if exchange.lane not in ("api", "external"):
            return place
        for identifier in tying_ids(exchange):
            key = hash(identifier)
            owner = self._owner.get(key)
            if owner is None:
                self._owner[key] = place
            else:
                self._union(owner, place)
        return place

    def of(self, place: int) -> int:
        """The chain of the exchange at a place: the place of the chain's first exchange."""
        parent = self._parent
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    def having(self, identifier: str) -> int | None:
        """The chain that an object belongs to; null where none does."""
        place = self._owner.get(hash(identifier))
        return None if place is None else self.of(place)

    def _union(self, a: int, b: int) -> None:
        first, second = sorted((self.of(a), self.of(b)))
        self._parent[second] = first


def is_listing(found: Match) -> bool:
    """Whether a call lists or searches: what it shows need have nothing to do with it."""
    return found.operation is not None and found.operation.shape in _ANYWHERE


def tying_ids(exchange: Exchange) -> set[str]:
    """The ids through which an exchange depends on others; a list or search that names no object reads everybody's and ties none."""
    found = match(exchange.request.method, exchange.request.path)
    ids = {identifier for identifier, kind in named_ids(exchange.request) if not is_shared(identifier, kind)}
    status = exchange.outcome.status
    if not is_listing(found) and status is not None and status < 300:
        ids.update(identifier for identifier in ids_in(exchange.outcome.body) if not is_shared(identifier) and type_hint(identifier))
    return ids


def chain_table(exchanges: Iterable[Exchange]) -> tuple[dict[str, int], Chains]:
    """One source's chains, and the place of each of its exchanges in them by id."""
    chains = Chains()
    return {exchange.id: chains.add(exchange) for exchange in exchanges}, chains


def chains_of(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """The chain of each exchange of a capture, by id: `SOURCE-FIRST`, where FIRST is the chain's first exchange."""
    names: dict[str, list[str]] = {}
    chains: dict[str, Chains] = {}
    for exchange in exchanges:
        chains.setdefault(exchange.source, Chains()).add(exchange)
        names.setdefault(exchange.source, []).append(exchange.id)
    return {name: ids[chains[source].of(place)] for source, ids in names.items() for place, name in enumerate(ids)}
