"""What a call did to the world."""

from typing import Literal

import msgspec

EffectKind = Literal["created", "updated", "deleted", "event", "money"]


class Effect(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a call did.

    For `created`, `updated` and `deleted`, `object` is the object's type and `id` its id. For `event` it is the event's type
    (`charge.succeeded`) and `id` the id of the object it is about. For `money`, `object` says through what (`charge`, `refund`), and
    `amount` is in minor units of `currency`: positive where the customer pays, negative where money goes back; `assumed` are the facts of
    the world that it rests on outside the conditions in which they were seen.
    """

    kind: EffectKind
    object: str
    id: str | None = None
    amount: int = 0
    currency: str | None = None
    customer: str | None = None
    assumed: tuple[str, ...] = ()
