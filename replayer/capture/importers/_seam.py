"""What an importer is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from replayer.model import Exchange, InputError

HEAD_BYTES = 65536


class Problem(msgspec.Struct, frozen=True):
    """Something in a file that could not be read while the rest could; `where` is `line:col`, `byte 12` or `interaction 3`."""

    where: str
    what: str


class Importer(Protocol):
    """Reads one format. An exchange comes with an empty id and source; whoever calls numbers and names it."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file is of this format, by its name and its first bytes."""

    def read(self, path: Path) -> Iterator[Exchange | Problem]:
        """Yield the exchanges in the file's order, to any host; raises InputError with a place where the file is broken."""


def broken(path: Path, where: str, what: str, hint: str | None = None) -> InputError:
    """The error for a file that cannot be read on from some place."""
    return InputError(what, place=f"{path}:{where}" if where else str(path), hint=hint)


def line_and_column(raw: bytes, offset: int) -> str:
    """The place of a byte as `line:col`, both from 1."""
    before = raw[:offset]
    return f"{before.count(b'\n') + 1}:{offset - before.rfind(b'\n')}"
