"""The simulator computes: amounts in the recording that are replaced do not come back in its answers."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.capture.store import open_capture
from replayer.model import Exchange
from tests.leaves import leaves
from tests.proof.corpus import CONTROL, Bench, Shelf, write

_MONEY = ("amount", "total", "subtotal", "amount_due", "amount_paid", "amount_remaining", "amount_received", "amount_captured", "balance")
_PLANTED = 777_000_001


def _planted(value: Any, name: str = "") -> Any:
    """The same with another amount wherever an amount stands that no request sent."""
    if isinstance(value, dict):
        return {key: _planted(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [_planted(child, name) for child in value]
    return _PLANTED if name in _MONEY and isinstance(value, int) and not isinstance(value, bool) and value else value


def _written(exchange: Exchange) -> bool:
    return exchange.request.method != "GET" and exchange.outcome.status == 200


def _amounts(bench: Bench, wanted: set[str]) -> dict[str, list[tuple[str, Any]]]:
    found = {}
    for exchange in open_capture(bench.folder / CONTROL).exchanges():
        if exchange.replayed_from in wanted and exchange.outcome.body is not None:
            found[str(exchange.replayed_from)] = [
                (path, value) for path, value in leaves(exchange.outcome.body) if path.split(".")[-1] in _MONEY
            ]
    return found


def test_amounts_do_not_follow_the_recording(shelf: Shelf, tmp_path):
    """Only answers of calls that write are compared: what is read may be older than the recording, and then stands as it was seen."""
    compared = 0
    for number, source in enumerate(shelf.sources):
        bench = shelf.bench(source)
        written = {call.id for call in bench.calls if _written(call)}
        if not any(name in _MONEY for call in bench.calls if _written(call) for name in _names(call.outcome.body)):
            continue
        turned = [
            msgspec.structs.replace(call, outcome=msgspec.structs.replace(call.outcome, body=_planted(call.outcome.body)))
            if _written(call)
            else call
            for call in open_capture(bench.capture).exchanges()
        ]
        baseline = [item for one in open_capture(bench.capture).sources for item in open_capture(bench.capture).baseline(one.name)]
        other = Bench(write(tmp_path / str(number) / "capture", turned, baseline), tmp_path / str(number))
        one, two = _amounts(bench, written), _amounts(other, written)
        assert one == two, source
        assert not any(value == _PLANTED for amounts in two.values() for _, value in amounts), source
        compared += sum(map(len, one.values()))
    assert compared > 400


def _names(value: Any) -> set[str]:
    return {path.split(".")[-1] for path, _ in leaves(value)} if value is not None else set()
