"""The horizon: how far arms run on after the last exchange, together, so that what they then bill can be compared.

A wrong release often moves no cent on the day of the recording: with Stripe's default proration the money moves at the next renewal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from replayer.model import CustomerMoney, InputError

if TYPE_CHECKING:
    from replayer.replay.engine import Arm, Lane
    from replayer.targets.base import Ahead

DEFAULT = "next-invoice"
_DAY = 86400
_LENGTH = re.compile(r"(\d{1,4})(d|-cycles?)")
HINT = "`next-invoice` (the default), `none`, a number of days as `30d`, or of invoices as `2-cycles`"


class Horizon(msgspec.Struct, frozen=True):
    """How far: not at all, for so many days, or until every subscription has had so many invoices."""

    kind: Literal["none", "days", "cycles"]
    count: int = 1

    def reached(self, ahead: Ahead) -> int | None:
        """Run one arm on as far as it goes by itself; returns the time (epoch seconds), null where it does not run on."""
        if self.kind == "none" or not ahead.known:
            return None
        return ahead.start + self.count * _DAY if self.kind == "days" else ahead.to_next(self.count)


def parse_horizon(text: str) -> Horizon:
    """Read a horizon as users write it."""
    if text in ("none", DEFAULT):
        return Horizon("none") if text == "none" else Horizon("cycles")
    found = _LENGTH.fullmatch(text)
    if found is None or not 0 < int(found[1]) <= (400 if found[2] == "d" else 13):
        raise InputError(f"{text!r} is no horizon", hint=HINT + "; at most 13 months")
    return Horizon("days" if found[2] == "d" else "cycles", int(found[1]))


def replay_together(arms: Sequence[Arm], source: str, horizon: Horizon) -> Iterator[tuple[str, int]]:
    """Replay one source in every arm, and let all run on to the same horizon; yields each arm's role and 1 after each recorded call."""
    lanes: list[Lane] = []
    try:
        for arm in arms:
            lane = arm.begin(source)
            lanes.append(lane)
            for count in arm.play(lane):
                yield arm.role, count
        settle(lanes, horizon)
    finally:
        for lane in lanes:
            lane.arm.end(lane)


def settle(lanes: Sequence[Lane], horizon: Horizon) -> None:
    """Write down what each customer of a source has still to pay, in every arm up to the same time: the latest that any of them reached."""
    lives = [{recorded: live for live, recorded in lane.customers.items()} for lane in lanes]
    for customer in dict.fromkeys(name for live in lives for name in live):
        found = [(lane, live[customer]) for lane, live in zip(lanes, lives, strict=True) if customer in live]
        aheads = [lane.session.look_ahead(live) for lane, live in found]
        times = [time for ahead in aheads if ahead is not None and (time := horizon.reached(ahead)) is not None]
        until = max(times, default=None)
        for (lane, _), ahead in zip(found, aheads, strict=True):
            lane.arm.writer.money(_told(lane.source, customer, ahead, until))


def _told(source: str, customer: str, ahead: Ahead | None, until: int | None) -> CustomerMoney:
    if ahead is None or not ahead.known:
        return CustomerMoney(source=source, customer=customer)
    committed = ahead.committed
    if until is None:
        return CustomerMoney(source=source, customer=customer, committed=committed)
    ahead.run_to(until)
    if not ahead.known:
        return CustomerMoney(source=source, customer=customer, committed=committed)
    return CustomerMoney(
        source=source,
        customer=customer,
        committed=committed,
        next_bill=ahead.next_bill(),
        bills=ahead.bills(),
        moved=ahead.moved,
        others=ahead.others(),
        recurring=ahead.recurring(),
        until=until,
    )
