"""What is sold: products, prices, plans, coupons, tax rates. They are written as given, with the defaults of the API reference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter, negative_integer, only_one_of
from replayer.simulator.generic import create as generic_create
from replayer.simulator.generic import delete as generic_delete
from replayer.simulator.generic import write
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule

_PRODUCT: dict[str, Any] = {
    **dict.fromkeys((
        "default_price", "description", "package_dimensions", "shippable", "statement_descriptor", "tax_code", "unit_label", "url",
    )),
    "active": True, "attributes": [], "images": [], "marketing_features": [], "metadata": {}, "type": "service",
}  # fmt: skip
_PRICE: dict[str, Any] = {
    **dict.fromkeys((
        "custom_unit_amount", "lookup_key", "nickname", "recurring", "tiers_mode", "transform_quantity", "unit_amount",
        "unit_amount_decimal",
    )),
    "active": True, "billing_scheme": "per_unit", "metadata": {}, "tax_behavior": "unspecified", "type": "one_time",
}  # fmt: skip
_RECURRING: dict[str, Any] = {
    **dict.fromkeys(("aggregate_usage", "meter", "trial_period_days")), "interval_count": 1, "usage_type": "licensed",
}  # fmt: skip
_PLAN: dict[str, Any] = {
    **_RECURRING, **dict.fromkeys(("amount", "amount_decimal", "nickname", "tiers_mode", "transform_usage")),
    "active": True, "billing_scheme": "per_unit", "metadata": {},
}  # fmt: skip
_COUPON: dict[str, Any] = {
    **dict.fromkeys(("amount_off", "currency", "duration_in_months", "max_redemptions", "name", "percent_off", "redeem_by")),
    "duration": "once", "metadata": {}, "times_redeemed": 0, "valid": True,
}  # fmt: skip
_TAX_RATE: dict[str, Any] = {
    **dict.fromkeys(("country", "description", "flat_amount", "jurisdiction", "jurisdiction_level", "state", "tax_type")),
    "active": True, "metadata": {}, "rate_type": "percentage",
}  # fmt: skip


def _made(call: Call, defaults: dict[str, Any], computed: tuple[str, ...]) -> Record:
    """An object as given over its defaults; what the call is about counts as computed, the rest as echo."""
    record = generic_create(call)
    assert isinstance(record, Record)
    record.origin = "computed"
    record.assign({**defaults, **record.values})
    record.mark({name: "given" for name in call.params if name in record.values and name not in computed})
    return record


def product(call: Call) -> Answer:
    """Make a product; the price that comes with it becomes its default."""
    record = _made(call, _PRODUCT, ("id",))
    record.assign({"updated": call.now})
    data = call.params.get("default_price_data")
    if isinstance(data, dict):
        made = call.create("price", _price_values({**data, "product": record.id}))
        record.assign({"default_price": made.id})
    return record


def delete_product(call: Call) -> Answer:
    """Delete a product that has no prices."""
    if any(call.store.children(kind, "product", call.ids[0]) for kind in ("price", "plan")):
        raise refuse("This product cannot be deleted because it has one or more user-created prices.")
    return generic_delete(call)


def price(call: Call) -> Answer:
    """Make a price, with its product where that is given inline."""
    data = call.params.get("product_data")
    if not isinstance(data, dict) and not call.params.get("product"):
        raise missing_parameter("product")
    _check_price(call.params)
    _take_key(call, None)
    record = _made(call, _PRICE, _PRICE_COMPUTED)
    if isinstance(data, dict):
        made = call.create("product", {**_PRODUCT, **data, "updated": call.now})
        record.assign({"product": made.id})
    recurring = {"recurring": call.params["recurring"]} if isinstance(call.params.get("recurring"), dict) else {}  # with what versions had
    record.assign(
        {name: value for name, value in _price_values({**record.values, **recurring}).items() if value != record.values.get(name)}
    )
    call.store.own.put(record)
    return record


def _check_price(params: dict[str, Any]) -> None:
    """One amount, not below zero, every three years at the most (Stripe API reference, "Create a price")."""
    amount, recurring = params.get("unit_amount"), params.get("recurring")
    if amount is not None and params.get("unit_amount_decimal") is not None:
        raise only_one_of("unit_amount", "unit_amount_decimal")
    if isinstance(amount, int) and amount < 0:
        raise negative_integer("unit_amount")
    recurring = recurring if isinstance(recurring, dict) else {}
    count, interval = recurring.get("interval_count"), str(recurring.get("interval"))
    longest = _LONGEST.get(interval)
    if isinstance(count, int) and longest is not None and not 1 <= count <= longest:
        raise refuse(f"A price can recur every {longest} {interval}s at the most.", param="recurring[interval_count]")


def update_price(call: Call) -> Answer:
    """Change what a price is called by, and whether it is sold; its amount stays."""
    _take_key(call, call.at())
    return write(call)


def _take_key(call: Call, own: Record | None) -> None:
    """Let no two prices have one lookup key: the one that has it keeps it, unless it is to be transferred."""
    key = call.params.get("lookup_key")
    for other in call.store.newest("price") if isinstance(key, str) else []:
        if other.values.get("lookup_key") == key and (own is None or other.id != own.id):
            if not call.params.get("transfer_lookup_key"):
                raise refuse(f"A price (`{other.id}`) already uses that lookup key.", param="lookup_key")
            call.event("price.updated", call.update(other, {"lookup_key": None}))


def price_from(call: Call, data: dict[str, Any]) -> Record:
    """A price made inline (`price_data`), for this use only: it is not active."""
    given = {name: value for name, value in data.items() if name != "product_data"}
    product_data = data.get("product_data")
    if isinstance(product_data, dict):
        given["product"] = call.create("product", {**_PRODUCT, **product_data, "updated": call.now}).id
    elif isinstance(data.get("product"), str):
        call.find("product", data["product"], "price_data[product]")
    return call.create("price", {**_price_values(given), "active": False})


def _tiers(given: Any) -> Any:
    """Tiers as they are shown: the last has no upper bound, each amount has its decimals."""
    if not isinstance(given, list):
        return given
    return [_tier(tier) for tier in given if isinstance(tier, dict)]


def _tier(tier: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {**dict.fromkeys(("flat_amount", "flat_amount_decimal", "unit_amount", "unit_amount_decimal")), **tier}
    for name in ("flat_amount", "unit_amount"):
        if found[name] is not None:
            found[f"{name}_decimal"] = str(found[name])
    return {**found, "up_to": None if tier.get("up_to") in (None, "inf") else int(tier["up_to"])}


def _price_values(given: dict[str, Any]) -> dict[str, Any]:
    values = {**_PRICE, **given}
    if values.get("tiers"):
        values["tiers"] = _tiers(values["tiers"])
    recurring = given.get("recurring")
    if isinstance(recurring, dict):
        values |= {"recurring": {**_RECURRING, **recurring}, "type": "recurring"}
    if values["unit_amount"] is not None and values["unit_amount_decimal"] is None:
        values["unit_amount_decimal"] = str(values["unit_amount"])
    return {**values, "currency": str(values.get("currency", "")).lower()}


def plan(call: Call) -> Answer:
    """Make a plan, with its product where that is given inline."""
    inline = call.params.get("product")
    if isinstance(inline, dict):
        call.params["product"] = call.create("product", {**_PRODUCT, **inline, "updated": call.now}).id
    record = _made(call, _PLAN, _PLAN_COMPUTED)
    if record.values.get("tiers"):
        record.assign({"tiers": _tiers(record["tiers"])})
    if record["amount"] is not None and record["amount_decimal"] is None:
        record.assign({"amount_decimal": str(record["amount"])})
    return record


def coupon(call: Call) -> Answer:
    """Make a coupon; one without an id gets one."""
    _check_coupon(call.params)
    call.params.setdefault("id", f"Sim{call.store.mint.next('coupon')[-5:]}")
    return _made(call, _COUPON, _COUPON_COMPUTED)


def _check_coupon(params: dict[str, Any]) -> None:
    """What takes off either a share or an amount, for as many months as it says (Stripe API reference, "Create a coupon")."""
    share, amount = params.get("percent_off"), params.get("amount_off")
    if share is None and amount is None:
        raise missing_parameter("percent_off")
    if share is not None and amount is not None:
        raise refuse("A coupon takes off `percent_off` or `amount_off`, not both.", param="percent_off")
    if amount is not None and not params.get("currency"):
        raise missing_parameter("currency")
    if isinstance(amount, int) and amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount_off")
    if share is not None and not 0 < Decimal(str(share)) <= 100:
        raise refuse("`percent_off` must be more than 0 and at most 100.", param="percent_off")
    repeats = params.get("duration") == "repeating"
    if repeats and params.get("duration_in_months") is None:
        raise missing_parameter("duration_in_months")
    if not repeats and params.get("duration_in_months") is not None:
        raise refuse("`duration_in_months` goes with the duration `repeating` only.", param="duration_in_months")


def tax_rate(call: Call) -> Answer:
    """Make a tax rate."""
    record = _made(call, _TAX_RATE, _TAX_RATE_COMPUTED)
    record.assign({"effective_percentage": record["percentage"]})
    return record


_LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}
_KEY = ("lookup_key", "transfer_lookup_key")
_PRICE_COMPUTED = (
    "currency", "unit_amount", "unit_amount_decimal", "recurring[interval]", "recurring[interval_count]", "product", *_KEY,
)  # fmt: skip
_PLAN_COMPUTED = ("currency", "amount", "amount_decimal", "interval", "interval_count", "product", "id")
_COUPON_COMPUTED = ("id", "percent_off", "amount_off", "currency", "duration", "duration_in_months")
_TAX_RATE_COMPUTED = ("percentage", "inclusive")
_SHOWN = {"metadata": METADATA, "description": ARBITRARY, "nickname": ARBITRARY, "name": ARBITRARY, "display_name": ARBITRARY}
_NAMES = ("products", "prices", "plans", "coupons", "tax_rates")
RULES = {
    "POST /v1/products": Rule(product, ("id",), _SHOWN),
    "DELETE /v1/products/{}": Rule(delete_product),
    "POST /v1/prices": Rule(price, _PRICE_COMPUTED, _SHOWN),
    "POST /v1/prices/{}": Rule(update_price, _KEY, _SHOWN),
    "POST /v1/plans": Rule(plan, _PLAN_COMPUTED, _SHOWN),
    "POST /v1/coupons": Rule(coupon, _COUPON_COMPUTED, _SHOWN),
    "POST /v1/tax_rates": Rule(tax_rate, _TAX_RATE_COMPUTED, _SHOWN),
    **{f"GET /v1/{name}": Rule(None, PAGES) for name in _NAMES},
    **{f"GET /v1/{name}/{{}}": Rule() for name in _NAMES},
}
