"""Supplied baselines: a file of objects' states, such as a snapshot, that a capture's own baseline is completed with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from replayer.capture.baseline import Baseline
from replayer.model import BaselineObject, Exchange, InputError

BESIDE = "supplied.json"  # the file in a capture's folder that is used unasked


class State(msgspec.Struct, frozen=True, kw_only=True):
    """States as they were at `taken` (epoch seconds). `redaction` is as in a manifest."""

    schema: int = 1
    taken: float
    livemode: bool = False
    redaction: str = "trusted"
    objects: list[BaselineObject] = []


def write_state(file: Path, state: State) -> None:
    """Write a state's file; raises InputError where one is there."""
    if file.exists():
        raise InputError("there is a file already", place=str(file), hint="choose another, or remove this one")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n")


def read_state(file: Path) -> State:
    """Read a state's file; raises InputError where it is none."""
    try:
        state = msgspec.json.decode(file.read_bytes(), type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"this is no snapshot: {error}", place=str(file), hint="`replayer snapshot CAPTURE --out STATE` makes one"
        ) from None
    if state.schema > 1:
        raise InputError("a newer replayer wrote this snapshot", place=str(file), hint="upgrade replayer")
    return state


def complete(baseline: list[BaselineObject], state: State, exchanges: Iterable[Exchange]) -> list[BaselineObject]:
    """A source's baseline with the states that it lacks.

    What the capture itself observed stays. A state that was taken after the source's first call is *supplied* only for what no call of the
    source may have changed; of the rest it is a later state (`after`), and what was made since is no baseline at all.
    """
    supplied = {(item.account, item.id): item for item in state.objects}
    if not any((item.account, item.id) in supplied for item in baseline):
        return baseline
    learned, first = Baseline(), None
    for exchange in exchanges:
        learned.add(exchange)
        first = exchange.at if first is None else first
    return [_completed(item, supplied.get((item.account, item.id)), learned, first, state.taken) for item in baseline]


def _completed(item: BaselineObject, given: BaselineObject | None, learned: Baseline, first: float | None, taken: float) -> BaselineObject:
    if given is None or item.provenance not in ("named", "after"):
        return item
    made = given.state.get("created") if given.state else None
    if first is not None and isinstance(made, int) and made > first:
        return item
    is_before = first is not None and taken <= first
    if not is_before and learned.touched(item.id):
        return item if item.state is not None else msgspec.structs.replace(given, provenance="after", seen=item.seen)
    return msgspec.structs.replace(given, provenance="supplied", seen=item.seen)
