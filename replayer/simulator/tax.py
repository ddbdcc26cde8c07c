"""Tax by tax rates: exclusive tax is added, inclusive tax is taken out of what is left after discounts. Each line by itself.

docs.stripe.com/billing/taxes/tax-rates; rounding per line as real invoices show. Which rates hold: the line's own, else those of what it
bills, else the invoice's. Automatic tax is Stripe's own judgement of place, product and date: `automatic_tax` takes its rates from the
world.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from replayer.simulator.calls import Call
from replayer.simulator.prices import rounded


class Tax(msgspec.Struct, frozen=True):
    """One rate's tax on one line, in minor units; `taxable` is what it is computed on."""

    rate: str
    amount: int
    taxable: int
    inclusive: bool
    reason: str | None = None


class Rate(msgspec.Struct, frozen=True):
    """A rate that holds: `reason` is Stripe's taxability reason where Stripe judged it."""

    id: str
    percent: Fraction
    inclusive: bool
    reason: str | None = None


def check(call: Call) -> None:
    """Refuse a call that names a tax rate that is not there, at whatever depth of its parameters."""
    for place, rates in _named(call.params, ""):
        for rate in rates:
            call.find("tax_rate", rate, place)


def _named(node: Any, place: str) -> Iterator[tuple[str, list[str]]]:
    if not isinstance(node, (dict, list)):
        return
    for name, child in node.items() if isinstance(node, dict) else enumerate(node):
        inner = f"{place}[{name}]" if place else str(name)
        if name in ("tax_rates", "default_tax_rates") and isinstance(child, list):
            yield inner, [rate for rate in child if isinstance(rate, str)]
        else:
            yield from _named(child, inner)


def on(call: Call, rates: list[str], amount: int) -> list[Tax]:
    """The taxes on an amount (after discounts)."""
    if not rates:
        return []
    found = [call.find("tax_rate", rate, "tax_rates") for rate in rates]
    return taxes_of(
        [Rate(rate.id, Fraction(Decimal(str(rate["percentage"]))), bool(rate.values.get("inclusive"))) for rate in found], amount
    )


def taxes_of(rates: list[Rate], amount: int) -> list[Tax]:
    """What rates take of an amount (after discounts)."""
    inside = sum((rate.percent / 100 for rate in rates if rate.inclusive), Fraction(0))
    net = Fraction(amount) / (1 + inside)
    base = rounded(net)
    return [Tax(rate.id, rounded(net * rate.percent / 100), base, rate.inclusive, rate.reason) for rate in rates]


def shown(taxes: list[Tax]) -> dict[str, Any]:
    """The taxes of a line or invoice under the names of all versions."""
    return {
        "tax_amounts": [
            {
                "amount": tax.amount,
                "inclusive": tax.inclusive,
                "tax_rate": tax.rate,
                "taxability_reason": tax.reason,
                "taxable_amount": tax.taxable,
            }
            for tax in taxes
        ],
        "taxes": [
            {
                "amount": tax.amount,
                "tax_behavior": "inclusive" if tax.inclusive else "exclusive",
                "tax_rate_details": {"tax_rate": tax.rate},
                "taxability_reason": tax.reason or "not_available",
                "taxable_amount": tax.taxable,
                "type": "tax_rate_details",
            }
            for tax in taxes
        ],
    }


def summed(taxes: list[Tax]) -> list[Tax]:
    """The taxes of several lines, by rate."""
    found: dict[str, Tax] = {}
    for tax in taxes:
        known = found.get(tax.rate)
        found[tax.rate] = (
            tax if known is None else msgspec.structs.replace(tax, amount=known.amount + tax.amount, taxable=known.taxable + tax.taxable)
        )
    return list(found.values())
