"""Gates: conditions on the result, written as `money == 0` or `judged.money >= 95 %`."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from replayer.model import Gate, InputError, Verdict

_GATE = re.compile(r"\s*([a-z_.]+)\s*(==|<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*(%?)\s*$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_COLUMNS = ("moved", "committed", "next_bill")


def _shares(verdict: Verdict) -> dict[str, float | None]:
    return {
        "judged.calls": verdict.judged.calls,
        "judged.money": verdict.judged.money,
        "control.reached": verdict.control.reached,
        "control.reproduced": verdict.control.reproduced,
    }


NAMES = (
    "judged.calls",
    "judged.money",
    "control.reached",
    "control.reproduced",
    "money",
    *(f"money.{name}" for name in _COLUMNS),
    "findings",
    "changed",
)


def parse_gate(text: str) -> tuple[str, Callable[[Any, Any], bool], float]:
    """Read a gate into its name, comparison and bound."""
    found = _GATE.match(text)
    if not found or found[1] not in NAMES:
        raise InputError(f"no gate reads {text!r}", hint=f"write NAME OP NUMBER, where NAME is one of {', '.join(NAMES)}")
    return found[1], _COMPARE[found[2]], float(found[3]) / (100 if found[4] else 1)


def _by_payer(verdict: Verdict) -> dict[str, int]:
    return {
        f"{currency} of {payer or 'nobody named'}": amount for payer, sums in verdict.customers.items() for currency, amount in sums.items()
    }


def _by_customer(verdict: Verdict, columns: tuple[str, ...]) -> dict[str, int]:
    """Of how many customers a column of what is to come differs, by currency."""
    said = {"committed": "committed", "next_bill": "next bill"}
    fields = {
        f"{said[column]} {currency}": f"{currency}.{column}, customers"
        for column in columns
        if column in said
        for currency in verdict.money
    }
    found = Counter[str]()
    for finding in verdict.findings:
        if finding.kind == "effect.changed" and finding.field in fields:
            found[fields[finding.field]] += finding.count
    return dict(found)


def check_gate(text: str, verdict: Verdict) -> Gate:
    """Check one gate. Money gates look at the difference in every currency; one that is unknown fails as not judged."""
    name, compare, bound = parse_gate(text)
    shares = _shares(verdict)
    if name in shares:
        share = shares[name]
        if share is None:
            return Gate(gate=text, passed=True, kind="judged", value="nothing to judge")
        return Gate(gate=text, passed=compare(share, bound), kind="judged", value=share)
    if name == "changed":
        changed = verdict.candidate.calls_changed
        return Gate(gate=text, passed=compare(changed, bound), kind="judged", value=changed)
    if name == "findings":
        count = sum(not finding.expected and finding.judgement == "divergence" for finding in verdict.findings)
        return Gate(gate=text, passed=compare(count, bound), value=count)
    columns = _COLUMNS if name == "money" else (name.partition(".")[2],)
    deltas = {f"{currency}.{column}": getattr(money, column) for currency, money in verdict.money.items() for column in columns}
    known = {place: amounts.delta for place, amounts in deltas.items() if amounts is not None}
    if compare is operator.eq and bound == 0:  # what one pays more and another less is no zero
        known |= _by_payer(verdict) if "moved" in columns else {}
        known |= _by_customer(verdict, columns)
    if any(not compare(delta, bound) for delta in known.values()):
        return Gate(gate=text, passed=False, value=known)
    told = all(amounts is not None for amounts in deltas.values()) and not (not deltas and verdict.verdict == "unknown")
    return Gate(gate=text, passed=told, kind="judged", value=known)
