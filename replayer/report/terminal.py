"""The verdict for people: gates, findings worst money first, effects, money, and the verdict as the last line."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any, TextIO

from replayer.diff.verdict import FAILED, UNTESTED
from replayer.model import Amounts, Finding, Money, Verdict
from replayer.report import assumed
from replayer.report.bills import in_line, mrr
from replayer.stripeapi.amounts import format_amount

_MOST_CAUSES, _MOST_FOLLOWERS, _MOST_BILLS, _MOST_NOISE = 12, 6, 8, 6
_WORDS = {
    "divergence": "divergence",
    "unknown": "could not judge",
    "match": "match",
    "as_intended": "as intended",
    "empty": "nothing to judge",
}
_COLOURS = {"divergence": "31", "unknown": "33", "match": "32", "as_intended": "32", "empty": "33"}


def in_colour(stream: TextIO) -> bool:
    """Whether a stream wants colour."""
    return stream.isatty() and "NO_COLOR" not in os.environ


def report(verdict: Verdict, *, seconds: float | None = None, colour: bool = False) -> str:
    """The whole report."""
    return "\n".join(report_lines(verdict, seconds=seconds, colour=colour)) + "\n"


def report_lines(verdict: Verdict, *, seconds: float | None = None, colour: bool = False) -> Iterator[str]:
    """The report's lines."""
    if verdict.gates:
        marks = (
            f"– {gate.gate} (nothing to judge)" if gate.value == "nothing to judge"
            else f"✓ {gate.gate}" if gate.passed else f"✗ {gate.gate}{_gate_value(gate.value)}" for gate in verdict.gates
        )  # fmt: skip
        yield "GATES     " + "   ".join(marks)
    for note in verdict.notes:
        if note.startswith(FAILED):
            yield f"FAILED    {note}"
    yield from _findings(verdict)
    if verdict.effects:
        yield "EFFECTS   " + " · ".join(
            f"{name} " + " ".join(f"{'+' if sign == 'extra' else '−'}{count}" for sign, count in counts.items())
            for name, counts in verdict.effects.items()
        )
    yield from _money(verdict)
    yield from _bills(verdict)
    yield from _noise(verdict)
    for position, line in enumerate(assumed.lines(verdict.assumed)):
        yield ("ASSUMED   " if position == 0 else " " * 10) + line
    yield f"CONTROL   reached {verdict.control.reached:.1%} · reproduced {verdict.control.reproduced:.1%} of the recorded statuses" + (
        f" and {verdict.control.fields:.1%} of the fields" if verdict.control.fields is not None else ""
    )
    for note in verdict.notes:
        if not note.startswith(FAILED):
            yield f"NOTE      {note}"
    last = last_line(verdict, seconds=seconds)
    yield f"\033[1;{_COLOURS[verdict.verdict]}m{last}\033[0m" if colour else last


def last_line(verdict: Verdict, *, seconds: float | None = None) -> str:
    """The verdict in one line; what must not be overlooked stands in it."""
    counts = verdict.exchanges
    open_findings = [finding for finding in verdict.findings if not finding.expected]
    roots = sum(finding.judgement == "divergence" for finding in open_findings)
    parts = []
    if roots:
        parts.append(f"{roots} finding{'s' if roots != 1 else ''}")
    parts.append(f"{counts.matched:,} of {counts.total:,} calls match")
    for name in ("unknown", "carried_over", "skipped"):
        count = getattr(counts, name)
        if count:
            parts.append(f"{count:,} {name.replace('_', ' ')}")
    parts += _unknown_columns(verdict.money)
    if verdict.judged.money is not None:
        parts.append(f"{verdict.judged.money:.0%} of the money judged")
    if verdict.candidate.asked_version:
        tested = ", as they were recorded: nothing was tested" if any(UNTESTED in note for note in verdict.notes) else ""
        parts.append(f"the same calls in API version {verdict.candidate.asked_version}{tested}")
    elif not verdict.candidate.calls_changed:
        share = verdict.control.fields
        parts.append("no call changed: nothing was tested" + (f"; control reproduces {_control(verdict)}" if share is not None else ""))
    if verdict.origin != "api.stripe.com":
        parts.append(f"recorded from {verdict.origin}: proves nothing about Stripe")
    if seconds is not None:
        parts.append(f"in {seconds:.1f} s")
    return f"========== {_WORDS[verdict.verdict]}: {'; '.join(parts)} =========="


def _control(verdict: Verdict) -> str:
    fields = f"{_down(verdict.control.fields or 0)} of the fields"
    return fields if verdict.control.reproduced == 1 else f"{_down(verdict.control.reproduced)} of the statuses and {fields}"


def _down(share: float) -> str:
    """A share in per cent, never rounded up: 100 % is all of it."""
    return f"{math.floor(share * 1000) / 10:g}%"


def _gate_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return f" ({', '.join(f'{name} {amount}' for name, amount in value.items() if amount) or 'unknown'})"
    return f" ({value:.1%})" if isinstance(value, float) else f" ({value})"


def _unknown_columns(money: dict[str, Money]) -> Iterator[str]:
    """The columns that are not known, those of the same currencies together."""
    columns: dict[tuple[str, ...], list[str]] = {}
    for name in ("moved", "committed", "next_bill", "moved_to_horizon"):
        currencies = tuple(currency for currency, sums in money.items() if getattr(sums, name) is None)
        columns.setdefault(currencies, []).append(name.replace("_", " "))
    for currencies, names in columns.items():
        if currencies:
            yield f"{', '.join(names)} in {', '.join(currencies)} unknown"


def _findings(verdict: Verdict) -> Iterator[str]:
    """Causes, the most money first, and under each what follows from it."""
    followers: dict[str, list[Finding]] = {}
    known = {finding.id for finding in verdict.findings}
    causes = []
    for finding in verdict.findings:
        if finding.cause in known and finding.cause is not None:
            followers.setdefault(finding.cause, []).append(finding)
        else:
            causes.append(finding)
    causes.sort(key=lambda cause: (cause.expected and all(item.expected for item in followers.get(cause.id, ())), -_size(cause)))
    for position, cause in enumerate(causes[:_MOST_CAUSES]):
        yield ("FINDINGS  " if position == 0 else " " * 10) + _line(cause)
        yield from _detail(cause, " " * 14)
        below = sorted(followers.get(cause.id, []), key=_first_of_all)
        for finding in below[:_MOST_FOLLOWERS]:
            yield f"{' ' * 12}└ {_line(finding)}{_change(finding)}"
            if finding.reason and finding.reason != cause.reason:
                yield f"{' ' * 16}{finding.reason}"
        if len(below) > _MOST_FOLLOWERS:
            yield f"{' ' * 12}└ … and {len(below) - _MOST_FOLLOWERS} more places (--format json lists all)"
    if len(causes) > _MOST_CAUSES:
        yield f"{' ' * 10}… and {len(causes) - _MOST_CAUSES} more (--format json lists all)"


def _first_of_all(finding: Finding) -> int:
    """What explains the rest stands first: that a call was refused, and why."""
    return 0 if finding.kind == "status" else 1 if finding.field == "error.message" else 2


def _size(finding: Finding) -> int:
    return sum(abs(amount) for amount in finding.money.values())


def _line(finding: Finding) -> str:
    word = "(expected)" if finding.expected else {"divergence": "", "unknown": "unknown", "carried_over": "carried over"}[finding.judgement]
    money = "  ".join(format_amount(amount, currency, signed=True) for currency, amount in finding.money.items())
    what = " ".join(part for part in (finding.operation, finding.field) if part)
    first = f"first: {finding.examples[0]}" if any(finding.examples) else ""
    parts = [f"{finding.kind:<15}", what, f"×{finding.count}", money, first, word]
    return "  ".join(part for part in parts if part)


def _change(finding: Finding) -> str:
    return "" if finding.control == finding.candidate else f"   {_value(finding.control)} → {_value(finding.candidate)}"


def _detail(finding: Finding, indent: str) -> Iterator[str]:
    if isinstance(finding.control, dict) and isinstance(finding.candidate, dict):
        from replayer.diff.wording import word

        yield from (indent + line for line in word(finding.control, finding.candidate))
    elif finding.control != finding.candidate:
        yield indent + _change(finding).strip()
    if finding.reason:
        yield indent + finding.reason
    if finding.customers:
        yield indent + f"customers: {', '.join(finding.customers[:4])}" + (" …" if len(finding.customers) > 4 else "")


def _value(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:60] + "…"


def _money(verdict: Verdict) -> Iterator[str]:
    money = verdict.money
    if not money:
        return
    yield f"MONEY     {'':<5}{'moved':>16}{'committed':>16}{'next bill':>16}   (candidate minus control)"
    for currency, columns in money.items():
        cells = (_cell(getattr(columns, name), currency) for name in ("moved", "committed", "next_bill"))
        deltas = [sums.get(currency, 0) for sums in verdict.customers.values()]
        more, less = sum(delta > 0 for delta in deltas), sum(delta < 0 for delta in deltas)
        who = f"   ({more} customers pay more, {less} less)" if more or less else ""
        yield f"          {currency:<5}" + "".join(f"{cell:>16}" for cell in cells) + who


def _bills(verdict: Verdict) -> Iterator[str]:
    bills = verdict.bills
    if not bills.customers:
        return
    unknown = f", of {bills.unknown} it is not known" if bills.unknown else ""
    yield f"NEXT BILL {bills.changed} of {bills.customers} customers in reach are billed otherwise{unknown}"
    for row in bills.largest[:_MOST_BILLS]:
        yield f"          {in_line(row)}"
    if bills.changed > _MOST_BILLS:
        yield f"          … and {bills.changed - _MOST_BILLS} more (`replayer bills RUN` lists all)"
    for currency, amounts in bills.recurring.items():
        yield f"MRR       {mrr(currency, amounts)}"


def _noise(verdict: Verdict) -> Iterator[str]:
    hidden = [place for place in verdict.noise if place.count]
    for position, place in enumerate(hidden[:_MOST_NOISE]):
        known = "two controls differ here" if place.measured else f"learned before, until {place.expires}"
        yield ("NOISE     " if position == 0 else " " * 10) + f"{place.operation} {place.field}  ×{place.count}  {known}"
    if len(hidden) > _MOST_NOISE:
        yield f"{' ' * 10}… and {len(hidden) - _MOST_NOISE} more places (--format json lists all)"


def _cell(amounts: Amounts | None, currency: str) -> str:
    if amounts is None:
        return "unknown"
    return format_amount(amounts.delta, currency, signed=True, name=False) if amounts.delta else "0"
