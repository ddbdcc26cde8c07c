"""The journal of an arm on a remote target: each call is written open before it is sent, and closed before the next step of its chain.

On resume the arm is worked through from its start: what the journal closed is answered from it and not sent, an open POST goes again with
the same key, an open GET goes again, and an open DELETE is settled by a GET. Where keys are honoured, no POST executes twice.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from replayer.capture.select import Selection
from replayer.capture.store import Writer, open_capture
from replayer.model import Exchange, InputError, Manifest, Outcome, Request

FOLDER = ".journal"
GONE = ".journal-done"
STATE = "state.json"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a resumed arm must have in common with the one that was killed. `began` is when it began, in epoch seconds."""

    seed: str
    target: str
    capture: str
    candidate: str | None
    bind: dict[str, str]
    version: str | None = None
    selection: Selection | None = None
    stimuli: str | None = None
    began: float


def is_finished(arm: Path) -> bool:
    """Whether an arm is whole: its journal is gone, and what it wrote is there."""
    shutil.rmtree(arm / GONE, ignore_errors=True)
    return not (arm / FOLDER).exists() and (arm / "manifest.json").is_file() and bool(open_capture(arm).manifest.lanes)


def read_state(arm: Path) -> State | None:
    """The state of an arm that was killed; null where there is none."""
    file = arm / FOLDER / STATE
    return msgspec.json.decode(file.read_bytes(), type=State) if file.is_file() else None


class Journal:
    """An arm's journal in its folder; goes on with the one that lies there. May be used by several threads."""

    def __init__(self, arm: Path, state: State) -> None:
        self.folder, self.began = arm / FOLDER, state.began
        self._lock = Lock()
        self._known: dict[tuple[str, str], Exchange] = {}
        _begin(self.folder, state)
        if (self.folder / "manifest.json").is_file():
            for exchange in open_capture(self.folder).exchanges():
                self._known[exchange.replayed_from or "", exchange.reason or ""] = exchange
        self._writer = Writer(self.folder, Manifest(), append=True, sync=True)
        self.recalled = 0

    def before(self, source: str, recorded: str, position: int, request: Request) -> tuple[str, Outcome | None, bool]:
        """Open a call: (its id, its outcome where it was closed before the kill, whether it may have been sent before)."""
        with self._lock:
            earlier = self._known.pop((recorded, str(position)), None)
            if earlier is None:
                opened = Exchange(id="", source=source, request=request, replayed_from=recorded, reason=str(position))
                return self._writer.open(opened).id, None, False
        if not _same(earlier.request, request):
            hint = "resume with the candidate and the options of the run that was killed, or start a new run"
            raise InputError(f"the call for {recorded} is not the one that was made before the kill", place=str(self.folder), hint=hint)
        is_open = earlier.outcome.status is None and earlier.outcome.error == "open"
        self.recalled += not is_open
        return earlier.id, None if is_open else earlier.outcome, is_open

    def after(self, identifier: str, outcome: Outcome) -> None:
        """Close a call."""
        with self._lock:
            self._writer.close(identifier, outcome)

    def close(self, *, remove: bool) -> None:
        """Let go; a finished arm needs its journal no more."""
        self._writer.finish()
        if remove:  # at once or not at all: half a journal would look like one that knows little
            gone = self.folder.with_name(GONE)
            self.folder.rename(gone)
            shutil.rmtree(gone)


def _begin(folder: Path, state: State) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{STATE}"
    if not (folder / STATE).exists():
        draft.write_bytes(msgspec.json.encode(state))
        draft.replace(folder / STATE)


def _same(one: Request, other: Request) -> bool:
    def key(request: Request) -> tuple[Any, ...]:
        sent = (request.method, request.path, request.idempotency_key, request.version, request.account, request.encoding)
        return *sent, msgspec.json.encode((request.params, request.body))

    return key(one) == key(other)
