"""What an actor's request was, by the events that it caused: one function a kind of event, and the table that lists them all.

A request that changes something causes several events; the one that stands first in the table says what was done. Each function gives the
call that does the same, or why it cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from replayer.capture.history import Told

# What has an effect on no bill and no balance of its own: the catalogue, which baselines hold, and what Stripe tells of itself.
HARMLESS = (
    "product.", "price.", "plan.", "coupon.", "promotion_code.", "tax_rate.", "billing_portal.", "file.", "reporting.", "sigma.", "radar.",
    "review.", "account.", "capability.", "person.", "balance.", "payout.", "terminal.", "topup.", "test_helpers.", "entitlements.",
    "billing.meter", "v1.", "v2.", "charge.updated", "charge.dispute.funds_", "customer.tax_id.", "payment_method.updated",
    "payment_method.automatically_updated",
)  # fmt: skip


UNPAID = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action"}
)  # statuses of an intent that waits for its payer


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """The call that does what an actor did: method, path and parameters with recorded ids; `about` is the event that shows what came of it,
    where `shown` by its object. `also` are events that tell of something more that the same request did.

    `why` says why it cannot be told, so that nothing is done; `assumed` what is taken for granted.
    """

    about: Told
    method: str = "POST"
    path: str = ""
    params: dict[str, Any] = {}
    shown: bool = True
    also: tuple[str, ...] = ()
    why: str | None = None


class Scene:
    """What a source shows by the time of an act: the last status of intents and sessions, and what the portal lets customers do."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.portal: dict[str, str] = {}
        self.types: set[str] = set()


class Group(msgspec.Struct, frozen=True):
    """The events of one request, in order, and what is known by then."""

    events: list[Told]
    scene: Scene

    def of(self, *types: str) -> Told | None:
        """The first event of some types."""
        return next((one for one in self.events if one.type in types), None)

    def all(self, *types: str) -> list[Told]:
        """The events of some types."""
        return [one for one in self.events if one.type in types]


Kind = Callable[[Told, Group], Act | None]  # null: it is told by an event further down the table


def acts_of(group: Group) -> list[Act]:
    """What was done, as a rule by one call; none where nothing concerns bills."""
    from replayer.capture.stimuli.kinds import KINDS

    for types, kind in KINDS:
        told = group.of(*types)
        act = kind(told, group) if told is not None else None
        if act is not None:
            more = [other for other in group.all(*act.also) if act.also]
            rest = acts_of(Group(more, group.scene)) if more else []
            return [act, *rest]
    strange = next((one for one in group.events if not one.type.startswith(HARMLESS)), None)
    return [] if strange is None else [Act(about=strange, why=f"{strange.type} by somebody else: what was done is not told")]


_MOVES = frozenset({"items", "latest_invoice", "plan", "quantity", "trial_end", "billing_cycle_anchor"})


def bills_a_change(group: Group) -> bool:
    """Whether what was paid is what a change of a subscription, made by the same request, billed."""
    changed = any(not _MOVES.isdisjoint(one.previous) for one in group.all("customer.subscription.updated"))
    return changed or group.of("invoice.created", "customer.subscription.created", "payment_intent.created") is not None


def ref(value: Any) -> str | None:
    """The id that a reference or an object in its place has."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None


def text(value: Any) -> Any:
    """A value of an answer as a parameter: texts as on the wire, null as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {name: text(child) for name, child in value.items() if child is not None}
    if isinstance(value, list):
        return [text(child) for child in value]
    return str(value)


def changed_metadata(told: Told) -> dict[str, str]:
    """The metadata that an update wrote; a key that is gone is cleared."""
    before, after = told.before.get("metadata") or {}, told.object.get("metadata") or {}
    return {key: after.get(key) or "" for key in sorted({*before, *after}) if before.get(key) != after.get(key)}


def sent(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Parameters of what is there."""
    return {name: text(value) for name, value in pairs if value not in (None, {}, [])}
