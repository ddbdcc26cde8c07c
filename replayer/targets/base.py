"""What a target is: something that answers requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from replayer.model import BaselineObject, Bill, Claims, Outcome, Request

OriginSets = dict[str, dict[str, list[str]]]


class Ahead(Protocol):
    """A customer's time to come: runs on by itself, on the side. Amounts in minor units by currency, times in epoch seconds.

    `known` is whether anybody can say; it may turn false on the way. `committed` is what waited at the `start`.
    """

    known: bool
    committed: dict[str, int]
    start: int

    def to_next(self, cycles: int = 1) -> int:
        """Run on until every subscription has had so many more invoices, or ended; returns when that was."""
        ...

    def run_to(self, until: int) -> None:
        """Run on to a time, and until the invoices made by then are settled."""
        ...

    def next_bill(self) -> dict[str, int]:
        """The totals of each subscription's next invoice."""
        ...

    def bills(self) -> list[Bill]:
        """The invoices made by the time that it was run to."""
        ...

    @property
    def moved(self) -> dict[str, int]:
        """What the customer paid since the start."""
        ...

    def others(self) -> dict[str, int]:
        """What was paid since the start on invoices that are not among the bills."""
        ...

    def recurring(self) -> dict[str, int]:
        """What the subscriptions bill a month, at the time that it was run to."""
        ...


class Session(Protocol):
    """One source's replay on a target, with a state of its own where the target can give one."""

    @property
    def origin_sets(self) -> OriginSets:
        """By the key in an outcome's `origins`: the leaves that were not computed. Empty where the target does not tell."""
        ...

    def send(self, request: Request, at: float | None = None) -> Outcome:
        """Answer a request; `at` is its time, for targets that have a clock. What fails on the way is an outcome without a status."""
        ...

    def goes_by_recorded_time(self, request: Request) -> bool:
        """Whether what a request names lives at the recorded time; elsewhere times in parameters move with the run's clock."""
        ...

    def look_ahead(self, customer_id: str) -> Ahead | None:
        """What is to come for a customer once the last call is made; null where it cannot be told."""
        ...

    def close(self) -> None:
        """Let go of what the session holds."""
        ...


class Target(Protocol):
    """What answers. `clock` is whether it has a clock that a run sets; `version` is the newest API version that it speaks, or empty."""

    @property
    def name(self) -> str:
        """How the target is called on the command line and in reports."""
        ...

    @property
    def clock(self) -> bool:
        """Whether calls happen at their recorded time."""
        ...

    @property
    def version(self) -> str:
        """The newest API version that it speaks; empty where it is not known."""
        ...

    @property
    def rate(self) -> float | None:
        """Calls a second that it allows; null where it sets no limit."""
        ...

    @property
    def origin(self) -> str:
        """Who answers, as captures name it: `simulator`, `stripe-mock`, a host."""
        ...

    @property
    def holds_baseline(self) -> bool:
        """Whether the objects of a baseline are there once a session is open: laid under it, or because every id is taken."""
        ...

    def claims(self, operation: str) -> Claims:
        """What it says of an operation's parameters; empty: echoed only throughout."""
        ...

    def open(self, source: str, baseline: Sequence[BaselineObject] = (), key: str = "") -> Session:
        """Begin a source's replay on top of its baseline, as the account of a secret key."""
        ...
