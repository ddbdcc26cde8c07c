"""The captures that benchmarks run on: the recorded corpora where they are there, repeated to a size, else the demo shop."""

from pathlib import Path

import msgspec

from replayer.capture.importers import import_paths
from replayer.capture.store import Capture, Writer, open_capture
from replayer.capture.stored_baseline import store_baselines

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"


def capture(folder: Path) -> Capture:
    """The corpora as one capture, or, where they are not there, the demo shop's."""
    if not CORPORA.is_dir():
        return open_capture(ROOT / "captures" / "demo-shop")
    import_paths([CORPORA], folder)
    store_baselines(folder)
    return open_capture(folder)


def repeated(once: Capture, folder: Path, exchanges: int) -> Capture:
    """A capture's sources repeated under new names until there are so many exchanges; an arm's stay with their recorded ones."""
    kept = list(once.exchanges())
    baselines = {source.name: once.baseline(source.name) for source in once.sources if once.has_baseline(source.name)}
    with Writer(folder, msgspec.structs.replace(once.manifest, sources=[])) as writer:
        for number in range(exchanges):
            round_, place = divmod(number, len(kept))
            exchange = kept[place]
            parent = exchange.replayed_from and f"x{int(exchange.replayed_from[1:]) + round_ * len(kept)}"
            if place == 0:
                for name, objects in baselines.items():
                    writer.baseline(f"{round_}/{name}", objects)
            writer.append(msgspec.structs.replace(exchange, source=f"{round_}/{exchange.source}", replayed_from=parent))
    return open_capture(folder)
