"""Where stimuli stand among a source's exchanges: `x11+2` is the second one after x11, and before the source's next exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from replayer.model import Exchange

Place = tuple[int, int]


def follows(exchange: str, count: int) -> str:
    """The id of the `count`-th stimulus after an exchange."""
    return f"{exchange}+{count}"


def place_of(identifier: str) -> Place:
    """The place of an exchange or a stimulus, by its id; (0, 0) for what is no id."""
    number, _, count = identifier[1:].partition("+")
    return (int(number), int(count or 0)) if number.isdigit() and (count or "0").isdigit() else (0, 0)


def merged(exchanges: Iterable[Exchange], stimuli: Iterable[Exchange]) -> Iterator[Exchange]:
    """A source's exchanges with its stimuli at their places."""
    left = iter(sorted(stimuli, key=lambda one: place_of(one.id)))
    following = next(left, None)
    for exchange in exchanges:
        place = place_of(exchange.id)
        while following is not None and place_of(following.id) < place:
            yield following
            following = next(left, None)
        yield exchange
    while following is not None:
        yield following
        following = next(left, None)


def with_stimuli(read: Callable[[], Iterator[Exchange]], stimuli: Sequence[Exchange]) -> Callable[[], Iterator[Exchange]]:
    """A function that reads a source's exchanges with its stimuli at their places."""
    return (lambda: merged(read(), stimuli)) if stimuli else read
