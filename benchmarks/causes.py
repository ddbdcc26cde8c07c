"""Write docs/causes.md: sixty seeded changes alone and in pairs, fifty null changes, and silent faults beside DeepDiff."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.corpus import CORPORA, ROOT
from benchmarks.fidelity import table
from replayer.model import Verdict
from tests.proof.causes import tried
from tests.proof.corpus import Shelf
from tests.proof.nulls import Null, nulls
from tests.proof.silent import FAULTS, equal_for_deepdiff, verdict_of

FILE = ROOT / "docs" / "causes.md"
TEXT = """# Causes

Made by `python -m benchmarks.causes` (part of `make proof`); the tests in `tests/proof/test_causes.py` hold it.

## Sixty seeded changes on the recordings, alone and in pairs
With `--expect-calls`. *Roots*: findings that have no cause among the others; goal 1.2 for each cause. *By hand*: the money that must move, worked out from the recorded answers alone; – where they do not tell.
{changes} changes with {causes} causes: {found} found at their call, {roots:.2f} roots a cause; {cents} judged on money to the cent, {wrong} on another sum.

{seeded}

## Fifty changes of which nothing may come
Five kinds on ten recordings. *Match* is how many calls match, *of* how many do without it.

{nulls}

## Faults that a naive comparison calls equal
An answer (or what happened) with a fault in it, in reach of a change that was accepted. DeepDiff was given both answers under each of five usual settings; named are those under which it sees no difference.

{silent}
"""


def main() -> int:
    """Try everything and write the page; 1 where something does not hold."""
    if not CORPORA.is_dir():
        print("not measured: the recorded corpora are not beside the checkout", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder, "shelf"))
        sixty, fifty = tried(shelf), list(nulls(shelf))
        verdicts = [verdict_of(fault, Path(folder, str(number))) for number, fault in enumerate(FAULTS)]
    causes = sum(len(one.changes) for one in sixty)
    found, roots = sum(one.found for one in sixty), sum(one.roots for one in sixty) / causes
    wrong = sum(one.is_wrong for one in sixty)
    FILE.write_text(TEXT.format(
        changes=len(sixty), causes=causes, found=found, roots=roots, wrong=wrong,
        cents=sum(one.is_right and bool(one.by_hand) for one in sixty),
        seeded=table([["changes", "found", "roots", "exit", "moved", "by hand"], *(
            ["; ".join(one.changes), f"{one.found} of {len(one.changes)}", one.roots, one.accepted, _money(one.moved), _money(one.by_hand)]
            for one in sixty
        )]),
        nulls=table([["kind", "recordings", "findings", "match", "of"], *_by_kind(fifty)]),
        silent=table([["fault", "equal for DeepDiff", "verdict", "found as"], *(
            [fault.name, ", ".join(equal_for_deepdiff(fault)) or "never", verdict.verdict, ", ".join(_shown(verdict))]
            for fault, verdict in zip(FAULTS, verdicts, strict=True)
        )]),
    ))  # fmt: skip
    holds = found == causes and not wrong and all(one.holds for one in fifty) and all(one.exit_code == 1 for one in verdicts)
    print(f"{found} of {causes} causes found, {roots:.2f} roots a cause, {sum(one.holds for one in fifty)} of {len(fifty)} nulls hold")
    return int(not holds)


def _money(sums: dict[str, int | None] | dict[str, int] | None) -> str:
    if sums is None:
        return "–"
    return ", ".join(f"{'unknown' if cents is None else f'{cents:+}'} {currency}" for currency, cents in sums.items()) or "0"


def _by_kind(fifty: list[Null]) -> list[list[object]]:
    kinds = Counter(one.kind for one in fifty)
    rows: list[list[object]] = []
    for kind, count in kinds.items():
        mine = [one for one in fifty if one.kind == kind]
        rows.append([kind, count, sum(one.findings for one in mine), sum(one.matched for one in mine), sum(one.expected for one in mine)])
    return rows


def _shown(verdict: Verdict) -> list[str]:
    return [f"{one.kind} {one.field or ''}".strip() for one in verdict.findings if not one.expected]


if __name__ == "__main__":
    sys.exit(main())
