"""Read a capture: streamed in order, by source, or one exchange by its id."""

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture._drops import read_drops
from replayer.capture._layout import BASELINE, MANIFEST, MONEY, STIMULI, Counts, Index, Offsets, damaged, read_at, segments, sound_end
from replayer.model import BaselineObject, CustomerMoney, DamagedCapture, Exchange, InputError, Manifest, Source

_SCHEMA = 1
_SOURCE = re.compile(rb'\{"source":("(?:[^"\\]|\\.)*"),')
_NAMED = re.compile(rb'\s*[\[,]\s*(\{[^{}"]*(?:"(?:[^"\\]|\\.)*"[^{}"]*)*\})')
_NAMED_END = re.compile(rb"\s*(?:\[\s*)?\]\s*")
_BLOCK = 1 << 20
_PART = 1 << 16  # for some sources of many: what is read ahead would be read in vain


class BaselineLine(msgspec.Struct, frozen=True):
    """One line of baseline.jsonl: a source's baseline."""

    source: str
    objects: list[BaselineObject]


class _GlanceRequest(msgspec.Struct):
    version: str | None = None


class _Glance(msgspec.Struct):
    """What the manifest counts of a line: of an exchange, or of one that closes it."""

    request: _GlanceRequest | None = None
    lane: str = "api"
    version: str | None = None


_GLANCE = msgspec.json.Decoder(_Glance)


class Capture:
    """A capture that can be read. What was cut off from a torn tail is named in `damage`; it is never raised.

    Holds an index of places and no bodies: a million exchanges take about 10 MB, 20 where they were recorded, and 100,000 sources 15 MB.
    What lists all sources (`sources`, `manifest`) is made anew each time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: list[str] = []
        self._written, named = read_manifest(path)
        self._files = segments(path)
        self._end = self._sound(self._files[-1]) if self._files else 0
        self._index = Index()
        self._index.scan(self._files, self._end)
        self._formats = array("I", bytes(4 * len(self._index.names)))
        self._format_names = ["record"]
        self._is_counted = self._compare(named)
        self._baseline = path / BASELINE
        self._baseline_end = self._sound(self._baseline)
        self._money_end = self._sound(path / MONEY)
        self._drops = read_drops(path)

    def _sound(self, file: Path) -> int:
        if not file.exists():
            return 0
        end, wrong = sound_end(file)
        if wrong:
            self.damage.append(wrong)
        return end

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        return f"<Capture {self.path} of {len(self)} exchanges>"

    def _compare(self, named: Iterator[Source]) -> bool:
        """Take over the sources' formats; whether the manifest names the sources that are there, as they are.

        Raises DamagedCapture where it names more exchanges than there are. That a writer was killed explains that: one that has not
        counted yet names no lanes, and one that was writing on leaves a torn tail.
        """
        kinds = {name: number for number, name in enumerate(self._format_names)}
        sources = exchanges = alike = 0
        for source in named:
            number = self._index.number(source.name)
            if number is not None:
                self._formats[number] = kinds.setdefault(source.format, len(kinds))
                alike += number == sources and source.exchanges == self._index.count(source.name)
            sources += 1
            exchanges += source.exchanges
        self._format_names = list(kinds)
        if exchanges > len(self) and self._written.lanes and not self.damage:
            raise DamagedCapture(
                f"the manifest names {exchanges} exchanges, {len(self)} are there",
                place=str(self.path),
                hint="bring the files back, or import or record again",
            )
        if exchanges > len(self) and self._written.lanes:
            self.damage.append(f"{self.path}: the manifest names {exchanges} exchanges, {len(self)} are there")
        return alike == sources == len(self._index.names)

    @property
    def gaps(self) -> list[str]:
        """What is known to be missing: what could not be recorded, imported or read."""
        return [*self.damage, *self.manifest.problems]

    @property
    def sources(self) -> list[Source]:
        """The sources in order of first appearance, with their counts."""
        names, count = self._format_names, self._index.count
        return [Source(name, names[number], count(name)) for name, number in zip(self._index.names, self._formats, strict=True)]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many exchanges each source has."""
        return Counts(self._index)

    @property
    def manifest(self) -> Manifest:
        """The manifest; where the writer was killed, what it would have counted is counted now."""
        changes: dict[str, Any] = {}
        if not self._is_counted:
            changes["lanes"], changes["versions"] = self._glance
        if unsaid := [drop for drop in self._drops if drop not in self._written.problems]:
            changes["problems"] = [*self._written.problems, *unsaid]
        return msgspec.structs.replace(self._written, sources=self.sources, **changes)

    @cached_property
    def _glance(self) -> tuple[list[str], dict[str, int]]:
        lanes: set[str] = set()
        versions: Counter[str] = Counter()
        for line in self.lines():
            glance = _GLANCE.decode(line)
            if glance.request is not None:
                lanes.add(glance.lane)
            if version := glance.version or (glance.request and glance.request.version):
                versions[version] += 1
        return sorted(lanes), dict(sorted(versions.items()))

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for file in self._files:
            _hash_into(digest, file, self._end if file == self._files[-1] else None)
        digest.update(b"baseline\n")
        if self._baseline_end:
            _hash_into(digest, self._baseline, self._baseline_end)
        return digest.hexdigest()

    def digest(self) -> str:
        """The SHA-256, in hex, of the exchanges and the baseline."""
        return self._digest

    def sound_ends(self) -> list[tuple[Path, int]]:
        """The files that may have a torn tail, and where their sound part ends."""
        last = [(self._files[-1], self._end)] if self._files else []
        return [*last, (self._baseline, self._baseline_end), (self.path / MONEY, self._money_end)]

    def lines(self) -> Iterator[bytes]:
        """Stream the sound lines of the segments as they were written, those that close an open exchange among them."""
        for file in self._files:
            left = self._end if file == self._files[-1] else file.stat().st_size
            with file.open("rb", buffering=_BLOCK) as stream:
                for line in stream:
                    if left <= 0:
                        break
                    yield line
                    left -= len(line)

    def exchanges(self, sources: Collection[str] | None = None) -> Iterator[Exchange]:
        """Stream the exchanges, all or those of some sources, in order of capture."""
        for name in sources or ():
            self.known(name)
        wanted = None if sources is None else frozenset(sources)
        return read_at(self._index, self._files, self._index.positions(wanted), buffering=_BLOCK if wanted is None else _PART)

    def known(self, name: str) -> None:
        """Raise InputError, with the nearest name, where there is no such source."""
        if name not in self._index.names:
            from difflib import get_close_matches

            near = get_close_matches(name, list(self._index.names), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`replayer show` lists the sources"
            raise InputError(f"no source {name!r} in this capture", place=str(self.path), hint=hint)

    def exchange(self, identifier: str) -> Exchange:
        """The exchange of an id such as `x12`; raises InputError where there is none."""
        number = identifier[1:]
        if not (identifier.startswith("x") and number.isascii() and number.isdigit() and 0 < int(number) <= len(self)):
            raise InputError(f"no exchange {identifier!r} in this capture", place=str(self.path), hint=f"its ids are x1 to x{len(self)}")
        return next(read_at(self._index, self._files, iter([int(number) - 1]), buffering=16384))

    @cached_property
    def _baselines(self) -> Offsets:
        """Where each source's lines of the baseline begin; a later line of one source replaces the earlier."""
        places = Offsets(self._index)
        offset = 0
        if self._baseline_end:
            with self._baseline.open("rb", buffering=_BLOCK) as stream:
                while offset < self._baseline_end:
                    line = stream.readline()
                    head = _SOURCE.match(line)
                    if head is None:
                        raise damaged(self._baseline, offset, "this is not a source's baseline")
                    places.add(msgspec.json.decode(head[1], type=str), offset)
                    offset += len(line)
        return places

    def has_baseline(self, source: str) -> bool:
        """Whether a baseline of this source was written, be it empty."""
        return bool(self._baselines.of(source))

    def baseline(self, source: str) -> list[BaselineObject]:
        """The baseline of a source, empty where none was written."""
        places = self._baselines.of(source)
        if not places:
            return []
        with self._baseline.open("rb") as stream:
            stream.seek(places[-1])
            line = stream.readline()
        try:
            return msgspec.json.decode(line, type=BaselineLine).objects
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise damaged(self._baseline, places[-1], str(error)) from error

    def stimuli(self, source: str) -> list[Exchange]:
        """The stimuli that an arm was given for a source, in order; empty for a recording, which has none."""
        return self._stimuli.get(source, [])

    @cached_property
    def _stimuli(self) -> dict[str, list[Exchange]]:
        found: dict[str, list[Exchange]] = {}
        file = self.path / STIMULI
        if file.is_file():
            with file.open("rb") as stream:
                for line in stream:
                    one = msgspec.json.decode(line, type=Exchange)
                    found.setdefault(one.source, []).append(one)
        return found

    def customer_money(self) -> Iterator[CustomerMoney]:
        """Stream what an arm knows at its end about its customers' money to come."""
        return (money for _, money in self._money_from(0, _BLOCK))

    def money_of(self, source: str) -> Iterator[CustomerMoney]:
        """Stream what an arm knows at its end about the money to come of one source's customers."""
        for place in self._moneys.of(source):
            for _, money in self._money_from(place):
                if money.source != source:
                    break
                yield money

    @cached_property
    def _moneys(self) -> Offsets:
        """Where the lines of each source's customers begin, which lie together as a rule."""
        places = Offsets(self._index)
        last = None
        for offset, money in self._money_from(0, _BLOCK):
            if money.source != last:
                places.add(money.source, offset)
            last = money.source
        return places

    def _money_from(self, offset: int, buffering: int = -1) -> Iterator[tuple[int, CustomerMoney]]:
        if not self._money_end:
            return
        file = self.path / MONEY
        with file.open("rb", buffering=buffering) as stream:
            stream.seek(offset)
            while offset < self._money_end:
                line = stream.readline()
                try:
                    yield offset, msgspec.json.decode(line, type=CustomerMoney)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise damaged(file, offset, str(error)) from error
                offset += len(line)


def _hash_into(digest: Any, file: Path, end: int | None) -> None:
    left = file.stat().st_size if end is None else end
    with file.open("rb") as stream:
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            digest.update(block)
            left -= len(block)


def open_capture(path: Path | str) -> Capture:
    """Open a capture for reading; raises InputError where there is none, DamagedCapture where it is damaged."""
    return Capture(Path(path))


def is_capture(path: Path) -> bool:
    """Whether a folder holds a capture."""
    return (path / MANIFEST).is_file()


def read_manifest(path: Path) -> tuple[Manifest, Iterator[Source]]:
    """The manifest as it was written, without its sources, and those; raises InputError where the folder holds no capture."""
    file = path / MANIFEST
    try:
        raw = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        what = "this is not a capture: it has no manifest.json" if path.exists() else "there is nothing here"
        raise InputError(what, place=str(path), hint="`replayer import` and `replayer record` make captures") from None
    try:
        if msgspec.json.decode(raw, type=_Schema).schema > _SCHEMA:
            raise InputError("a newer replayer wrote this capture", place=str(file), hint="upgrade replayer")
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        sources = fields.pop("sources", msgspec.Raw(b"[]"))
        return msgspec.json.decode(msgspec.json.encode(fields), type=Manifest), _named(sources, file)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _no_manifest(file, error) from error


def _named(raw: msgspec.Raw, file: Path) -> Iterator[Source]:
    """The sources that a manifest names, one at a time; all at once where more is nested in them than this release writes."""
    view, offset, count = memoryview(raw), 0, 0
    try:
        while found := _NAMED.match(view, offset):
            yield _NAMED_SOURCE.decode(found[1])
            offset, count = found.end(), count + 1
        if _NAMED_END.fullmatch(view, offset) is None:
            yield from msgspec.json.decode(raw, type=list[Source])[count:]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _no_manifest(file, error) from error


def _no_manifest(file: Path, error: Exception) -> InputError:
    return InputError(f"this is not a capture's manifest: {error}", place=str(file))


_NAMED_SOURCE = msgspec.json.Decoder(Source)


class _Schema(msgspec.Struct):
    schema: int
