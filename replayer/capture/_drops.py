"""How many exchanges a recorder could not write, kept where a full disk cannot keep it from being written.

The room of `dropped.json` is taken before the first exchange, and the counts are overwritten in place, so that a recorder that is killed on
a full disk still says what it did not record. One that ends cleanly says it in the manifest, and takes the file away.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from replayer.model import DamagedCapture

DROPPED = "dropped.json"
_LENGTH = 1024
_OTHERS = "other reasons"


class _Counts(msgspec.Struct, frozen=True):
    source: str
    dropped: dict[str, int] = {}


class DropCount:
    """The counts of one source, by reason; raises OSError where there is no room for them at the start."""

    def __init__(self, folder: Path, source: str) -> None:
        self._path = folder / DROPPED
        self._source = source
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o666)
        self.write({})

    def write(self, dropped: Mapping[str, int]) -> None:
        """Write the counts in place."""
        os.pwrite(self._file, _encode(self._source, dict(dropped)), 0)

    def close(self, *, is_said: bool) -> None:
        """Close the file, and take it away where the manifest says what it says."""
        if self._file < 0:
            return
        os.close(self._file)
        self._file = -1
        if is_said:
            self._path.unlink(missing_ok=True)


def _encode(source: str, dropped: dict[str, int]) -> bytes:
    """A text of fixed length; reasons that find no room are counted together."""
    while len(line := msgspec.json.encode(_Counts(source, dropped))) >= _LENGTH:
        last = next(reason for reason in reversed(dropped) if reason != _OTHERS)
        count = dropped.pop(last)
        dropped[_OTHERS] = dropped.get(_OTHERS, 0) + count
    return line.ljust(_LENGTH - 1) + b"\n"


def not_recorded(source: str, dropped: Mapping[str, int]) -> list[str]:
    """What a manifest says of a source's drops."""
    return [f"{source}: {count} exchanges were not recorded whole: {reason}" for reason, count in sorted(dropped.items())]


def read_drops(folder: Path) -> list[str]:
    """What a recorder that was killed could not record; raises DamagedCapture where the file is damaged."""
    file = folder / DROPPED
    if not file.exists():
        return []
    try:
        read = msgspec.json.decode(file.read_bytes(), type=_Counts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedCapture(str(error), place=str(file), hint="bring the file back") from error
    return not_recorded(read.source, read.dropped)
