"""Read a source several times: from memory where it is small, from the disk where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from replayer.capture.store import Capture
from replayer.model import Exchange

SMALL = 2000  # exchanges, about 15 MB of decoded bodies


def reader(capture: Capture, source: str) -> Callable[[], Iterator[Exchange]]:
    """A function that reads a source's exchanges anew each time; a source that the capture has not got is empty."""
    count = capture.counts.get(source, 0)
    if count == 0:
        return lambda: iter(())
    if count > SMALL:
        return lambda: capture.exchanges([source])
    kept = list(capture.exchanges([source]))
    return lambda: iter(kept)
