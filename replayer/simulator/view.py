"""What a rendering may look at: the store as it is, or as it was when an idempotency key was first used."""

from __future__ import annotations

from replayer.simulator.records import Record
from replayer.simulator.store import Store
from replayer.simulator.urls import collection_of, nested_url

# Types of which Stripe itself, or an actor off camera, makes objects that no rule here makes: their lists are never known to be complete.
IMPLICIT = frozenset({
    "application_fee", "cash_balance", "checkout.session", "credit_note", "dispute",
    "customer_cash_balance_transaction", "entitlements.active_entitlement", "event", "mandate", "payout",
    "radar.early_fraud_warning", "review", "setup_attempt", "tax_id", "transfer",
})  # fmt: skip


# Lists within an object that show their members in the order in which these were added.
OLDEST_FIRST = frozenset({"line_item", "subscription_item", "item"})


def knows_all(types: tuple[str, ...]) -> bool:
    """Whether every object of these types is made by calls that the simulator has rules for."""
    return not any(name in IMPLICIT for name in types)


class View:
    """Looks at a store and remembers what it saw, so that an answer can be rendered again as it was."""

    __slots__ = ("_lists", "_records", "_store")

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._records: dict[tuple[str, ...], Record | None] = {}
        self._lists: dict[tuple[str, str, tuple[str, ...]], list[Record]] = {}

    def frozen(self) -> View:
        """What was seen, without the store behind it."""
        other = View(None)
        other._records = {key: record.copy() if record is not None else None for key, record in self._records.items()}
        other._lists = {key: [record.copy() for record in records] for key, records in self._lists.items()}
        return other

    def first(self, types: tuple[str, ...], identifier: str) -> Record | None:
        """The object of an id, of the first of some types that has it."""
        key = (*types, identifier)
        if key not in self._records:
            self._records[key] = self._store.first(types, identifier) if self._store is not None else None
        return self._records[key]

    def members(self, parent: Record, types: tuple[str, ...]) -> list[Record]:
        """The objects of some types that belong to another, newest first."""
        key = (parent.type, parent.id, types)
        if key not in self._lists:
            field = parent.type.rpartition(".")[2]
            found = [] if self._store is None else [r for kind in types for r in self._store.children(kind, field, parent.id)]
            self._lists[key] = found[::-1] if types[0] in OLDEST_FIRST else found
        return self._lists[key]

    def listing_url(self, parent: Record, name: str, types: tuple[str, ...]) -> str:
        """The url of a list object inside another object."""
        return nested_url(parent.type, parent.id, name) or f"{collection_of(types[0] if types else name)}?{parent.type}={parent.id}"
