"""Each worked example comes out at its cents; the book is as large as it says, and a wrong cent is found out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.worked import cycles, modes, prices, reductions
from tests.worked.book import BOOK, Example

CHAPTERS = (cycles, modes, prices, reductions)  # they enter their examples


@pytest.mark.parametrize("example", BOOK, ids=lambda one: one.name)
def test_it_comes_out_at_its_cents(example: Example):
    assert _plain(example.run()) == _plain(example.figures)


def test_the_book_holds_what_is_asked_of_it():
    names = [example.name for example in BOOK]
    assert len(BOOK) == len(set(names)) >= 60
    assert sum(example.later for example in BOOK) >= 15
    assert sum(example.stated for example in BOOK) >= 15


def test_a_simulator_that_bills_a_cent_more_fails_every_example_of_tiers(monkeypatch: pytest.MonkeyPatch):
    from replayer.simulator import prices as rule

    right = rule.rounded
    monkeypatch.setattr(rule, "rounded", lambda amount: right(amount) + 1)
    wrong = [example.name for example in BOOK if example.rule == "tiers" and _plain(example.run()) == _plain(example.figures)]
    assert wrong == []


def _plain(figures: Any) -> Any:
    return msgspec.to_builtins(figures, builtin_types=())
