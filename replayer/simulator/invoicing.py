"""The life of an invoice: draft → open → paid, void or uncollectible (docs.stripe.com/invoicing/overview).

An invoice is finalized by somebody, by what made it (the first invoice of a subscription, `always_invoice`), or by the clock about an hour
after a renewal drafted it. It then has its number, takes up the customer's balance, and is paid or waits.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import balances, credit_grants, discounts
from replayer.simulator.amounts import MINIMUM
from replayer.simulator.calls import Call, refuse
from replayer.simulator.lines import Line, write
from replayer.simulator.periods import Period
from replayer.simulator.records import Record
from replayer.simulator.totals import compute, lines_of

DRAFT_SECONDS = 3600
_DAY = 86400
BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "account_tax_ids", "application", "application_fee_amount", "automatically_finalizes_at", "charge", "confirmation_secret",
        "custom_fields",
        "default_payment_method", "default_source", "description", "discount", "due_date", "effective_at", "ending_balance", "footer",
        "from_invoice", "hosted_invoice_url", "invoice_pdf", "last_finalization_error", "latest_revision", "next_payment_attempt", "number",
        "on_behalf_of", "parent", "payment_intent", "quote", "receipt_number", "rendering", "shipping_cost", "shipping_details",
        "statement_descriptor", "subscription", "subscription_details", "test_clock", "transfer_data",
    )),
    "amount_due": 0, "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": 0, "amount_shipping": 0, "attempt_count": 0,
    "attempted": False, "auto_advance": False, "default_tax_rates": [], "discounts": [], "issuer": {"type": "self"}, "metadata": {},
    "paid": False, "paid_out_of_band": False, "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0,
    "automatic_tax": {**dict.fromkeys(("disabled_reason", "liability", "provider", "status")), "enabled": False},
    "payment_settings": dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
    "status": "draft", "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
}  # fmt: skip
_WORLD = dict.fromkeys(("account_country", "account_name", "hosted_invoice_url", "invoice_pdf", "number", "webhooks_delivered_at"), "world")


def draft(call: Call, customer: Record, *, currency: str, reason: str, period: Period, subscription: Record | None = None,
          lines: list[Line], **fields: Any) -> Record:  # fmt: skip
    """Make a draft with its lines and totals; `fields` override what a new invoice has."""
    own: dict[str, Any] = {"discounts": [], "subscription": None}
    if subscription is not None:
        own = _of_subscription(subscription)
    discounts_ = fields.get("discounts", own["discounts"])
    invoice = call.create(
        "invoice",
        {
            **BLANK,
            **_of_customer(call, customer),
            "billing_reason": reason,
            "collection_method": "charge_automatically",
            "currency": currency,
            "period_end": period[1],
            "period_start": period[0],
            "webhooks_delivered_at": call.now,
            **own,
            **fields,
            "discount": discounts_[0] if discounts_ else None,
        },
    )
    invoice.mark(_WORLD)
    for line in lines:
        write(call, invoice.id, line)
    invoice = compute(call, invoice)
    call.event("invoice.created", invoice)
    return invoice


def _of_customer(call: Call, customer: Record) -> dict[str, Any]:
    values = customer.values
    settings = values.get("invoice_settings") or {}
    return {
        "account_country": call.store.settings.country or "US",
        "account_name": call.store.settings.name or "Simulator",
        "custom_fields": settings.get("custom_fields"),
        "customer": customer.id,
        "customer_address": values.get("address"),
        "customer_email": values.get("email"),
        "customer_name": values.get("name"),
        "customer_phone": values.get("phone"),
        "customer_shipping": values.get("shipping"),
        "customer_tax_exempt": values.get("tax_exempt") or "none",
        "customer_tax_ids": [
            {name: one.values.get(name) for name in ("type", "value")} for one in call.store.children("tax_id", "customer", customer.id)
        ],
        "footer": settings.get("footer"),
        "test_clock": values.get("test_clock"),
    }


def _of_subscription(subscription: Record) -> dict[str, Any]:
    values = subscription.values
    details = {"metadata": values.get("metadata") or {}, "subscription": subscription.id}
    settings = values.get("payment_settings") or {}
    shared = ("collection_method", "default_payment_method", "default_source", "on_behalf_of")
    return {
        **{name: values[name] for name in shared if values.get(name) is not None},
        "automatic_tax": {**BLANK["automatic_tax"], **(values.get("automatic_tax") or {})},
        "default_tax_rates": list(values.get("default_tax_rates") or []),
        "discounts": list(values.get("discounts") or []),
        "parent": {"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        "payment_settings": {
            "default_mandate": None,
            **{name: settings.get(name) for name in ("payment_method_options", "payment_method_types")},
        },
        "subscription": subscription.id,
        "subscription_details": {"metadata": details["metadata"]},
        "transfer_data": values.get("transfer_data"),
    }


def renew_owner(call: Call, invoice: Record) -> Record:
    """The customer of an invoice."""
    return call.sure(call.find("customer", str(invoice["customer"]), "customer"))


def finalize(call: Call, invoice: Record) -> Record:
    """Finalize a draft: number, balance, and what is left to pay."""
    invoice = credit_grants.apply(call, compute(call, call.sure(invoice)))
    customer = renew_owner(call, invoice)
    moved = _take_balance(call, invoice, customer)
    fields: dict[str, Any] = {**moved, **_numbered(call, customer), "status": "open", "automatically_finalizes_at": None}
    fields |= {
        "effective_at": invoice.values.get("effective_at") or call.now,
        "status_transitions": _moment(invoice, "finalized_at", call.now),
    }
    fields |= _urls(invoice)
    rendering = invoice.values.get("rendering")
    if isinstance(rendering, dict) and (rendering.get("pdf") or {}).get("page_size") == "auto":
        fields["rendering"] = {**rendering, "pdf": {"page_size": "letter"}}
    if invoice["collection_method"] == "send_invoice" and not invoice.values.get("due_date"):
        fields["due_date"] = call.now + _DAY * int(invoice.values.get("days_until_due") or 30)
    invoice = call.update(invoice, fields)
    _spend(call, invoice)
    call.event("invoice.finalized", invoice)
    return invoice


def _take_balance(call: Call, invoice: Record, customer: Record) -> dict[str, Any]:
    """Apply the customer's balance to a total; what is less than the least that can be charged is carried over to the balance."""
    total, currency, start = invoice["total"], str(invoice["currency"]), customer.values.get("balance") or 0
    if customer.values.get("currency") not in (None, currency):
        start = 0
    owed = total + start
    applied = 0 if total == 0 else total if total < 0 or owed < 0 else -start
    ending = start + applied
    if applied:
        balances.change(call, customer, applied, "applied_to_invoice", currency, invoice=invoice.id)
    due = max(0, owed) if total > 0 else 0
    least = MINIMUM.get(currency, 0)
    if 0 < due < least and invoice["collection_method"] == "charge_automatically":
        balances.change(call, customer, due, "invoice_too_small", currency, invoice=invoice.id)
        ending, due = ending + due, 0
    return {"amount_due": due, "amount_remaining": due, "ending_balance": ending, "starting_balance": start}


def _numbered(call: Call, customer: Record) -> dict[str, Any]:
    """The next number of the customer (the account may also number for itself: world)."""
    customer = call.store.get("customer", customer.id) or customer
    number = customer.values.get("next_invoice_sequence")
    number = number if isinstance(number, int) else 1
    call.store.writable(customer).assign({"next_invoice_sequence": number + 1})
    prefix = customer.values.get("invoice_prefix") or customer.id[-8:].upper()
    return {"number": f"{prefix}-{number:04d}"}


def _urls(invoice: Record) -> dict[str, Any]:
    base = f"https://invoice.stripe.com/i/{invoice.id}"
    return {"hosted_invoice_url": base, "invoice_pdf": f"https://pay.stripe.com/invoice/{invoice.id}/pdf"}


def _moment(invoice: Record, name: str, at: int) -> dict[str, Any]:
    return {**invoice["status_transitions"], name: at}


def _spend(call: Call, invoice: Record) -> None:
    """Discounts that hold for one invoice end with it: their owners have them no longer."""
    used = list(invoice.values.get("discounts") or [])
    used += [name for line in lines_of(call, invoice) for name in line.values.get("discounts") or []]
    ended = discounts.spend(call, discounts.active(call, used, invoice["created"]))
    if not ended:
        return
    owners = [call.store.get("customer", str(invoice["customer"]))]
    subscription = invoice.values.get("subscription")
    if isinstance(subscription, str):
        owners += [call.store.get("subscription", subscription), *call.store.children("subscription_item", "subscription", subscription)]
    for owner in owners:
        if owner is not None:
            drop_discounts(call, owner, ended)


def drop_discounts(call: Call, owner: Record, ended: set[str]) -> None:
    """Take discounts that ended off what had them."""
    had = owner.values.get("discounts")
    held = had if isinstance(had, list) else [owner.values["discount"]] if owner.values.get("discount") else []
    left = [name for name in held if name not in ended]
    if len(left) == len(held):
        return
    changes = {"discount": left[0] if left else None}
    call.update(owner, {**changes, "discounts": left} if isinstance(had, list) else changes)
    for name in held:
        if name in ended:
            call.event("customer.discount.deleted", call.find("discount", name, "discounts", deleted=True))


def settle(call: Call, invoice: Record, *, charge: str | None = None, out_of_band: bool = False) -> Record:
    """Mark an invoice paid."""
    due = invoice["amount_due"]
    changes = {
        "amount_paid": 0 if out_of_band else due,
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "charge": charge,
        "next_payment_attempt": None,
        "paid": True,
        "paid_out_of_band": out_of_band,
        "status": "paid",
        "status_transitions": _moment(invoice, "paid_at", call.now),
    }
    if out_of_band:
        changes["amount_paid"] = due
    invoice = call.update(invoice, changes)
    call.event("invoice.paid", invoice)
    call.event("invoice.payment_succeeded", invoice)
    return invoice


def void(call: Call, invoice: Record) -> Record:
    """Void an open invoice: what it took of the customer's credit comes back."""
    customer = renew_owner(call, invoice)
    for entry in call.store.children("customer_balance_transaction", "invoice", invoice.id):
        if entry.values.get("type") in ("applied_to_invoice", "invoice_too_small"):
            kind = "unapplied_from_invoice"
            balances.change(call, customer, -entry["amount"], kind, str(invoice["currency"]), invoice=invoice.id)
    changes = {"status": "void", "status_transitions": _moment(invoice, "voided_at", call.now), "auto_advance": False}
    invoice = call.update(invoice, {**changes, "next_payment_attempt": None})
    call.event("invoice.voided", invoice)
    return invoice


def uncollectible(call: Call, invoice: Record) -> Record:
    """Give up on an open invoice."""
    moment = _moment(invoice, "marked_uncollectible_at", call.now)
    changes = {"status": "uncollectible", "status_transitions": moment, "auto_advance": False, "next_payment_attempt": None}
    invoice = call.update(invoice, changes)
    call.event("invoice.marked_uncollectible", invoice)
    return invoice


def in_status(call: Call, invoice: Record, allowed: tuple[str, ...], words: str) -> Record:
    """The invoice, if it is in a status in which this can be done to it."""
    if call.sure(invoice)["status"] in allowed:
        return invoice
    raise refuse(words, code=_CODES.get(str(invoice["status"])), param=None)


_CODES: dict[str, str | None] = {"paid": "invoice_already_paid"}
