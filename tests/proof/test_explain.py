"""`explain` on the invoices of the recordings and of a generated month: every line with its amount and rule, and whether it is reproduced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replayer.capture.store import open_capture
from replayer.report.explain import explain
from replayer.runs import RunSpec, execute
from replayer.stripeapi.amounts import format_amount
from tests.proof.month import record, subscribers

NOT_REPRODUCED = {"in_1SRzodKXBGcbgpbZ8jaGU6E4"}  # made before its recording begins


def invoices(capture: Path) -> dict[str, dict[str, Any]]:
    """The last state that a capture shows of each invoice with its lines."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in open_capture(capture).exchanges():
        found.update((str(one["id"]), one) for one in _within(exchange.outcome.body))
    return found


def _within(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("object") == "invoice" and value.get("id") and (value.get("lines") or {}).get("data"):
            yield value
        for child in value.values():
            yield from _within(child)
    elif isinstance(value, list):
        for child in value:
            yield from _within(child)


def told(run: Path, identifier: str, invoice: dict[str, Any]) -> str:
    """What is explained of an invoice, once each of its lines was found in it with its amount."""
    text = list(explain(run, identifier))
    for number, line in enumerate(invoice["lines"]["data"], 1):
        place = next(place for place, one in enumerate(text) if one.strip().startswith(f"{number}. "))
        assert format_amount(line["amount"], invoice["currency"], name=False) in text[place]
        assert (line.get("description") or "") in text[place]
        assert text[place + 1].strip().startswith(("price × quantity", "proration", "an amount of its own", "not price × quantity"))
        if "price × quantity: " in text[place + 1]:
            assert f"= {line['amount']}," in text[place + 1]
    return next(one.strip() for one in text if "reproduced" in one)


@pytest.fixture(scope="module")
def of_recordings(shelf, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("explain") / "run"
    list(execute(RunSpec(capture=shelf.whole, out=run)))
    return run


def test_every_invoice_of_the_recordings_is_explained_and_reproduced(shelf, of_recordings):
    found = invoices(shelf.whole)
    assert len(found) >= 10
    wrong = {name for name, invoice in found.items() if told(of_recordings, name, invoice) != "reproduced by the control, line by line"}
    assert wrong == NOT_REPRODUCED
    assert told(of_recordings, *next(iter(found.items()))).startswith("reproduced")


def test_ten_invoices_of_a_month_are_explained_and_reproduced(tmp_path):
    capture, _ = record(tmp_path / "capture", subscribers(20))
    list(execute(RunSpec(capture=capture, out=tmp_path / "run", jobs=1)))
    found = list(invoices(capture).items())
    assert len(found) >= 10
    assert {told(tmp_path / "run", name, invoice) for name, invoice in found[:10]} == {"reproduced by the control, line by line"}
