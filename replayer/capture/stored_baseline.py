"""Keep each source's baseline beside its exchanges, so that it can be reviewed and need not be found anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from replayer.capture.baseline import derive
from replayer.capture.reread import reader
from replayer.capture.store import Capture, Writer, open_capture
from replayer.capture.supplied import BESIDE, State, complete, read_state
from replayer.model import BaselineObject, Exchange, InputError

SUPPLIED = "REPLAYER_BASELINE"


def baseline_of(capture: Capture, source: str, read: Callable[[], Iterable[Exchange]]) -> list[BaselineObject]:
    """A source's baseline: the one that is stored, which is whole, else what its exchanges tell; completed by what was supplied.

    A state is supplied by a file beside the capture, or by the one that SUPPLIED names in the environment, which worker processes inherit.
    """
    own = capture.baseline(source) if capture.has_baseline(source) else derive(read())
    state = supplied_state(capture)
    return own if state is None else complete(own, state, read())


@contextmanager
def supplied_by(file: Path | None) -> Iterator[None]:
    """Complete baselines by a file, here and in worker processes that start meanwhile."""
    before = os.environ.get(SUPPLIED)
    if file is not None:
        os.environ[SUPPLIED] = str(file.absolute())
    try:
        yield
    finally:
        os.environ.pop(SUPPLIED, None)
        if before is not None:
            os.environ[SUPPLIED] = before


def supplied_state(capture: Capture) -> State | None:
    """The state that is supplied for a capture; raises InputError where it was redacted with another key."""
    named = os.environ.get(SUPPLIED)
    file = Path(named) if named else capture.path / BESIDE
    return _fitting(file, file.stat().st_mtime_ns, capture.manifest.redaction) if named or file.exists() else None


@lru_cache(maxsize=2)
def _fitting(file: Path, changed: int, redaction: str) -> State:
    state = read_state(file)
    if redaction != "trusted" and state.redaction != redaction:
        what = f"this snapshot was redacted with {state.redaction}, and the capture with {redaction}"
        raise InputError(what, place=str(file), hint="take it anew with the capture's key")
    return state


def store_baselines(path: Path) -> None:
    """Write the baseline of every source of a capture that has none yet."""
    capture = open_capture(path)
    missing = [source.name for source in capture.sources if not capture.has_baseline(source.name)]
    with Writer(path, capture.manifest, append=True) as writer:
        for source in missing:
            writer.baseline(source, derive(reader(capture, source)()))
