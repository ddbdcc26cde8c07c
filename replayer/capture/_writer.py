"""Write a capture: append-only, readable after any crash."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec

from replayer.capture._drops import DropCount
from replayer.capture._layout import BASELINE, MANIFEST, MONEY, OPEN, SEGMENT_BYTES, STIMULI, Close, segment_name, segments
from replayer.capture._reader import BaselineLine, Capture, is_capture, open_capture
from replayer.model import Arm, BaselineObject, Claims, CustomerMoney, Exchange, InputError, Manifest, Outcome, Source

_NUMBERED = re.compile(rb'\{"(id|close)":"x(\d+)"')
_ENCODE = msgspec.json.Encoder()
_BUFFER = 1 << 20


class Writer:
    """Write exchanges into a capture's folder, which must not hold one already unless `append`.

    `sync` hands each line to the system before the call returns, so that a kill loses nothing that was acknowledged. Ids are given in the
    order of writing. The manifest is there from the start, and complete once `finish` ran (leaving the context does that, also by an
    exception). Appending keeps the manifest that is there, and cuts a torn tail off. Not for use by several threads at once.
    """

    def __init__(
        self, path: Path | str, manifest: Manifest, *, append: bool = False, sync: bool = False, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self.path = Path(path)
        self.manifest = manifest
        self._sync = sync
        self._limit = segment_bytes
        self._count = 0
        self._sources: Counter[str] = Counter()
        self._formats = {source.name: source.format for source in manifest.sources}
        self._versions: Counter[str] = Counter()
        self._lanes: set[str] = set()
        self._files: dict[str, BinaryIO] = {}
        self._segment, self._size = 1, 0
        self._dropped: DropCount | None = None
        self.written = 0
        _prepare(self.path)
        self._lock = _lock(self.path)
        try:
            if is_capture(self.path):
                self._resume(append)
            _write_manifest(self.path, self.manifest)
        except BaseException:
            _unlock(self._lock)
            raise

    def _resume(self, append: bool) -> None:
        if not append:
            raise InputError("this folder already holds a capture", place=str(self.path), hint="choose another folder, or remove this one")
        capture = open_capture(self.path)
        self.manifest = capture.manifest
        _write_manifest(self.path, msgspec.structs.replace(self.manifest, sources=[], lanes=[]))  # unfinished, before anything is cut
        cut_tails(capture)
        self._count = len(capture)
        self._count_in(capture.manifest)
        files = segments(self.path)
        self._segment = max(len(files), 1)
        self._size = files[-1].stat().st_size if files else 0

    def _count_in(self, manifest: Manifest) -> None:
        self._lanes.update(manifest.lanes)
        self._versions.update(manifest.versions)
        for source in manifest.sources:
            self._sources[source.name] += source.exchanges
            self._formats.setdefault(source.name, source.format)

    def __len__(self) -> int:
        return self._count

    def source(self, name: str, format: str) -> None:
        """Say in which format a source's exchanges came in; `record` where nothing is said."""
        self._formats[name] = format

    def append(self, exchange: Exchange) -> Exchange:
        """Write an exchange under the next id, and return it with that id."""
        return self._append(exchange, exchange.outcome)

    def _append(self, exchange: Exchange, outcome: Outcome) -> Exchange:
        numbered = msgspec.structs.replace(exchange, id=f"x{self._count + 1}", outcome=outcome)
        self._line(_ENCODE.encode(numbered) + b"\n")
        self._count += 1
        self._sources[exchange.source] += 1
        self._lanes.add(exchange.lane)
        if exchange.request.version:
            self._versions[exchange.request.version] += 1
        return numbered

    def open(self, exchange: Exchange) -> Exchange:
        """Write an exchange whose outcome is not there yet."""
        return self._append(exchange, OPEN)

    def close(self, identifier: str, outcome: Outcome, duration: float | None = None, *, version: str | None = None) -> None:
        """Write the outcome of an exchange that was opened; `version` where the request named none and the answer did."""
        self._line(_ENCODE.encode(Close(identifier, outcome, duration, version)) + b"\n")
        if version:
            self._versions[version] += 1

    def describe(self, **changes: Any) -> None:
        """Change the manifest's fields now, so that they are right also if the writer is killed."""
        self.manifest = msgspec.structs.replace(self.manifest, **changes)
        _write_manifest(self.path, self.manifest)

    def dropped(self, source: str, counts: Mapping[str, int]) -> None:
        """Write how many exchanges a source could not record, by reason. The first call takes the room for it, so make it early."""
        if self._dropped is None:
            self._dropped = DropCount(self.path, source)
        self._dropped.write(counts)

    def baseline(self, source: str, objects: Iterable[BaselineObject]) -> None:
        """Write the baseline of a source."""
        self._put(BASELINE, _ENCODE.encode(BaselineLine(source, list(objects))) + b"\n")

    def stimulus(self, stimulus: Exchange) -> None:
        """Write a stimulus that the arm was given."""
        self._put(STIMULI, _ENCODE.encode(stimulus) + b"\n")

    def money(self, money: CustomerMoney) -> None:
        """Write what the arm knows about one customer's money to come."""
        self._put(MONEY, _ENCODE.encode(money) + b"\n")

    def _line(self, line: bytes) -> None:
        if self._size >= self._limit:
            self._drop(segment_name(self._segment))
            self._segment, self._size = self._segment + 1, 0
        self._put(segment_name(self._segment), line)
        self._size += len(line)
        self.written += len(line)

    def _put(self, name: str, line: bytes) -> None:
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = (self.path / name).open("ab", buffering=0 if self._sync else _BUFFER)
        if self._sync:
            _write_whole(file, line)
        else:
            file.write(line)

    def _drop(self, name: str) -> None:
        file = self._files.pop(name, None)
        if file is not None:
            file.close()

    def adopt(self, part: Capture) -> None:
        """Append all of another capture, its ids moved on; the lines are not decoded."""
        base = self._count
        for line in part.lines():
            head = _NUMBERED.match(line)
            if head is None:
                raise ValueError(f"not an exchange's line: {line[:80]!r}")
            self._line(b'{"%b":"x%d"' % (head[1], int(head[2]) + base) + line[head.end() :])
        self._count += len(part)
        self._count_in(part.manifest)
        for source in part.sources:
            if objects := part.baseline(source.name):
                self.baseline(source.name, objects)
        for source in part.sources:
            for stimulus in part.stimuli(source.name):
                self.stimulus(stimulus)
        for money in part.customer_money():
            self.money(money)

    def finish(self, **changes: Any) -> Manifest:
        """Write the manifest with what was counted and with changes to its other fields; may be called again."""
        for name in list(self._files):
            self._drop(name)
        self.manifest = msgspec.structs.replace(
            self.manifest,
            **{"sources": self._counted(), "versions": dict(sorted(self._versions.items())), "lanes": sorted(self._lanes), **changes},
        )
        is_said = False
        try:
            _write_manifest(self.path, self.manifest)
            is_said = True
        finally:
            if self._dropped is not None:
                self._dropped.close(is_said=is_said)
            _unlock(self._lock)
            self._lock = None
        return self.manifest

    def _counted(self) -> list[Source]:
        return [Source(name, self._formats.get(name, "record"), count) for name, count in self._sources.items()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.finish()


def _write_whole(file: BinaryIO, line: bytes) -> None:
    """Write a line to an unbuffered file, or none of it: after a full disk the next line must not follow half of one."""
    left = memoryview(line)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError:
        file.truncate(os.fstat(file.fileno()).st_size - (len(line) - len(left)))
        raise


def _prepare(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError("a capture is a folder, and a file is in its way", place=str(path), hint="choose another folder") from error
    if not is_capture(path) and segments(path):
        raise InputError("this folder holds segments without a manifest", place=str(path), hint="choose another folder")


def _lock(path: Path) -> int | None:
    """Hold a capture's folder against a second writer, whose ids would collide; null where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise InputError("another program is writing this capture", place=str(path), hint="wait for it, or choose another folder") from None
    except OSError:
        os.close(handle)
        return None
    return handle


def _unlock(handle: int | None) -> None:
    if handle is not None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def _write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the manifest at once or not at all: same content, same bytes."""
    content = msgspec.json.encode(manifest, order="deterministic")
    if not content.startswith(b'{"schema"'):
        content = b'{"schema":%d%s' % (manifest.schema, b"}" if content == b"{}" else b"," + content[1:])
    text = msgspec.json.format(content, indent=2) + b"\n"
    draft = path / f".{MANIFEST}.{os.getpid()}"
    try:
        draft.write_bytes(text)
        draft.replace(path / MANIFEST)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def cut_tails(capture: Capture) -> None:
    """Cut torn tails off for good, so that writing can go on."""
    for file, end in capture.sound_ends():
        if file.exists() and file.stat().st_size > end:
            os.truncate(file, end)


def join(parts: Sequence[Path], out: Path, manifest: Manifest, *, segment_bytes: int = SEGMENT_BYTES) -> Manifest:
    """Concatenate captures, such as those of worker processes, in the order given, and number their exchanges through.

    The parts' `origin_sets`, `problems` and, for arms, claims and counts of calls are merged into the manifest. Memory is bounded by the
    largest part's index. A baseline's `seen` stays as it was written.
    """
    with Writer(out, manifest, segment_bytes=segment_bytes) as writer:
        merged = manifest
        for path in parts:
            part = open_capture(path)
            writer.adopt(part)
            merged = _merge(merged, part.manifest)
        return writer.finish(origin_sets=merged.origin_sets, problems=merged.problems, arm=merged.arm)


def _merge(into: Manifest, part: Manifest) -> Manifest:
    for key, leaves in part.origin_sets.items():
        if into.origin_sets.get(key, leaves) != leaves:
            raise ValueError(f"two parts give origin set {key!r} different leaves")
    return msgspec.structs.replace(
        into,
        origin_sets={**into.origin_sets, **part.origin_sets},
        problems=[*into.problems, *(problem for problem in part.problems if problem not in into.problems)],
        arm=_merge_arms(into.arm, part.arm),
    )


def _merge_arms(into: Arm | None, part: Arm | None) -> Arm | None:
    if into is None or part is None:
        return into or part
    claims: dict[str, Claims] = {**into.claims, **part.claims}
    calls_seen, calls_changed = into.calls_seen + part.calls_seen, into.calls_changed + part.calls_changed
    return msgspec.structs.replace(into, claims=claims, calls_seen=calls_seen, calls_changed=calls_changed)
