"""Stripe's event JSON, in the guises that occur."""

import json
from pathlib import Path
from typing import Any

import pytest

from replayer.capture.importers import Problem
from replayer.capture.importers.stripe_events import StripeEvents
from replayer.model import Exchange, InputError, Outcome


def an_event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"evt_A1b2C3d{number}", "object": "event", "api_version": "2020-08-27", "created": 1600000000 + number, "type": "charge.succeeded",
        "data": {"object": {"id": "ch_A1b2C3d4", "object": "charge"}}, **changes,
    }  # fmt: skip


def read(tmp_path: Path, text: str) -> list[Exchange | Problem]:
    file = tmp_path / "events.json"
    file.write_text(text)
    assert StripeEvents().recognises(file, file.read_bytes())
    return list(StripeEvents().read(file))


def ids(found: list[Exchange | Problem]) -> list[str]:
    return [exchange.request.params["id"] for exchange in found if isinstance(exchange, Exchange)]


def test_an_event_becomes_an_exchange_of_the_webhook_lane(tmp_path: Path) -> None:
    (exchange,) = read(tmp_path, json.dumps(an_event(1, account="acct_A1b2C3d4"), indent=2))
    assert isinstance(exchange, Exchange)
    assert exchange.lane == "webhook"
    assert (exchange.request.method, exchange.request.path, exchange.request.encoding) == ("POST", "/", "json")
    assert exchange.request.params == an_event(1, account="acct_A1b2C3d4")
    assert (exchange.request.version, exchange.request.account) == ("2020-08-27", "acct_A1b2C3d4")
    assert exchange.outcome == Outcome(error="not recorded")
    assert exchange.at == 1600000001.0


@pytest.mark.parametrize("join", ["[{}]", '{{"object": "list", "data": [{}]}}', '{{"data": [{}]}}'])
def test_arrays_and_lists_give_an_event_each(tmp_path: Path, join: str) -> None:
    text = ",".join(json.dumps(an_event(number)) for number in (1, 2, 3))
    assert ids(read(tmp_path, join.format(text))) == ["evt_A1b2C3d1", "evt_A1b2C3d2", "evt_A1b2C3d3"]


def test_a_list_of_stripes_own_is_newest_first_and_is_turned_round(tmp_path: Path) -> None:
    text = json.dumps({"object": "list", "data": [an_event(2), an_event(1)]})
    assert ids(read(tmp_path, text)) == ["evt_A1b2C3d1", "evt_A1b2C3d2"]
    assert ids(read(tmp_path, json.dumps([an_event(2), an_event(1)]))) == ["evt_A1b2C3d2", "evt_A1b2C3d1"]


def test_json_lines_are_read_line_by_line_and_a_broken_one_is_named(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(an_event(number)) for number in (2, 1)) + "\n\n"
    assert ids(read(tmp_path, lines)) == ["evt_A1b2C3d2", "evt_A1b2C3d1"]
    with pytest.raises(InputError) as error:
        read(tmp_path, lines + '{"id": ')
    assert (error.value.place or "").endswith("events.json:4:8")


def test_a_thin_event_is_an_event(tmp_path: Path) -> None:
    thin = {
        "id": "evt_test_A1b2C3d4",
        "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered",
        "created": "2020-09-13T12:26:41.000Z",
    }
    (exchange,) = read(tmp_path, json.dumps(thin))
    assert isinstance(exchange, Exchange)
    assert exchange.at == 1600000001.0


def test_what_is_no_event_is_a_problem_and_a_torn_file_an_error(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps([an_event(1), {"object": "charge"}]))
    assert found[1] == Problem("event 2", "this is not an event object")
    with pytest.raises(InputError, match="broken JSON"):
        read(tmp_path, json.dumps(an_event(1), indent=2)[:-10])
    with pytest.raises(InputError, match="neither an event nor a list"):
        read(tmp_path, '{"object": "charge", "nested": {"object": "event"}}')
