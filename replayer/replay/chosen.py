"""What a selection chooses in a source: the calls themselves, and what they stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from replayer.capture.chains import Chains
from replayer.capture.foundations import Foundations
from replayer.capture.select import Selection
from replayer.model import Exchange


class Chosen(msgspec.Struct, frozen=True):
    """What a selection chose in a source: the calls themselves, and with them the rest of their chains and what made the prices in them."""

    calls: set[str]
    context: set[str]


def chosen_calls(
    exchanges: Callable[[], Iterable[Exchange]], table: tuple[dict[str, int], Chains] | None, selection: Selection | None
) -> Chosen | None:
    """What a selection chooses in a source; null means all."""
    if selection is None or selection.is_empty or table is None:
        return None
    places, chains = table
    names = list(places)
    named = {name: names[chains.of(place)] for name, place in places.items()}
    calls = selection.ids(exchanges(), named)
    touched = {named[name] for name in calls}
    context = {name for name, chain in named.items() if chain in touched}
    foundations = Foundations()
    for exchange in exchanges():
        foundations.add(exchange)
    return Chosen(calls, context | foundations.under(context))
