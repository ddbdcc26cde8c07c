"""Run the book of worked examples and write docs/worked-examples.md: by rule, what each must come to, whose cents these are, and whether it does."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import msgspec

from benchmarks.corpus import ROOT
from tests.worked import cycles, modes, prices, reductions
from tests.worked.book import BOOK, Example

FILE = ROOT / "docs" / "worked-examples.md"
CHAPTERS = (cycles, modes, prices, reductions)
TEXT = """# Worked examples

What customers are billed, by the pages of Stripe that say so. *stated*: the page gives the cents. *by hand*: they follow from the rule on the page, and the example shows the sum (`tests/worked`).
*later*: the effect lies after the last call, at a renewal, a trial's end, a discount's expiry. Made by `python -m benchmarks.worked_examples` (part of `make proof`); each is a test as well.

{count} examples, {later} of them later, {stated} stated; {right} come out at their cents.

| rule | examples | come out |
|---|---|---|
{rules}

| rule | example | cents | by | page | comes out |
|---|---|---|---|---|---|
{rows}
"""


def plain(value: Any) -> Any:
    """Tuples as lists."""
    return msgspec.to_builtins(value)


def row(example: Example, found: Any) -> str:
    """One example as a row."""
    name = f"{example.work.__name__.replace('_', ' ')}{', later' if example.later else ''}"
    verdict = "yes" if plain(found) == plain(example.figures) else f"**no: {found}**"
    return f"| {example.rule} | {name} | {plain(example.figures)} | {'page' if example.stated else 'hand'} | {example.page} | {verdict} |"


def main() -> int:
    """Run all, write the page; 1 where one does not come out."""
    found = [(example, example.run()) for example in BOOK]
    right = Counter(example.rule for example, figures in found if plain(figures) == plain(example.figures))
    every = Counter(example.rule for example in BOOK)
    rules = "\n".join(f"| {rule} | {count} | {right[rule]} |" for rule, count in every.items())
    rows = "\n".join(row(example, figures) for example, figures in found)
    later, stated = sum(one.later for one in BOOK), sum(one.stated for one in BOOK)
    FILE.write_text(TEXT.format(count=len(BOOK), later=later, stated=stated, right=right.total(), rules=rules, rows=rows))
    print(f"{right.total()} of {len(BOOK)} worked examples come out")
    return int(right.total() != len(BOOK))


if __name__ == "__main__":
    sys.exit(main())
