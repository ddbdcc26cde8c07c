"""A subscription's first invoice: what it bills at once, and what becomes of it."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator import backdating, collecting, discounts, invoicing, items, prorations
from replayer.simulator.calls import Call
from replayer.simulator.errors import missing_parameter
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.lines import Line, period_lines, product_of, trial_line
from replayer.simulator.lines import values_of as line_values
from replayer.simulator.pending import sweep
from replayer.simulator.periods import add, containing
from replayer.simulator.prices import parts_of, plain, recurring_of, unit_of
from replayer.simulator.records import Record


def bill(call: Call, subscription: Record, customer: Record, trial_end: int | None, anchor: int) -> Record:
    """Draft, finalize and collect the first invoice; returns the subscription as it then is."""
    lines = first_lines(call, subscription, trial_end, anchor)
    lines += added(call, subscription, customer)
    swept, take = sweep(call, customer, subscription, str(subscription["currency"]), lines)
    if not lines and not swept:
        if subscription["status"] == "incomplete":
            subscription = call.update(subscription, {"status": "active"})
        return subscription
    fields: dict[str, Any] = {"auto_advance": False}
    if not subscription.values.get("discounts") and customer.values.get("discount"):
        fields["discounts"] = [customer.values["discount"]]
    invoice = invoicing.draft(
        call, customer, currency=str(subscription["currency"]), reason="subscription_create", period=(call.now, call.now),
        subscription=subscription, lines=[*swept, *lines], days_until_due=subscription.values.get("days_until_due"), **fields,
    )  # fmt: skip
    take(invoice)
    subscription = call.update(subscription, {"latest_invoice": invoice.id})
    if subscription["collection_method"] == "send_invoice" and invoice["total"] > 0:
        return _send_later(call, subscription, invoice, trialing=trial_end is not None)
    invoice = invoicing.finalize(call, invoice)
    return _charge_first(call, subscription, invoice, trialing=trial_end is not None)


def _send_later(call: Call, subscription: Record, invoice: Record, *, trialing: bool) -> Record:
    """An invoice that is sent stays a draft for an hour, the first one too; docs.stripe.com/billing/invoices/subscription."""
    until = call.now + invoicing.DRAFT_SECONDS
    call.appoint(until, "finalize", call.update(invoice, {"auto_advance": True, "automatically_finalizes_at": until}))
    return call.update(subscription, {"status": "trialing" if trialing else "active"})


def first_lines(call: Call, subscription: Record, trial_end: int | None, anchor: int) -> list[Line]:
    """What a new subscription bills at once: a trial's zero, what is left until its anchor, or a whole period."""
    lines: list[Line] = []
    for what in items.sold(call, subscription.id):
        if subscription["start_date"] < call.now:
            lines += backdating.lines(call, subscription, what, anchor)
        elif trial_end is not None:
            if not is_metered(what.price):
                is_flexible = prorations.is_flexible(subscription)
                lines.append(trial_line(call, what.item, what.price, what.quantity, what.period, is_flexible=is_flexible))
        elif anchor > call.now:
            if call.params.get("proration_behavior") != "none":
                lines += _until_anchor(call, subscription, what)
        elif not is_metered(what.price):
            lines += whole_period(call, subscription, what)
        elif not prorations.is_flexible(subscription):
            lines.append(_metered_nothing(call, subscription, what))
    return lines


def whole_period(call: Call, subscription: Record, what: Sold) -> list[Line]:
    """An item's lines for its whole period."""
    rates = prorations.rates_of(subscription, what.item)
    return period_lines(call, what.item, what.price, what.quantity or 0, what.period, rates=rates)


def _metered_nothing(call: Call, subscription: Record, what: Sold) -> Line:
    lines = period_lines(call, what.item, what.price, 0, what.period, rates=prorations.rates_of(subscription, what.item))
    return lines[0]


def _until_anchor(call: Call, subscription: Record, what: Sold) -> list[Line]:
    """The part of a period until the anchor, as part of the whole period that ends there."""
    if is_metered(what.price):
        return []
    interval, count, _ = recurring_of(what.price)
    end = what.period[1]
    start = add(end, interval, -count)
    whole = (start, end) if start <= call.now else containing(end, interval, count, call.now)
    parts = period_lines(call, what.item, what.price, what.quantity or 0, what.period, rates=prorations.rates_of(subscription, what.item))
    found = []
    for line in parts:
        amount = prorations.share(line.amount, (what.period[0], whole[1]), whole) if whole[1] == end else line.amount
        found.append(_with(line, amount))
    return found


def _with(line: Line, amount: int) -> Line:
    return msgspec.structs.replace(line, amount=amount, unit=None)


def added(call: Call, subscription: Record, customer: Record) -> list[Line]:
    """What is added to the invoice once (`add_invoice_items`)."""
    given = call.params.get("add_invoice_items")
    found = []
    for place, entry in enumerate(given if isinstance(given, list) else []):
        price = items.price_named(call, entry, f"add_invoice_items[{place}]")
        if price is None:
            raise missing_parameter(f"add_invoice_items[{place}][price]")
        found.append(once(call, subscription, customer, price, entry))
    return found


def once(call: Call, subscription: Record | None, customer: Record, price: Record, entry: dict[str, Any]) -> Line:
    """A line that bills a one-time price, with the invoice item behind it."""
    asked = entry.get("quantity")
    quantity = asked if isinstance(asked, int) else 1
    product = product_of(call, price)
    line = Line(
        amount=sum(part.amount for part in parts_of(price, quantity)),
        currency=str(price["currency"]),
        description=str(product.values.get("name")) if product is not None else None,
        period=(call.now, call.now),
        price=price.id,
        product=price.values.get("product"),
        quantity=quantity,
        subscription=subscription.id if subscription is not None else None,
        tax_rates=entry.get("tax_rates") or [],
        unit=plain(unit_of(price)),
    )
    record = call.create(
        "invoiceitem",
        {
            **{name: value for name, value in line_values(line).items() if name not in ("type", "invoice_item", "subtotal")},
            "customer": customer.id,
            "date": call.now,
            "discounts": [],
            "invoice": None,
            "parent": None,
            "unit_amount": price.values.get("unit_amount"),
            "unit_amount_decimal": line.unit,
        },
    )
    specs = entry.get("discounts")
    given = [spec for spec in specs if isinstance(spec, dict)] if isinstance(specs, list) else []
    held = [discounts.redeem(call, spec, param="discounts", customer=customer, invoice_item=record.id).id for spec in given]
    if held:
        call.update(record, {"discounts": held})
    return msgspec.structs.replace(line, invoice_item=record.id, discounts=held)


def _charge_first(call: Call, subscription: Record, invoice: Record, *, trialing: bool) -> Record:
    """Collect the first invoice, as `payment_behavior` says."""
    behavior = call.params.get("payment_behavior") or "allow_incomplete"
    if invoice["amount_due"] <= 0:
        invoicing.settle(call, invoice)
        now = call.store.get("subscription", subscription.id) or subscription
        return now if trialing or now["status"] == "active" else call.update(now, {"status": "active"})
    invoice = call.update(invoice, {"auto_advance": True})
    if behavior == "default_incomplete":
        collecting.prepare(call, invoice)
    else:
        collecting.collect(call, invoice, off_session=call.params.get("off_session") is True, raising=behavior == "error_if_incomplete")
    return call.store.get("subscription", subscription.id) or subscription
