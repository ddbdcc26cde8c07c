"""Money that rests on assumed facts, listed apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from replayer.model import Assumed
from replayer.stripeapi.amounts import format_amount

_MOST = 6


def lines(listed: Iterable[Assumed]) -> Iterator[str]:
    """What of the candidate's money, and of the control's where that differs, rests on assumed facts, and which these are."""
    listed = list(listed)
    sums: dict[str, Counter[str]] = {"candidate": Counter(), "control": Counter()}
    for one in listed:
        sums["candidate"][one.currency] += one.candidate
        sums["control"][one.currency] += one.control
    for currency in sorted({one.currency for one in listed}):
        candidate, control = (format_amount(sums[arm][currency], currency) for arm in ("candidate", "control"))
        other = "" if candidate == control else f" ({control} in control)"
        yield f"of which {candidate}{other} rests on assumed facts:"
    facts = list(dict.fromkeys(fact for one in listed for fact in one.facts))
    yield from (f"  {fact}" for fact in facts[:_MOST])
    if len(facts) > _MOST:
        yield f"  … and {len(facts) - _MOST} more (--format json lists all)"
