"""Invoice items: what waits for the next invoice, or is put on a draft at once (Stripe API reference, "Invoice items")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from replayer.simulator import discounts, items, totals
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.lines import Line, product_of, values_of, write
from replayer.simulator.prices import plain, rounded, unit_of
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule

_INERT = {"description": ARBITRARY, "metadata": METADATA}


def waiting(call: Call, customer: Record, subscription: Record | None, currency: str) -> list[Record]:
    """The items that a customer's next invoice takes up, oldest first; a subscription takes its own and those of none."""
    found = [item for item in call.store.children("invoiceitem", "customer", customer.id) if item.values.get("invoice") is None]
    of = subscription.id if subscription is not None else None
    return [item for item in found[::-1] if item["currency"] == currency and item.values.get("subscription") in (None, of)]


def sweep(
    call: Call, customer: Record, subscription: Record | None, currency: str, besides: Iterable[Line] = (), *, since: int | None = None
) -> tuple[list[Line], Callable[[Record], None]]:
    """The lines of what waits (`since` a time), and what binds it to the invoice; `besides` are lines that the invoice has anyway."""
    there = {line.invoice_item for line in besides}
    found = [item for item in waiting(call, customer, subscription, currency) if item.id not in there]
    if since is not None:
        found = [item for item in found if item["date"] >= since]

    def take(invoice: Record) -> None:
        for item in found:
            call.update(item, {"invoice": invoice.id})
        for line in totals.lines_of(call, invoice):
            _bind(call, line, invoice)

    return [line_of(item) for item in found], take


def _bind(call: Call, line: Record, invoice: Record) -> None:
    """Bind the item behind a line that was made for this invoice."""
    identifier = line.values.get("invoice_item")
    item = call.store.get("invoiceitem", identifier) if isinstance(identifier, str) else None
    if item is not None and item.values.get("invoice") is None:
        call.update(item, {"invoice": invoice.id})


def line_of(item: Record) -> Line:
    """The line that an invoice item becomes."""
    values, period = item.values, item["period"]
    pricing = values.get("pricing") or {}
    details = pricing.get("price_details") or {}
    return Line(
        amount=item["amount"],
        credited=(values.get("proration_details") or {}).get("credited_items"),
        currency=str(item["currency"]),
        description=values.get("description"),
        discountable=bool(values.get("discountable", True)),
        discounts=list(values.get("discounts") or []),
        invoice_item=item.id,
        item=values.get("subscription_item"),
        metadata=values.get("metadata") or {},
        period=(period["start"], period["end"]),
        price=details.get("price"),
        product=details.get("product"),
        proration=bool(values.get("proration")),
        quantity=values.get("quantity"),
        recurring=values.get("plan") is not None,
        subscription=values.get("subscription"),
        tax_rates=list(values.get("tax_rates") or []),
        unit=pricing.get("unit_amount_decimal"),
    )


def create(call: Call) -> Answer:
    """Make an invoice item; one that names a draft is on it at once."""
    invoice = call.named("invoice")
    customer = call.named("customer") or _customer_of(call, invoice)
    if customer is None:
        raise missing_parameter("customer")
    call.on_clock(customer)
    if invoice is not None and call.sure(invoice)["status"] != "draft":
        raise refuse("The specified invoice is already finalized, so you cannot add an invoice item to it.", param="invoice")
    if invoice is not None and invoice.values.get("customer") != customer.id:
        raise refuse(f"The invoice {invoice.id} belongs to another customer.", param="invoice")
    subscription = call.named("subscription")
    currency = str(call.params.get("currency") or _currency(call, customer, invoice, subscription)).lower()
    line, _price = _line(call, customer, subscription, currency)
    record = call.create(
        "invoiceitem",
        {
            **{name: value for name, value in values_of(line).items() if name not in ("type", "invoice_item", "subtotal")},
            "customer": customer.id,
            "date": call.now,
            "invoice": invoice.id if invoice is not None else None,
            "parent": None if subscription is None else _of_subscription(subscription),
            "unit_amount": _whole(line.unit),
            "unit_amount_decimal": line.unit,
        },
    )
    record.mark({name: "given" for name in _INERT if name in call.params})
    given = call.params.get("discounts")
    if isinstance(given, list):
        made = [discounts.redeem(call, spec, param="discounts", customer=customer, invoice_item=record.id) for spec in given]
        record = call.update(record, {"discounts": [one.id for one in made]})
    call.event("invoiceitem.created", record)
    if invoice is not None:
        write(call, invoice.id, line_of(record))
        invoice = totals.compute(call, call.store.get("invoice", invoice.id) or invoice)
        call.event("invoice.updated", invoice)
    return record


def _customer_of(call: Call, invoice: Record | None) -> Record | None:
    return call.find("customer", str(invoice["customer"]), "customer") if invoice is not None else None


def _of_subscription(subscription: Record) -> dict[str, Any]:
    return {"subscription_details": {"subscription": subscription.id, "subscription_item": None}, "type": "subscription_details"}


def _whole(unit: str | None) -> int | None:
    return int(unit) if unit is not None and unit.lstrip("-").isdigit() else None


def _currency(call: Call, customer: Record, invoice: Record | None, subscription: Record | None) -> str:
    """The currency where it is not given: of the price, the invoice, the subscription, the customer, the account."""
    price = items.price_named(call, _price_entry(call), "price") if _names_price(call) else None
    for holder in (price, invoice, subscription, customer):
        if holder is not None and holder.values.get("currency"):
            return str(holder.values["currency"])
    return "usd"


def _names_price(call: Call) -> bool:
    return any(isinstance(call.params.get(name), str) for name in ("price",)) or isinstance(call.params.get("pricing"), dict)


def _price_entry(call: Call) -> dict[str, Any]:
    pricing = call.params.get("pricing")
    price = pricing.get("price") if isinstance(pricing, dict) else call.params.get("price")
    return {"price": price}


def _price(call: Call, currency: str) -> Record | None:
    """The price that a call names or brings, in a currency."""
    entry = _price_entry(call) if _names_price(call) else {"price_data": call.params.get("price_data")}
    price = items.price_named(call, entry, "price")
    return items.in_currency(price, currency) if price is not None else None


def _line(call: Call, customer: Record, subscription: Record | None, currency: str) -> tuple[Line, Record | None]:
    """What an invoice item bills: an amount, a unit amount and a quantity, or a price."""
    params = call.params
    period = params.get("period")
    at = (period["start"], period["end"]) if isinstance(period, dict) and {"start", "end"} <= period.keys() else (call.now, call.now)
    asked = params.get("quantity")
    quantity = asked if isinstance(asked, int) else 1
    common: dict[str, Any] = {
        "currency": currency, "period": at, "subscription": subscription.id if subscription is not None else None,
        "metadata": params.get("metadata") or {}, "tax_rates": params.get("tax_rates") or [],
    }  # fmt: skip
    price = _price(call, currency)
    unit: Decimal | None
    if price is not None:
        unit = unit_of(price)
    else:
        unit = _unit(call, quantity)
        price = _ad_hoc(call, currency, unit) if unit is not None else None
    if unit is None or price is None:
        raise missing_parameter("amount")
    given = params.get("amount")
    amount = given if isinstance(given, int) and "unit_amount" not in params else rounded(unit * quantity)
    product = product_of(call, price) if "price" in params or "pricing" in params else None
    words = params.get("description") or (str(product.values.get("name")) if product is not None else None)
    discountable = params.get("discountable")
    line = Line(
        amount=amount, quantity=quantity, unit=plain(unit), price=price.id, product=price.values.get("product"), description=words,
        discountable=bool(discountable) if discountable is not None else amount >= 0, **common,
    )  # fmt: skip
    return line, price


def _unit(call: Call, quantity: int) -> Decimal | None:
    params = call.params
    for name in ("unit_amount_decimal", "unit_amount", "amount"):
        if params.get(name) is not None:
            return Decimal(str(params[name])) / (quantity if name == "amount" else 1)
    return None


def _ad_hoc(call: Call, currency: str, unit: Decimal) -> Record:
    """The price that Stripe makes for an amount that has none (recordings)."""
    product = call.create("product", {"name": str(call.params.get("description") or "Invoice item"), "active": False, "type": "service"})
    values = {"active": False, "billing_scheme": "per_unit", "currency": currency, "product": product.id, "type": "one_time"}
    return call.create("price", {**values, "unit_amount": int(unit) if unit == int(unit) else None, "unit_amount_decimal": plain(unit)})


def update(call: Call) -> Answer:
    """Change an invoice item that is on no finalized invoice."""
    return change(call, call.sure(call.at()))


def change(call: Call, item: Record) -> Record:
    """Change an invoice item by a call's parameters; its line and its draft follow."""
    invoice = _draft_of(call, item, "changed")
    changes = inert_of(call, ("description", "metadata", "discountable", "period", "tax_rates"), of="invoiceitem")
    amount, quantity = call.params.get("amount"), call.params.get("quantity")
    price = _price(call, str(item["currency"]))
    unit = unit_of(price) if price is not None else None
    if "unit_amount" in call.params or "unit_amount_decimal" in call.params:
        unit = _unit(call, 1)
    if unit is None and isinstance(quantity, int) and item.values.get("unit_amount_decimal") is not None:
        unit = Decimal(str(item["unit_amount_decimal"]))
    if isinstance(quantity, int):
        changes["quantity"] = quantity
    if unit is not None:
        changes |= {"unit_amount": _whole(plain(unit)), "unit_amount_decimal": plain(unit)}
        changes["amount"] = rounded(unit * int(changes.get("quantity", item.values.get("quantity") or 1)))
        changes["pricing"] = {**(item.values.get("pricing") or {}), "unit_amount_decimal": plain(unit)}
    if price is not None:
        changes["pricing"] = {
            **changes["pricing"], "price_details": {"price": price.id, "product": price.values.get("product")}, "type": "price_details",
        }  # fmt: skip
        product = product_of(call, price)
        changes = {"description": product.values.get("name") if product is not None else None, **changes}
    if isinstance(amount, int):
        changes["amount"] = amount
    given = call.params.get("discounts")
    if isinstance(given, list) or ("discounts" in call.params and given is None):
        customer = call.find("customer", str(item["customer"]), "customer")
        made = [discounts.redeem(call, spec, param="discounts", customer=customer, invoice_item=item.id) for spec in given or []]
        changes["discounts"] = [one.id for one in made]
    item = call.update(item, changes)
    if invoice is not None:
        _relay(call, invoice, item)
    return item


def _relay(call: Call, invoice: Record, item: Record) -> None:
    """Write an item's line anew, and the invoice's totals."""
    for line in totals.lines_of(call, invoice):
        if line.values.get("invoice_item") == item.id:
            call.store.writable(line).assign(values_of(line_of(item)), "computed")
    totals.compute(call, invoice)


def delete(call: Call) -> Answer:
    """Delete an invoice item; its line goes with it."""
    item = call.sure(call.at())
    invoice = _draft_of(call, item, "deleted")
    if invoice is not None:
        for line in totals.lines_of(call, invoice):
            if line.values.get("invoice_item") == item.id:
                call.store.writable(line).deleted = True
        totals.compute(call, invoice)
    gone = call.delete(item)
    call.event("invoiceitem.deleted", gone)
    return gone


def _draft_of(call: Call, item: Record, done: str) -> Record | None:
    identifier = item.values.get("invoice")
    invoice = call.store.get("invoice", identifier) if isinstance(identifier, str) else None
    if invoice is not None and invoice["status"] != "draft":
        raise ApiError(f"This invoice item is on an invoice that is no longer a draft, so it cannot be {done}.", param="id", executed=True)
    return invoice


_AMOUNTS = ("amount", "unit_amount", "unit_amount_decimal", "quantity", "discounts", "tax_rates")
RULES = {
    "POST /v1/invoiceitems": Rule(create, ("invoice", "subscription", "currency", "price", "pricing", "price_data", *_AMOUNTS), _INERT),
    "POST /v1/invoiceitems/{}": Rule(update, ("price", "pricing", "price_data", *_AMOUNTS), _INERT),
    "DELETE /v1/invoiceitems/{}": Rule(delete),
    "GET /v1/invoiceitems/{}": Rule(),
    "GET /v1/invoiceitems": Rule(None, ("customer", "invoice", "pending", "created", *PAGES)),
}
