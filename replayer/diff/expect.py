"""What of a candidate's own changes the user has accepted beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from replayer.diff.intent import Intent, decides_beyond
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.params import param_name


class ExpectedCall(msgspec.Struct, frozen=True):
    """A change that is accepted: of one operation (null: any), in one parameter (null: any, and the call itself missing or added)."""

    operation: str | None = None
    parameter: str | None = None


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

    def unsaid(self, parameters: Sequence[str]) -> str | None:
        """Why an intent does not accept a change: its parameters decide on more than what was said; null where that is not it."""
        beyond = [name for name in parameters if decides_beyond(name)]
        if self.intent is None or not beyond or _ANYTHING not in self.calls:
            return None
        names = ", ".join(beyond)
        return f"{names}: decides on more than what customers pay up to their next bill; `expect: calls` names it where it is meant"


_ANYTHING = ExpectedCall()
ACCEPT_CALLS = Expectation((_ANYTHING,))


def _covers(item: ExpectedCall, parameter: str) -> bool:
    if item.parameter is None:
        return True
    expected = param_name(item.parameter)
    return param_name(parameter)[: len(expected)] == expected


def _same(written: str, operation: str) -> bool:
    return (catalogue().canonical(written) or written) == operation
