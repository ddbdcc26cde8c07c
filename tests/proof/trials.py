"""Try a change on a recording and say where the verdict lies about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator

import msgspec

from replayer.model import Finding, Verdict
from replayer.simulator.rules import claims_of
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import Name, competence, param_name
from tests.proof.changes import Change
from tests.proof.corpus import ACCEPT_CALLS, Bench, at

Parameter = tuple[str, Name]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one change of one call.

    `claims` are what the target says of the parameters that differ, empty where the call itself does; `computed` are those that it computes.
    `plain` and `accepted` are the exit codes without expectation and with the candidate's own changes accepted; `found` is whether the plain
    verdict names the changed call at its own operation; `shows` are the kinds of divergence in answers, effects and money, the accepted echo
    left out; `unmade` is whether the control could not make the call; `unanswered` is whether only outcomes that the control does not know
    make the accepted verdict unknown; `silent` is whether nothing differs but the change itself and its
    echo, though the target claims to know.
    """

    source: str
    exchange: str
    operation: str
    change: str
    kind: str
    claims: frozenset[str]
    computed: frozenset[Parameter]
    plain: int
    accepted: int
    found: bool
    roots: int
    shows: tuple[str, ...]
    unmade: bool
    unanswered: bool
    silent: bool
    judged: float

    @property
    def where(self) -> str:
        """The change in words."""
        return f"{self.operation}: {self.change} ({self.source} {self.exchange}; {' '.join(sorted(self.claims)) or 'whole call'})"

    @property
    def inert(self) -> bool:
        """Whether the target says of everything that differs that nothing follows from it."""
        return self.claims == {"inert"}


def attempt(bench: Bench, source: str, place: int, change: Change) -> Trial:
    """Make a change at one place of a source and judge it both ways."""
    exchange = bench.calls[place]
    operation = match(exchange.request.method, exchange.request.path).name
    claims = {name: competence(claims_of(operation), name) for name in change.params}
    arm = bench.attempt(at(place, change.become))
    plain, accepted = bench.verdict(arm), bench.verdict(arm, ACCEPT_CALLS)
    shutil.rmtree(arm)
    return Trial(
        source=source,
        exchange=exchange.id,
        operation=operation,
        change=change.name,
        kind=change.kind,
        claims=frozenset(claims.values()),
        computed=frozenset((operation, param_name(name)) for name, claim in claims.items() if claim == "computed"),
        plain=plain.exit_code,
        accepted=accepted.exit_code,
        found=_found(plain, operation, exchange.id),
        roots=sum(finding.cause is None for finding in plain.findings),
        shows=_shows(accepted),
        unmade=exchange.id not in bench.made,
        unanswered=_only(accepted, _unanswered),
        silent=_only(accepted, _silent),
        judged=plain.judged.calls,
    )


def _found(verdict: Verdict, operation: str, exchange: str) -> bool:
    return any(
        finding.kind.startswith("call.") and (finding.operation, finding.cause, finding.examples) == (operation, None, [exchange])
        for finding in verdict.findings
    )


def _shows(verdict: Verdict) -> tuple[str, ...]:
    kinds = {finding.kind for finding in verdict.findings if finding.judgement == "divergence" and not finding.expected}
    return tuple(sorted(kinds))


def _unexpected(verdict: Verdict) -> list[Finding]:
    """What makes a verdict unknown; nothing where it is not."""
    return [finding for finding in verdict.findings if not finding.expected] if verdict.exit_code == 3 else []


def _unanswered(finding: Finding) -> bool:
    return (finding.reason or "").startswith("unknown: ")


def _silent(finding: Finding) -> bool:
    """Whether a finding says only that nothing differs, and not that the target cannot know."""
    cannot = _unanswered(finding) or "only echoes" in (finding.reason or "")
    return finding.control == finding.candidate and not cannot


def _only(verdict: Verdict, said: Callable[[Finding], bool]) -> bool:
    unexpected = _unexpected(verdict)
    return bool(unexpected) and all(map(said, unexpected))


def complaints(trials: Iterable[Trial], *, exact: bool = True) -> list[str]:
    """Every way in which verdicts on changes lie. Where the control is not `exact`, what is inert may be unknown: Stripe answered otherwise."""
    return [f"{trial.where}: {what}" for trial in trials for what in _complaints(trial, exact=exact)]


def _complaints(trial: Trial, *, exact: bool) -> Iterator[str]:
    if trial.plain != 1 and not (trial.plain == 3 and trial.unmade):
        yield f"exit {trial.plain} where nothing is expected"
    if not trial.found:
        yield "the changed call is not found at its operation"
    if trial.inert and trial.accepted != 0 and not trial.unanswered and (exact or trial.shows):
        yield f"exit {trial.accepted}, though it is inert"
    if trial.accepted == 0 and not trial.inert:
        yield "exit 0, though it is not inert"


def unfounded(trials: Iterable[Trial]) -> set[Parameter]:
    """The parameters that are called computed, and whatever becomes of them nothing follows."""
    listed = [trial for trial in trials if trial.claims == {"computed"}]
    founded = {parameter for trial in listed if not trial.silent for parameter in trial.computed}
    return {parameter for trial in listed for parameter in trial.computed} - founded


__all__ = ["Parameter", "Trial", "attempt", "complaints", "unfounded"]
