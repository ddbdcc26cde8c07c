"""A month of subscribers, recorded against the simulator: trials, upgrades, declined cards, refunds, quantities, and changes that customers
make in the portal, off camera: only the events of these are recorded. The truth is computed apart (`month_truth.py`), from the parameters
alone.
"""

from __future__ import annotations

import calendar
import random
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.store import Writer
from replayer.model import ORIGIN_STRIPE, Exchange, Manifest, Outcome, Request
from replayer.simulator import Simulator
from tests.proof.scenes import VERSIONS

DAY = 86400
START = calendar.timegm((2026, 3, 1, 0, 0, 0))
PLANS = (900, 2900, 4900, 9900)  # a month, in cents


class Change(msgspec.Struct, frozen=True):
    """A change to another plan or quantity at a time, by the program, or by the customer in the portal, off camera."""

    at: int
    plan: int
    quantity: int
    portal: bool


class Subscriber(msgspec.Struct, frozen=True):
    """What one subscriber does: joins at a time, on a plan, with a trial of some days; changes at times."""

    joined: int
    plan: int
    quantity: int
    trial_days: int
    declines: bool
    changes: tuple[Change, ...]
    refunded: bool

    @property
    def in_reach(self) -> bool:
        """Whether the program changes the subscription, which is what the candidate does otherwise."""
        return any(not change.portal for change in self.changes)


def subscribers(count: int, seed: int = 1) -> list[Subscriber]:
    """Subscribers by chance, the same for the same seed. All join in the first half of March, and change in the second."""
    chance = random.Random(seed)
    return [_subscriber(chance) for _ in range(count)]


def _subscriber(chance: random.Random) -> Subscriber:
    trial = chance.choice((0, 0, 0, 7))
    declines = chance.random() < 0.05 and not trial
    times = [START + 22 * DAY + chance.randrange(8 * DAY) for share in (0.5, 0.3) if chance.random() < share]
    changes = [
        Change(at, chance.randrange(len(PLANS)), chance.choice((1, 2, 3)), chance.random() < 0.4) for at in sorted(times) if not declines
    ]
    return Subscriber(
        joined=START + chance.randrange(14 * DAY),
        plan=chance.randrange(len(PLANS)),
        quantity=chance.choice((1, 1, 1, 2, 5)),
        trial_days=trial,
        declines=declines,
        changes=tuple(changes),
        refunded=chance.random() < 0.1 and not trial,
    )


class _Recorder:
    """Makes calls against the simulator in the order of time, and keeps them as a recording from Stripe."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._simulator, self._count = writer, Simulator(START), 0

    def _send(self, at: float, method: str, path: str, params: dict[str, Any]) -> tuple[Request, Outcome]:
        request = Request(method=method, path=path, params=params, version=VERSIONS[0])
        outcome = self._simulator.send(request, at=at)
        return request, Outcome(status=outcome.status, headers=outcome.headers, body=outcome.body)

    def _keep(self, at: float, request: Request, outcome: Outcome, **more: Any) -> None:
        self._count += 1
        self._writer.append(Exchange(id=f"x{self._count}", source="s", at=at, request=request, outcome=outcome, **more))

    def call(self, at: float, method: str, path: str, **params: Any) -> Any:
        """A call of the program."""
        request, outcome = self._send(at, method, path, params)
        self._keep(at, request, outcome)
        self._deliver(at, outcome)
        return outcome.body

    def unseen(self, at: float, path: str, **params: Any) -> None:
        """What a customer does on a page of Stripe's: nothing of it is recorded but the events that the program is told."""
        _, outcome = self._send(at, "POST", path, params)
        assert outcome.status == 200, outcome
        self._deliver(at, outcome)

    def _deliver(self, at: float, outcome: Outcome) -> None:
        """Tell the program's endpoint what happened to subscriptions."""
        for event in self._send(at, "GET", "/v1/events", {"limit": "20"})[1].body["data"][::-1]:
            if event["type"] == "customer.subscription.updated" and event["request"]["id"] == outcome.headers["request-id"]:
                request = Request(method="POST", path="/stripe", params=event, encoding="json", version=VERSIONS[0])
                self._keep(at + 0.5, request, Outcome(status=200), lane="webhook")


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
        offered = {
            "enabled": "true", "default_allowed_updates": ["price", "quantity"], "proration_behavior": "create_prorations",
            "products": [{"product": product, "prices": prices}],
        }  # fmt: skip
        portal = recorder.call(START, "POST", "/v1/billing_portal/configurations", features={"subscription_update": offered})["id"]
        names = [""] * len(people)
        held: dict[int, Any] = {}
        steps: list[tuple[int, int, str, Change | None]] = [(who.joined, number, "join", None) for number, who in enumerate(people)]
        steps += [(who.joined + 3600, number, "refund", None) for number, who in enumerate(people) if who.refunded and not who.declines]
        steps += [(change.at, number, "change", change) for number, who in enumerate(people) for change in who.changes]
        for at, number, what, change in sorted(steps, key=lambda step: step[:3]):
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
            elif change is None:
                payment = held[number]["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
                recorder.call(at, "POST", "/v1/refunds", payment_intent=payment, amount="100")
            elif change.portal:
                session = recorder.call(at - 60, "POST", "/v1/billing_portal/sessions", customer=names[number], configuration=portal)["id"]
                chosen = {"price": prices[change.plan], "quantity": str(change.quantity)}
                recorder.unseen(at, f"/_replayer/billing_portal/sessions/{session}/update_subscription", **chosen)
            else:
                item = {"id": held[number]["items"]["data"][0]["id"], "price": prices[change.plan], "quantity": str(change.quantity)}
                recorder.call(at, "POST", f"/v1/subscriptions/{held[number]['id']}", items=[item], proration_behavior="create_prorations")
        writer.baseline("", [])
    return folder, names
