"""What differs by itself on a target, as learned from two control arms."""

import msgspec


class NoiseRule(msgspec.Struct, frozen=True, kw_only=True):
    """A place of an operation's answers that is known to differ between two equal runs.

    `field` is the place's path with list positions folded. `learned` is the day on which it was last seen to differ, `expires` the last day
    on which the rule holds (both YYYY-MM-DD).
    """

    operation: str
    field: str
    learned: str
    expires: str


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What a run put down to noise at one place of an operation: `count` places at which the candidate differed.

    `measured`: the run's own two controls differed there (then `count` may be 0). `expires` is that of the learned rule that covers it,
    null where none does.
    """

    operation: str
    field: str
    count: int
    measured: bool
    expires: str | None = None
