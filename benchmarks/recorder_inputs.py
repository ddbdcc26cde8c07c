"""Ten thousand malformed files at the importers, and canaries on every way into a capture. Writes docs/recorder-inputs.md.

Ends with exit code 1 if an import ends in a traceback or grows, if a canary is found on the disk, or if a rule of redaction is not needed.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.corpus import ROOT
from tests.proof.canaries import HIDDEN, RULES, TRACELESS, leaks, pipeline, record_live
from tests.proof.malformed import feed

FILE = ROOT / "docs" / "recorder-inputs.md"
COUNT = 10_000
MEMORY_KB = 100 << 10
WORDS = ("read", "problem", "error", "nothing in it", "failure")
TEXT = """# What importers and redaction are given to break

Written by `make proof`.

## Malformed files

{count} files, sound ones wounded at one to four places: bytes cut out, doubled, flipped, something alien put in, another JSON value. In half of them
the file as a whole, in the others what stands in it. *Read*: the wound did not matter, or fell on a value. *Problem*: a counted drop, named with its
place. *Error*: the file as a whole cannot be read, with its place. *Failure*: a traceback, or a value of the file in the capture or in what was said of it.

| what was broken | {head} |
|---|---|---|---|---|---|
{rows}

Memory grown by {grown} MB, from the first file on.

## Canaries

{canaries} texts in headers, queries, forms, JSON, multipart bodies, error texts, unknown fields and names, webhooks, the user's own traffic and what a
snapshot reads, through import, record (its addon here, and a recorder that runs), redact, merge, slice and snapshot. {traceless} of them may not leave
a pseudonym either. Found in any byte on the disk: **{found}**.

Each rule of redaction was switched off in turn, and the same was looked for:

| without the rule that | canaries found |
|---|---|
{rules}
"""


def main(count: int = COUNT) -> int:
    """Feed, look, and write it down."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fed = feed(range(count), folder)
        live = record_live(folder / "live")
        found = leaks(pipeline(_empty(folder / "whole"))) | leaks([folder / "live"])
        without = {rule: _without(rule, _empty(folder / f"rule-{number}")) for number, rule in enumerate(RULES)}
    kinds = {**fed.by_kind, "all": sum(fed.by_kind.values(), Counter())}
    FILE.write_text(
        TEXT.format(
            count=f"{count:,}", head=" | ".join(WORDS), grown=fed.peak_growth_kb >> 10, canaries=len(HIDDEN) + len(TRACELESS),
            traceless=len(TRACELESS), found=len(found), rows="\n".join(_row(kind, words) for kind, words in kinds.items()),
            rules="\n".join(f"| {rule} | {len(names)} |" for rule, names in without.items()),
        )
    )  # fmt: skip
    print(FILE.read_text(), *fed.failures, *found, sep="\n")
    useless = [rule for rule, names in without.items() if not names]
    return int(bool(fed.failures or found or useless or not live) or fed.peak_growth_kb > MEMORY_KB)


def _row(kind: str, words: Counter[str]) -> str:
    return f"| {kind} | {' | '.join(str(words[word]) for word in WORDS)} |"


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _without(rule: str, folder: Path) -> set[str]:
    with pytest.MonkeyPatch.context() as patch:
        RULES[rule](patch)
        return leaks(pipeline(folder))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
