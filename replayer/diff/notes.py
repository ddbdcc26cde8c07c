"""Write divergences down as findings, each with the call that it was seen on."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.diff.align import Aligned
from replayer.diff.compare import MISSING
from replayer.diff.findings import Findings, finding_id
from replayer.model import Divergence, Exchange


class Notes:
    """The findings of one source. While `carried_by` names a finding, what is seen is carried over: old answers brought it about."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.carried_by: str | None = None

    def divergence(
        self, call: Aligned, kind: str, field: str | None, control: Any, candidate: Any, *, judgement: Any = "divergence",
        expected: bool = False, cause: str | None = None, operation: str | None = None, reason: str | None = None, inert: bool = False,
    ) -> Divergence:  # fmt: skip
        """A divergence as it is seen now."""
        if self.carried_by is not None and not kind.startswith("call."):
            judgement, cause = "carried_over", self.carried_by or cause
        divergence = Divergence(
            kind=kind, operation=operation or call.operation, field=field, exchange=call.recorded.id, control=_shown(control),
            candidate=_shown(candidate), judgement=judgement, expected=expected, cause=cause, reason=reason, inert=inert,
        )  # fmt: skip
        follows_itself = cause is not None and cause == finding_id(divergence)
        return msgspec.structs.replace(divergence, cause=None) if follows_itself else divergence

    def add(self, call: Aligned, kind: str, field: str | None, control: Any, candidate: Any, **more: Any) -> str:
        """Add a divergence and return the id of its finding."""
        return self.findings.add(self.divergence(call, kind, field, control, candidate, **more))

    def owes(self, field: str, control: Any, candidate: Any, root: str, *, money: tuple[str, int] | None = None) -> None:
        """Note that a customer in reach is to be billed something else; it follows from a finding. `money` is the difference."""
        group = self.findings.groups.get(root)
        if control == candidate or group is None:
            return
        divergence = Divergence(
            kind="effect.changed", operation=group.first.operation, field=field, exchange=group.first.exchange, control=control,
            candidate=candidate, judgement="divergence", cause=root, money=money,
        )  # fmt: skip
        self.findings.add(divergence)

    def accepted(self, root: str) -> bool:
        """Whether a finding is one that the user accepted beforehand."""
        group = self.findings.groups.get(root)
        return group is not None and group.first.expected


def worded(exchange: Exchange) -> str:
    """A call in a few words."""
    return f"{exchange.request.method} {exchange.request.path}"


def _shown(value: Any) -> Any:
    return "absent" if value is MISSING else value
