"""The simulator computes: amounts in the recording that are replaced do not come back in its answers."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.capture.store import open_capture
from replayer.model import Exchange, World
from tests.leaves import leaves
from tests.proof.corpus import CONTROL, Bench, Shelf, write
from tests.worlds import ACME, BASELINE, CUSTOMER, FEES, GERMAN, TAXED, answers, pay, played

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


# --- through the world

_SHOP = World(issuers=answers("yes", "no", "yes", "yes"), accounts=[ACME], taxes=[GERMAN], fees=[FEES])
_SALES = [
    *TAXED,
    pay(100, 700, capture_method="automatic"),
    pay(200, 12345, capture_method="automatic"),
    pay(300, 5000, capture_method="automatic"),
    (400, "GET /v1/invoices", {"customer": CUSTOMER}),
]


def test_amounts_do_not_follow_the_recording_through_the_world(tmp_path):
    """All amounts of all answers are replaced: who is charged what, its tax and whether it is declined stay, and no fee follows them."""
    calls = played(_SHOP, _SALES)
    turned = [
        msgspec.structs.replace(call, outcome=msgspec.structs.replace(call.outcome, body=_planted(call.outcome.body))) for call in calls
    ]
    assert turned != calls
    arms = []
    for name, recording in (("one", calls), ("two", turned)):
        bench = Bench(write(tmp_path / name / "capture", recording, BASELINE), tmp_path / name)
        arms.append(list(open_capture(bench.folder / CONTROL).exchanges()))
    for one, two in zip(*arms, strict=True):
        assert one.outcome.status == two.outcome.status
        places = [dict(leaves(call.outcome.body)) for call in (one, two)]
        money = [{path: value for path, value in found.items() if _follows(path)} for found in places]
        assert money[0] == money[1]
        assert _PLANTED not in places[1].values()
    assert arms[0][0].outcome.body["latest_invoice"]["total"] == 3689


def _follows(path: str) -> bool:
    """Places of money; fees go by the list price where no schedule fits what was replaced."""
    return path.split(".")[-1] in _MONEY and "fee" not in path


def test_a_rate_that_is_stated_is_followed(tmp_path):
    """The one way in which the recording decides: it states another rate, and what that comes to is computed."""
    calls = played(_SHOP, _SALES)
    turned = [
        msgspec.structs.replace(call, outcome=msgspec.structs.replace(call.outcome, body=_lower(call.outcome.body))) for call in calls
    ]
    bench = Bench(write(tmp_path / "capture", turned, BASELINE), tmp_path)
    first = next(open_capture(bench.folder / CONTROL).exchanges()).outcome.body["latest_invoice"]
    assert (first["total"], first["subtotal"]) == (3100 + 217, 3100)


def _lower(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _lower(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [_lower(child, name) for child in value]
    return 7.0 if name in ("percentage", "effective_percentage") else value
