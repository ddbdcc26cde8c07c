"""Collecting an invoice: its payment intent, what pays it, and what follows when that fails.

What pays: the invoice's own payment method, then the subscription's, then the customer's default, the older default sources last
(docs.stripe.com/billing/subscriptions/payment-methods-setting). When to try again is the account's setting: as the world says.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import invoicing
from replayer.simulator.calls import Call, refuse
from replayer.simulator.confirming import AUTHENTICATION, ask, confirm_intent
from replayer.simulator.errors import ApiError, Embedded
from replayer.simulator.payment_intents import BLANK, OPTIONS
from replayer.simulator.payment_methods import GIVEN
from replayer.simulator.records import Record
from replayer.stripeapi.versions import at_least

__all__ = ["GIVEN", "RETRY_DAYS", "can_pay", "collect", "intent_of", "on_paid", "payer", "prepare"]

# Stripe's default for accounts without Smart Retries: three more tries (Dashboard, "Manage failed payments"); an account may have others.
RETRY_DAYS = (3, 5, 7)
_DAY = 86400
_DESCRIPTIONS = {
    "subscription_create": "Subscription creation", "subscription_update": "Subscription update",
    "subscription_cycle": "Subscription update", "subscription_threshold": "Subscription update",
}  # fmt: skip
NO_METHOD = (
    "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more "
    "information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority."
)


def payer(call: Call, *holders: Record | None) -> Record | None:
    """What pays: the first default of those that may have one, in order; the customer is the last of them."""
    for holder in holders:
        if holder is None:
            continue
        settings = holder.values.get("invoice_settings")
        named = [holder.values.get("default_payment_method"), holder.values.get("default_source")]
        if holder.type == "customer":
            named[0] = settings.get("default_payment_method") if isinstance(settings, dict) else None
        for identifier in named:
            if isinstance(identifier, str) and identifier:
                return call.sure(call.find(("payment_method", "card", "source"), identifier, "default_payment_method"))
    return None


def can_pay(call: Call, customer: Record, subscription: Record | None = None) -> bool:
    """Whether there is anything to pay with."""
    return payer(call, subscription, customer) is not None


def payer_of(call: Call, invoice: Record) -> Record | None:
    """What pays an invoice."""
    subscription = invoice.values.get("subscription")
    held = call.store.get("subscription", subscription) if isinstance(subscription, str) else None
    return payer(call, invoice, held, invoicing.renew_owner(call, invoice))


def intent_of(call: Call, invoice: Record) -> Record | None:
    """An invoice's payment intent."""
    identifier = invoice.values.get("payment_intent")
    return call.store.get("payment_intent", identifier) if isinstance(identifier, str) else None


def prepare(call: Call, invoice: Record) -> Record:
    """Give a finalized invoice its payment intent, where there is something to pay."""
    if invoice["amount_due"] <= 0 or invoice.values.get("payment_intent"):
        return invoice
    reason, subscription = str(invoice["billing_reason"]), invoice.values.get("subscription")
    offered = ["card", "link"] if at_least(call.version, "2023-08-16") else ["card"]  # by an account of which nothing else is known
    types = (invoice.values.get("payment_settings") or {}).get("payment_method_types") or offered
    intent = call.create(
        "payment_intent",
        {
            **BLANK,
            "amount": invoice["amount_due"],
            "automatic_payment_methods": None,
            "capture_method": "automatic",
            "confirmation_method": "automatic",
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "description": _DESCRIPTIONS.get(reason, "Payment for Invoice"),
            "invoice": invoice.id,
            "on_behalf_of": invoice.values.get("on_behalf_of"),
            "payment_details": {"customer_reference": None, "order_reference": invoice.id[:25]},
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {kind: OPTIONS.get(kind, {}) for kind in types},
            "payment_method_types": types,
            "setup_future_usage": "off_session" if subscription and at_least(call.version, "2022-08-01") else None,
            "status": "requires_payment_method",
            "transfer_data": invoice.values.get("transfer_data"),
            "application_fee_amount": invoice.values.get("application_fee_amount"),
        },
    )
    intent.assign({"client_secret": f"{intent.id}_secret_{intent.id[-18:]}"})
    intent.mark(dict.fromkeys(("payment_method_types", "payment_method_options", "setup_future_usage"), "world"))
    call.event("payment_intent.created", intent)
    _payment(call, invoice, intent)
    secret = {"client_secret": intent.values["client_secret"], "type": "payment_intent"}
    return call.update(invoice, {"payment_intent": intent.id, "confirmation_secret": secret})


def _payment(call: Call, invoice: Record, intent: Record) -> Record:
    return call.create(
        "invoice_payment",
        {
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "currency": invoice["currency"],
            "invoice": invoice.id,
            "is_default": True,
            "payment": {"payment_intent": intent.id, "type": "payment_intent"},
            "payment_intent": intent.id,
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        },
    )


def collect(call: Call, invoice: Record, *, off_session: bool, method: Record | None = None, raising: bool = False) -> Record:
    """Try to pay an open invoice; `raising` hands on the error of the card instead of leaving the invoice open."""
    if invoice["amount_due"] <= 0:
        return invoicing.settle(call, invoice)
    invoice = prepare(call, invoice)
    intent = intent_of(call, invoice)
    assert intent is not None
    method = method or payer_of(call, invoice)
    if method is None:
        if raising:
            raise refuse(NO_METHOD, code="resource_missing")
        return _failed(call, invoice)
    inner = call.within(off_session=off_session)
    try:
        intent = confirm_intent(inner, intent, method)
    except ApiError as problem:
        if raising:
            _failed(call, _now(call, invoice))
            raise
        if problem.status != 402:
            raise
        invoice = _failed(call, _now(call, invoice))
        if problem.code == AUTHENTICATION:  # the charge failed, and the customer may still pay: what recordings and the docs show
            intent = ask(call, _now(call, intent), method)
    if intent["status"] == "requires_action":
        invoice = call.update(_now(call, invoice), {"attempted": True})
        call.event("invoice.payment_action_required", invoice)
    return _now(call, invoice)


def _now(call: Call, record: Record) -> Record:
    """A record as it is by now."""
    return call.store.get(record.type, record.id) or record


def _failed(call: Call, invoice: Record) -> Record:
    """Note a failed attempt, and when the next one is due."""
    count = invoice["attempt_count"] + 1
    following = None
    told = call.store.settings.retry_days
    days = RETRY_DAYS if told is None else tuple(told)
    if invoice["auto_advance"] and invoice["billing_reason"] != "subscription_create" and count <= len(days):
        following = call.now + days[count - 1] * _DAY
        call.appoint(following, "retry", invoice)
    invoice = call.update(invoice, {"attempt_count": count, "attempted": True, "next_payment_attempt": following})
    if following is not None:
        invoice.mark({"next_payment_attempt": "world"})
    call.event("invoice.payment_failed", invoice)
    return invoice


def on_paid(call: Call, intent: Record) -> None:
    """A payment intent succeeded: what it pays is paid."""
    identifier = intent.values.get("invoice")
    invoice = call.store.get("invoice", identifier) if isinstance(identifier, str) else None
    if invoice is None or invoice["status"] not in ("open", "uncollectible"):
        return
    for payment in call.store.children("invoice_payment", "invoice", invoice.id):
        moment = {"canceled_at": None, "paid_at": call.now}
        paid = call.update(payment, {"amount_paid": intent["amount"], "status": "paid", "status_transitions": moment})
        call.event("invoice_payment.paid", paid)
    if not invoice.values.get("processing"):  # then the attempt was counted when it was made
        invoice = call.update(invoice, {"attempt_count": invoice["attempt_count"] + 1})
    invoicing.settle(call, invoice, charge=intent.values.get("latest_charge"))


def embedded(intent: Record) -> dict[str, Any]:
    """An intent as an error carries it."""
    return {intent.type: Embedded(intent.type, intent.id)}
