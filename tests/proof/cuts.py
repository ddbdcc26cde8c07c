"""Cut a recording in two and compare what the second half is judged to be, alone and as a part of the whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from replayer.capture.slice import write_slice
from replayer.capture.store import open_capture
from replayer.diff.align import Aligned
from replayer.diff.source import SourceDiff
from tests.proof.changes import Change, changes_of
from tests.proof.corpus import ACCEPT_CALLS, Bench, at

SAYS_NOTHING = frozenset({"unknown", "skipped"})


class Halves(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the second half: the class of each of its exchanges in the whole and in the slice, and the exit codes of both."""

    source: str
    cut: int
    change: str
    whole: tuple[str, ...]
    slice: tuple[str, ...]
    exits: tuple[int, int]
    accepted: tuple[int, int]

    @property
    def contradictions(self) -> list[str]:
        """The exchanges of which both say something, and not the same."""
        pairs = enumerate(zip(self.whole, self.slice, strict=True), self.cut)
        told = [(place, one, other) for place, (one, other) in pairs if not SAYS_NOTHING & {one, other}]
        return [f"call {place}: {one} in the whole, {other} in the slice" for place, one, other in told if one != other]

    @property
    def greener(self) -> bool:
        """Whether the slice is green where the whole is not."""
        return self.exits[1] == 0 != self.exits[0] or self.accepted[1] == 0 != self.accepted[0]


@contextmanager
def classes() -> Iterator[dict[str, str]]:
    """The class of each exchange that is judged meanwhile, by its id."""
    found: dict[str, str] = {}
    real = SourceDiff._class

    def noted(self: SourceDiff, call: Aligned, *more: Any) -> str:
        word = found[call.recorded.id] = real(self, call, *more)
        return word

    SourceDiff._class = noted  # type: ignore[method-assign]
    try:
        yield found
    finally:
        SourceDiff._class = real  # type: ignore[method-assign]


class Cutter:
    """The cuts of one recording."""

    def __init__(self, bench: Bench, source: str) -> None:
        self.bench, self.source = bench, source
        self._known: dict[tuple[int, str], tuple[list[str], int, int]] = {}

    def at(self, cut: int) -> Bench:
        """What is left from a call on, on the baseline that the calls before it leave."""
        folder = self.bench.folder / f"cut-{cut}"
        write_slice(open_capture(self.bench.capture), folder / "capture", first=self.bench.calls[cut].id)
        return Bench(folder / "capture", folder)

    def compare(self, cut: int, half: Bench, place: int, change: Change | None) -> Halves:
        """Judge a change, or none, at a place of the whole that lies in the second half."""
        name = f"{place} {change.name}" if change else "none"
        if (place, name) not in self._known:
            self._known[place, name] = _judge(self.bench, place, change)
        whole, exit_, accepted = self._known[place, name]
        alone, exit_alone, accepted_alone = _judge(half, place - cut, change)
        return Halves(
            source=self.source,
            cut=cut,
            change=name,
            whole=tuple(whole[cut:]),
            slice=tuple(alone),
            exits=(exit_, exit_alone),
            accepted=(accepted, accepted_alone),
        )


def _judge(bench: Bench, place: int, change: Change | None) -> tuple[list[str], int, int]:
    arm = bench.attempt(at(place, change.become) if change else lambda call: call)
    with classes() as found:
        plain = bench.verdict(arm)
    accepted = bench.verdict(arm, ACCEPT_CALLS)
    shutil.rmtree(arm)
    return [found[call.id] for call in bench.calls], plain.exit_code, accepted.exit_code


def halves(cutter: Cutter, *, each: int | None = None) -> Iterator[Halves]:
    """Every cut of a recording, each without a change and with changes to the first call of what is left that writes: `each` so many."""
    calls = cutter.bench.calls
    for cut in range(1, len(calls)):
        half = cutter.at(cut)
        yield cutter.compare(cut, half, cut, None)
        writes = [place for place in range(cut, len(calls)) if calls[place].request.method != "GET"]
        changes = list(changes_of(calls[writes[0]])) if writes else []
        step = max(1, len(changes) // each) if each else 1
        for change in changes[cut % step :: step]:
            yield cutter.compare(cut, half, writes[0], change)


__all__ = ["Cutter", "Halves", "classes", "halves"]
