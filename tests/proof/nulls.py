"""Fifty runs of which nothing may come: the same in another order, another spelling, under other ids, at another time, with another seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from replayer.candidates import Call
from replayer.capture.store import open_capture
from replayer.model import Exchange, Verdict
from replayer.replay.arms import ArmJob, Setting, run_arms
from replayer.runs.run import CANDIDATE
from replayer.stripeapi.ids import ID
from tests.proof.corpus import Bench, Shelf, write

RECORDINGS = 10
_SHIFT = 41 * 86_400 + 12_345  # seconds
_TIMES = range(1_400_000_000, 1_950_000_000)  # numbers that are times in these recordings


class Null(msgspec.Struct, frozen=True):
    """One run: what was turned, of which recording, how many calls match (and without it), and what was found."""

    kind: str
    source: str
    matched: int
    expected: int
    findings: int

    @property
    def holds(self) -> bool:
        """Whether nothing was found, and as many calls match as without it: none of them may hide in *unknown*."""
        return self.findings == 0 and self.matched == self.expected


def nulls(shelf: Shelf) -> Iterator[Null]:
    """Five kinds on each of the ten busiest recordings."""
    for source in sorted(shelf.sources, key=lambda source: -_writes(shelf.bench(source)))[:RECORDINGS]:
        bench = shelf.bench(source)
        expected = bench.verdict(bench.attempt(lambda call: call)).exchanges.matched
        for kind, judged in KINDS.items():
            verdict = judged(bench)
            yield Null(kind, source, verdict.exchanges.matched, expected, len(verdict.findings))


def _writes(bench: Bench) -> int:
    return sum(call.request.method != "GET" for call in bench.calls)


def _order(bench: Bench) -> Verdict:
    return bench.verdict(bench.attempt(lambda call: _with(call, _turned(call.params))))


def _spelling(bench: Bench) -> Verdict:
    return bench.verdict(bench.attempt(lambda call: call.with_params(**_numbered(call.params))))


def _other_ids(bench: Bench) -> Verdict:
    return _again(bench, "ids", lambda exchange: msgspec.convert(_walked(msgspec.to_builtins(exchange), _renamed), type=Exchange))


def _other_time(bench: Bench) -> Verdict:
    return _again(bench, "time", _later)


def _other_seed(bench: Bench) -> Verdict:
    """The candidate's arm under another seed: its keys and ids are others than the control's."""
    out = bench.folder / "another-seed"
    for _ in run_arms(Setting(capture=bench.capture, target="simulator", seed="another"), [ArmJob(role=CANDIDATE, out=out)]):
        pass
    return bench.verdict(out)


KINDS: dict[str, Callable[[Bench], Verdict]] = {
    "parameters in another order": _order,
    "lists spelled with places": _spelling,
    "other ids": _other_ids,
    "another time, offsets kept": _other_time,
    "another seed": _other_seed,
}


def _again(bench: Bench, name: str, change: Callable[[Exchange], Exchange]) -> Verdict:
    """Both arms on a recording that was turned as a whole."""
    folder = bench.folder / name
    turned = Bench(write(folder / "capture", map(change, open_capture(bench.capture).exchanges())), folder)
    return turned.verdict(turned.attempt(lambda call: call))


def _with(call: Call, params: dict[str, Any]) -> Call:
    request = msgspec.structs.replace(call.request, params=params)
    return Call(request, str(call.operation), recorded=call.recorded, chain=call.chain, stands_for=call.stands_for)


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _turned(child) for name, child in reversed(value.items())}
    return [_turned(child) for child in value] if isinstance(value, list) else value


def _numbered(value: Any) -> Any:
    """`items[0][price]` for `items[][price]`: a list as a hash of its places."""
    if isinstance(value, dict):
        return {name: _numbered(child) for name, child in value.items()}
    return {str(place): _numbered(child) for place, child in enumerate(value)} if isinstance(value, list) and value else value


def _walked(value: Any, leaf: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _walked(child, leaf) for name, child in value.items()}
    return [_walked(child, leaf) for child in value] if isinstance(value, list) else leaf(value)


def _renamed(value: Any) -> Any:
    return ID.sub(lambda found: f"{found.group()}Z9", value) if isinstance(value, str) else value


def _later(exchange: Exchange) -> Exchange:
    request, outcome = exchange.request, exchange.outcome
    return msgspec.structs.replace(
        exchange,
        at=None if exchange.at is None else exchange.at + _SHIFT,
        request=msgspec.structs.replace(request, params=_walked(request.params, _moved)),
        outcome=msgspec.structs.replace(outcome, body=_walked(outcome.body, _moved)),
    )


def _moved(value: Any) -> Any:
    if isinstance(value, int) and value in _TIMES:
        return value + _SHIFT
    return str(int(value) + _SHIFT) if isinstance(value, str) and value.isdigit() and int(value) in _TIMES else value
