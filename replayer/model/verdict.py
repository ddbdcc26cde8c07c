"""What a diff found, and what follows from it: the outer JSON of `run` and `diff`."""

from typing import Any, Literal

import msgspec

from replayer.model.bill import NextBill, Reckoning
from replayer.model.noise import Noise

Judgement = Literal["divergence", "unknown", "carried_over"]
VerdictWord = Literal["match", "as_intended", "divergence", "unknown", "empty"]
EXIT_CODES: dict[str, int] = {"match": 0, "as_intended": 0, "divergence": 1, "unknown": 3, "empty": 5}


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """One place at which the arms differ, or at which nobody can say.

    `field` is the place's path with list positions folded (`lines.data[].amount`), null for the whole call. `cause` is the id of the
    finding that it follows from. `reason` says why it is not known. `inert`: only parameters that move nothing differ. `customers` are the
    recorded ids of those whom it concerns, as far as the call tells.
    """

    kind: str
    operation: str
    field: str | None
    exchange: str
    control: Any
    candidate: Any
    judgement: Judgement
    expected: bool = False
    cause: str | None = None
    money: tuple[str, int] | None = None
    reason: str | None = None
    inert: bool = False
    customers: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A group of divergences of one kind at one place of one operation, with one cause; `customers` are the first of those concerned."""

    id: str
    kind: str
    operation: str
    field: str | None
    count: int
    examples: list[str]
    control: Any
    candidate: Any
    money: dict[str, int]
    cause: str | None
    judgement: Judgement
    expected: bool
    reason: str | None = None
    inert: bool = False
    customers: list[str] = []


class Exchanges(msgspec.Struct, kw_only=True):
    """The recorded logical calls of the `api` lane; `total` is the sum of the five that follow."""

    total: int = 0
    matched: int = 0
    diverged: int = 0
    unknown: int = 0
    carried_over: int = 0
    skipped: int = 0


class Control(msgspec.Struct, kw_only=True):
    """How far the control arm came: calls reached, and of those the share whose status is the recorded one."""

    reached: float = 1.0
    reproduced: float = 1.0
    fields: float | None = None


class Judged(msgspec.Struct, kw_only=True):
    """The shares that could be judged, from 0 to 1; `money` is null where nothing was recorded."""

    calls: float = 1.0
    money: float | None = None


class Amounts(msgspec.Struct, kw_only=True):
    """One column of money in minor units."""

    control: int = 0
    candidate: int = 0
    delta: int = 0


class Money(msgspec.Struct, kw_only=True):
    """The three columns of one currency; a column is null where it is unknown.

    `moved` is the recording's time; `moved_to_horizon`, shown apart, what the customers in reach pay from its end to the horizon.
    """

    moved: Amounts | None = None
    moved_to_horizon: Amounts | None = None
    committed: Amounts | None = None
    next_bill: Amounts | None = None


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the result; `kind` decides the exit code of a failure: `divergence` (1) or `judged` (3)."""

    gate: str
    passed: bool
    kind: Literal["divergence", "judged"] = "divergence"
    value: Any = None


class CandidateInfo(msgspec.Struct, kw_only=True):
    """The candidate's file, how many calls it saw and changed, and the API version that it asked for in place of the recorded ones."""

    file: str | None = None
    calls_seen: int = 0
    calls_changed: int = 0
    asked_version: str = ""


class Assumed(msgspec.Struct, frozen=True, kw_only=True):
    """Money that rests on facts of the world used beyond the conditions in which they were seen, in minor units, in either arm.

    `when` is `moved` (the recording's time) or `next_bill` (bills up to the horizon).
    """

    facts: tuple[str, ...]
    when: Literal["moved", "next_bill"]
    currency: str
    control: int = 0
    candidate: int = 0


class Bills(msgspec.Struct, kw_only=True):
    """The next-bill table in short: customers in reach, how many are billed otherwise or cannot be told, and the largest changes.

    `recurring` is by currency what all of those that are known are billed a month (MRR, minor units); `totals` add the bills up.
    """

    customers: int = 0
    changed: int = 0
    unknown: int = 0
    largest: list[NextBill] = []
    recurring: dict[str, Amounts] = {}
    totals: list[Reckoning] = []


class Verdict(msgspec.Struct, kw_only=True):
    """The verdict as scripts read it (`schema` 1).

    `customers` says, by recorded id and currency, what more (or less) each one pays, in minor units; an empty id stands for nobody named.
    """

    schema: int = 1
    verdict: VerdictWord = "match"
    exchanges: Exchanges
    control: Control
    judged: Judged
    findings: list[Finding]
    money: dict[str, Money]
    effects: dict[str, dict[str, int]]
    gates: list[Gate]
    capture: str
    origin: str
    target: str
    candidate: CandidateInfo
    notes: list[str] = []
    customers: dict[str, dict[str, int]] = {}
    bills: Bills = msgspec.field(default_factory=Bills)
    noise: list[Noise] = []
    assumed: list[Assumed] = []

    @property
    def exit_code(self) -> int:
        """The exit code that scripts rely on."""
        failed = {gate.kind for gate in self.gates if not gate.passed}
        if self.verdict == "empty":
            return EXIT_CODES["empty"]
        if self.verdict == "divergence" or "divergence" in failed:
            return 1
        if "judged" in failed:
            return 3
        return EXIT_CODES[self.verdict]
