"""`stimuli.yaml`: what was done off camera as a list that people read and edit, and a source's stimuli from it or from the capture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.stimuli.infer import Stimuli, infer
from replayer.capture.stimuli.places import follows
from replayer.capture.store import Capture
from replayer.model import Effect, Exchange, InputError, Outcome, Request
from replayer.model.settings_file import place_of, read_yaml, require_known
from replayer.stripeapi.ids import type_hint
from replayer.stripeapi.operations import match

KEYS = ("after", "source", "at", "call", "params", "account", "version", "makes", "unknown", "event")
_HEAD = """\
# What was done off camera: confirmed in a browser, changed in the portal or the Dashboard, called by another system. Both arms do it at its
# place. Written by `replayer stimuli`; edit it as you like. `unknown` says why something is seen and not done: what follows is unknown for
# the customers of `event`, or of `params: customer: …`; for everybody, where neither tells whose it is.
"""
_CALL = re.compile(r"(POST|DELETE) (/\S+)")
_AFTER = re.compile(r"x\d+")
_EVENTS = "/v1/events/"
_WIDE = 100_000


def stimuli_of(source: str, read: Callable[[], Iterable[Exchange]], file: Path | None) -> Stimuli:
    """A source's stimuli: those that a file names, else those that its exchanges tell.

    What the capture shows of a stimulus of the file is kept where the file does the same as was inferred.
    """
    found = infer(read, source)
    if file is None:
        return found
    known = {_identity(one): one for one in found.acts}
    acts: list[Exchange] = []
    counts: dict[str, int] = {}
    for entry in load_stimuli(file):
        if entry.source not in ("", source):
            continue
        counts[entry.id] = counts.get(entry.id, 0) + 1
        one = msgspec.structs.replace(entry, id=follows(entry.id, counts[entry.id]), source=source)
        shown = known.get(_identity(one))
        acts.append(one if shown is None else msgspec.structs.replace(shown, id=one.id, at=one.at))
    return Stimuli(acts, found.supplied, found.waiting)


def _identity(one: Exchange) -> bytes:
    """What a stimulus does, and after which exchange."""
    request = one.request
    return msgspec.json.encode((one.id.partition("+")[0], request.method, request.path, request.params, one.disposition), order="sorted")


def dump_stimuli(stimuli: Iterable[Exchange], *, sources: bool) -> str:
    """Write stimuli as a file that `load_stimuli` reads; `sources`: name the source of each."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = _WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    rows = [_row(one, sources=sources) for one in stimuli]
    yaml.dump(rows, out)
    return _HEAD + out.getvalue()


def _row(one: Exchange, *, sources: bool) -> dict[str, Any]:
    request = one.request
    made = [effect.id for effect in one.outcome.effects or [] if effect.kind == "created" and effect.id]
    at = datetime.fromtimestamp(one.at or 0, UTC).isoformat().replace("+00:00", "Z")
    row: dict[str, Any] = {"after": one.id.partition("+")[0], "source": one.source if sources else None, "at": at}
    if one.disposition == "skipped":
        row |= {"unknown": one.reason, "event": request.path.removeprefix(_EVENTS)}
    else:
        row["call"] = f"{request.method} {request.path}"
    row |= {"params": request.params, "makes": made, "account": request.account, "version": request.version}
    return {name: value for name, value in row.items() if value or value == 0}


def load_stimuli(file: Path) -> list[Exchange]:
    """Read a file of stimuli; their ids are those of the exchanges that they follow. Raises InputError with file, line and column."""
    return [entry for entry, _ in _load(file, file.stat().st_mtime_ns)]


def check_stimuli(file: Path, capture: Capture) -> None:
    """Raise InputError with file, line and column where a file of stimuli names a place that the capture does not have."""
    names = [source.name for source in capture.sources]
    for entry, place in _load(file, file.stat().st_mtime_ns):
        if entry.source and entry.source not in names:
            raise InputError(f"this capture has no source {entry.source!r}", place=place, hint=f"source: {' or '.join(names[:5])}")
        if not entry.source and len(names) > 1:
            raise InputError("a stimulus names its source in a capture of several", place=place, hint=f"source: {' or '.join(names[:5])}")
        number = int(entry.id[1:])
        if number > len(capture):
            raise InputError(f"this capture has no exchange {entry.id!r}", place=place, hint=f"its ids are x1 to x{len(capture)}")
        if number and entry.source and capture.exchange(entry.id).source != entry.source:
            hint = "`replayer show` lists exchanges with their sources"
            raise InputError(f"{entry.id!r} is no exchange of the source {entry.source!r}", place=place, hint=hint)


@lru_cache(maxsize=4)
def _load(file: Path, changed: int) -> list[tuple[Exchange, str]]:
    """The entries, each with its place in the file."""
    data = read_yaml(file)
    if data is None:
        return []
    if not isinstance(data, list):
        raise InputError("stimuli are a list", place=f"{file}:1:1", hint="`replayer stimuli CAPTURE` writes one")
    return [(_entry(file, data, position), place_of(file, data, position)) for position in range(len(data))]


def _entry(file: Path, data: Any, position: int) -> Exchange:
    row, place = data[position], place_of(file, data, position)
    if not isinstance(row, Mapping):
        raise InputError("a stimulus is a mapping", place=place, hint=f"its keys are {', '.join(KEYS)}")
    require_known(row, KEYS, file, "a stimulus")
    after, call, reason = row.get("after", "x0"), row.get("call"), row.get("unknown")
    if not isinstance(after, str) or _AFTER.fullmatch(after) is None:
        raise InputError(f"{after!r} is no exchange", place=_at(file, row, "after", place), hint="`replayer show` lists them: x12")
    found = _CALL.fullmatch(call) if isinstance(call, str) else None
    if found is None and not reason:
        hint = "`call: POST /v1/refunds`, or `unknown:` and why"
        raise InputError("a stimulus names its call", place=_at(file, row, "call", place), hint=hint)
    params, makes = row.get("params") or {}, row.get("makes") or []
    if not isinstance(params, Mapping):
        raise InputError("`params` is a mapping", place=_at(file, row, "params", place))
    if not isinstance(makes, list) or not all(isinstance(one, str) for one in makes):
        raise InputError("`makes` is a list of ids", place=_at(file, row, "makes", place))
    method, path = (found[1], found[2]) if found is not None else ("POST", _EVENTS + str(row.get("event") or "unknown"))
    if found is not None and not path.startswith("/_replayer/") and match(method, path).operation is None:
        raise InputError(f"Stripe has no operation {call!r}", place=_at(file, row, "call", place), hint="call: POST /v1/refunds")
    request = Request(method=method, path=path, params=_texts(params), account=_text(row.get("account")), version=_text(row.get("version")))
    effects = [Effect("created", type_hint(one) or "", one) for one in makes]
    return Exchange(
        id=after, source=str(row.get("source") or ""), lane="external", at=_moment(file, row, place), request=request,
        outcome=Outcome(error="nothing in the capture shows what came of it", effects=effects),
        disposition="skipped" if found is None else "sent", reason=str(reason) if reason else None,
    )  # fmt: skip


def _at(file: Path, row: Any, name: str, place: str) -> str:
    return place_of(file, row, name) if name in row else place


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _texts(value: Any) -> Any:
    """Parameters as on the wire, whatever YAML made of them."""
    if isinstance(value, Mapping):
        return {str(name): _texts(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_texts(child) for child in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _moment(file: Path, row: Any, place: str) -> float:
    given = row.get("at")
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    try:
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        where = _at(file, row, "at", place)
        raise InputError(f"{given!r} is no time", place=where, hint="at: 2026-01-31T12:00:00Z, or epoch seconds") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
