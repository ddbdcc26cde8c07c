"""`make proof`: the long versions of `tests/proof`: every change to every call, every parameter, every cut. Writes docs/proof.md.

Ends with exit code 1 if anything does not hold; what does not is then on stderr and in the file.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.corpus import ROOT
from replayer.model import TargetError
from replayer.simulator.rules import claims_of, rules
from tests.proof.changes import changes_of
from tests.proof.corpus import ACCEPT_CALLS, CORPORA, Answers, Bench, Shelf, at
from tests.proof.cuts import Cutter, Halves, halves
from tests.proof.scenes import SCENES, VERSIONS, parameters, record, stage
from tests.proof.trials import Trial, attempt, complaints, unfounded

FILE = ROOT / "docs" / "proof.md"
GOAL_ROOTS = 1.2


def main() -> int:
    """Prove everything and write it down."""
    report: list[str] = [HEAD]
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor() as pool:
        if CORPORA.is_dir():
            shelf = Shelf(Path(folder))
            shared = functools.partial(_each, pool, shelf.whole, shelf.sources)
            report += no_change(shared, wrong)
            report += seeded({answers: shared(_seeded, answers) for answers in ("recorded", "perfect")}, wrong)
            report += cut({answers: shared(_cut, answers) for answers in ("recorded", "perfect")}, wrong)
        else:
            print(f"{CORPORA} is not here: what is proved on recordings is left out", file=sys.stderr)
        made = pool.map(_parameters, SCENES, [Path(folder) / f"scene-{number}" for number in range(len(SCENES))])
        report += of_parameters([trial for trials in made for trial in trials], wrong)
        report += claimed()
        report += stripe_mock(Path(folder) / "stripe-mock", wrong)
    report += ["## What does not hold", "", *([f"- {what}" for what in wrong] or ["Nothing that was tried."]), ""]
    FILE.write_text("\n".join(report))
    print("\n".join(report))
    print(*wrong, sep="\n", file=sys.stderr)
    return int(bool(wrong))


HEAD = """# What was tried to make the verdict lie

Written by `make proof`; the tests in `tests/proof` are a selection of it. *Recorded* is the corpora as Stripe answered them. *Perfect* is the
same calls as if Stripe had answered what the simulator does: a control that reproduces everything, so that no doubt about it can turn a wrong
green into *unknown*. Exit codes: 0 as intended, 1 divergence, 3 unknown. *Accepted* is with `--expect-calls`.
"""
PARAMETERS = """Every parameter that the catalogue lists, nested ones and one level of lists included, changed or added in {} small recordings made
by hand, which the simulator reproduces exactly. *Silent*: unknown because nothing differed but the parameter and its echo.
"""
INERT = """No test can show that nothing follows at Stripe: these claims rest on their sources.
"""
CUTS = """Every recording cut at every point, with no change and with every change to the first call left that writes. A slice stands on the states
that the recording shows before the cut, so that it may know what the whole does not; where both know, they must agree.
"""


def _each(pool: ProcessPoolExecutor, whole: Path, sources: list[str], job: Callable[..., list[Any]], answers: Answers) -> list[Any]:
    """Do a job for every source, in processes, in the sources' order."""
    futures = [pool.submit(job, whole, source, answers) for source in sources]
    return [item for future in futures for item in future.result()]


@contextmanager
def _bench(whole: Path, source: str, answers: Answers) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(dir=whole.parent) as folder:
        yield Shelf(Path(folder), whole).bench(source, answers)


def _seeded(whole: Path, source: str, answers: Answers) -> list[Trial]:
    with _bench(whole, source, answers) as bench:
        places = range(len(bench.calls))
        return [attempt(bench, source, place, change) for place in places for change in changes_of(bench.calls[place])]


def _unchanged(whole: Path, source: str, answers: Answers) -> list[tuple[int, int, int]]:
    with _bench(whole, source, answers) as bench:
        verdict = bench.verdict(bench.attempt(lambda call: call))
    return [(verdict.exit_code, len(verdict.findings), verdict.exchanges.total)]


def _cut(whole: Path, source: str, answers: Answers) -> list[Halves]:
    with _bench(whole, source, answers) as bench:
        return list(halves(Cutter(bench, source)))


def _parameters(name: str, folder: Path) -> list[Trial]:
    """Each parameter of a scene's operation in the first version that has it."""
    trials: dict[str, Trial] = {}
    for version in VERSIONS:
        bench = stage(folder / version, name, version)
        place, changes = parameters(bench, name)
        for change in changes:
            if change.name not in trials:
                trials[change.name] = attempt(bench, name, place, change)
    return list(trials.values())


# Tables


def no_change(shared: Callable[..., list[Any]], wrong: list[str]) -> Iterator[str]:
    """Nothing is found where nothing is changed."""
    yield from (
        "## No change",
        "",
        "Exit code 3: nothing in the recording could be judged, because the control knows no answer to any call of it.",
        "",
    )
    yield from _head("answers", "recordings", "calls", "findings", "exit codes")
    for answers in ("recorded", "perfect"):
        results = shared(_unchanged, answers)
        codes = Counter(code for code, _, _ in results)
        found = sum(findings for _, findings, _ in results)
        yield f"| {answers} | {len(results)} | {sum(calls for _, _, calls in results)} | {found} | {_codes(codes)} |"
        if found:
            wrong.append(f"no change, {answers}: {found} findings")
    yield ""


def seeded(trials: dict[Answers, list[Trial]], wrong: list[str]) -> Iterator[str]:
    """Every change to every call."""
    for answers, made in trials.items():
        wrong += [f"{answers}: {what}" for what in complaints(made, exact=answers == "perfect")]
    yield from ("## Seeded changes", "", "Every change to every call of every recording.", "")
    yield from _head("change", "tried", "found at its call", "roots each", "calls judged", "accepted: recorded", "accepted: perfect")
    kinds = sorted({trial.kind for made in trials.values() for trial in made})
    for kind in [*kinds, None]:
        of_kind = {answers: [trial for trial in made if kind in (None, trial.kind)] for answers, made in trials.items()}
        both = [trial for made in of_kind.values() for trial in made]
        yield f"| {kind or '**all**'} | {_figures(both)} | {_accepted(of_kind['recorded'])} | {_accepted(of_kind['perfect'])} |"
    everything = [trial for made in trials.values() for trial in made]
    if _mean(trial.roots for trial in everything) > GOAL_ROOTS:
        wrong.append(f"more than {GOAL_ROOTS} roots a change")
    yield from ("", "By operation; *shows* is what of the accepted change's consequences is a divergence, with perfect answers.", "")
    yield from _head("operation", "change", "the simulator says", "tried", "accepted: recorded", "accepted: perfect", "shows")
    keys = sorted({(trial.operation, trial.kind, _claims(trial)) for trial in everything})
    for operation, kind, claims in keys:
        of_key = {
            answers: [trial for trial in made if (trial.operation, trial.kind, _claims(trial)) == (operation, kind, claims)]
            for answers, made in trials.items()
        }
        shows = sorted({shown for trial in of_key["perfect"] for shown in trial.shows})
        tried = sum(map(len, of_key.values()))
        codes = f"{_accepted(of_key['recorded'])} | {_accepted(of_key['perfect'])}"
        yield f"| {operation} | {kind} | {claims} | {tried} | {codes} | {', '.join(shows)} |"
    yield ""


def of_parameters(trials: list[Trial], wrong: list[str]) -> Iterator[str]:
    """Every parameter of the operations that move money."""
    wrong += complaints(trials)
    empty = sorted(f"{operation}: {'.'.join(name)}" for operation, name in unfounded(trials))
    wrong += [f"{name} is called computed, and nothing ever follows from it" for name in empty]
    yield from ("## Parameters", "", PARAMETERS.format(len(SCENES)))
    yield from _head("operation", "the simulator says", "parameters", "accepted", "of these silent")
    for operation in sorted({trial.operation for trial in trials}):
        for claim in ("computed", "inert", "echoed"):
            mine = [trial for trial in trials if trial.operation == operation and trial.claims == {claim}]
            if mine:
                names = len({trial.change for trial in mine})
                yield f"| {operation} | {claim} | {names} | {_accepted(mine)} | {sum(trial.silent for trial in mine)} |"
    yield ""


def claimed() -> Iterator[str]:
    """What rests on Stripe's documentation alone: that nothing follows from a parameter."""
    yield from ("### Parameters that are called inert", "", INERT)
    yield from _head("source", "parameters", "operations")
    pairs = [(why, name, operation) for operation in sorted(rules()) for name, why in claims_of(operation).inert.items()]
    for source in sorted({why for why, _, _ in pairs}):
        names = sorted({name for why, name, _ in pairs if why == source})
        operations = {operation for why, _, operation in pairs if why == source}
        yield f"| {source} | {', '.join(names)} | {len(operations)} |"
    yield ""


def cut(cuts: dict[Answers, list[Halves]], wrong: list[str]) -> Iterator[str]:
    """Every recording cut at every point."""
    yield from ("## Cuts", "", CUTS)
    for answers, made in cuts.items():
        pairs = Counter(pair for half in made for pair in zip(half.whole, half.slice, strict=True))
        words = sorted({word for pair in pairs for word in pair})
        yield from (f"Calls by class, {answers}, {len(made)} pairs of runs:", "", *_head("in the whole ╲ in the slice", *words))
        yield from (f"| {whole} | {' | '.join(str(pairs[whole, other] or '') for other in words)} |" for whole in words)
        yield ""
        for half in made:
            said = [*half.contradictions, *(["green, and not in the whole"] if half.greener else [])]
            wrong += [f"{answers}: {half.source} cut at {half.cut}, {half.change}: {what}" for what in said]


def stripe_mock(folder: Path, wrong: list[str]) -> Iterator[str]:
    """One change among 500 calls on the real stripe-mock."""
    yield from ("## stripe-mock", "")
    calls = [("POST /v1/payment_intents", {"amount": str(1000 + number), "currency": "usd"}) for number in range(500)]
    try:
        bench = Bench(record(folder / "capture", calls), folder, target="stripe-mock")
    except TargetError as error:
        yield from (f"Not tried: {error.what}.", "")
        return
    yield from ("One call of 500 changed; stripe-mock computes nothing, so that nothing may be green.", "")
    yield from _head("change", "exit", "accepted", "matched", "diverged", "unknown")
    for name, value in (("nothing", None), ("amount", "7"), ("metadata[order]", "7"), ("capture_method", "manual")):
        arm = bench.attempt(at(250, lambda call, name=name, value=value: call if value is None else call.with_param(name, value)))
        plain, accepted = bench.verdict(arm), bench.verdict(arm, ACCEPT_CALLS)
        counts = plain.exchanges
        yield f"| {name} | {plain.exit_code} | {accepted.exit_code} | {counts.matched} | {counts.diverged} | {counts.unknown} |"
        if (value is None) != (plain.exit_code == 0) or (value is None) != (accepted.exit_code == 0):
            wrong.append(f"stripe-mock, {name} changed: exit {plain.exit_code} and {accepted.exit_code}")
    yield ""


def _head(*columns: str) -> tuple[str, str]:
    """The two lines that begin a table."""
    return f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"


def _figures(trials: list[Trial]) -> str:
    found = sum(trial.found for trial in trials) / len(trials)
    return f"{len(trials)} | {found:.1%} | {_mean(trial.roots for trial in trials):.2f} | {_mean(trial.judged for trial in trials):.0%}"


def _accepted(trials: list[Trial]) -> str:
    return _codes(Counter(trial.accepted for trial in trials))


def _codes(codes: Counter[int]) -> str:
    return " · ".join(f"{code} ×{count}" for code, count in sorted(codes.items()))


def _claims(trial: Trial) -> str:
    return " and ".join(sorted(trial.claims)) or "(whole call)"


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


if __name__ == "__main__":
    sys.exit(main())
