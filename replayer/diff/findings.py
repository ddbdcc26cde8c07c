"""Group divergences into findings: one kind at one place of one operation with one cause. Grows by findings, not by divergences."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from replayer.model import Divergence, Finding

_EXAMPLES, _CUSTOMERS = 3, 20
_TEXT = 200


class Group(msgspec.Struct):
    """The divergences of one finding, as they come in."""

    first: Divergence
    count: int
    examples: list[str]
    money: Counter[str]
    customers: dict[str, None]


class Findings:
    """The findings of a diff; those of several sources are joined with `merge`."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._renamed: dict[str, str] = {}

    def add(self, divergence: Divergence) -> str:
        """Add a divergence and return the id of its finding."""
        name = finding_id(divergence)
        group = self.groups.get(name)
        if group is None:
            group = self.groups[name] = Group(divergence, 0, [], Counter(), {})
        group.count += 1
        if len(group.examples) < _EXAMPLES:
            group.examples.append(divergence.exchange)
        if divergence.money:
            group.money[divergence.money[0]] += divergence.money[1]
        if len(group.customers) < _CUSTOMERS:
            group.customers.update(dict.fromkeys(divergence.customers))
        return name

    def reclassify(self, name: str, divergence: Divergence, kind: str) -> str:
        """Give one divergence of a finding another kind; what followed from a finding that is then empty follows from the new one."""
        changed = self.add(msgspec.structs.replace(divergence, kind=kind))
        group = self.groups[name]
        group.count -= 1
        if group.count:
            group.examples = [example for example in group.examples if example != divergence.exchange] or group.examples
        else:
            del self.groups[name]
            self._renamed[name] = changed
        return changed

    def money(self, name: str, sums: Mapping[str, int]) -> None:
        """Add money that a finding has brought about."""
        if name in self.groups:
            self.groups[name].money.update(sums)

    def merge(self, other: Findings) -> None:
        """Add the findings of other sources."""
        self._renamed.update(other._renamed)
        for name, group in other.groups.items():
            mine = self.groups.get(name)
            if mine is None:
                self.groups[name] = group
                continue
            mine.count += group.count
            mine.examples = [*mine.examples, *group.examples][:_EXAMPLES]
            mine.money.update(group.money)
            mine.customers.update(group.customers)

    def all(self) -> list[Finding]:
        """All findings: divergences before what is not known, roots first, the most money first, then the largest count."""
        return sorted((self._finding(name, group) for name, group in self.groups.items()), key=_rank)

    def _finding(self, name: str, group: Group) -> Finding:
        first = group.first
        return Finding(
            id=name,
            kind=first.kind,
            operation=first.operation,
            field=first.field,
            count=group.count,
            examples=group.examples,
            control=shown(first.control),
            candidate=shown(first.candidate),
            money={currency: amount for currency, amount in sorted(group.money.items()) if amount},
            cause=first.cause if first.cause in self.groups else self._renamed.get(first.cause or "", first.cause),
            judgement=first.judgement,
            expected=first.expected,
            reason=first.reason,
            inert=first.inert,
            customers=list(group.customers)[:_CUSTOMERS],
        )


def finding_id(divergence: Divergence) -> str:
    """The id of the finding that a divergence belongs to: the same in every run over the same calls."""
    names = ("kind", "operation", "field", "judgement", "expected", "cause", "inert")
    key = [getattr(divergence, name) for name in names]
    return "f" + hashlib.blake2b(msgspec.json.encode(key), digest_size=5).hexdigest()


def _rank(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.expected,
        ("divergence", "unknown", "carried_over").index(finding.judgement),
        finding.cause is not None,
        -sum(abs(amount) for amount in finding.money.values()),
        -finding.count,
        finding.operation,
        finding.kind,
        finding.field or "",
    )


def shown(value: Any) -> Any:
    """A value as it stands in a report: what is large is cut, what is no JSON is worded."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _TEXT else value[:_TEXT] + "…"
    if isinstance(value, dict | list | tuple):
        text = msgspec.json.encode(value, enc_hook=repr).decode()
        return msgspec.json.decode(text) if len(text) <= _TEXT else text[:_TEXT] + "…"
    return repr(value)


def silent(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each accepted change from which nothing followed but its own echo, though it is not inert."""
    listed = list(findings)
    followed = {finding.cause for finding in listed if not finding.expected or finding.kind.startswith("effect.")}
    unknown: dict[str, Any] = {
        "kind": "field", "field": None, "control": None, "candidate": None, "money": {}, "judgement": "unknown", "expected": False,
        "reason": "nothing followed from this change but its own echo: that it changes nothing else is not shown",
    }  # fmt: skip
    return [
        msgspec.structs.replace(finding, id=finding.id + "s", cause=finding.id, **unknown)
        for finding in listed
        if finding.expected and finding.cause is None and not finding.inert and finding.id not in followed
    ]
