"""What is sold: products, prices, plans, coupons, tax rates. They are written as given, with the defaults of the reference."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call
from replayer.simulator.errors import ApiError
from replayer.simulator.generic import create as generic_create
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, Rule

_PAGES = ("limit", "starting_after", "ending_before")
_PRODUCT: dict[str, Any] = {
    "active": True, "default_price": None, "description": None, "images": [], "marketing_features": [], "metadata": {}, "package_dimensions": None,
    "shippable": None, "statement_descriptor": None, "tax_code": None, "type": "service", "unit_label": None, "url": None, "attributes": [],
}  # fmt: skip
_PRICE: dict[str, Any] = {
    "active": True, "billing_scheme": "per_unit", "custom_unit_amount": None, "lookup_key": None, "metadata": {}, "nickname": None, "recurring": None,
    "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None, "type": "one_time", "unit_amount": None, "unit_amount_decimal": None,
}  # fmt: skip
_PLAN: dict[str, Any] = {
    "active": True, "aggregate_usage": None, "amount": None, "amount_decimal": None, "billing_scheme": "per_unit", "interval_count": 1, "metadata": {},
    "meter": None, "nickname": None, "tiers_mode": None, "transform_usage": None, "trial_period_days": None, "usage_type": "licensed",
}  # fmt: skip
_COUPON: dict[str, Any] = {
    "amount_off": None, "currency": None, "duration": "once", "duration_in_months": None, "max_redemptions": None, "metadata": {}, "name": None,
    "percent_off": None, "redeem_by": None, "times_redeemed": 0, "valid": True,
}  # fmt: skip
_TAX_RATE: dict[str, Any] = {
    "active": True, "country": None, "description": None, "flat_amount": None, "jurisdiction": None, "jurisdiction_level": None, "metadata": {},
    "rate_type": "percentage", "state": None, "tax_type": None,
}  # fmt: skip
_RECURRING: dict[str, Any] = {
    "aggregate_usage": None, "interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed",
}  # fmt: skip


def _defaults(call: Call, values: dict[str, Any]) -> Record:
    record = generic_create(call)
    assert isinstance(record, Record)
    given = set(record.values)
    record.values = {**values, **record.values}
    record.origin = "computed"
    record.mark({name: "given" for name in call.params if name in given and name not in _DECISIVE})
    return record


# Echoes that are what the call is about: told as computed, so that they are judged.
_DECISIVE = frozenset(
    {"currency", "unit_amount", "unit_amount_decimal", "amount", "recurring", "interval", "interval_count", "percent_off", "amount_off", "duration",
     "duration_in_months", "percentage", "inclusive", "product"}
)  # fmt: skip


def product(call: Call) -> Answer:
    """Make a product; the price that comes with it becomes its default."""
    record = _defaults(call, _PRODUCT)
    record.assign({"updated": call.now})
    data = call.params.get("default_price_data")
    if isinstance(data, dict):
        price = call.create("price", _price_values(call, {**data, "product": record.id}))
        record.assign({"default_price": price.id})
    return record


def price(call: Call) -> Answer:
    """Make a price, with its product where that is given inline."""
    data = call.params.get("product_data")
    record = _defaults(call, _PRICE)
    if isinstance(data, dict):
        made = call.create("product", {**_PRODUCT, **data, "updated": call.now})
        record.assign({"product": made.id})
    elif not record.values.get("product"):
        raise ApiError("You must specify either `product` or `product_data` when creating a price.", code="parameter_missing", param="product")
    record.values = _price_values(call, record.values)
    return record


def _price_values(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    recurring = given.get("recurring")
    values = {**_PRICE, **given}
    if isinstance(recurring, dict):
        values |= {"recurring": {**_RECURRING, **recurring}, "type": "recurring"}
    if values["unit_amount"] is not None and values["unit_amount_decimal"] is None:
        values["unit_amount_decimal"] = str(values["unit_amount"])
    values["currency"] = str(values.get("currency", "")).lower()
    if values.get("tiers") is not None:
        values["billing_scheme"] = "tiered"
    return values


def plan(call: Call) -> Answer:
    """Make a plan, with its product where that is given inline."""
    inline = call.params.get("product")
    if isinstance(inline, dict):
        made = call.create("product", {**_PRODUCT, **inline, "updated": call.now})
        call.params["product"] = made.id
    record = _defaults(call, _PLAN)
    amount = record.values["amount"]
    if amount is not None and record.values["amount_decimal"] is None:
        record.values = {**record.values, "amount_decimal": str(amount)}
    return record


def coupon(call: Call) -> Answer:
    """Make a coupon; one without an id gets one."""
    call.params.setdefault("id", f"Sim{call.store.mint.next('coupon')[-5:]}")
    return _defaults(call, _COUPON)


def tax_rate(call: Call) -> Answer:
    """Make a tax rate."""
    record = _defaults(call, _TAX_RATE)
    record.values = {**record.values, "effective_percentage": record.values.get("percentage")}
    return record


_SHOWN = {"metadata": METADATA, "description": ARBITRARY, "nickname": ARBITRARY}
RULES = {
    "POST /v1/products": Rule(product, ("id",), {"metadata": METADATA, "description": ARBITRARY, "name": ARBITRARY, "images": ARBITRARY, "url": ARBITRARY}),
    "POST /v1/prices": Rule(price, ("currency", "unit_amount", "recurring", "product"), _SHOWN),
    "POST /v1/plans": Rule(plan, ("currency", "amount", "interval", "interval_count", "product", "id"), _SHOWN),
    "POST /v1/coupons": Rule(coupon, ("id", "percent_off", "amount_off", "currency", "duration", "duration_in_months"), {"metadata": METADATA, "name": ARBITRARY}),
    "POST /v1/tax_rates": Rule(
        tax_rate, ("percentage", "inclusive"), {"metadata": METADATA, "description": ARBITRARY, "display_name": ARBITRARY, "jurisdiction": ARBITRARY}
    ),
    **{f"GET /v1/{name}": Rule(None, _PAGES) for name in ("products", "prices", "plans", "coupons", "tax_rates")},
    **{f"GET /v1/{name}/{{}}": Rule() for name in ("products", "prices", "plans", "coupons", "tax_rates")},
}
