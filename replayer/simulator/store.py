"""One account's objects, copy-on-write over a baseline."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge
from typing import TYPE_CHECKING

from replayer.model import World
from replayer.model.world import Account, IssuerAnswer, TaxRate
from replayer.simulator.agenda import Agenda
from replayer.simulator.errors import Unknown
from replayer.simulator.mint import Mint
from replayer.simulator.records import Record
from replayer.simulator.twins import twin

if TYPE_CHECKING:
    from replayer.simulator.idempotency import Stored

# Payment method calls take cards and sources too.
ALIASES: dict[str, tuple[str, ...]] = {
    "payment_method": ("card", "source", "bank_account"), "card": ("payment_method", "source"),
    "line_item": ("item",),
}  # fmt: skip
_TWINS = {"price": "plan", "plan": "price"}
# References by which an object is found from the other side: `charge.payment_intent` makes the charges of a payment intent.
INDEXED = (
    "customer", "charge", "payment_intent", "setup_intent", "subscription", "invoice", "product", "payment_method", "transfer", "account",
    "payout", "price", "coupon", "source", "refund", "credit_note", "schedule", "quote", "subscription_item", "test_clock",
    "application_fee", "session", "payment_link",
)  # fmt: skip


Key = tuple[bool, int, int, str]


class Layer:
    """Records by type and id, and by what they refer to.

    `unknown` are ids of which nothing else is known; `named` are those that laid objects refer to: they are there, known or not.
    """

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Record]] = {}
        self.referring: dict[tuple[str, str, str], dict[str, None]] = {}
        self.unknown: dict[str, str | None] = {}
        self.named: set[str] = set()
        self._order: dict[str, list[Key]] = {}

    def __contains__(self, identifier: object) -> bool:
        return identifier in self.unknown or any(identifier in known for known in self.records.values())

    def put(self, record: Record) -> None:
        """Add or replace a record and find it by its references."""
        known = self.records.setdefault(record.type, {})
        if record.type in self._order and record.id not in known:
            insort(self._order[record.type], age_of(record))
        known[record.id] = record
        for field in INDEXED:
            target = record.values.get(field)
            if type(target) is str:
                self.referring.setdefault((record.type, field, target), {})[record.id] = None

    def order(self, object_type: str) -> list[Key]:
        """The records of a type, oldest first; kept from the first time that somebody asks."""
        if object_type not in self._order:
            self._order[object_type] = sorted(map(age_of, self.records.get(object_type, {}).values()))
        return self._order[object_type]


class Store:
    """One account: its own layer over the baseline's. Records of the baseline are copied before they are written on.

    `sessions` are the tokens of meter event streams, and until when they hold. `keys` are the idempotency keys used, `billed` the customers
    of whom calls without a rule may have made something to bill. `agenda` is what is to happen by itself, `clocks` the same of each test
    clock. `version` is the account's default API version, taken to be that of its first call. `outbox` are events that wait to be
    delivered, each with its webhook endpoint's id. `platform` is whether it is the key's own account; `application_id` is what acts on
    connected accounts in its name. `opened` gives the store of another account of the same key (null: the platform's). `world`
    is what is taken as given, `issuers` its answers by payment method, `settings` what it says of this account; `attempts` is how often
    each payment method was charged, `answered` which of the attempts that the world knows those were; `automatic_rates` are the tax rates
    that Stripe made by itself.
    """

    def __init__(
        self, baseline: Layer, tag: str, account_id: str, opened: Callable[[str | None], Store] | None = None, *, platform: bool = True,
        world: World | None = None, issuers: Mapping[str, Sequence[IssuerAnswer]] | None = None,
    ) -> None:  # fmt: skip
        self.platform = platform
        self.world = world or World()
        self.issuers: Mapping[str, Sequence[IssuerAnswer]] = issuers or {}
        self.settings: Account = self.world.account(None if platform else account_id)
        self.attempts: dict[str, int] = {}
        self.answered: dict[str, frozenset[int]] = {}
        self.automatic_rates: dict[tuple[TaxRate, str, bool], str] = {}
        self._opened = opened
        self._forked: dict[str | None, Store] | None = None
        self.own = Layer()
        self.baseline = baseline
        self._below: tuple[Layer, ...] = (baseline,)
        self.agenda = Agenda()
        self.clocks: dict[str, Agenda] = {}
        self.mint = Mint(tag, baseline)
        self.account_id = account_id
        self.configuration_id = self.mint.of("payment_method_configuration")
        self.keys: dict[str, Stored] = {}
        self.sessions: dict[str, int] = {}
        self.billed: set[str] = set()
        self.outbox: list[tuple[str, Record]] = []
        self.version: str | None = None
        self.application_id = self.mint.next("ca")
        self._sequence = 0

    def of_account(self, account: str | None) -> Store:
        """The store of a connected account of the same platform, or of the platform (null); on a fork a fork of it."""
        if account == self.account_id or (account is None and self.platform) or self._opened is None:
            return self
        if self._forked is None:
            return self._opened(account)
        if account not in self._forked:
            self._forked[account] = self._opened(account).fork()
        return self._forked[account]

    def fork(self) -> Store:
        """A store in which things can be tried out: it sees all that is here, and nothing done to it is seen here."""
        other = Store.__new__(Store)
        other.__dict__.update(self.__dict__)
        other.own, other._below = Layer(), (self.own, *self._below)
        other.mint, other.agenda, other.clocks = self.mint.fork(), Agenda(), {name: Agenda() for name in self.clocks}
        other.keys, other.billed, other.outbox, other._forked = {}, set(self.billed), [], {}
        other.attempts, other.answered = dict(self.attempts), dict(self.answered)
        other.automatic_rates = dict(self.automatic_rates)
        return other

    def get(self, object_type: str, identifier: str) -> Record | None:
        """The record of a type and id, deleted ones too; null where there is none. A plan is found as a price and the other way round."""
        found = self._get(object_type, identifier)
        if found is None and object_type in _TWINS:
            other = self._get(_TWINS[object_type], identifier)
            return twin(other, object_type) if other is not None else None
        return found

    def _get(self, object_type: str, identifier: str) -> Record | None:
        own = self.own.records.get(object_type)
        if own is not None and identifier in own:
            return own[identifier]
        for layer in self._below:
            laid = layer.records.get(object_type)
            if laid is not None and identifier in laid:
                return laid[identifier]
        return None

    def first(self, types: tuple[str, ...], identifier: str) -> Record | None:
        """The record of an id, of the first of some types (or what stands for them) that has it; `Unknown` if only its id is known."""
        for object_type in types:
            found = self.get(object_type, identifier)
            if found is not None:
                return found
        for object_type in types:
            for alias in ALIASES.get(object_type, ()):
                found = self.get(alias, identifier)
                if found is not None:
                    return found
        if identifier in self.baseline.unknown:
            raise Unknown(f"{identifier} is known by its id only")
        return None

    def writable(self, record: Record) -> Record:
        """The account's own copy of a record."""
        own = self.own.records.get(record.type, {}).get(record.id)
        if own is None:
            own = record.copy()
            self.own.put(own)
        return own

    def add(self, record: Record) -> None:
        """Add a new record."""
        self._sequence += 1
        record.sequence = self._sequence
        self.own.put(record)

    def children(self, object_type: str, field: str, identifier: str) -> list[Record]:
        """The records of a type that refer to an id by a field, newest first; deleted ones are left out."""
        key = (object_type, field, identifier)
        names = {name: None for layer in (*self._below, self.own) for name in layer.referring.get(key, ())}
        found = [record for record in (self.get(object_type, name) for name in names) if record is not None]
        return newest_first([record for record in found if not record.deleted and record.values.get(field) == identifier])

    def all(self, object_type: str) -> list[Record]:
        """Every record of a type that is not deleted, newest first."""
        return list(self.newest(object_type))

    def newest(self, object_type: str, than: Record | None = None) -> Iterator[Record]:
        """The records of a type that are not deleted, newest first; those older than a given one."""
        orders = [layer.order(object_type) for layer in (self.own, *self._below)]
        ends = [len(order) if than is None else bisect_left(order, age_of(than)) for order in orders]
        falling = [map(order.__getitem__, range(end - 1, -1, -1)) for order, end in zip(orders, ends, strict=True)]
        return self._walk(object_type, merge(*falling, reverse=True))

    def oldest(self, object_type: str, than: Record) -> Iterator[Record]:
        """The records of a type that are not deleted, oldest first, of those newer than a given one."""
        orders = [layer.order(object_type) for layer in (self.own, *self._below)]
        rising = [map(order.__getitem__, range(bisect_right(order, age_of(than)), len(order))) for order in orders]
        return self._walk(object_type, merge(*rising))

    def _walk(self, object_type: str, keys: Iterator[Key]) -> Iterator[Record]:
        last = None
        for key in keys:
            record = self._get(object_type, key[3]) if key[3] != last else None
            last = key[3]
            if record is not None and not record.deleted:
                yield record


def age_of(record: Record) -> Key:
    """What Stripe's lists go by: when an object was made; what this account made comes after what the baseline brought."""
    return record.sequence > 0, record.values.get("created") or 0, record.sequence, record.id


def newest_first(records: list[Record]) -> list[Record]:
    """Order records as Stripe lists them."""
    if len(records) > 1:
        records.sort(key=age_of, reverse=True)
    return records
