"""What holds for a whole diff, and what it counts."""

from __future__ import annotations

from collections import Counter

import msgspec

from replayer.diff.expect import Expectation
from replayer.diff.intent import Concerned
from replayer.diff.judge import Origin
from replayer.model import Claims, Effect, NoiseRule

COLUMNS = (
    "committed",
    "next_bill",
    "moved",
)  # what is to come for the customers in reach; `moved`: from the recording's end to the horizon


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for the whole diff: claims, where leaves come from, what is accepted.

    `asked_version` is the API version that the candidate's arm asked for, empty where it kept the recorded ones. `events_c` and `events_k`
    are the events that the target told of each arm's calls, by the request that caused them. `noise` are the learned rules in force,
    `concerned` those whom the change is meant for.
    """

    claims: dict[str, Claims]
    origins_c: dict[str, dict[str, Origin]]
    origins_k: dict[str, dict[str, Origin]]
    origin_counts: bool
    accept_gaps: bool = False
    deterministic: bool
    expectation: Expectation
    asked_version: str = ""
    events_c: dict[str, list[Effect]] = {}
    events_k: dict[str, list[Effect]] = {}
    noise: dict[tuple[str, str], NoiseRule] = {}
    concerned: Concerned = Concerned()


class Tally(msgspec.Struct, kw_only=True):
    """What a diff counts; tallies of several sources are added up."""

    classes: Counter[str] = msgspec.field(default_factory=Counter)
    reached: int = 0
    reproduced: int = 0
    comparable: int = 0
    judged: int = 0
    sent: int = 0
    changed: int = 0
    leaves: int = 0
    agreed: int = 0
    noise: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)  # differences put down to noise, by operation and field
    unstable: set[tuple[str, str]] = msgspec.field(default_factory=set)  # where two controls differ, and may
    faults: int = 0
    versions: int = 0  # calls for which the candidate's arm asked for another API version than was recorded
    seen: Counter[str] = msgspec.field(default_factory=Counter)  # calls, by operation
    raised: Counter[str] = msgspec.field(default_factory=Counter)  # calls in which the candidate failed, by what it failed of
    effects: Counter[tuple[str, str, str]] = msgspec.field(default_factory=Counter)
    moved_c: Counter[str] = msgspec.field(default_factory=Counter)
    moved_k: Counter[str] = msgspec.field(default_factory=Counter)
    payers: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    recorded_money: Counter[str] = msgspec.field(default_factory=Counter)
    judged_money: Counter[str] = msgspec.field(default_factory=Counter)
    unknown_money: set[str] = msgspec.field(default_factory=set)
    currencies: set[str] = msgspec.field(default_factory=set)
    to_come: Counter[tuple[str, str, str]] = msgspec.field(default_factory=Counter)  # by column, currency and arm
    assumed: Counter[tuple[tuple[str, ...], str, str]] = msgspec.field(default_factory=Counter)  # moved, by facts, currency and arm
    null_columns: Counter[str] = msgspec.field(default_factory=Counter)
    ownerless: Counter[str] = msgspec.field(default_factory=Counter)  # calls, by operation, that may have changed anybody's bill
    undone: int = 0  # acts off camera that came to nothing, or to something else than the recording shows
    customers: int = 0

    def add(self, other: Tally) -> None:
        """Add another source's counts."""
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, set | Counter):
                mine.update(theirs)
            else:
                setattr(self, name, mine + theirs)
