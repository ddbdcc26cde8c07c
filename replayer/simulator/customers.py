"""Customers: made, changed, deleted; what they pay with by default."""

from __future__ import annotations

from typing import Any

from replayer.simulator import discounts
from replayer.simulator.balances import change
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.echo import Echo
from replayer.simulator.generic import retrieve
from replayer.simulator.payment_methods import attach_to, usable
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, CONTACT, LOCALES, METADATA, PAGES, Rule
from replayer.simulator.sources import add_source
from replayer.stripeapi.catalogue import catalogue

_NEW: dict[str, Any] = {
    **dict.fromkeys((
        "address", "currency", "customer_account", "default_source", "description", "discount", "email", "name", "phone", "shipping",
        "test_clock",
    )),
    "balance": 0, "delinquent": False, "invoice_credit_balance": {}, "metadata": {}, "next_invoice_sequence": 1, "preferred_locales": [],
    "invoice_settings": dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")), "tax_exempt": "none",
}  # fmt: skip
# The account decides the prefix, Stripe Tax what is known of the location.
_TAX = {"automatic_tax": "unrecognized_location", "ip_address": None, "location": None, "provider": "stripe"}
_WORLD = {"invoice_prefix": "world", "tax": "world"}


def create(call: Call) -> Answer:
    """Make a customer; a payment method or source that comes with it is attached."""
    method = call.params.get("payment_method")
    found = usable(call, method, "payment_method") if isinstance(method, str) else None
    settings = call.params.get("invoice_settings")
    if found is not None and isinstance(settings, dict) and settings.get("default_payment_method") == method:
        call.params["invoice_settings"] = {**settings, "default_payment_method": found.id}  # a test value is the one that comes with it
    echo = _echo(call, _NEW)
    _check_default(echo.values, found.id if found is not None else None, None)
    record = call.create("customer", {**_NEW, "tax": _TAX, **echo.values})
    record.mark({**_WORLD, **dict.fromkeys(echo.paths, "given")})
    if "invoice_prefix" not in echo.values:
        record.assign({"invoice_prefix": f"SIM{record.id[-8:].upper()}"}, "world")
    if found is not None:
        attach_to(call, found, record)
    _source(call, record)
    _discount(call, record)
    opening = record.values.get("balance")
    if opening:
        call.update(record, {"balance": 0})
        record = _balance(call, record, int(opening))
    call.event("customer.created", record)
    return record


def _balance(call: Call, record: Record, wanted: int) -> Record:
    """Bring the balance to an amount, by an entry in its ledger."""
    difference = wanted - (record.values.get("balance") or 0)
    if difference:
        change(call, record, difference, "adjustment", str(record.values.get("currency") or "usd"))
    return call.store.get("customer", record.id) or record


def _echo(call: Call, before: dict[str, Any]) -> Echo:
    params = {name: value for name, value in call.params.items() if name not in ("source", "payment_method", "default_source", "tax")}
    return Echo(catalogue().fields("customer"), before, call.store).take(params)


def _source(call: Call, record: Record) -> None:
    source = call.params.get("source")
    if isinstance(source, str):
        card = add_source(call, record, source, "source")
        call.update(record, {"default_source": card.id})
    default = call.params.get("default_source")
    if isinstance(default, str):
        call.find(("card", "source", "bank_account", "payment_method"), default, "default_source")
        call.update(record, {"default_source": default})


def _discount(call: Call, record: Record) -> None:
    """Redeem what is given for a customer's whole billing; it takes the place of the discount that the customer had."""
    for param in ("coupon", "promotion_code"):
        if isinstance(call.params.get(param), str):
            made = discounts.redeem(call, {param: call.params[param]}, param=param, customer=record)
            call.update(record, {"discount": made.id})
            call.event("customer.discount.created", made)


def drop_discount(call: Call) -> Answer:
    """Take the discount off a customer; what its subscriptions have of their own stays (Stripe API reference, "Discounts")."""
    record = call.at()
    held = record.values.get("discount")
    if not isinstance(held, str):
        raise refuse(f"No active discount for customer: {record.id}", status=404, code="resource_missing")
    call.update(record, {"discount": None})
    gone = call.delete(call.find("discount", held, "discount"))
    call.event("customer.discount.deleted", gone)
    return gone


def _check_default(values: dict[str, Any], coming: str | None, customer: Record | None, store_of: Call | None = None) -> None:
    """A default payment method must be the customer's own (Stripe API reference, `invoice_settings.default_payment_method`)."""
    settings = values.get("invoice_settings")
    wanted = settings.get("default_payment_method") if isinstance(settings, dict) else None
    if not isinstance(wanted, str) or wanted == coming:
        return
    method = store_of.store.first(("payment_method",), wanted) if store_of is not None else None
    if customer is None or method is None or method.values.get("customer") != customer.id:
        raise refuse(
            f"The customer does not have a payment method with the ID {wanted}. The payment method must be attached to the customer.",
            code="resource_missing",
            param="invoice_settings[default_payment_method]",
        )


def update(call: Call) -> Answer:
    """Change a customer."""
    record = call.at()
    echo = _echo(call, record.values)
    if "invoice_settings" in call.params:
        _check_default(echo.values, None, record, call)
    wanted = echo.values.pop("balance", None)
    if echo.values:
        record = call.update(record, echo.values, origin="given", paths=[path for path in echo.paths if path != "balance"])
    if isinstance(wanted, int):
        record = _balance(call, record, wanted)
    _source(call, record)
    _discount(call, record)
    if call.effects:
        call.event("customer.updated", record)
    return call.store.get("customer", record.id) or record


def delete(call: Call) -> Answer:
    """Delete a customer: its payment methods are detached, its subscriptions canceled (Stripe API reference, "Delete a customer")."""
    record = call.at()
    for method in call.store.children("payment_method", "customer", record.id):
        call.update(method, {"customer": None})
    for subscription in call.store.children("subscription", "customer", record.id):
        call.update(subscription, {}).weaken()
    call.delete(record)
    call.event("customer.deleted", record)
    return call.store.get("customer", record.id) or record


_INERT = {
    "description": ARBITRARY, "name": CONTACT, "email": CONTACT, "phone": CONTACT, "metadata": METADATA,
    "preferred_locales": LOCALES, "invoice_prefix": ARBITRARY, "invoice_settings[footer]": ARBITRARY,
    "business_name": CONTACT, "individual_name": CONTACT,
}  # fmt: skip
_REDEEMED = ("coupon", "promotion_code")
_CHANGED = ("invoice_settings[default_payment_method]", "source", "default_source", "balance", *_REDEEMED)

RULES = {
    "POST /v1/customers": Rule(create, ("payment_method", "source", "test_clock", "balance", *_REDEEMED), _INERT),
    "POST /v1/customers/{}": Rule(update, _CHANGED, _INERT),
    "DELETE /v1/customers/{}": Rule(delete),
    "DELETE /v1/customers/{}/discount": Rule(drop_discount),
    "GET /v1/customers/{}": Rule(retrieve),
    "GET /v1/customers": Rule(None, ("email", "created", *PAGES)),
}
