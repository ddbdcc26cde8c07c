"""What of a candidate's own changes the user has accepted beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from replayer.diff.intent import Intent, decides_beyond
from replayer.model import Finding
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.params import param_name


class ExpectedCall(msgspec.Struct, frozen=True):
    """A change that is accepted: of one operation (null: any), in one parameter (null: any, and the call itself missing or added)."""

    operation: str | None = None
    parameter: str | None = None

    @property
    def text(self) -> str:
        """As an error names it."""
        return " ".join(part for part in (self.operation, self.parameter) if part)

    def may_be(self, operation: str, parameters: Sequence[str]) -> bool:
        """Whether a change of these parameters, of which a finding names four, may be one that is meant."""
        is_same = self.operation is None or _same(self.operation, operation)
        return is_same and (self.parameter is None or len(parameters) >= _NAMED or any(_covers(self, name) for name in parameters))


class Expectation(msgspec.Struct, frozen=True):
    """Everything that is accepted; empty accepts nothing. `intent` is what is meant to come of it."""

    calls: tuple[ExpectedCall, ...] = ()
    intent: Intent | None = None

    def call(self, operation: str, parameters: Sequence[str] | None) -> bool:
        """Whether a changed call is accepted: each parameter that differs must be; null stands for the whole call.

        Who says what is to become of a customer's money has not said what others get of it, or what holds after the next bill: a
        parameter that decides on that is accepted where it, or its operation, is named.
        """
        matching = [item for item in self.calls if item.operation is None or _same(item.operation, operation)]
        if parameters is None:
            return any(item.parameter is None for item in matching)
        named = [item for item in matching if item != _ANYTHING]
        return bool(parameters) and all(
            any(_covers(item, name) for item in (named if self.intent is not None and decides_beyond(name) else matching))
            for name in parameters
        )

    def unused(self, findings: Iterable[Finding]) -> list[str]:
        """What is accepted and did not happen: perhaps it is misspelt."""
        seen = [(finding.operation, (finding.field or "").split(", ")) for finding in findings if finding.kind.startswith("call.")]
        return [
            item.text
            for item in self.calls
            if item != _ANYTHING and not any(item.may_be(operation, parameters) for operation, parameters in seen)
        ]

    def unsaid(self, parameters: Sequence[str]) -> str | None:
        """Why an intent does not accept a change: its parameters decide on more than what was said; null where that is not it."""
        beyond = [name for name in parameters if decides_beyond(name)]
        if self.intent is None or not beyond or _ANYTHING not in self.calls:
            return None
        names = ", ".join(beyond)
        return f"{names}: decides on more than what customers pay up to their next bill; `expect: calls` names it where it is meant"


_NAMED = 4  # parameters, at the most, that a finding of a changed call names
_ANYTHING = ExpectedCall()
ACCEPT_CALLS = Expectation((_ANYTHING,))


def _covers(item: ExpectedCall, parameter: str) -> bool:
    if item.parameter is None:
        return True
    expected = param_name(item.parameter)
    return param_name(parameter)[: len(expected)] == expected


def _same(written: str, operation: str) -> bool:
    return (catalogue().canonical(written) or written) == operation
