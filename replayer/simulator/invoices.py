"""Invoices by hand: made, changed, finalized, paid, voided, given up, sent, deleted (Stripe API reference, "Invoices")."""

from __future__ import annotations

from typing import Any

from replayer.simulator import automatic_tax, collecting, discounts, invoicing, totals
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.echo import merged_metadata
from replayer.simulator.errors import missing_parameter
from replayer.simulator.lists import list_page
from replayer.simulator.payment_methods import usable
from replayer.simulator.pending import sweep
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule
from replayer.stripeapi.versions import at_least

_INERT = {
    "custom_fields": ARBITRARY,
    "description": ARBITRARY,
    "footer": ARBITRARY,
    "metadata": METADATA,
    "statement_descriptor": ARBITRARY,
}
_WRITTEN = (
    *_INERT, "account_tax_ids", "application_fee_amount", "auto_advance", "automatic_tax", "collection_method", "days_until_due",
    "default_payment_method", "default_source", "default_tax_rates", "due_date", "effective_at", "issuer", "number", "on_behalf_of",
    "payment_settings", "rendering", "shipping_details", "transfer_data",
)  # fmt: skip
_DAY = 86400
_RENDERING = {"amount_tax_display": None, "pdf": {"page_size": "auto"}, "template": None, "template_version": None}
# Payments that an invoice lists by their payment's id.
_PAYMENTS = "GET /v1/invoice_payments"


def create(call: Call) -> Answer:
    """Make a draft; what waits is taken up where the call or an older version asks for it."""
    subscription, customer = call.named("subscription"), call.named("customer")
    if customer is None and subscription is not None:
        customer = call.find("customer", str(subscription["customer"]), "customer")
    if customer is None:
        raise missing_parameter("customer")
    customer = call.sure(customer)
    call.on_clock(customer)
    swept, take = _swept(call, customer, subscription)
    fields = _written(call)
    if call.params.get("collection_method") == "send_invoice" and "due_date" not in fields:
        days = call.params.get("days_until_due")
        fields["due_date"] = call.now + _DAY * days if isinstance(days, int) else None
    currency = str(call.params.get("currency") or _currency(customer, subscription, swept)).lower()
    specs = [("discounts", spec) for spec in call.params.get("discounts") or []]
    made = [discounts.redeem(call, spec, param=param, customer=customer) for param, spec in specs]
    if made:
        fields["discounts"] = [one.id for one in made]
    elif "discounts" not in call.params and subscription is None and customer.values.get("discount"):
        fields["discounts"] = [customer.values["discount"]]
    start = int(subscription["current_period_start"]) if subscription is not None else call.now
    invoice = invoicing.draft(
        call, customer, currency=currency, reason="manual", period=(start, call.now), subscription=subscription, lines=swept,
        **{"auto_advance": False, "rendering": _RENDERING, **fields},
    )  # fmt: skip
    take(invoice)
    invoice.mark({"rendering": "template", **{name: "given" for name in _INERT if name in call.params}})
    if invoice.values.get("auto_advance"):
        invoice = call.update(invoice, {"automatically_finalizes_at": call.now + invoicing.DRAFT_SECONDS})
        call.appoint(call.now + invoicing.DRAFT_SECONDS, "finalize", invoice)
    return invoice


def _swept(call: Call, customer: Record, subscription: Record | None) -> tuple[list[Any], Any]:
    """Whether what waits is taken up: not by itself since 2022-08-01 (Stripe's changelog), always for a subscription's invoice."""
    behavior = call.params.get("pending_invoice_items_behavior")
    default = "exclude" if at_least(call.version, "2022-08-01") and subscription is None else "include"
    if (behavior or default) == "exclude":
        return [], lambda invoice: None
    currency = str(call.params.get("currency") or _currency(customer, subscription, [])).lower()
    swept, take = sweep(call, customer, subscription, currency)
    if not swept and not at_least(call.version, "2022-08-01"):
        what = "customer" if subscription is None else "subscription"
        raise refuse(f"Nothing to invoice for {what}", code=f"invoice_no_{what}_line_items", param=what)
    return swept, take


def _currency(customer: Record, subscription: Record | None, swept: list[Any]) -> str:
    for holder in (subscription, customer):
        if holder is not None and holder.values.get("currency"):
            return str(holder.values["currency"])
    return str(swept[0].currency) if swept else "usd"


def _written(call: Call) -> dict[str, Any]:
    found = inert_of(call, _WRITTEN)
    for name in ("automatic_tax", "payment_settings"):
        if isinstance(found.get(name), dict):
            found[name] = {**invoicing.BLANK[name], **found[name]}
    if "automatic_tax" in found:
        found["automatic_tax"] = automatic_tax.settings(found["automatic_tax"], {})
    for name in ("default_tax_rates",):
        if name in found:
            found[name] = found[name] or []
    days = call.params.get("days_until_due")
    return {**found, "days_until_due": days} if isinstance(days, int) else found


def _at(call: Call) -> Record:
    invoice = call.sure(call.at())
    call.on_clock(call.store.get("customer", str(invoice["customer"])))
    return invoice


def update(call: Call) -> Answer:
    """Change a draft; of a finalized invoice only what is displayed."""
    invoice = _at(call)
    changes = _written(call)
    if invoice["status"] != "draft" and changes.keys() - {*_INERT, "auto_advance", "default_payment_method", "payment_settings"}:
        raise refuse("Finalized invoices can't be updated in this way")
    if isinstance(changes.get("metadata"), dict):
        changes["metadata"] = merged_metadata(invoice.values.get("metadata"), call.params.get("metadata"))
    if "discounts" in call.params:
        customer = invoicing.renew_owner(call, invoice)
        made = [discounts.redeem(call, spec, param="discounts", customer=customer) for spec in call.params["discounts"] or []]
        changes |= {"discount": made[0].id if made else None, "discounts": [one.id for one in made]}
    advancing = changes.get("auto_advance") is True and not invoice.values.get("auto_advance") and invoice["status"] == "draft"
    if advancing:
        changes["automatically_finalizes_at"] = call.now + invoicing.DRAFT_SECONDS
    invoice = call.update(invoice, changes)
    invoice.mark({name: "given" for name in _INERT if name in call.params})
    if advancing:
        call.appoint(call.now + invoicing.DRAFT_SECONDS, "finalize", invoice)
    if invoice["status"] == "draft":
        invoice = totals.compute(call, invoice)
    call.event("invoice.updated", invoice)
    return invoice


def finalize(call: Call) -> Answer:
    """Finalize a draft."""
    invoice = _at(call)
    invoicing.in_status(call, invoice, ("draft",), "This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    advance = call.params.get("auto_advance")
    if isinstance(advance, bool):
        invoice = call.update(invoice, {"auto_advance": advance})
    invoice = invoicing.finalize(call, invoice)
    if invoice["amount_due"] <= 0:
        return invoicing.settle(call, invoice)
    return collecting.prepare(call, invoice)


def pay(call: Call) -> Answer:
    """Pay an invoice now; a draft is finalized first."""
    invoice = _at(call)
    if invoice["status"] == "paid":
        raise refuse("Invoice is already paid", code="invoice_already_paid")
    invoicing.in_status(call, invoice, ("draft", "open", "uncollectible"), "This invoice can no longer be paid.")
    if invoice["status"] == "draft":
        invoice = invoicing.finalize(call, invoice)
    if call.params.get("paid_out_of_band"):
        return _out_of_band(call, invoice)
    given = call.params.get("payment_method") or call.params.get("source")
    method = usable(call, given, "payment_method") if isinstance(given, str) and given else None
    off_session = call.params.get("off_session")
    invoice = collecting.collect(call, invoice, off_session=off_session is not False, method=method, raising=True)
    if invoice["status"] != "paid":
        intent = collecting.intent_of(call, invoice)
        raise refuse(
            "This payment requires additional user action before it can be completed successfully. Payment can be completed using the "
            "PaymentIntent associated with the invoice.",
            status=402, kind="card_error", code="invoice_payment_intent_requires_action",
            **(collecting.embedded(intent) if intent is not None else {}),
        )  # fmt: skip
    return invoice


def _out_of_band(call: Call, invoice: Record) -> Record:
    intent = collecting.intent_of(call, invoice)
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        call.update(intent, {"status": "canceled", "canceled_at": call.now, "cancellation_reason": "void_invoice"})
    return invoicing.settle(call, invoice, out_of_band=True)


def void(call: Call) -> Answer:
    """Void an open invoice."""
    invoice = _at(call)
    invoicing.in_status(call, invoice, ("open", "uncollectible"), "You can only pass in open invoices. This invoice isn't open.")
    _cancel_intent(call, invoice)
    return invoicing.void(call, invoice)


def _cancel_intent(call: Call, invoice: Record) -> None:
    intent = collecting.intent_of(call, invoice)
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        intent = call.update(intent, {"status": "canceled", "canceled_at": call.now, "cancellation_reason": "void_invoice"})
        call.event("payment_intent.canceled", intent)


def mark_uncollectible(call: Call) -> Answer:
    """Give up on an open invoice."""
    invoice = _at(call)
    invoicing.in_status(call, invoice, ("open",), "You can only pass in open invoices. This invoice isn't open.")
    return invoicing.uncollectible(call, invoice)


def send(call: Call) -> Answer:
    """Mail an invoice; a draft is finalized first."""
    invoice = _at(call)
    if invoice["status"] == "draft":
        invoice = collecting.prepare(call, invoicing.finalize(call, invoice))
    call.event("invoice.sent", invoice)
    return invoice


def delete(call: Call) -> Answer:
    """Delete a draft that belongs to no subscription; what it took up waits again."""
    invoice = _at(call)
    invoicing.in_status(call, invoice, ("draft",), "You can only delete draft invoices.")
    if invoice.values.get("subscription"):
        raise refuse("You cannot delete an invoice that belongs to a subscription.")
    for item in call.store.children("invoiceitem", "invoice", invoice.id):
        call.delete(item)
    gone = call.delete(invoice)
    call.event("invoice.deleted", gone)
    return gone


def payments(call: Call) -> Answer:
    """The payments of invoices, by invoice or by what pays."""
    payment = call.params.get("payment")
    if isinstance(payment, dict):
        named = payment.get("payment_intent") or payment.get("charge")
        kept = {name: value for name, value in call.params.items() if name != "payment"}
        inner = call.within(**kept)
        parents = [("payment_intent", named)] if isinstance(named, str) else []
        return list_page(inner, parents)
    return list_page(call, [])


_MONEY = ("auto_advance", "default_tax_rates", "discounts", "default_payment_method")
RULES = {
    "POST /v1/invoices": Rule(create, ("customer", "subscription", "currency", "pending_invoice_items_behavior", *_MONEY), _INERT),
    "POST /v1/invoices/{}": Rule(update, _MONEY, _INERT),
    "POST /v1/invoices/{}/finalize": Rule(finalize),
    "POST /v1/invoices/{}/pay": Rule(pay, ("payment_method", "paid_out_of_band")),
    "POST /v1/invoices/{}/void": Rule(void),
    "POST /v1/invoices/{}/mark_uncollectible": Rule(mark_uncollectible),
    "POST /v1/invoices/{}/send": Rule(send),
    "DELETE /v1/invoices/{}": Rule(delete),
    "GET /v1/invoices/{}": Rule(),
    "GET /v1/invoices": Rule(None, ("customer", "subscription", "status", "collection_method", "created", "due_date", *PAGES)),
    _PAYMENTS: Rule(payments, ("invoice", "payment", "status", *PAGES)),
    "GET /v1/invoice_payments/{}": Rule(),
}
