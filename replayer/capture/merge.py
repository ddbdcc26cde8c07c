"""Make one capture of several recorders': one source, in the order of the recorders' own times, without what two of them saw."""

from __future__ import annotations

import hashlib
import heapq
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from replayer.capture.baseline import Baseline
from replayer.capture.clock_offset import offset_of
from replayer.capture.reread import reader
from replayer.capture.store import Capture, Writer, open_capture
from replayer.model import ORIGIN_STRIPE, BaselineObject, Exchange, InputError, Manifest, Parent

SOURCE = "merge"
_ENCODE = msgspec.json.Encoder(order="deterministic")
_Key = tuple[float, str, int]


class Recorder(msgspec.Struct, frozen=True):
    """One recorder's exchanges: a source of a capture. `offset` (seconds) brings its times onto Stripe's clock."""

    capture: Capture
    source: str
    name: str
    offset: float


class Merged(msgspec.Struct, frozen=True):
    """What a merge did. `offsets` are the seconds by which each recorder's times were moved, by `capture/source`."""

    exchanges: int
    duplicates: int
    offsets: dict[str, float]


def merge(paths: Sequence[Path], out: Path) -> Merged:
    """Merge captures into a new one, which names them as its parents; what it holds does not depend on the order of `paths`.

    Every recorder's exchanges keep their order. An exchange that several recorders saw (same request id, call and answer) is written once.
    Memory grows by a digest an exchange. Raises InputError where the captures cannot be put into one.
    """
    found = {capture.digest(): capture for capture in map(open_capture, paths)}
    captures = [found[digest] for digest in sorted(found)]
    _check(captures)
    recorders = [_recorder(capture, source.name) for capture in captures for source in capture.sources]
    repeated = _repeated(recorders)
    duplicates = 0
    seen: dict[bytes, str] = {}  # which recorder's was written
    with Writer(out, _manifest(captures, out)) as writer:
        writer.source(SOURCE, "merge")
        for recorder, exchange in _in_order(recorders):
            mark = _fingerprint(exchange, repeated)
            if mark is not None and seen.setdefault(mark, recorder.name) != recorder.name:
                duplicates += 1
                continue
            writer.append(msgspec.structs.replace(exchange, source=SOURCE))
        count = len(writer)
    _store_baseline(out, captures)
    return Merged(count, duplicates, {f"{one.capture.path}/{one.source}": one.offset for one in recorders})


def _check(captures: Sequence[Capture]) -> None:
    if len(captures) < 2:
        raise InputError("a merge takes two captures or more that differ")
    for capture in captures:
        if capture.manifest.arm is not None:
            raise InputError("this is an arm of a run and no recording", place=str(capture.path), hint="merge the recordings and run anew")
    keys = {capture.manifest.redaction: capture for capture in captures}
    if len(keys) > 1:
        what = "these captures were redacted with different keys, so that one person has several pseudonyms in them"
        places = " and ".join(sorted(str(capture.path) for capture in keys.values()))
        raise InputError(
            what, place=places, hint="record with one project key (docs/redaction.md); a trusted capture: `replayer redact` first"
        )


def _recorder(capture: Capture, source: str) -> Recorder:
    read = reader(capture, source)
    if not any(exchange.at is not None for exchange in read()):
        raise InputError(f"{source} tells no times, so nothing says where its exchanges belong", place=str(capture.path))
    return Recorder(capture, source, f"{capture.digest()}/{source}", offset_of(read()))


def _in_order(recorders: Sequence[Recorder]) -> Iterator[tuple[Recorder, Exchange]]:
    """All recorders' exchanges by time; one that stands before an earlier time in its own recorder takes the time of what is before it."""
    streams = [_keyed(recorder, place) for place, recorder in enumerate(recorders)]
    for _, place, exchange in heapq.merge(*streams, key=lambda item: item[0]):
        yield recorders[place], exchange


def _keyed(recorder: Recorder, place: int) -> Iterator[tuple[_Key, int, Exchange]]:
    latest = float("-inf")
    for number, exchange in enumerate(recorder.capture.exchanges([recorder.source])):
        at = exchange.at
        if at is not None and recorder.offset:
            at += recorder.offset
            exchange = msgspec.structs.replace(exchange, at=at)
        latest = latest if at is None else max(latest, at)
        yield (latest, recorder.name, number), place, exchange


def _repeated(recorders: Sequence[Recorder]) -> set[str]:
    """Request ids that one recorder saw several times: stripe-mock has only one, which tells no two exchanges apart."""
    found: set[str] = set()
    for recorder in recorders:
        ids = Counter(exchange.outcome.headers.get("request-id", "") for exchange in reader(recorder.capture, recorder.source)())
        found |= {identifier for identifier, count in ids.items() if count > 1}
    return found


def _fingerprint(exchange: Exchange, repeated: set[str]) -> bytes | None:
    """What makes an exchange the same wherever it was seen; null where nothing does."""
    identifier = exchange.outcome.headers.get("request-id")
    if not identifier or identifier in repeated:
        return None
    request = exchange.request
    same = [
        identifier,
        exchange.lane,
        request.method,
        request.path,
        request.params,
        request.idempotency_key,
        exchange.outcome.status,
        exchange.outcome.body,
    ]
    return hashlib.sha256(_ENCODE.encode(same)).digest()[:16]


def _manifest(captures: Sequence[Capture], out: Path) -> Manifest:
    manifests = [capture.manifest for capture in captures]
    others = sorted({manifest.origin for manifest in manifests} - {ORIGIN_STRIPE})
    problems = {problem for capture in captures for problem in (*capture.manifest.problems, *capture.damage)}
    return Manifest(
        origin=others[0] if others else ORIGIN_STRIPE,
        parents=[Parent(os.path.relpath(capture.path.resolve(), out.resolve()), capture.digest()) for capture in captures],
        redaction=manifests[0].redaction,
        problems=sorted(problems),
    )


def _store_baseline(out: Path, captures: Sequence[Capture]) -> None:
    """The merge's baseline is found anew: what one recorder took for granted, another may have seen made. What only a file or a slice knows
    is taken over for the rest."""
    merged = open_capture(out)
    found = Baseline()
    for exchange in reader(merged, SOURCE)():
        found.add(exchange)
    kept: dict[str, BaselineObject] = {}
    for capture in captures:
        for source in capture.sources:
            for item in capture.baseline(source.name):
                if item.state is not None and (item.provenance == "supplied" or capture.manifest.parent is not None):
                    kept.setdefault(item.id, msgspec.structs.replace(item, seen=None))
    objects = {item.id: item for item in found.objects()}
    for identifier, item in kept.items():
        known = objects.get(identifier)
        if not found.made(identifier) and (known is None or known.provenance in ("named", "after")):
            objects[identifier] = item
    with Writer(out, merged.manifest, append=True) as writer:
        writer.baseline(SOURCE, objects.values())
