"""Seed a target with what a capture stands on, and write down which live object stands for which recorded one."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.reread import reader
from replayer.capture.store import Capture
from replayer.capture.stored_baseline import baseline_of
from replayer.model import InputError, Outcome, Request
from replayer.replay.seed import Seeder
from replayer.targets import Session, Target

SCHEMA = 1


class SeedMap(msgspec.Struct, frozen=True, kw_only=True):
    """What a seed made: `bind` maps recorded ids to live ones, `refused` says why others were not made, `tag` is the run that they bear."""

    schema: int = SCHEMA
    target: str
    tag: str
    bind: dict[str, str] = {}
    refused: dict[str, str] = {}


def seed(capture: Capture, target: Target, seed_text: str, tag: str) -> SeedMap:
    """Make a capture's catalogue and baseline on a target, source by source; equal ids of several sources are made once."""
    ids: dict[str, str] = {}
    refused: dict[str, str] = {}
    for source in capture.sources:
        read = reader(capture, source.name)
        baseline = [item for item in baseline_of(capture, source.name, read) if item.id not in ids]
        session = target.open(source.name)
        try:
            seeder = Seeder(read(), _keyed(session, seed_text), ids, baseline)
            made = seeder.run()
            ids |= {name: name for name in made - ids.keys() - seeder.refused.keys()}
        finally:
            session.close()
        refused |= seeder.refused
    return SeedMap(target=target.name, tag=tag, bind=ids, refused={name: why for name, why in refused.items() if name not in ids})


def _keyed(session: Session, seed_text: str) -> Any:
    """Send with a key made of the call and of whom it is made for, so that a seed that is run again makes nothing twice."""

    def send(request: Request) -> Outcome:
        text = json.dumps([request.idempotency_key, request.params], sort_keys=True)
        key = hmac.new(seed_text.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
        return session.send(msgspec.structs.replace(request, idempotency_key=key))

    return send


def load_map(file: Path) -> dict[str, str]:
    """The bindings of a seed's map; raises `InputError` for what is none."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=SeedMap).bind
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"this is no map of a seed: {error}", place=str(file), hint="`replayer seed CAPTURE --out MAP` makes one"
        ) from None
