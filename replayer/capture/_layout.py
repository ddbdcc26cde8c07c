"""How a capture lies on disk, and where each exchange stands in it.

manifest.json        what the capture says about itself
segment-0001.jsonl   one exchange a line; a recorder writes it *open* (`"outcome":{"error":"open"}`) and later a line that closes it
baseline.jsonl       one line a source
money.jsonl          one customer a line; arms only
"""

import re
from array import array
from collections.abc import Collection, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from replayer.model import DamagedCapture, Exchange, Outcome

MANIFEST = "manifest.json"
BASELINE = "baseline.jsonl"
MONEY = "money.jsonl"
SEGMENT_BYTES = 64_000_000
OPEN = Outcome(error="open")

_SEGMENT = re.compile(r"segment-(\d{4,})\.jsonl")
_HEAD = re.compile(rb'\{"(?:id":"x(\d+)","source":("(?:[^"\\]|\\.)*")|close":"x(\d+)",)')
_OFFSET_BITS = 40
_OFFSET = (1 << _OFFSET_BITS) - 1
_BLOCK = 1 << 20


class Close(msgspec.Struct, frozen=True, omit_defaults=True):
    """The line that gives an open exchange its outcome; `version` is what the answer echoed where the request named none."""

    close: str
    outcome: Outcome
    duration: float | None = None
    version: str | None = None

    def joined(self, exchange: Exchange) -> Exchange:
        """The exchange with its outcome."""
        request = exchange.request
        if self.version is not None and request.version is None:
            request = msgspec.structs.replace(request, version=self.version)
        return msgspec.structs.replace(exchange, request=request, outcome=self.outcome, duration=self.duration)


def segment_name(number: int) -> str:
    """The file name of a segment, from 1."""
    return f"segment-{number:04}.jsonl"


def segments(folder: Path) -> list[Path]:
    """The segments of a capture in order; raises DamagedCapture where one is missing."""
    numbers = sorted(int(found[1]) for file in folder.iterdir() if (found := _SEGMENT.fullmatch(file.name)))
    for expected, number in enumerate(numbers, 1):
        if number != expected:
            raise DamagedCapture(
                f"{segment_name(expected)} is missing", place=str(folder), hint="bring the file back, or import or record again"
            )
    return [folder / segment_name(number) for number in numbers]


def sound_end(file: Path) -> tuple[int, str | None]:
    """Where the sound part of a file that was being written ends, and what is wrong with a last line that must be cut off."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = _last_line(stream, size)
        stream.seek(start)
        tail = stream.read()
    if not tail:
        return size, None
    try:
        if not tail.endswith(b"\n"):
            raise msgspec.DecodeError("it has no end")
        msgspec.json.decode(tail)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return start, f"{file.name}: a torn last line of {len(tail)} bytes is left out: {error}"
    return size, None


def _last_line(stream: BinaryIO, size: int) -> int:
    """Where the last line begins, whether it ends in a newline or not."""
    end = max(size - 1, 0)
    while end:
        start = max(end - _BLOCK, 0)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


class Index:
    """Where each exchange lies: two words an exchange, two a run of exchanges of one source, and no bodies."""

    def __init__(self) -> None:
        self.places = array("Q")
        self.closes = array("Q")
        self.names: list[str] = []
        self._numbers: dict[bytes, int] = {}
        self._starts = array("Q")
        self._run_sources = array("I")
        self._runs_of: dict[str, list[range]] | None = None

    def __len__(self) -> int:
        return len(self.places)

    def scan(self, files: list[Path], end: int) -> None:
        """Read every segment, the last one up to `end`; raises DamagedCapture at the first line that cannot stand where it is."""
        for number, file in enumerate(files):
            stop = end if number == len(files) - 1 else file.stat().st_size
            offset = 0
            with file.open("rb", buffering=_BLOCK) as stream:
                for line in stream:
                    if offset >= stop:
                        break
                    wrong = self._add(line, number << _OFFSET_BITS | offset)
                    if wrong:
                        raise damaged(file, offset, wrong)
                    offset += len(line)

    def _add(self, line: bytes, place: int) -> str | None:
        head = _HEAD.match(line)
        if head is None or not line.endswith(b"}\n"):
            return "this is not an exchange's line"
        if head[1] is None:
            return self._close(int(head[3]), place)
        if int(head[1]) != len(self.places) + 1:
            return f"exchange x{head[1].decode()} stands where x{len(self.places) + 1} should"
        self._run(head[2])
        self.places.append(place)
        self.closes.append(0)
        return None

    def _close(self, identifier: int, place: int) -> str | None:
        if not 0 < identifier <= len(self.closes):
            return f"x{identifier} is closed before it is opened"
        self.closes[identifier - 1] = place
        return None

    def _run(self, raw: bytes) -> None:
        number = self._numbers.get(raw)
        if number is None:
            number = self._numbers[raw] = len(self.names)
            self.names.append(msgspec.json.decode(raw, type=str))
        if not self._run_sources or self._run_sources[-1] != number:
            self._starts.append(len(self.places))
            self._run_sources.append(number)

    def runs(self) -> Iterator[tuple[str, range]]:
        """Yield each source's runs of positions, in order of capture."""
        stops = chain(islice(self._starts, 1, None), [len(self.places)])
        for start, stop, number in zip(self._starts, stops, self._run_sources, strict=False):
            yield self.names[number], range(start, stop)

    def positions(self, sources: Collection[str] | None = None) -> Iterator[int]:
        """Yield the positions of some sources' exchanges, in order of capture."""
        if sources is None:
            yield from range(len(self.places))
            return
        if self._runs_of is None:
            self._runs_of = {}
            for name, run in self.runs():
                self._runs_of.setdefault(name, []).append(run)
        found = [run for name in sources for run in self._runs_of.get(name, ())]
        for run in sorted(found, key=lambda run: run.start):
            yield from run

    def counts(self) -> dict[str, int]:
        """How many exchanges each source has, by first appearance."""
        counts = dict.fromkeys(self.names, 0)
        for name, run in self.runs():
            counts[name] += len(run)
        return counts


class Lines:
    """Read lines at their places; keeps one segment open at a time."""

    def __init__(self, files: list[Path], buffering: int = _BLOCK) -> None:
        self._files = files
        self._buffering = buffering
        self._number = -1
        self._stream: BinaryIO | None = None

    def at(self, place: int) -> bytes:
        """The line at a place."""
        number = place >> _OFFSET_BITS
        if number != self._number or self._stream is None:
            self.close()
            self._stream = self._files[number].open("rb", buffering=self._buffering)
            self._number = number
        self._stream.seek(place & _OFFSET)
        return self._stream.readline()

    def close(self) -> None:
        """Close what is open."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


_EXCHANGE = msgspec.json.Decoder(Exchange)
_CLOSE = msgspec.json.Decoder(Close)


def read_at(index: Index, files: list[Path], positions: Iterator[int], buffering: int = _BLOCK) -> Iterator[Exchange]:
    """Yield the exchanges at positions, outcomes joined; raises DamagedCapture with file and line."""
    bodies, closes = Lines(files, buffering), Lines(files, buffering)
    place = 0
    try:
        for position in positions:
            place = index.places[position]
            exchange = _EXCHANGE.decode(bodies.at(place))
            if index.closes[position]:
                place = index.closes[position]
                exchange = _CLOSE.decode(closes.at(place)).joined(exchange)
            yield exchange
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged(files[place >> _OFFSET_BITS], place & _OFFSET, str(error)) from error
    finally:
        bodies.close()
        closes.close()


def damaged(file: Path, offset: int, reason: str) -> DamagedCapture:
    """The error that names a damaged line by file and line number."""
    number = 1
    with file.open("rb") as stream:
        while (left := offset - stream.tell()) > 0:
            number += stream.read(min(_BLOCK, left)).count(b"\n")
    return DamagedCapture(reason, place=f"{file}:{number}", hint="bring the file back, or import or record again")
