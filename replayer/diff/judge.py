"""The rules of the verdict for one place, in their order. Pure: everything they need is given."""

from __future__ import annotations

from typing import Literal

import msgspec

from replayer.stripeapi.places import HARD, Kind

Word = Literal["match", "noise", "unknown", "divergence", "fault"]
Origin = Literal["computed", "given", "world", "assumed", "baseline", "after", "template"]
TAKEN_OVER: frozenset[str] = frozenset({"world", "assumed", "baseline", "after", "template"})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules ask about a place.

    `reach`: a difference between the arms' calls could have come here. `equal`: C = K. `recorded_equal`: R = C, null where there is no R.
    `stable`: C = C' (true where there is no second control). `origin`: where the arms have the leaf from, the weaker of the two.
    `origin_counts`: the recording comes from Stripe, or the user accepts where it comes from. `blind`: a differing parameter, in this call
    or in one through which it came into reach, is echoed only. `echo`: the place has the name of a parameter that differs in this call.
    `deterministic`: the target gives equal answers to equal calls, so that a difference out of reach is a fault of ours.
    """

    reach: bool
    kind: Kind
    equal: bool
    recorded_equal: bool | None
    stable: bool = True
    origin: Origin = "computed"
    origin_counts: bool = True
    blind: bool = False
    echo: bool = False
    deterministic: bool = True


def judge(facts: Facts) -> Word:
    """Judge one place.

    >>> judge(Facts(reach=False, kind="money", equal=True, recorded_equal=False))
    'match'
    >>> judge(Facts(reach=True, kind="money", equal=True, recorded_equal=True, blind=True))
    'unknown'
    """
    hard = facts.kind in HARD
    if not facts.reach:
        if facts.equal:
            return "match"
        if facts.deterministic:
            return "fault"
    if not facts.stable:
        return "unknown" if hard else "noise"
    return _competent(facts, hard=hard)


def _competent(facts: Facts, *, hard: bool) -> Word:
    evidence = facts.origin_counts and facts.recorded_equal is not None and facts.origin not in TAKEN_OVER
    if evidence and not facts.recorded_equal:
        return "unknown"
    if hard and facts.blind and not facts.echo:
        return "unknown"
    if not facts.equal:
        return "divergence"
    if facts.echo and facts.blind:
        return "unknown"  # the parameter differs and its own echo does not: the target takes no notice of it
    if evidence or (facts.origin == "baseline" and not facts.blind):
        return "match"
    return "unknown"
