"""What a quantity of a price costs: per unit, by package, in tiers (docs.stripe.com/products-prices/pricing-models).

Amounts are in minor units; prices may have twelve decimals. An amount is rounded half up, as a whole, not unit by unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import msgspec

from replayer.simulator.errors import Unknown
from replayer.simulator.records import Record

_ONE = Decimal(1)


class Part(msgspec.Struct, frozen=True):
    """A part of what a quantity costs: one invoice line. `tier` counts from 1; `flat` is true of a tier's flat amount."""

    amount: int
    quantity: int
    unit: str | None
    tier: int | None = None
    flat: bool = False


def rounded(value: Decimal | Fraction) -> int:
    """The nearest integer; halves go away from zero, so that a credit mirrors its debit."""
    if isinstance(value, Decimal):
        return int(value.quantize(_ONE, ROUND_HALF_UP))
    sign = -1 if value < 0 else 1
    return sign * ((2 * abs(value.numerator) + value.denominator) // (2 * value.denominator))


def unit_of(price: Record) -> Decimal:
    """The unit price with its decimals."""
    text = price.values.get("unit_amount_decimal")
    if text is None:
        text = price.values.get("amount_decimal")
    if text is None:
        text = price.values.get("unit_amount", price.values.get("amount"))
    if text is None:
        raise Unknown(f"{price.id} has no unit amount")
    return Decimal(str(text))


def plain(value: Decimal) -> str:
    """A decimal as Stripe writes it: without an exponent or needless zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_of(price: Record, quantity: int) -> int:
    """What a quantity costs."""
    return sum(part.amount for part in parts_of(price, quantity))


def parts_of(price: Record, quantity: int) -> list[Part]:
    """What a quantity costs, line by line: one for a unit price, one a tier that is reached, one a flat amount."""
    if price.values.get("billing_scheme") == "tiered":
        return list(_tiered(price, quantity))
    charged = _packages(price, quantity)
    unit = unit_of(price)
    return [Part(rounded(unit * charged), quantity, plain(unit))]


def _packages(price: Record, quantity: int) -> int:
    """How many packages a quantity takes (`transform_quantity`)."""
    transform = price.values.get("transform_quantity") or price.values.get("transform_usage")
    if not isinstance(transform, dict) or not transform.get("divide_by"):
        return quantity
    exact = Decimal(quantity) / Decimal(transform["divide_by"])
    return int(exact.to_integral_value(ROUND_CEILING if transform.get("round") == "up" else ROUND_FLOOR))


def _tiered(price: Record, quantity: int) -> Iterator[Part]:
    tiers = price.values.get("tiers")
    if not isinstance(tiers, list) or not tiers:
        raise Unknown(f"the tiers of {price.id} are not known")
    yield from (_volume if price["tiers_mode"] == "volume" else _graduated)(tiers, quantity)


def _top(tier: dict[str, Any]) -> int | None:
    top = tier.get("up_to")
    return None if top in (None, "inf") else int(top)


def _number(tier: dict[str, Any], name: str) -> Decimal | None:
    value = tier.get(f"{name}_decimal")
    value = tier.get(name) if value is None else value
    return None if value is None else Decimal(str(value))


def _volume(tiers: list[dict[str, Any]], quantity: int) -> Iterator[Part]:
    """The tier that the whole quantity falls into prices all of it."""
    place = next((index for index, tier in enumerate(tiers) if (top := _top(tier)) is None or quantity <= top), len(tiers) - 1)
    yield from _in_tier(tiers[place], place, quantity)


def _graduated(tiers: list[dict[str, Any]], quantity: int) -> Iterator[Part]:
    """Each tier prices what of the quantity falls into it; a quantity of 0 is in the first."""
    below = 0
    for place, tier in enumerate(tiers):
        top = _top(tier)
        here = quantity - below if top is None else min(quantity, top) - below
        if here > 0 or place == 0:
            yield from _in_tier(tier, place, max(0, here))
        if top is None or quantity <= top:
            return
        below = top


def _in_tier(tier: dict[str, Any], place: int, quantity: int) -> Iterator[Part]:
    unit, flat = _number(tier, "unit_amount"), _number(tier, "flat_amount")
    if unit is not None or flat is None:
        unit = unit or Decimal(0)
        yield Part(rounded(unit * quantity), quantity, plain(unit), place + 1)
    if flat:
        yield Part(rounded(flat), 0, plain(flat), place + 1, flat=True)


def recurring_of(price: Record) -> tuple[str, int, str]:
    """The (interval, count, usage type) of a price or plan that recurs."""
    found = price.values.get("recurring") if price.type == "price" else price.values
    if not isinstance(found, dict) or not found.get("interval"):
        raise Unknown(f"{price.id} does not recur")
    return str(found["interval"]), int(found.get("interval_count") or 1), str(found.get("usage_type") or "licensed")


def recurs(price: Record) -> bool:
    """Whether a price recurs."""
    return price.type == "plan" or isinstance(price.values.get("recurring"), dict)
