"""What a call did to the world: as the target says, or as its answer shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from replayer.capture.recorded_money import Ledger
from replayer.diff.canonical import Canon
from replayer.model import Effect, Exchange
from replayer.stripeapi.operations import match


def effects_of(exchange: Exchange, ledger: Ledger, *, told: bool = True) -> list[Effect]:
    """A call's effects.

    Where the target tells them (`told`, which must hold for both arms or neither) they are taken; else the answer shows what it created,
    changed and deleted, and what money moved.
    """
    if told and exchange.outcome.effects is not None:
        return exchange.outcome.effects
    inferred = ledger.add(exchange)
    change = shown_change(exchange)
    return [change, *inferred] if change else inferred


def shown_change(exchange: Exchange) -> Effect | None:
    """What an answer itself shows of a write: the object created, updated or deleted."""
    body, status = exchange.outcome.body, exchange.outcome.status
    found = match(exchange.request.method, exchange.request.path)
    if not found.writes or status is None or status >= 300 or not isinstance(body, dict) or not isinstance(body.get("id"), str):
        return None
    kind = str(body.get("object"))
    if body.get("deleted") or exchange.request.method == "DELETE":
        return Effect("deleted", kind, body["id"])
    known = {identifier for _, identifier in found.path_ids}
    return Effect("updated" if body["id"] in known else "created", kind, body["id"])


def tally(effects: Iterable[Effect]) -> Counter[tuple[str, str]]:
    """How many effects of each kind: (`created`, `charge`) and the like; money is summed apart."""
    return Counter((effect.kind, effect.object) for effect in effects if effect.kind != "money")


def moved_by(effects: Iterable[Effect], canon: Canon) -> Counter[tuple[str, str]]:
    """Money moved by currency and customer (recorded id; empty where nobody is named): who pays is part of what happened."""
    sums: Counter[tuple[str, str]] = Counter()
    for effect in effects:
        if effect.kind == "money" and effect.currency:
            sums[effect.currency, canon.text(effect.customer or "")] += effect.amount
    return sums


def moved(effects: Iterable[Effect]) -> Counter[str]:
    """Money moved by currency, in minor units, signed."""
    sums: Counter[str] = Counter()
    for effect in effects:
        if effect.kind == "money" and effect.currency:
            sums[effect.currency] += effect.amount
    return sums


def assumed(effects: Iterable[Effect], arm: str) -> Counter[tuple[tuple[str, ...], str, str]]:
    """Money moved that rests on assumed facts, by these, currency and arm."""
    sums: Counter[tuple[tuple[str, ...], str, str]] = Counter()
    for effect in effects:
        if effect.kind == "money" and effect.currency and effect.assumed:
            sums[effect.assumed, effect.currency, arm] += effect.amount
    return sums
