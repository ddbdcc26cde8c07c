"""A snapshot: the objects that a capture names and does not show, as Stripe holds them now; redacted, dated, read with GET only."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec

from replayer.capture.get_only import Reader
from replayer.capture.redact import Redactor
from replayer.capture.reread import reader
from replayer.capture.store import Capture
from replayer.capture.stored_baseline import baseline_of
from replayer.capture.supplied import State, write_state
from replayer.model import BaselineObject, InputError, Refused, Unstorable
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.ids import is_id, type_hint

_READABLE = re.compile(r"[A-Za-z0-9_.:-]+")  # a pseudonym is none, nor is what no GET of ours sends


class Taken(msgspec.Struct, frozen=True):
    """What a snapshot did. `missing` are ids that Stripe no longer has, `left_out` says why others are not in it."""

    objects: int
    missing: list[str]
    left_out: dict[str, int]


def snapshot(capture: Capture, out: Path, source: Reader, redactor: Redactor | None) -> Taken:
    """Read what the baselines of a capture lack, and write it to a file.

    Raises InputError where the key is not accepted, or where pseudonyms would not fit the capture's; Refused where `livemode` of an answer
    is not that of the key. Without a redactor a test key's answers are kept as they are.
    """
    if redactor is None and source.mode == "live":
        raise Refused("what a live key reads is never kept unredacted")
    if redactor is not None and capture.manifest.redaction not in ("trusted", redactor.fingerprint()):
        raise InputError(
            "this capture was redacted with another key", place=str(capture.path), hint="set REPLAYER_KEY to the key of its project"
        )
    found: dict[tuple[str | None, str], BaselineObject] = {}
    missing: list[str] = []
    left_out: Counter[str] = Counter()
    taken = time.time()
    for item in _wanted(capture):
        path = _path(item)
        if path is None:
            left_out["no call reads objects of this kind by their id"] += 1
            continue
        status, body, headers = source.get(path, version=item.version, account=item.account)
        if status == 401:
            raise InputError("Stripe does not accept STRIPE_API_KEY", hint="is it revoked, or of another account?")
        if status == 404:
            missing.append(item.id)
        elif status != 200 or not isinstance(body, dict) or body.get("id") != item.id:
            left_out[f"status {status}" + (": the key may not read it" if status == 403 else "")] += 1
        elif body.get("livemode", source.mode == "live") != (source.mode == "live"):
            raise Refused("an answer's livemode is not the key's: nothing is kept")
        else:
            state = msgspec.structs.replace(item, object=body.get("object"), provenance="supplied", state=body, seen=None,
                                            version=headers.get("stripe-version") or item.version)  # fmt: skip
            try:
                found[item.account, item.id] = redactor.state(state) if redactor else state
            except Unstorable as error:
                left_out[error.what] += 1
    redaction = redactor.fingerprint() if redactor else "trusted"
    write_state(out, State(taken=taken, livemode=source.mode == "live", redaction=redaction, objects=list(found.values())))
    return Taken(len(found), missing, dict(left_out))


def _wanted(capture: Capture) -> Iterator[BaselineObject]:
    """The objects whose state before the capture is not known, each once."""
    seen: set[tuple[str | None, str]] = set()
    for source in capture.sources:
        for item in baseline_of(capture, source.name, reader(capture, source.name)):
            if item.provenance in ("named", "after") and (item.account, item.id) not in seen:
                seen.add((item.account, item.id))
                yield item


def _path(item: BaselineObject) -> str | None:
    """Where an object is read: the catalogue's GET that answers with its type and takes one id; null where there is none."""
    kind = item.object or type_hint(item.id)
    if kind is None or not _READABLE.fullmatch(item.id) or not (is_id(item.id) or item.object):
        return None
    for operation in catalogue().operations():
        if operation.method == "GET" and operation.returns == kind and operation.shape == "object":
            head, brace, tail = operation.template.partition("{")
            if brace and tail.endswith("}") and "{" not in tail and "/" not in tail:
                return head + quote(item.id, safe="")
    return None
