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
    lines: list[BillLine] = []


class NextBill(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A customer in reach: the bills of both arms up to one and the same time; null where an arm cannot tell.

    `customer` is the recorded id, `until` that time (epoch seconds), `delta` by currency what the bills come to more in the candidate's
    arm, `cause` the id of the finding that the difference follows from.
    """

    customer: str
    source: str
    until: int | None = None
    control: list[Bill] | None = None
    candidate: list[Bill] | None = None
    delta: dict[str, int] = {}
    cause: str | None = None
