"""Automatic tax: rates that the world gives for the customer's place, the product's tax code and the day; what they come to is computed.

The place is the customer's shipping address, else the address (docs.stripe.com/tax/customer-locations). A price that does not say whether
tax is within it goes by the account's setting (docs.stripe.com/tax/products-prices-tax-codes-tax-behavior); without one it is unknown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from replayer.model.world import Place, TaxRate, place_of
from replayer.simulator.calls import Call
from replayer.simulator.errors import Unknown
from replayer.simulator.records import Record
from replayer.simulator.tax import Rate, Tax, taxes_of

_FREED = {"exempt": "customer_exempt", "reverse": "reverse_charge"}
_ADDED = frozenset({"usd", "cad"})  # currencies in which prices are without tax, where the account goes by the currency
_SELF = {"type": "self"}


def is_on(values: Mapping[str, Any]) -> bool:
    """Whether what an object bills is taxed automatically."""
    automatic = values.get("automatic_tax")
    return isinstance(automatic, dict) and bool(automatic.get("enabled"))


def settings(given: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The `automatic_tax` of an object that is given one; who is liable is the account itself, where nobody else is."""
    found = {**before, **given}
    return {**found, "liability": (found.get("liability") or _SELF) if found.get("enabled") else None}


def on(call: Call, customer: Record | None, price: Record | None, product: str | None, amount: int, at: int) -> list[Tax]:
    """The taxes on an amount after discounts, at a time (epoch seconds)."""
    if customer is None:
        raise Unknown("where the customer is, by whom automatic tax goes")
    place = place_of((call.sure(customer).values.get("shipping") or {}).get("address")) or place_of(customer.values.get("address"))
    if place is None:
        raise Unknown(f"where {customer.id} is, by which automatic tax goes")
    found = call.store.world.tax(place, _code(call, product), datetime.fromtimestamp(at, UTC).date())
    if found is None:
        raise Unknown(f"what tax is due in {'-'.join(part for part in place if part)}: the world names no rate there")
    call.assume(found.assumed)
    inclusive, freed = _inclusive(call, price), _FREED.get(str(customer.values.get("tax_exempt")))
    return taxes_of([_rate(call, fact, place, inclusive=inclusive, freed=freed) for fact in found.fact], amount)


def _code(call: Call, product: str | None) -> str | None:
    record = call.store.first(("product",), product) if product is not None else None
    code = record.values.get("tax_code") if record is not None else None
    return code if isinstance(code, str) else None


def _inclusive(call: Call, price: Record | None) -> bool:
    behavior = price.values.get("tax_behavior") if price is not None else None
    if behavior in (None, "unspecified"):
        behavior = call.store.settings.tax_behavior
        if behavior == "inferred_by_currency" and price is not None:
            behavior = "exclusive" if price["currency"] in _ADDED else "inclusive"
    if behavior not in ("inclusive", "exclusive"):
        raise Unknown("whether tax is within a price that does not say it: the world names no `tax_behavior` of the account")
    return bool(behavior == "inclusive")


def _rate(call: Call, fact: TaxRate, place: Place, *, inclusive: bool, freed: str | None) -> Rate:
    percentage = "0" if freed else fact.percentage
    record = _record(call, fact, place, percentage, inclusive=inclusive)
    return Rate(record.id, Fraction(Decimal(percentage)), inclusive, freed or fact.reason)


def _record(call: Call, fact: TaxRate, place: Place, percentage: str, *, inclusive: bool) -> Record:
    """The tax rate object that stands for a rate; Stripe makes one for each by itself."""
    key = (fact, percentage, inclusive)
    known = call.store.automatic_rates.get(key)
    if known is not None:
        return call.find("tax_rate", known, "tax_rates")
    record = call.passing(
        "tax_rate",
        {
            "active": False,
            "country": place[0],
            "description": None,
            "display_name": "Tax",
            "effective_percentage": float(percentage),
            "flat_amount": None,
            "inclusive": inclusive,
            "jurisdiction": place[0],
            "jurisdiction_level": None,
            "metadata": {},
            "percentage": float(percentage),
            "rate_type": "percentage",
            "state": place[1],
            "tax_type": None,
        },
    )
    record.mark(dict.fromkeys(("active", "country", "display_name", "jurisdiction", "jurisdiction_level", "state", "tax_type"), "world"))
    call.store.add(record)
    call.store.automatic_rates[key] = record.id
    return record
