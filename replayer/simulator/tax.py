"""Tax by tax rates: exclusive tax is added, inclusive tax is taken out of what is left after discounts. Each line by itself.

docs.stripe.com/billing/taxes/tax-rates; rounding per line as real invoices show. Which rates hold: the line's own, else those of what it
bills, else the invoice's. Automatic tax is Stripe's own judgement of place, product and date: world, not computed here.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from replayer.simulator.calls import Call
from replayer.simulator.prices import rounded
from replayer.simulator.records import Record

_NO_REASON = {"taxability_reason": None}


class Tax(msgspec.Struct, frozen=True):
    """One rate's tax on one line, in minor units; `taxable` is what it is computed on."""

    rate: str
    amount: int
    taxable: int
    inclusive: bool


def on(call: Call, rates: list[str], amount: int) -> list[Tax]:
    """The taxes on an amount (after discounts)."""
    if not rates:
        return []
    found = [call.find("tax_rate", rate, "tax_rates") for rate in rates]
    inside = sum((_percent(rate) for rate in found if rate.values.get("inclusive")), Fraction(0))
    net = Fraction(amount) / (1 + inside)
    base = rounded(net)
    return [Tax(rate.id, rounded(net * _percent(rate)), base, bool(rate.values.get("inclusive"))) for rate in found]


def _percent(rate: Record) -> Fraction:
    return Fraction(Decimal(str(rate["percentage"]))) / 100


def shown(taxes: list[Tax]) -> dict[str, Any]:
    """The taxes of a line or invoice under the names of all versions."""
    return {
        "tax_amounts": [
            {"amount": tax.amount, "inclusive": tax.inclusive, "tax_rate": tax.rate, **_NO_REASON, "taxable_amount": tax.taxable}
            for tax in taxes
        ],
        "taxes": [
            {
                "amount": tax.amount,
                "tax_behavior": "inclusive" if tax.inclusive else "exclusive",
                "tax_rate_details": {"tax_rate": tax.rate},
                "taxability_reason": "not_available",
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
        found[tax.rate] = tax if known is None else Tax(tax.rate, known.amount + tax.amount, known.taxable + tax.taxable, tax.inclusive)
    return list(found.values())
