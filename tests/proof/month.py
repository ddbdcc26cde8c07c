"""A month of subscribers, recorded against the simulator: trials, upgrades, declined cards, refunds, quantities. The truth is computed apart
(`month_truth.py`), from the parameters alone.
"""

from __future__ import annotations

import calendar
import random
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.store import Writer
from replayer.model import ORIGIN_STRIPE, Manifest, Request
from replayer.simulator import Simulator
from tests.make import exchange
from tests.proof.scenes import VERSIONS

DAY = 86400
START = calendar.timegm((2026, 3, 1, 0, 0, 0))
PLANS = (900, 2900, 4900, 9900)  # a month, in cents


class Subscriber(msgspec.Struct, frozen=True):
    """What one subscriber does: joins at a time, on a plan, with a trial of some days; changes at a time to another plan or quantity."""

    joined: int
    plan: int
    quantity: int
    trial_days: int
    declines: bool
    changed: int | None
    new_plan: int
    new_quantity: int
    refunded: bool


def subscribers(count: int, seed: int = 1) -> list[Subscriber]:
    """Subscribers by chance, the same for the same seed. All join in the first half of March, and change in the second."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        joined = START + chance.randrange(14 * DAY)
        trial = chance.choice((0, 0, 0, 7))
        changes = chance.random() < 0.5
        made.append(
            Subscriber(
                joined=joined,
                plan=chance.randrange(len(PLANS)),
                quantity=chance.choice((1, 1, 1, 2, 5)),
                trial_days=trial,
                declines=chance.random() < 0.05 and not trial,
                changed=START + 22 * DAY + chance.randrange(8 * DAY) if changes else None,
                new_plan=chance.randrange(len(PLANS)),
                new_quantity=chance.choice((1, 2, 3)),
                refunded=chance.random() < 0.1 and not trial,
            )
        )
    return made


class _Recorder:
    """Makes calls against the simulator in the order of time, and keeps them as a recording from Stripe."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._simulator, self._count = writer, Simulator(START), 0

    def call(self, at: float, method: str, path: str, **params: Any) -> Any:
        outcome = self._simulator.send(Request(method=method, path=path, params=params, version=VERSIONS[0]), at=at)
        self._count += 1
        self._writer.append(exchange(self._count, method, path, params, outcome.body, status=outcome.status, at=at, version=VERSIONS[0]))
        return outcome.body


def record(folder: Path, people: list[Subscriber]) -> tuple[Path, list[str]]:
    """A capture of the month, and the subscribers' customer ids in order."""
    with Writer(folder, Manifest(origin=ORIGIN_STRIPE, redaction="trusted")) as writer:
        recorder = _Recorder(writer)
        product = recorder.call(START, "POST", "/v1/products", name="Gold")["id"]
        prices = [
            recorder.call(
                START, "POST", "/v1/prices", product=product, currency="usd", unit_amount=str(plan), recurring={"interval": "month"}
            )["id"]
            for plan in PLANS
        ]
        names = [""] * len(people)
        held: dict[int, Any] = {}
        steps = [(who.joined, number, "join") for number, who in enumerate(people)]
        steps += [(who.joined + 3600, number, "refund") for number, who in enumerate(people) if who.refunded and not who.declines]
        steps += [(who.changed, number, "change") for number, who in enumerate(people) if who.changed is not None and not who.declines]
        for at, number, what in sorted(steps):
            who = people[number]
            if what == "join":
                card = "pm_card_chargeCustomerFail" if who.declines else "pm_card_visa"
                names[number] = recorder.call(
                    at, "POST", "/v1/customers", payment_method=card, invoice_settings={"default_payment_method": card}
                )["id"]
                more = {"trial_period_days": str(who.trial_days)} if who.trial_days else {}
                held[number] = recorder.call(
                    at, "POST", "/v1/subscriptions", customer=names[number],
                    items=[{"price": prices[who.plan], "quantity": str(who.quantity)}], expand=["latest_invoice.payments"], **more,
                )  # fmt: skip
            elif what == "refund":
                payment = held[number]["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
                recorder.call(at, "POST", "/v1/refunds", payment_intent=payment, amount="100")
            else:
                item = {"id": held[number]["items"]["data"][0]["id"], "price": prices[who.new_plan], "quantity": str(who.new_quantity)}
                recorder.call(at, "POST", f"/v1/subscriptions/{held[number]['id']}", items=[item], proration_behavior="create_prorations")
        writer.baseline("", [])
    return folder, names
