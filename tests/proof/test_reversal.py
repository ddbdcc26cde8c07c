"""A capture that begins in the middle: what events tell lets the control bill what was there before, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from replayer.capture.baseline import derive
from replayer.capture.store import open_capture
from replayer.model import Exchange, Outcome, Request, Verdict
from replayer.simulator import Simulator
from tests.make import T0
from tests.proof.corpus import CONTROL, Bench, write

DAY, VERSION = 86400, "2025-10-29.clover"


class Shop:
    """A simulator whose calls are captured only from a moment on, with the events since."""

    def __init__(self) -> None:
        self.simulator, self.now, self.since = Simulator(), T0, 0.0
        self.calls: list[Exchange] = []

    def do(self, operation: str, **params: Any) -> Any:
        """Make a call; it is captured once recording has begun."""
        method, path = operation.split(" ")
        self.now += 10
        request = Request(method=method, path=path, params=params, version=VERSION)
        outcome = self.simulator.send(request, at=self.now)
        assert outcome.status == 200, outcome.body
        if self.since:
            kept = Outcome(status=200, headers=outcome.headers, body=outcome.body)
            self.calls.append(Exchange(id="", source="s", at=self.now, request=request, outcome=kept))
        return outcome.body

    def record(self) -> None:
        """Begin to record."""
        self.since = self.now + 5

    def wait(self, days: float) -> None:
        """Let time pass."""
        self.now += days * DAY

    def exchanges(self) -> list[Exchange]:
        """What was recorded, with an exchange of the lane `webhook` for each event since."""
        calls = list(self.calls)
        told = self.do("GET /v1/events", limit="100", created={"gt": str(int(self.since))})["data"]
        hooks = [
            Exchange(id="", source="s", lane="webhook", at=float(one["created"]) + 0.5, outcome=Outcome(status=200),
                     request=Request(method="POST", path="/", params=one, encoding="json", version=VERSION))
            for one in told[::-1]
        ]  # fmt: skip
        ordered = sorted([*calls, *hooks], key=lambda exchange: exchange.at or 0)
        return [msgspec.structs.replace(one, id=f"x{number}") for number, one in enumerate(ordered, 1)]


def tea(shop: Shop, *prices: int) -> tuple[str, list[str]]:
    """A customer with a card, and prices a month."""
    product = shop.do("POST /v1/products", name="Tea")["id"]
    monthly = {"product": product, "currency": "usd", "recurring": {"interval": "month"}}
    made = [shop.do("POST /v1/prices", unit_amount=str(price), **monthly)["id"] for price in prices]
    default = {"default_payment_method": "pm_card_visa"}
    return shop.do("POST /v1/customers", payment_method="pm_card_visa", invoice_settings=default)["id"], made


def read(shop: Shop, customer: str, subscription: Any) -> None:
    """What a program may look at first: its customer, the card, the product."""
    method = shop.do(f"GET /v1/customers/{customer}")["invoice_settings"]["default_payment_method"]
    shop.do(f"GET /v1/payment_methods/{method}")
    shop.do(f"GET /v1/products/{subscription['items']['data'][0]['price']['product']}")


def pending_item_and_credit(shop: Shop) -> None:
    """A pot for 7.00 and a credit of 4.50 wait for the renewal of 2 at 20.00."""
    customer, (price,) = tea(shop, 2000)
    made = shop.do("POST /v1/subscriptions", customer=customer, items=[{"price": price, "quantity": "2"}])
    shop.do("POST /v1/invoiceitems", customer=customer, amount="700", currency="usd", description="A pot")
    shop.do(f"POST /v1/customers/{customer}/balance_transactions", amount="-450", currency="usd")
    shop.wait(10)
    shop.record()
    read(shop, customer, made)
    shop.do(f"POST /v1/subscriptions/{made['id']}", metadata={"seen": "yes"})


def quantity_before(shop: Shop) -> None:
    """A fifth of a month after it began, 2 at 20.00 become 5: three more for the days left, and five at the renewal."""
    customer, (price,) = tea(shop, 2000)
    made = shop.do("POST /v1/subscriptions", customer=customer, items=[{"price": price, "quantity": "2"}])
    shop.wait(31 / 5)
    shop.record()
    read(shop, customer, made)
    item = made["items"]["data"][0]["id"]
    shop.do(f"POST /v1/subscriptions/{made['id']}", items=[{"id": item, "quantity": "5"}], proration_behavior="create_prorations")


def trial_under_way(shop: Shop) -> None:
    """A trial that was given before ends after: the first 20.00 are due then."""
    customer, (price,) = tea(shop, 2000)
    made = shop.do("POST /v1/subscriptions", customer=customer, items=[{"price": price}], trial_period_days="20")
    shop.wait(10)
    shop.record()
    read(shop, customer, made)
    shop.do(f"POST /v1/subscriptions/{made['id']}", metadata={"seen": "yes"})


STORIES: dict[str, tuple[Callable[[Shop], None], int, int]] = {
    "pending item and credit": (pending_item_and_credit, 4700, 4250),
    # 3 × 20.00 × (31 days − 6.2 days and the seconds of a few calls) / 31 days, taken from the credit and the debit: 5 × 20.00 more.
    "quantity before": (quantity_before, 10000 + 4800, 10000 + 4800),
    "trial under way": (trial_under_way, 2000, 2000),
}


def told(folder: Path, story: Callable[[Shop], None], *, events: bool) -> tuple[Verdict, list[Exchange], list[Exchange]]:
    """A story recorded to the reading of its renewal, and replayed with nothing changed: the verdict, what was recorded, the control."""
    shop = Shop()
    story(shop)
    subscription = next(one.request.path for one in shop.calls if one.request.method == "POST")
    shop.wait(30)
    shop.do(f"GET /v1/invoices/{shop.do(f'GET {subscription}')['latest_invoice']}")
    recorded = [one for one in shop.exchanges() if events or one.lane == "api"]
    bench = Bench(write(folder / "capture", recorded), folder)
    verdict = bench.verdict(bench.attempt(lambda call: call))
    return verdict, recorded, list(open_capture(folder / CONTROL).exchanges())


@pytest.mark.parametrize("name", STORIES)
def test_the_control_bills_what_was_there_before_the_capture_began(tmp_path, name):
    story, total, due = STORIES[name]
    verdict, recorded, control = told(tmp_path, story, events=True)
    real, ours = recorded[-1].outcome.body, control[-1].outcome.body
    assert (real["total"], real["amount_due"]) == pytest.approx((total, due), abs=1)
    assert (ours["total"], ours["amount_due"], ours["amount_paid"]) == (real["total"], real["amount_due"], real["amount_due"])
    assert [line["amount"] for line in ours["lines"]["data"]] == [line["amount"] for line in real["lines"]["data"]]
    assert (verdict.verdict, verdict.control.reproduced) == ("match", 1)


@pytest.mark.parametrize("name", STORIES)
def test_without_events_the_renewal_is_unknown_and_no_match(tmp_path, name):
    verdict, _, control = told(tmp_path, STORIES[name][0], events=False)
    assert (verdict.exchanges.matched, verdict.exchanges.unknown) == (4, 2)
    assert control[-1].outcome.status is None


def test_what_is_rebuilt_is_named_as_such(tmp_path):
    _, recorded, _ = told(tmp_path, pending_item_and_credit, events=True)
    kinds = {item.object: item.provenance for item in derive(recorded)}
    assert kinds["subscription"] == kinds["subscription_item"] == kinds["invoiceitem"] == "reversed"
    assert kinds["customer"] == "observed"
