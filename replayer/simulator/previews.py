"""Previews: the invoice that would come next, or that a change would bring (Stripe API reference, "Create a preview invoice").

A preview does the change on a fork of the account, and lets the very code run that bills: so a preview equals what is then executed.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import changes, credit_grants, endings, invoicing, items, renewals, schedules, totals
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.errors import Unknown, missing_parameter
from replayer.simulator.pending import sweep
from replayer.simulator.records import Record
from replayer.simulator.rule import PAGES, Rule

_NONE = "No upcoming invoices for customer: "


def preview(call: Call) -> Answer:
    """Show the invoice that would come next."""
    return shown(*_previewed(call))


def upcoming_lines(call: Call) -> Answer:
    """The lines of the invoice that would come next (versions before basil)."""
    inner, invoice = _previewed(call)
    found = totals.lines_of(inner, invoice)
    limit = call.params.get("limit")
    size = max(1, min(100, limit)) if isinstance(limit, int) else 10
    return Page(found[:size], call.request.path, has_more=len(found) > size)


def shown(inner: Call, invoice: Record) -> Record:
    """A preview as it is answered: its lines with it, an id of its own kind."""
    values = {**invoice.values, "attempted": False, "automatically_finalizes_at": None, "webhooks_delivered_at": None}
    values |= {"ending_balance": _ending(invoice), "next_payment_attempt": invoice["created"] + invoicing.DRAFT_SECONDS}
    if invoice["collection_method"] == "send_invoice":
        values["next_payment_attempt"] = None
    found = Record("invoice", f"upcoming_{invoice.id}", {**values, "id": f"upcoming_{invoice.id}"}, marks=invoice.marks)
    found.held = {"lines": totals.lines_of(inner, invoice)}
    return found


def _ending(invoice: Record) -> int:
    """The customer's balance after the invoice."""
    total, start = invoice["total"], invoice["starting_balance"]
    return 0 if total > 0 and total + start >= 0 else total + start if total else start


def _previewed(call: Call) -> tuple[Call, Record]:
    inner = call.tried()
    params = _flat(call.params)
    subscription = _subscription(inner, params)
    customer = _customer(inner, params, subscription)
    inner.on_clock(customer)
    if any(credit_grants.left(inner, grant) for grant in credit_grants.grants_of(inner, customer.id)):
        raise Unknown("whether a preview shows billing credits")
    if subscription is None and not any(name in params for name in ("items", "plan")):
        return inner, _of_items(inner, customer)
    if subscription is None:
        from replayer.simulator.subscriptions import create

        made = create(inner.within(**{**params, "customer": customer.id, "payment_behavior": "default_incomplete"}))
        assert isinstance(made, Record)
        return inner, _latest(inner, made)
    return inner, _of_subscription(inner, subscription, customer, params)


def _flat(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the newer way (`subscription_details[items]`) and of the older one (`subscription_items`) under one name."""
    given = params.get("subscription_details")
    found = dict(given) if isinstance(given, dict) else {}
    for name, value in params.items():
        if name.startswith("subscription_") and name != "subscription_details":
            found[name.removeprefix("subscription_")] = value
        elif name != "subscription_details":
            found[name] = value
    return found


def _subscription(inner: Call, params: dict[str, Any]) -> Record | None:
    identifier = params.get("subscription")
    if isinstance(identifier, str) and identifier:
        return inner.sure(inner.find("subscription", identifier, "subscription"))
    customer = params.get("customer")
    held = inner.store.children("subscription", "customer", customer) if isinstance(customer, str) else []
    live = [one for one in held if one["status"] not in endings.ENDED]
    return min(live, key=lambda one: one["current_period_end"]) if live and not any(name in params for name in ("items", "plan")) else None


def _customer(inner: Call, params: dict[str, Any], subscription: Record | None) -> Record:
    identifier = subscription["customer"] if subscription is not None else params.get("customer")
    if not isinstance(identifier, str) or not identifier:
        raise missing_parameter("customer")
    return inner.sure(inner.find("customer", identifier, "customer"))


_CHANGING = frozenset({
    "items", "plan", "quantity", "proration_behavior", "proration_date", "trial_end", "cancel_at", "cancel_at_period_end", "cancel_now",
    "billing_cycle_anchor", "coupon", "discounts", "default_tax_rates",
})  # fmt: skip


def _of_subscription(inner: Call, subscription: Record, customer: Record, params: dict[str, Any]) -> Record:
    """The next invoice of a subscription, after a change where one is given."""
    before = subscription.values.get("latest_invoice")
    change = {name: value for name, value in params.items() if name in _CHANGING and not (name == "discounts" and not value)}
    if change.pop("cancel_now", None):
        return _ended(inner, subscription, customer)
    if change:
        subscription = changes.preview_update(inner, subscription, customer, change)
    latest = subscription.values.get("latest_invoice")
    if latest != before and isinstance(latest, str):
        found = inner.store.get("invoice", latest)
        assert found is not None
        return found
    return next_invoice(inner, subscription, customer)


def next_invoice(inner: Call, subscription: Record, customer: Record) -> Record:
    """The renewal's invoice, on a fork whose clock is set to the period's end."""
    if subscription["status"] in endings.ENDED:
        raise refuse(_NONE + customer.id, status=404, code="invoice_upcoming_none", param=None)
    subscription = schedules.run_to(inner, subscription, int(subscription["current_period_end"]))
    inner.now = max(inner.now, int(subscription["current_period_end"]))
    if subscription["status"] in endings.ENDED or _ends(inner, subscription):
        return _ended(inner, subscription, customer)
    if subscription["status"] == "trialing":
        if not renewals.end_trial(inner, subscription, customer):
            raise refuse(_NONE + customer.id, status=404, code="invoice_upcoming_none", param=None)
        subscription = inner.find("subscription", subscription.id, "subscription")
    invoice = renewals.draft_renewal(inner, subscription, customer)
    if invoice is None:
        raise refuse(_NONE + customer.id, status=404, code="invoice_upcoming_none")
    return invoice


def _ends(inner: Call, subscription: Record) -> bool:
    until = subscription.values.get("cancel_at")
    return bool(subscription.values.get("cancel_at_period_end")) or (isinstance(until, int) and until <= inner.now)


def _ended(inner: Call, subscription: Record, customer: Record) -> Record:
    """What is still billed when a subscription ends: what waits, and usage."""
    lines = [line for one in items.sold(inner, subscription.id) for line in renewals.ended_usage(inner, subscription, one)]
    swept, _ = sweep(inner, customer, subscription, str(subscription["currency"]))
    if not swept and not lines:
        raise refuse(_NONE + customer.id, status=404, code="invoice_upcoming_none")
    return invoicing.draft(
        inner, customer, currency=str(subscription["currency"]), reason="upcoming",
        period=(int(subscription["current_period_start"]), inner.now), subscription=subscription, lines=[*swept, *lines],
    )  # fmt: skip


def _of_items(inner: Call, customer: Record) -> Record:
    """The invoice of what waits for a customer without a subscription."""
    currency = str(inner.params.get("currency") or customer.values.get("currency") or "usd").lower()
    swept, _ = sweep(inner, customer, None, currency)
    if not swept:
        raise refuse(_NONE + customer.id, status=404, code="invoice_upcoming_none")
    return invoicing.draft(inner, customer, currency=currency, reason="upcoming", period=(inner.now, inner.now), lines=swept)


def _latest(inner: Call, subscription: Record) -> Record:
    found = inner.store.get("invoice", str(subscription.values.get("latest_invoice")))
    return found if found is not None else next_invoice(inner, subscription, _customer(inner, {}, subscription))


_COMPUTED = (
    "customer", "subscription", "subscription_details", "subscription_items", "subscription_proration_behavior", "coupon",
    "subscription_proration_date", "subscription_trial_end", "subscription_cancel_at_period_end", "subscription_cancel_now",
    "subscription_billing_cycle_anchor", "discounts",
)  # fmt: skip
RULES = {
    "POST /v1/invoices/create_preview": Rule(preview, _COMPUTED),
    "GET /v1/invoices/upcoming": Rule(preview, _COMPUTED),
    "GET /v1/invoices/upcoming/lines": Rule(upcoming_lines, (*_COMPUTED, *PAGES)),
}
