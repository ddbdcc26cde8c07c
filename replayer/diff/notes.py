"""Write divergences down as findings, each with the call that it was seen on."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.diff.align import Aligned
from replayer.diff.compare import MISSING
from replayer.diff.findings import Findings, Group, finding_id
from replayer.diff.intent import Missed, acts_later
from replayer.model import Divergence, Exchange

# What no intent accepts: a call that is changed is accepted as such or not at all, and nobody means one to be refused.
_NEVER_MEANT = frozenset({"call", "status", "error"})


class Notes:
    """The findings of one source. While `carried_by` names a finding, what is seen is carried over: old answers brought it about."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.carried_by: str | None = None
        self._version = ""
        self.customers: tuple[str, ...] = ()  # whose call it is that is looked at
        self.intended = False  # whether all of them are those whom a change is meant for

    def divergence(
        self, call: Aligned, kind: str, field: str | None, control: Any, candidate: Any, *, judgement: Any = "divergence",
        expected: bool = False, cause: str | None = None, operation: str | None = None, reason: str | None = None, inert: bool = False,
    ) -> Divergence:  # fmt: skip
        """A divergence as it is seen now."""
        if self.carried_by is not None and not kind.startswith("call."):
            judgement, cause = "carried_over", self.carried_by or cause
        follows = self.intended and judgement == "divergence" and cause is not None
        if follows and kind.partition(".")[0] not in _NEVER_MEANT and not acts_later(field):
            expected = expected or self.accepted(str(cause))
        divergence = Divergence(
            kind=kind, operation=operation or call.operation, field=field, exchange=call.recorded.id, control=_shown(control),
            candidate=_shown(candidate), judgement=judgement, expected=expected, cause=cause, reason=reason, inert=inert,
            customers=self.customers,
        )  # fmt: skip
        follows_itself = cause is not None and cause == finding_id(divergence)
        return msgspec.structs.replace(divergence, cause=None) if follows_itself else divergence

    def add(self, call: Aligned, kind: str, field: str | None, control: Any, candidate: Any, **more: Any) -> str:
        """Add a divergence and return the id of its finding."""
        return self.findings.add(self.divergence(call, kind, field, control, candidate, **more))

    def owes(
        self, customer: str, field: str, control: Any, candidate: Any, root: str, *, money: tuple[str, int] | None = None,
        expected: bool = False,
    ) -> None:  # fmt: skip
        """Note that a customer in reach is to be billed something else; it follows from a finding. `money` is the difference."""
        group = self.findings.groups.get(root)
        if control == candidate or group is None:
            return
        divergence = Divergence(
            kind="effect.changed", operation=group.first.operation, field=field, exchange=group.first.exchange, control=control,
            candidate=candidate, judgement="divergence", cause=root, money=money, customers=(customer,), expected=expected,
        )  # fmt: skip
        self.findings.add(divergence)

    def version(self, asked: str) -> str:
        """The finding from which follows what another API version alone brings about."""
        self._version = self.findings.add(Divergence(
            kind="call.changed", operation="(every call)", field="(version)", exchange="", control=None, candidate=asked,
            judgement="divergence", expected=True,
        ))  # fmt: skip
        return self._version

    def forget_version(self) -> None:
        """Take that finding away again where nothing follows from it."""
        groups = self.findings.groups
        if self._version in groups and not any(group.first.cause == self._version for group in groups.values()):
            del groups[self._version]

    def unmet(self, customer: str, missed: Missed, root: str | None) -> None:
        """Note what did not become as it was meant for a customer."""
        self.findings.add(unmet(customer, missed, self.findings.groups.get(root or "")))

    def accepted(self, root: str) -> bool:
        """Whether a finding is one that the user accepted beforehand."""
        group = self.findings.groups.get(root)
        return group is not None and group.first.expected


def unmet(customer: str, missed: Missed, group: Group | None = None) -> Divergence:
    """What did not become as it was meant for a customer; `group` is what happened instead."""
    return Divergence(
        kind="effect.missing" if missed.came == "0" else "effect.changed", operation=group.first.operation if group else "(intent)",
        field=missed.field, exchange=group.first.exchange if group else "", control=f"meant: {missed.wanted}",
        candidate=missed.came, judgement="divergence", reason="intended, but missing" if missed.came == "0" else "not as intended",
        customers=(customer,),
    )  # fmt: skip


def worded(exchange: Exchange) -> str:
    """A call in a few words."""
    return f"{exchange.request.method} {exchange.request.path}"


def _shown(value: Any) -> Any:
    return "absent" if value is MISSING else value
