"""The book of worked examples: what a customer is billed, by Stripe's documentation or by hand from a rule of it.

An example gets a shop, does what the page describes and returns the figures; what they must be stands in its heading. Cents are the page's
own (`stated`) or follow by hand from the rule that the page states (`by hand`): the docstring shows the sum. `later` marks those whose
effect lies after the last call: the clock goes on, and the figures are what was billed by then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tests.simulator.test_subscriptions import Shop, at

Work = Callable[[Shop], Any]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One example: its rule, the page, whether its cents are the page's own, whether they show only later, the figures, and what is done."""

    rule: str
    page: str
    stated: bool
    later: bool
    figures: Any
    work: Work
    begins: int

    @property
    def name(self) -> str:
        """How the example is called in reports."""
        return f"{self.rule}: {self.work.__name__}{'' if self.stated else ' (by hand)'}"

    def run(self) -> Any:
        """What the simulator makes of it."""
        return self.work(Shop(self.begins))


BOOK: list[Example] = []


def example(
    rule: str, page: str, figures: Any, *, stated: bool = False, later: bool = False, begins: int = at(2026, 4, 1)
) -> Callable[[Work], Work]:
    """Enter an example. Without another time it begins on 1 April, a month of 30 days."""

    def enter(work: Work) -> Work:
        BOOK.append(Example(rule=rule, page=page, stated=stated, later=later, figures=figures, work=work, begins=begins))
        return work

    return enter


def totals(shop: Shop, when: int | None = None) -> list[int]:
    """What each invoice of the customer comes to, the oldest first."""
    return [total for total, _ in shop.invoices(when)]


def dues(shop: Shop, when: int | None = None) -> list[int]:
    """What the customer is asked to pay of each invoice, the oldest first: after credit."""
    found = shop.ok("GET /v1/invoices", {"customer": shop.customer, "limit": "100"}, at=when)["data"]
    return [invoice["amount_due"] for invoice in found[::-1]]


def change(shop: Shop, subscription: dict[str, Any], day: int, month: int = 4, **params: Any) -> dict[str, Any]:
    """Change a subscription's first item (or, with `on`, the subscription) on a day of the year 2026."""
    on = params.pop("on", {})
    items = {"items": [{"id": subscription["items"]["data"][0]["id"], **params}]} if params else {}
    return shop.ok(f"POST /v1/subscriptions/{subscription['id']}", {**items, **on}, at=at(2026, month, day))


def metered(shop: Shop, uses: dict[int, int], formula: str = "sum", **price: Any) -> None:
    """Subscribe to what is metered, and use it: by the day of April, units."""
    given = {"display_name": "Use", "event_name": "use", "default_aggregation": {"formula": formula}}
    meter = shop.ok("POST /v1/billing/meters", given)["id"]
    recurring = {"usage_type": "metered", "meter": meter}
    items = [{"price": shop.price(price.pop("amount", None), recurring=recurring, **price)}]
    shop.ok("POST /v1/subscriptions", {"customer": shop.customer, "items": items})
    for day, units in uses.items():
        payload = {"stripe_customer_id": shop.customer, "value": str(units)}
        shop.ok("POST /v1/billing/meter_events", {"event_name": "use", "payload": payload}, at=at(2026, 4, day))


def coupon(shop: Shop, **params: str) -> str:
    """A coupon."""
    return str(shop.ok("POST /v1/coupons", params)["id"])


def rate(shop: Shop, percentage: str, *, inclusive: bool) -> str:
    """A tax rate."""
    given = {"display_name": "Tax", "percentage": percentage, "inclusive": str(inclusive).lower()}
    return str(shop.ok("POST /v1/tax_rates", given)["id"])


def one_off(shop: Shop, *amounts: int, currency: str = "usd", **invoice: Any) -> dict[str, Any]:
    """A finalised invoice of some items."""
    made = shop.ok("POST /v1/invoices", {"customer": shop.customer, "currency": currency, "auto_advance": "false", **invoice})
    for amount in amounts:
        item = {"customer": shop.customer, "invoice": made["id"], "amount": str(amount), "currency": currency}
        shop.ok("POST /v1/invoiceitems", item)
    return shop.ok(f"POST /v1/invoices/{made['id']}/finalize")


def balance(shop: Shop) -> int:
    """The customer's balance: negative is credit."""
    return int(shop.ok(f"GET /v1/customers/{shop.customer}")["balance"])
