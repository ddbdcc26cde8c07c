"""Plans read as prices and prices read as plans: one thing under two types (docs.stripe.com/billing/migration/migrating-prices)."""

from __future__ import annotations

from typing import Any

from replayer.simulator.records import Record

_SAME = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product", "tiers", "tiers_mode")
_RECURRING = ("aggregate_usage", "interval", "interval_count", "meter", "trial_period_days", "usage_type")


def twin(record: Record, object_type: str) -> Record | None:
    """A record as the other type, null where it has none (a price that does not recur is no plan)."""
    if record.type == "plan" and object_type == "price":
        return _as(record, "price", _price(record.values))
    if record.type == "price" and object_type == "plan" and isinstance(record.values.get("recurring"), dict):
        return _as(record, "plan", _plan(record.values))
    return None


def _as(record: Record, object_type: str, values: dict[str, Any]) -> Record:
    other = Record(object_type, record.id, {"object": object_type, **values}, origin=record.origin, sequence=record.sequence)
    other.weak, other.deleted = record.weak, record.deleted
    return other


def _price(plan: dict[str, Any]) -> dict[str, Any]:
    transform = plan.get("transform_usage")
    return {
        **{name: plan[name] for name in _SAME if name in plan},
        "custom_unit_amount": None,
        "lookup_key": None,
        "recurring": {name: plan.get(name) for name in _RECURRING},
        "tax_behavior": "unspecified",
        "transform_quantity": transform,
        "type": "recurring",
        "unit_amount": plan.get("amount"),
        "unit_amount_decimal": plan.get("amount_decimal"),
    }


def _plan(price: dict[str, Any]) -> dict[str, Any]:
    recurring = price["recurring"]
    return {
        **{name: price[name] for name in _SAME if name in price},
        **{name: recurring.get(name) for name in _RECURRING},
        "amount": price.get("unit_amount"),
        "amount_decimal": price.get("unit_amount_decimal"),
        "transform_usage": price.get("transform_quantity"),
    }
