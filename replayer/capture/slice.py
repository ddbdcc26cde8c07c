"""Cut a part out of a capture: what came before it becomes the baseline that it stands on."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from replayer.capture.baseline import Baseline, state_after
from replayer.capture.chains import chains_of
from replayer.capture.reread import reader
from replayer.capture.select import Selection
from replayer.capture.store import Capture, Writer
from replayer.capture.stored_baseline import baseline_of
from replayer.model import Exchange, Parent


def write_slice(
    capture: Capture, out: Path, *, selection: Selection | None = None, first: str | None = None, last: str | None = None
) -> int:
    """Write the chosen exchanges as a capture of their own, which names its parent; returns how many they are.

    `first` and `last` are ids of exchanges; within the source of `first` what lies before it is dropped, and each object's last known state
    there becomes the baseline.
    """
    begin = capture.exchange(first) if first else None
    end = capture.exchange(last) if last else None
    chosen: set[str] | None = None
    if selection is not None and not selection.is_empty:
        chosen = selection.ids(capture.exchanges(), chains_of(capture.exchanges()))
    parent = Parent(os.path.relpath(capture.path.resolve(), out.resolve()), capture.digest())
    manifest = msgspec.structs.replace(capture.manifest, parent=parent, sources=capture.sources, versions={}, lanes=[])
    with Writer(out, manifest) as writer:
        for source in capture.sources:
            read = reader(capture, source.name)
            started = begin is None or source.name != begin.source
            before: list[Exchange] = []
            kept = 0
            rest = Baseline()
            for exchange in read():
                if not started and exchange.id == first:
                    started, rest = True, Baseline(state_after(before, capture.baseline(source.name)))
                if not started:
                    before.append(exchange)
                elif chosen is None or exchange.id in chosen:
                    writer.append(exchange)
                    rest.add(exchange)
                    kept += 1
                if end is not None and exchange.id == end.id:
                    break
            if kept:
                writer.baseline(source.name, rest.objects() if before else baseline_of(capture, source.name, read))
        return len(writer)
