"""Sixty seeded changes on the recordings, half of them alone and half in pairs: is each cause found, as one root, and the money to the cent?

The money is worked out from the recorded answers alone: what a payment intent received, what a subscription's first invoice came to.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from replayer.model import Exchange, Verdict
from replayer.stripeapi.operations import match
from tests.proof.changes import Change, changes_of
from tests.proof.corpus import ACCEPT_CALLS, Bench, Rewrite, Shelf

SINGLES = PAIRS = 30
Seed = tuple[int, Change]
_FREE = ("metadata", "description", "expand", "version")  # kinds of change that move no money


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one or two changes: how many were found at their call, how many roots there are, and the money moved, by currency.

    A currency's money is null where the verdict calls it unknown, `by_hand` where the recorded answers do not tell what must move.
    """

    source: str
    changes: tuple[str, ...]
    found: int
    roots: int
    accepted: int
    moved: dict[str, int | None]
    by_hand: dict[str, int] | None

    @property
    def is_unknown(self) -> bool:
        """Whether the verdict does not say what money moves."""
        return None in self.moved.values()

    @property
    def is_right(self) -> bool:
        """Whether the money is what was worked out by hand."""
        return self.by_hand is not None and {name: cents for name, cents in self.moved.items() if cents} == self.by_hand

    @property
    def is_wrong(self) -> bool:
        """Whether the verdict gives another sum than that worked out by hand."""
        return self.by_hand is not None and not self.is_unknown and not self.is_right


def tried(shelf: Shelf) -> list[Tried]:
    """All sixty, always the same: first those whose money is worked out by hand, then of each kind of change."""
    kinds: Counter[str] = Counter()
    singles, pairs = [], []
    for is_known, count in ((True, 2 * SINGLES // 3), (False, SINGLES)):
        for source in shelf.sources:
            bench, recorded = shelf.bench(source, "perfect"), shelf.bench(source).calls
            places = [place for place in range(len(bench.calls)) if _writes(bench.calls[place])]
            seeds = [(place, change) for place in places for change in changes_of(bench.calls[place])]
            sums = {id(change): _by_hand(recorded, place, change) for place, change in seeds}
            moving = [seed for seed in seeds if sums[id(seed[1])] and seed[1].params]
            seeds.sort(key=lambda seed: (kinds[seed[1].kind], seed[0]))
            chosen = moving[:3] if is_known else [seed for seed in seeds if seed not in moving][:1]
            for seed in chosen[: max(0, count - len(singles))]:
                kinds[seed[1].kind] += 1
                singles.append(_try(bench, source, [seed], sums))
            found = _pair([*moving, *seeds], bench) if moving or not is_known else None
            if found is not None and len(pairs) < count:
                kinds.update(change.kind for _, change in found)
                pairs.append(_try(bench, source, found, sums))
    return [*singles, *pairs]


def _pair(seeds: list[Seed], bench: Bench) -> list[Seed] | None:
    """Two changes of two calls of which neither needs the other's answer, so that each is a cause of its own."""
    for number, first in enumerate(seeds):
        for second in seeds[number + 1 :]:
            earlier, later = sorted((first, second), key=lambda seed: seed[0])
            if earlier[0] != later[0] and not _tied(bench, earlier[0], later[0]) and first[1].kind != second[1].kind:
                return [earlier, later]
    return None


def _tied(bench: Bench, earlier: int, later: int) -> bool:
    """Whether a call is made with an id that an earlier one was answered with."""
    body = bench.calls[earlier].outcome.body
    identifier = body.get("id") if isinstance(body, dict) else None
    request = bench.calls[later].request
    return identifier is None or str(identifier) in request.path or str(identifier) in str(request.params)


def _writes(exchange: Exchange) -> bool:
    return exchange.request.method != "GET" and exchange.outcome.status == 200


def _try(bench: Bench, source: str, seeds: list[Seed], by_hand: dict[int, dict[str, int] | None]) -> Tried:
    arm = bench.attempt(_all(seeds))
    plain, accepted = bench.verdict(arm), bench.verdict(arm, ACCEPT_CALLS)
    shutil.rmtree(arm)
    sums = [by_hand[id(change)] for _, change in seeds]
    return Tried(
        source=source,
        changes=tuple(
            f"{match(bench.calls[place].request.method, bench.calls[place].request.path).name}: {change.name}" for place, change in seeds
        ),
        found=sum(_found(plain, bench.calls[place]) for place, _ in seeds),
        roots=sum(finding.cause is None for finding in plain.findings),
        accepted=accepted.exit_code,
        moved={currency: money.moved.delta if money.moved else None for currency, money in plain.money.items()},
        by_hand=None if any(one is None for one in sums) else _added([one for one in sums if one is not None]),
    )


def _all(seeds: list[Seed]) -> Rewrite:
    places: Iterator[int] = iter(range(1 << 30))
    wanted = dict(seeds)

    def rewrite(call: Any) -> Any:
        change = wanted.get(next(places))
        return call if change is None else change.become(call)

    return rewrite


def _found(verdict: Verdict, exchange: Exchange) -> bool:
    return any(one.kind.startswith("call.") and one.cause is None and exchange.id in one.examples for one in verdict.findings)


def _added(sums: list[dict[str, int]]) -> dict[str, int]:
    whole: dict[str, int] = {}
    for one in sums:
        for currency, cents in one.items():
            whole[currency] = whole.get(currency, 0) + cents
    return {currency: cents for currency, cents in whole.items() if cents}


def _by_hand(calls: list[Exchange], place: int, change: Change) -> dict[str, int] | None:
    """What must move more or less, by the recorded answers; null where they do not tell."""
    exchange = calls[place]
    body = exchange.outcome.body
    if change.kind in _FREE or change.params in (("email",), ("name",)):
        return {}
    if not isinstance(body, dict) or any(
        str(body.get("id")) in call.request.path + str(call.request.params) for call in calls[place + 1 :] if _writes(call)
    ):
        return None
    paid = _paid(body)
    if paid is None or exchange.request.path.count("/") != 2:  # of a capture or an update its answer does not tell what it took itself
        return None
    currency, cents = paid
    if change.kind == "call dropped":
        return {currency: -cents} if cents else {}
    if change.kind == "call doubled":
        return {currency: cents} if cents else {}
    if change.kind == "amount" and change.params == ("amount",) and body.get("object") == "payment_intent" and cents:
        word = change.name.split()[1]
        return {currency: {"+1": 1, "-1": -1, "×2": cents}[word]}
    if change.name == "trial_period_days set":
        return {currency: -cents} if cents else {}
    return None


def _paid(body: dict[str, Any]) -> tuple[str, int] | None:
    """What a new payment intent or subscription took at once, as its own answer says."""
    if body.get("object") == "payment_intent":
        return str(body["currency"]), int(body.get("amount_received") or 0)
    invoice = body.get("latest_invoice")
    if body.get("object") == "subscription" and isinstance(invoice, dict):
        return str(invoice["currency"]), int(invoice.get("amount_paid") or 0)
    return None
