"""Twelve releases that move no cent on the day of the recording, or another than they should: what they bill shows only later.

Every recording has three customers: the one whom the release concerns, and two subscribers whom it must not touch. Expected cents are worked
out by hand from the rule that each release names; T0 is the first of a month.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from replayer.candidates import Call
from replayer.diff.expect import ACCEPT_CALLS, Expectation
from replayer.model import Request, Verdict
from replayer.runs import RunSpec, execute
from replayer.simulator import Simulator
from tests.make import exchange
from tests.proof.corpus import Bench, at, write
from tests.proof.scenes import VERSIONS, filled

DAY = 86400
START = calendar.timegm((2026, 3, 1, 0, 0, 0))  # a month of 31 days
APR = calendar.timegm((2026, 4, 1, 0, 0, 0))
Step = tuple[int, str, dict[str, Any]]  # seconds after START, operation, parameters; `{2}` is the id that step 2 was answered with

CARD = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
MONTHLY = {"interval": "month"}
# 0–2 the customers, 3 the product, 4 a price of 31.00 a month, 5 and 6 the subscriptions of those who are not concerned.
SHOP: list[Step] = [
    (0, "POST /v1/customers", CARD), (1, "POST /v1/customers", CARD), (2, "POST /v1/customers", CARD),
    (3, "POST /v1/products", {"name": "Gold"}),
    (4, "POST /v1/prices", {"product": "{3}", "currency": "usd", "unit_amount": "3100", "recurring": MONTHLY}),
    (5, "POST /v1/subscriptions", {"customer": "{1}", "items": [{"price": "{4}"}]}),
    (6, "POST /v1/subscriptions", {"customer": "{2}", "items": [{"price": "{4}"}]}),
]  # fmt: skip


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A recording, what the release changes in it (the call at a place), and what the customer is then billed: before and after, by hand.

    `bills` are (total in cents, day of the bill) of the horizon's invoices in either arm.
    """

    steps: list[Step]
    place: int
    change: Callable[[Call], Any]
    control: list[tuple[int, int]]
    candidate: list[tuple[int, int]]
    why: str


def subscribe(at: int = 10, **more: Any) -> Step:
    return at, "POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{4}"}], **more}


def after(*steps: Step) -> list[Step]:
    return [*SHOP, *steps]


def put(**params: Any) -> Callable[[Call], Any]:
    return lambda call: call.with_params(**params)


def later(day: int) -> int:
    return day * DAY


_MORE: Step = (later(10), "POST /v1/subscriptions/{7}", {"items": [{"price": "{8}"}]})
_ADDED: Step = (11, "POST /v1/prices", {"product": "{3}", "currency": "usd", "unit_amount": "6200", "recurring": MONTHLY})
_BESIDE: Step = (later(10), "POST /v1/subscription_items", {"subscription": "{7}", "price": "{8}", "proration_behavior": "none"})
_METER: Step = (10, "POST /v1/billing/meters", {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}})
_METERED: Step = (11, "POST /v1/prices", {"product": "{3}", "currency": "usd", "unit_amount": "5",
                                          "recurring": {"interval": "month", "usage_type": "metered", "meter": "{7}"}})  # fmt: skip


def _event(at: int, value: int, name: str, **more: Any) -> Step:
    payload = {"stripe_customer_id": "{0}", "value": str(value)}
    return at, "POST /v1/billing/meter_events", {"event_name": "calls", "identifier": name, "payload": payload, **more}


RELEASES: dict[str, Release] = {
    "proration flag": Release(
        steps=after(subscribe(), _ADDED, (*_MORE[:2], {**_MORE[2], "proration_behavior": "none"})), place=9,
        change=put(proration_behavior="create_prorations"),
        # 62.00 added on the 11th: 21 of 31 days are 42.00, unless nothing is prorated
        control=[(3100 + 6200, APR + 10)], candidate=[(4200 + 3100 + 6200, APR + 10)],
        why="docs.stripe.com/billing/subscriptions/prorations: by default a change is prorated, and billed with the next invoice",
    ),
    "anchor": Release(
        steps=after(subscribe(), (later(10), "POST /v1/subscriptions/{7}", {"metadata": {"a": "b"}})), place=8,
        change=put(billing_cycle_anchor="now", proration_behavior="none"),
        # a new cycle from the 11th: billed at once for a month, and again a month later instead of on the first
        control=[(3100, APR + 10)], candidate=[(3100, START + later(41))],
        why="docs.stripe.com/billing/subscriptions/billing-cycle: the anchor `now` begins a new cycle",
    ),
    "trial": Release(
        steps=after(subscribe(trial_period_days="14")), place=7, change=put(trial_period_days="30"),
        control=[(3100, START + 10 + later(14))], candidate=[(3100, START + 10 + later(30))],
        why="docs.stripe.com/billing/subscriptions/trials: the first period that is paid begins when the trial ends",
    ),
    "discount duration": Release(
        steps=after((9, "POST /v1/coupons", {"id": "HALF", "percent_off": "50", "duration": "once"}), subscribe(discounts=[{"coupon": "HALF"}])),
        place=7, change=put(duration="forever"),
        control=[(3100, APR + 10)], candidate=[(1550, APR + 10)],
        why="docs.stripe.com/billing/subscriptions/coupons: `once` holds for the first invoice only",
    ),
    "renewal price": Release(
        steps=after(subscribe(), _ADDED, _BESIDE), place=8, change=put(unit_amount="6300"),
        control=[(3100 + 6200, APR + 10)], candidate=[(3100 + 6300, APR + 10)],
        why="an item that is added without proration is billed from the next period on, at its price",
    ),
    "metered aggregation": Release(
        steps=after(_METER, _METERED, (12, "POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{8}"}]}),
                    _event(later(3), 70, "a"), _event(later(9), 30, "b")),
        place=7, change=put(default_aggregation={"formula": "count"}),
        control=[(100 * 5, APR + 12)], candidate=[(2 * 5, APR + 12)],
        why="docs.stripe.com/billing/subscriptions/usage-based: a meter sums values or counts events",
    ),
    "schedule phase": Release(
        steps=after(_ADDED, (12, "POST /v1/subscription_schedules", {"customer": "{0}", "start_date": "now", "phases": [
            {"items": [{"price": "{4}"}], "duration": {"interval": "month", "interval_count": "1"}},
            {"items": [{"price": "{7}"}], "duration": {"interval": "month", "interval_count": "1"}}]})),
        place=8, change=lambda call: call.with_param("phases[1][items][0][quantity]", "3"),
        control=[(6200, APR + 12)], candidate=[(18600, APR + 12)],
        why="docs.stripe.com/billing/subscriptions/subscription-schedules: the second phase begins with the second month",
    ),
    "quantity at period end": Release(
        steps=after(subscribe(), _ADDED, _BESIDE, (later(11), "POST /v1/subscription_items/{9}", {"quantity": "2", "proration_behavior": "none"})),
        place=10, change=put(quantity="5"),
        control=[(3100 + 12400, APR + 10)], candidate=[(3100 + 31000, APR + 10)],
        why="an item's quantity times its price, from the next period on where nothing is prorated",
    ),
    "end of the period": Release(
        steps=after(subscribe(), (later(10), "POST /v1/subscriptions/{7}", {"cancel_at_period_end": "false"})), place=8,
        change=put(cancel_at_period_end="true"),
        control=[(3100, APR + 10)], candidate=[],
        why="docs.stripe.com/billing/subscriptions/cancel: one that ends with its period renews no more",
    ),
    "minimum charge": Release(
        steps=after((8, "POST /v1/prices", {"product": "{3}", "currency": "usd", "unit_amount": "60", "recurring": MONTHLY}),
                    subscribe(items=[{"price": "{7}"}]), (later(1), "POST /v1/invoiceitems", {"customer": "{0}", "amount": "-5", "currency": "usd"})),
        place=9, change=put(amount="-20"),
        control=[(55, APR + 10)], candidate=[(40, APR + 10)],
        why="docs.stripe.com/billing/customer/balance: 0.40 is below the least that can be charged, and is carried over to the balance",
    ),
    "credit balance": Release(
        steps=after(subscribe(), (later(1), "POST /v1/customers/{0}/balance_transactions", {"amount": "-500", "currency": "usd"})), place=8,
        change=put(amount="-5000"),
        control=[(3100, APR + 10)], candidate=[(3100, APR + 10)],
        why="docs.stripe.com/billing/customer/balance: credit is taken by the next invoice: 26.00 are left to pay, or nothing",
    ),
    "draft hour": Release(
        steps=after(_METER, _METERED, (12, "POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{8}"}]}),
                    _event(later(3), 70, "a"), _event(later(31) + 60, 30, "b", timestamp=str(APR - DAY))),
        place=11, change=put(timestamp=str(APR + 30)),
        # reported in the draft's hour: of March, on that draft; of April, a month later
        control=[(100 * 5, APR + 12)], candidate=[(70 * 5, APR + 12)],
        why="docs.stripe.com/billing/subscriptions/usage-based: usage of the past period counts until its invoice is finalized",
    ),
    "tax behaviour": Release(
        steps=after((8, "POST /v1/tax_rates", {"display_name": "VAT", "percentage": "25", "inclusive": "true"}),
                    subscribe(trial_period_days="10", default_tax_rates=["{7}"])),
        place=7, change=put(inclusive="false"),
        control=[(3100, START + 10 + later(10))], candidate=[(3875, START + 10 + later(10))],
        why="docs.stripe.com/billing/taxes/tax-rates: an exclusive rate is added",
    ),
}  # fmt: skip


def record(folder: Path, steps: list[Step]) -> Path:
    """A capture of a release's recording, which says that it comes from Stripe."""
    simulator, calls = Simulator(), []
    for number, (after_start, operation, given) in enumerate(steps):
        method, _, path = operation.partition(" ")
        ids = [str(call.outcome.body.get("id", "")) for call in calls]
        params, path = filled(given, ids), filled(path, ids)
        outcome = simulator.send(Request(method=method, path=path, params=params, version=VERSIONS[0]), at=START + after_start)
        assert outcome.status == 200, outcome
        calls.append(exchange(number + 1, method, path, params, outcome.body, at=float(START + after_start), version=VERSIONS[0]))
    return write(folder / "capture", calls, [])


def judge(folder: Path, release: Release, *, horizon: str = "next-invoice", expectation: Expectation = ACCEPT_CALLS) -> Verdict:
    """Run a release against its recording, both arms to one horizon; `folder/run` keeps the run."""
    return judge_steps(folder, release.steps, at(release.place, release.change), horizon=horizon, expectation=expectation)


def judge_steps(
    folder: Path,
    steps: list[Step],
    rewrite: Callable[[Call], Any],
    *,
    horizon: str = "next-invoice",
    expectation: Expectation = ACCEPT_CALLS,
) -> Verdict:
    """Run a candidate against a recording of some steps."""
    return judge_capture(folder, record(folder, steps), rewrite, horizon=horizon, expectation=expectation)


def judge_capture(
    folder: Path, capture: Path, rewrite: Callable[[Call], Any], *, horizon: str = "next-invoice", expectation: Expectation = ACCEPT_CALLS
) -> Verdict:
    """Run a candidate against a recording."""
    Bench.active = staticmethod(rewrite)
    candidate = folder / "candidate.py"
    candidate.parent.mkdir(parents=True, exist_ok=True)
    candidate.write_text("from tests.proof.corpus import Bench\n\nrewrite = Bench.active\n")
    spec = RunSpec(capture=capture, out=folder / "run", candidate=candidate, expectation=expectation, horizon=horizon, jobs=1)
    *_, verdict = execute(spec)
    assert isinstance(verdict, Verdict)
    return verdict
