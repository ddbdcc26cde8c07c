"""How a capture lies on disk, and where each exchange stands in it.

manifest.json        what the capture says about itself
segment-0001.jsonl   one exchange a line; a recorder writes it *open* (`"outcome":{"error":"open"}`) and later a line that closes it
baseline.jsonl       one line a source
money.jsonl          one customer a line; arms only
stimuli.jsonl        one stimulus a line, as it was inferred or given; arms only
dropped.json         what a recorder that runs, or was killed, could not write (`_drops`)
"""

import re
import sys
from array import array
from collections.abc import Collection, Iterator, KeysView, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from replayer.model import DamagedCapture, Exchange, Outcome

MANIFEST = "manifest.json"
BASELINE = "baseline.jsonl"
MONEY = "money.jsonl"
STIMULI = "stimuli.jsonl"
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
        tail = stream.read(size - start)  # and nothing of what a writer has added meanwhile
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
    """Where each exchange lies: a word an exchange, another where any was closed, a few a source, and no bodies."""

    def __init__(self) -> None:
        self.places = array("Q")
        self._closes = array("Q")
        self._numbers: dict[str, int] = {}
        self._starts = array("Q")  # of runs of exchanges of one source
        self._first_run = array("I")  # by source
        self._later_runs: dict[int, array[int]] = {}
        self._last_name = b""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def names(self) -> KeysView[str]:
        """The sources' names, by first appearance."""
        return self._numbers.keys()

    def number(self, name: str) -> int | None:
        """A source's place among the names; null where it has no exchange."""
        return self._numbers.get(name)

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
        if head[2] != self._last_name:
            self._run(head[2])
        self.places.append(place)
        return None

    def _close(self, identifier: int, place: int) -> str | None:
        if not 0 < identifier <= len(self.places):
            return f"x{identifier} is closed before it is opened"
        if identifier > len(self._closes):
            self._closes.frombytes(bytes(self._closes.itemsize * (len(self.places) - len(self._closes))))
        self._closes[identifier - 1] = place
        return None

    def _run(self, raw: bytes) -> None:
        self._last_name = raw
        name = msgspec.json.decode(raw, type=str)
        number = self._numbers.get(name)
        run = len(self._starts)
        self._starts.append(len(self.places))
        if number is None:
            self._numbers[sys.intern(name)] = len(self._first_run)  # an arm's sources have the names of the recording's
            self._first_run.append(run)
        else:
            self._later_runs.setdefault(number, array("I")).append(run)

    def closed_at(self, position: int) -> int:
        """Where the line lies that closes an exchange; 0 where there is none."""
        return self._closes[position] if position < len(self._closes) else 0

    def _runs(self, name: str) -> Iterator[range]:
        number = self._numbers.get(name)
        if number is None:
            return
        for run in (self._first_run[number], *self._later_runs.get(number, ())):
            stop = self._starts[run + 1] if run + 1 < len(self._starts) else len(self.places)
            yield range(self._starts[run], stop)

    def positions(self, sources: Collection[str] | None = None) -> Iterator[int]:
        """Yield the positions of some sources' exchanges, in order of capture."""
        if sources is None:
            yield from range(len(self.places))
            return
        found = [run for name in sources for run in self._runs(name)]
        for run in sorted(found, key=lambda run: run.start):
            yield from run

    def count(self, name: str) -> int:
        """How many exchanges a source has."""
        return sum(len(run) for run in self._runs(name))


class Counts(Mapping[str, int]):
    """How many exchanges each source has, by first appearance: counted when asked."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __getitem__(self, name: str) -> int:
        if name not in self._index.names:
            raise KeyError(name)
        return self._index.count(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.names)

    def __len__(self) -> int:
        return len(self._index.names)


class Offsets:
    """Where each source's lines begin in a file beside the segments: a word a source, and a list where it has several places."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._first = array("Q", bytes(8 * len(index.names)))
        self._others: dict[str, list[int]] = {}

    def add(self, name: str, offset: int) -> None:
        """Add a place of a source."""
        number = self._index.number(name)
        if number is None or self._first[number]:
            self._others.setdefault(name, []).append(offset)
        else:
            self._first[number] = offset + 1

    def of(self, name: str) -> list[int]:
        """A source's places, as they were added."""
        number = self._index.number(name)
        first = [self._first[number] - 1] if number is not None and self._first[number] else []
        return first + self._others.get(name, [])


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
            if closed := index.closed_at(position):
                place = closed
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
