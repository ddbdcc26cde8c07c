"""Turn files and folders of other tools' recordings into one capture."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from replayer.capture import wire
from replayer.capture._reader import is_capture
from replayer.capture._writer import Writer
from replayer.capture.importers._seam import HEAD_BYTES, Importer, Problem
from replayer.model import ORIGIN_STRIPE, Exchange, InputError, Manifest, ReplayerError, Request, Unstorable

_METHODS = frozenset({"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"})
_STRIPE = Request(method="", path="").host


class Redacts(Protocol):
    """What redacts exchanges before they reach the disk, with the project's key."""

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without what is sensitive."""

    def identify(self, api_key: str) -> str:
        """A fingerprint of an API key."""

    def fingerprint(self) -> str:
        """Which project's key it uses."""


class Summary(msgspec.Struct, frozen=True):
    """What an import did. `left_out` counts exchanges by host that is not Stripe's, `ignored` names files of unknown formats.

    `problems` are what could not be read, with file and place; where there are any, the capture is not everything that was given.
    """

    manifest: Manifest
    exchanges: int
    left_out: dict[str, int]
    ignored: list[str]
    problems: list[str]


class _Found(msgspec.Struct):
    """A file to import: the source's name, and who reads it."""

    path: Path
    name: str
    importer: Importer


def import_paths(
    paths: Sequence[Path], out: Path, *, format: str | None = None, redactor: Redacts | None = None, hosts: Collection[str] = (),
    importers: Sequence[Importer] | None = None,
) -> Summary:  # fmt: skip
    """Import files and folders into a new capture; each file becomes a source, named by its path within the folder given.

    Without a redactor values are kept as they are, API keys never. `hosts` are hosts that stand for Stripe. Raises InputError where a path
    is missing or a file given by name is of no known format; a broken file among others is a problem in the summary.
    """
    readers = _readers(format, importers, redactor)
    ignored: list[str] = []
    found = _distinct([file for path in paths for file in _find(path, readers, forced=format is not None, ignored=ignored)])
    if not found:
        raise InputError("no file here is of a known format", place=", ".join(map(str, paths)), hint=f"known: {_names(readers)}")
    manifest = Manifest(redaction=redactor.fingerprint() if redactor else "trusted")
    with Writer(out, manifest) as writer:
        work = _Import(writer, redactor, hosts)
        for file in found:
            work.file(file)
        written = writer.finish(problems=work.problems, origin=work.origin())
    return Summary(written, len(writer), dict(work.left_out), ignored, work.problems)


def _readers(format: str | None, importers: Sequence[Importer] | None, redactor: Redacts | None) -> Sequence[Importer]:
    from replayer.capture.importers import default_importers

    known = default_importers(redactor.identify if redactor else None) if importers is None else importers
    if format is None:
        return known
    chosen = [importer for importer in known if importer.name == format]
    if not chosen:
        raise InputError(f"unknown format {format!r}", hint=f"known: {_names(known)}")
    return chosen


def _names(importers: Sequence[Importer]) -> str:
    return ", ".join(importer.name for importer in importers)


def _find(path: Path, readers: Sequence[Importer], *, forced: bool, ignored: list[str]) -> Iterator[_Found]:
    if not path.exists():
        raise InputError("there is no such file or folder", place=str(path))
    if not path.is_dir():
        importer = _importer(path, readers, forced)
        if importer is None:
            raise InputError(
                "this file is of no known format", place=str(path), hint=f"known: {_names(readers)}; --format says which it is"
            )
        yield _Found(path, path.name, importer)
        return
    if is_capture(path):
        raise InputError("this is a capture already", place=str(path), hint="give it to `replayer run` as it is")
    for file in _walk(path):
        importer = _importer(file, readers, forced=False)
        name = file.relative_to(path).as_posix()
        if importer is None:
            ignored.append(name)
        else:
            yield _Found(file, name, importer)


def _walk(folder: Path) -> Iterator[Path]:
    """The files below a folder in the order of their names, hidden ones left out."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.is_file():
            yield entry


def _importer(path: Path, readers: Sequence[Importer], forced: bool) -> Importer | None:
    if forced:
        return readers[0]
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return next((importer for importer in readers if importer.recognises(path, head)), None)


def _distinct(found: list[_Found]) -> list[_Found]:
    """Give files of one name in several folders names of their own: sources never mix."""
    counts = Counter(file.name for file in found)
    taken: set[str] = set()
    for file in found:
        if counts[file.name] > 1:
            file.name = file.path.as_posix().lstrip("/")
        while file.name in taken:
            file.name += "+"
        taken.add(file.name)
    return found


class _Import:
    """One import at work."""

    def __init__(self, writer: Writer, redactor: Redacts | None, hosts: Collection[str]) -> None:
        self.problems: list[str] = []
        self.left_out: Counter[str] = Counter()
        self._writer = writer
        self._redactor = redactor
        self._hosts = hosts
        self._answered: set[str] = set()

    def file(self, file: _Found) -> None:
        """Import one file as a source; what is broken in it is a problem, not an end."""
        self._writer.source(file.name, file.importer.name)
        try:
            for number, item in enumerate(file.importer.read(file.path), 1):
                if isinstance(item, Problem):
                    self._problem(file, item.where, item.what)
                else:
                    self._exchange(file, item, number)
        except ReplayerError as error:
            where = (error.place or "").removeprefix(str(file.path)).lstrip(":")
            self._problem(file, where, f"{error.what} ({error.hint})" if error.hint else error.what)
        except OSError as error:
            self._problem(file, "", str(error))

    def _problem(self, file: _Found, where: str, what: str) -> None:
        self.problems.append(": ".join(part for part in (f"{file.name}:{where}" if where else file.name, what) if part))

    def _exchange(self, file: _Found, exchange: Exchange, number: int) -> None:
        request = exchange.request
        if not wire.is_stripe(request.host, self._hosts):
            self.left_out[request.host] += 1
            return
        if exchange.lane == "api":
            self._answered.add(request.host)
        if not wire.is_stripe(request.host):
            request = msgspec.structs.replace(request, host=_STRIPE)
        exchange = msgspec.structs.replace(exchange, source=file.name, request=request)
        try:
            written = self._writer.append(self._redactor.exchange(exchange) if self._redactor else exchange)
        except Unstorable as error:
            self._problem(file, f"interaction {number}", f"{_called(request)} is left out, because it holds {error.what}")
        except (RecursionError, UnicodeEncodeError) as error:
            self._problem(file, f"interaction {number}", f"{_called(request)} is left out: it cannot be stored ({type(error).__name__})")
        else:
            self._look_at_answer(file, written)

    def _look_at_answer(self, file: _Found, exchange: Exchange) -> None:
        """An answer that says it is JSON and is none was cut off by the tool that recorded it."""
        outcome = exchange.outcome
        if outcome.text is not None and "json" in outcome.headers.get("content-type", ""):
            self._problem(file, "", f"the answer of {exchange.id} is not whole JSON; it is kept as text")

    def origin(self) -> str:
        """Who answered: Stripe, unless a host that stands for it did."""
        others = sorted(host for host in self._answered if not wire.is_stripe(host))
        return others[0] if others else ORIGIN_STRIPE


def _called(request: Request) -> str:
    """A request by its method, where that is one."""
    return f"a {request.method}" if request.method in _METHODS else "a request"
