"""A bill as a customer gets it, in the recording's time to come."""

import msgspec


class BillLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One line: `amount` in minor units before discounts and tax; `price` is a recorded id where one is known; times in epoch seconds."""

    amount: int
    description: str = ""
    quantity: int | None = None
    price: str | None = None
    proration: bool = False
    start: int = 0
    end: int = 0


class Bill(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One invoice: amounts in minor units (`due` is what is left of `total` after credit), `created` and `due_date` in epoch seconds.

    `total` is its lines less `discount` plus `added_tax` (the part of `tax` that is not within the prices).
    `assumed` are the facts of the world that it rests on beyond the conditions in which they were seen.
    `status` is what became of it: `paid`, `open` (its first attempt failed, or it was sent), `draft`, `void`, `uncollectible`.
    """

    created: int
    currency: str
    total: int
    due: int
    paid: int
    status: str
    reason: str
    subscription: str | None = None
    due_date: int | None = None
    tax: int = 0
    discount: int = 0
    added_tax: int = 0
    assumed: tuple[str, ...] = ()
    lines: list[BillLine] = []


class ArmLedger(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One arm's time up to the horizon beside the bills themselves, in minor units by currency.

    `moved` is what the ledger of payments says that the customer paid; `others` what invoices made before or after took of it;
    `recurring` what the subscriptions then bill a month (MRR).
    """

    moved: dict[str, int] = {}
    others: dict[str, int] = {}
    recurring: dict[str, int] = {}


class Reckoning(msgspec.Struct, frozen=True, kw_only=True):
    """All bills of one arm in one currency, added up: lines − discounts + tax = billed, + balance = due, − unpaid = paid, + others = moved.

    `balance` is what credit took off, or what was carried over; `moved` is the ledger's own sum, and `off` by how much the sums miss it.
    """

    arm: str
    currency: str
    lines: int
    discounts: int
    added_tax: int
    billed: int
    balance: int
    due: int
    unpaid: int
    paid: int
    others: int
    moved: int
    off: int


class NextBill(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A customer in reach: the bills of both arms up to one and the same time; null where an arm cannot tell.

    `customer` is the recorded id, `until` that time (epoch seconds), `delta` by currency what the bills come to more in the candidate's
    arm, `ledger` by arm (`control`, `candidate`) what was paid and recurs, `cause` the id of the finding that the difference follows from.
    """

    customer: str
    source: str
    until: int | None = None
    control: list[Bill] | None = None
    candidate: list[Bill] | None = None
    delta: dict[str, int] = {}
    ledger: dict[str, ArmLedger] = {}
    cause: str | None = None
