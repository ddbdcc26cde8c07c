"""Keep each source's baseline beside its exchanges, so that it can be reviewed and need not be found anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from replayer.capture.baseline import derive
from replayer.capture.reread import reader
from replayer.capture.store import Capture, Writer, open_capture
from replayer.model import BaselineObject, Exchange


def baseline_of(capture: Capture, source: str, read: Callable[[], Iterable[Exchange]]) -> list[BaselineObject]:
    """A source's baseline: the one that is stored, which is whole, else what its exchanges tell."""
    return capture.baseline(source) if capture.has_baseline(source) else derive(read())


def store_baselines(path: Path) -> None:
    """Write the baseline of every source of a capture that has none yet."""
    capture = open_capture(path)
    missing = [source.name for source in capture.sources if not capture.has_baseline(source.name)]
    with Writer(path, capture.manifest, append=True) as writer:
        for source in missing:
            writer.baseline(source, derive(reader(capture, source)()))
