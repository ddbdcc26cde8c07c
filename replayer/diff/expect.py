"""What of a candidate's own changes the user has accepted beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from replayer.diff.intent import Intent
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
        """Whether a changed call is accepted: each parameter that differs must be; null stands for the whole call."""
        matching = [item for item in self.calls if item.operation is None or _same(item.operation, operation)]
        if parameters is None:
            return any(item.parameter is None for item in matching)
        return bool(parameters) and all(any(_covers(item, name) for item in matching) for name in parameters)


ACCEPT_CALLS = Expectation((ExpectedCall(),))


def _covers(item: ExpectedCall, parameter: str) -> bool:
    if item.parameter is None:
        return True
    expected = param_name(item.parameter)
    return param_name(parameter)[: len(expected)] == expected


def _same(written: str, operation: str) -> bool:
    return (catalogue().canonical(written) or written) == operation
