"""Where a capture comes from: its parents, up to the recording."""

from __future__ import annotations

from pathlib import Path

from replayer.capture.store import open_capture
from replayer.model import InputError


def ancestors(path: Path) -> list[Path]:
    """A capture and the captures that it was made from, nearest first. A parent that has changed since is an error."""
    line = [path.resolve()]
    while (parent := open_capture(line[-1]).manifest.parent) is not None:
        above = (line[-1] / parent.path).resolve()
        if not above.is_dir():
            raise InputError(f"its parent {parent.path} is not there", place=str(line[-1]), hint="keep an arm and its recording together")
        if open_capture(above).digest() != parent.digest:
            raise InputError(f"its parent {parent.path} has changed since", place=str(line[-1]), hint="replay it anew")
        if above in line:
            raise InputError("it is its own ancestor", place=str(above))
        line.append(above)
    return line


def nearest_common_ancestor(a: Path, b: Path) -> Path:
    """The nearest capture that both come from; one of them may be it."""
    above_b = ancestors(b)
    for path in ancestors(a):
        if path in above_b:
            if max(above_b.index(path), ancestors(a).index(path)) > 1:
                raise InputError("they are related through more than one replay", place=f"{a} and {b}", hint="diff the arms of one replay")
            return path
    raise InputError(
        "these two captures come from no common one",
        place=f"{a} and {b}",
        hint="diff two arms of a run, or an arm and its recording",
    )
