"""Redact a capture that is there already: a trusted one, or one whose rules have changed."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from replayer.capture.redact import Redactor
from replayer.capture.store import Capture, Writer
from replayer.model import BaselineObject, InputError, Parent, Unstorable


def write_redacted(capture: Capture, out: Path, redactor: Redactor) -> tuple[int, list[str]]:
    """Write a capture's exchanges and baseline anew, redacted; returns how many, and what was left out and why.

    What was redacted before stays redacted: no rule brings a value back. Raises InputError for an arm, and for a capture that was
    redacted with another key.
    """
    manifest = capture.manifest
    if manifest.arm is not None:
        raise InputError("this is an arm of a run", place=str(capture.path), hint="redact the recording, and run anew")
    if manifest.redaction not in ("", "trusted", redactor.fingerprint()):
        what = "this capture was redacted with another key: its pseudonyms and new ones would not fit together"
        raise InputError(what, place=str(capture.path), hint="set REPLAYER_KEY or REPLAYER_KEY_FILE to the key that it was made with")
    problems: list[str] = []
    parent = Parent(os.path.relpath(capture.path.resolve(), out.resolve()), capture.digest())
    copy = msgspec.structs.replace(manifest, redaction=redactor.fingerprint(), parent=parent, versions={}, lanes=[])
    with Writer(out, copy) as writer:
        for exchange in capture.exchanges():
            try:
                writer.append(redactor.exchange(exchange))
            except Unstorable as error:
                problems.append(f"{exchange.source}: {exchange.id} of {capture.path.name} is left out, because it holds {error.what}")
        for source in capture.sources:
            if capture.has_baseline(source.name):
                found = (_state(item, redactor) for item in capture.baseline(source.name))
                writer.baseline(source.name, [item for item in found if item is not None])
        count = len(writer)
        writer.finish(problems=[*capture.gaps, *problems])
    return count, problems


def _state(item: BaselineObject, redactor: Redactor) -> BaselineObject | None:
    """An object redacted; of a state that cannot be stored only the id is left, and of an id nothing."""
    for kept in (msgspec.structs.replace(item, seen=None), msgspec.structs.replace(item, seen=None, state=None, provenance="named")):
        try:
            return redactor.state(kept)
        except Unstorable:
            continue
    return None
