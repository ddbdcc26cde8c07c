"""Cut a part out of a capture: what came before it becomes the baseline that it stands on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.baseline import Baseline, state_after
from replayer.capture.chains import chain_table, chains_of, is_listing, named_ids, tying_ids
from replayer.capture.owners import may_be_anybodys, may_have_taken_hold, owners
from replayer.capture.reread import reader
from replayer.capture.select import Selection
from replayer.capture.store import Capture, Writer
from replayer.capture.stored_baseline import baseline_of
from replayer.model import BaselineObject, Exchange, NothingSelected, Parent
from replayer.stripeapi.ids import ids_in, is_shared, references
from replayer.stripeapi.operations import match


def write_slice(
    capture: Capture, out: Path, *, selection: Selection | None = None, first: str | None = None, last: str | None = None
) -> int:
    """Write the chosen exchanges as a capture of their own, which names its parent; returns how many they are.

    `first` and `last` are ids of exchanges: of the source of `first` what lies before it is left out, and of the source of `last` what lies
    after it. What is left out before a call that is kept becomes the baseline: each object's last known state.
    """
    chosen = _chosen(capture, selection, first, last)
    if not chosen:
        raise NothingSelected("no exchange is selected", place=str(capture.path), hint="`replayer show` lists them")
    parent = Parent(os.path.relpath(capture.path.resolve(), out.resolve()), capture.digest())
    problems = [*capture.gaps, *_left_out(capture, chosen, selection)]
    manifest = msgspec.structs.replace(capture.manifest, parent=parent, sources=capture.sources, versions={}, lanes=[], problems=problems)
    with Writer(out, manifest) as writer:
        for exchange in capture.exchanges():
            if exchange.id in chosen:
                writer.append(exchange)
        for source in capture.sources:
            read = reader(capture, source.name)
            kept = [exchange.id for exchange in read() if exchange.id in chosen]
            if kept:
                everybody = selection is None or selection.customer is None
                writer.baseline(source.name, _baseline(capture, source.name, read, chosen, kept[-1], everybody=everybody))
        return len(writer)


def _chosen(capture: Capture, selection: Selection | None, first: str | None, last: str | None) -> set[str]:
    begin, end = (capture.exchange(name) if name else None for name in (first, last))
    wanted = None
    if selection is not None and not selection.is_empty:
        wanted = selection.ids(capture.exchanges(), chains_of(capture.exchanges()))
        if selection.customer is not None:  # a list of everybody's is no part of one customer's slice
            wanted -= {exchange.id for exchange in capture.exchanges() if exchange.id in wanted and _is_everybodys(exchange)}
    chosen: set[str] = set()
    for source in capture.sources:
        inside = begin is None or begin.source != source.name
        for exchange in reader(capture, source.name)():
            inside = inside or exchange.id == first
            if inside and (wanted is None or exchange.id in wanted):
                chosen.add(exchange.id)
            if end is not None and exchange.id == end.id:
                break
    return chosen


def _is_everybodys(exchange: Exchange) -> bool:
    """Whether a call lists or searches without naming an object."""
    found = match(exchange.request.method, exchange.request.path)
    return is_listing(found) and next(named_ids(exchange.request), None) is None


def _left_out(capture: Capture, chosen: set[str], selection: Selection | None) -> list[str]:
    """What a slice of some customers' chains lacks: writes of which nothing tells whose they are."""
    if selection is None or (selection.customer is None and selection.chain is None):
        return []
    problems = []
    for source in capture.sources:
        read = reader(capture, source.name)
        places, chains = chain_table(read())
        people = {chains.having(customer) for exchange in read() for customer in owners(exchange)}
        unclear = (
            one for one in read() if one.id not in chosen and one.lane == "api" and may_have_taken_hold(one) and may_be_anybodys(one)
        )
        left = [one.id for one in unclear if chains.of(places[one.id]) not in people]
        if left:
            shown = ", ".join(left[:3]) + (" …" if len(left) > 3 else "")
            problems.append(f"{source.name}: {len(left)} calls that tell of no customer were left out: {shown} of {capture.path.name}")
    return problems


def _baseline(
    capture: Capture, source: str, read: Callable[[], Iterable[Exchange]], chosen: set[str], last: str, *, everybody: bool
) -> list[BaselineObject]:
    """What the kept calls of a source stand on: what was there before, and what the calls that are left out had made of it.

    `everybody`: what was supplied comes along, whomever it concerns.
    """
    stored = baseline_of(capture, source, read)
    dropped: list[Exchange] = []
    kept: set[str] = set()
    for exchange in _until(read(), last):
        if exchange.id in chosen:
            kept |= tying_ids(exchange)
        elif kept.isdisjoint(tying_ids(exchange)):  # once a kept call has to do with an object, later states of it are no baseline
            dropped.append(exchange)
    if not dropped:
        return stored
    alone, known = Baseline(), {item.id for item in stored}
    seen = {item.id for item in stored if everybody and item.provenance == "supplied"}
    for exchange in _of(read(), chosen):
        alone.add(exchange)
        seen.update(identifier for identifier, _ in named_ids(exchange.request))
        seen.update(ids_in(exchange.outcome.body))
    before = [item for item in state_after(dropped, stored) if item.id in known or not alone.made(item.id)]
    rest = Baseline(_concerning(seen, before))
    for exchange in _of(read(), chosen):
        rest.add(exchange)
    return rest.objects()


def _of(exchanges: Iterable[Exchange], chosen: set[str]) -> Iterator[Exchange]:
    return (exchange for exchange in exchanges if exchange.id in chosen)


def _concerning(seen: set[str], items: list[BaselineObject]) -> list[BaselineObject]:
    """The objects that kept calls have to do with: what they name or show, what that refers to, and what refers to it.

    Who else buys at a price has nothing to do with them; nor is a slice the place for other customers' data.
    """
    refers = {item.id: _references(item.state) for item in items}
    wanted, found = set(seen), set[str]()
    while True:
        own = {identifier for identifier in wanted if not is_shared(identifier)}
        more = {name for name, others in refers.items() if name not in found and (name in wanted or not own.isdisjoint(others))}
        if not more:
            return [item for item in items if item.id in found]
        found |= more
        wanted |= more.union(*(refers[name] for name in more))


def _references(state: dict[str, Any] | None) -> set[str]:
    return {*ids_in(state), *(identifier for identifier, _ in references(state or {}))}


def _until(exchanges: Iterable[Exchange], last: str) -> Iterator[Exchange]:
    for exchange in exchanges:
        yield exchange
        if exchange.id == last:
            return
