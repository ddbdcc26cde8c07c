"""What a subscription does by itself: renew, end its trial, end, and follow its invoices.

A renewal's invoice stays a draft for about an hour, and is then finalized and paid (docs.stripe.com/billing/subscriptions/webhooks).
What follows when every retry failed is the account's setting: as the world says, else the subscription is canceled, Stripe's default.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import changes, collecting, endings, invoicing, items, metering, pending_updates, prorations
from replayer.simulator.calls import Call
from replayer.simulator.items import Sold, is_metered
from replayer.simulator.lines import Line, period_lines, write
from replayer.simulator.pending import sweep
from replayer.simulator.periods import Period, containing
from replayer.simulator.prices import recurring_of
from replayer.simulator.records import Record
from replayer.simulator.totals import lines_of

_BILLED = ("active", "past_due", "trialing", "unpaid")


def renew(call: Call, subscription: Record) -> None:
    """A period ended: bill the next one."""
    if subscription["status"] not in _BILLED or subscription["current_period_end"] > call.now:
        return
    if subscription.values.get("cancel_at_period_end") or (subscription.values.get("cancel_at") or call.now + 1) <= call.now:
        cancel(call, subscription)
        return
    customer = call.find("customer", str(subscription["customer"]), "customer")
    if subscription["status"] == "trialing" and not end_trial(call, subscription, customer):
        return
    subscription = call.store.get("subscription", subscription.id) or subscription
    draft_renewal(call, subscription, customer)
    changes.appoint(call, call.store.get("subscription", subscription.id) or subscription)


def end_trial(call: Call, subscription: Record, customer: Record) -> bool:
    """End a trial; false where the subscription does not go on because nothing pays for it."""
    behavior = ((subscription.values.get("trial_settings") or {}).get("end_behavior") or {}).get("missing_payment_method")
    pays = collecting.can_pay(call, customer, subscription)
    if not pays and behavior == "cancel":
        endings.end(call, subscription, reason=None)
        return False
    if not pays and behavior == "pause":
        paused = call.update(subscription, {"status": "paused"})
        call.event("customer.subscription.paused", paused)
        return False
    call.update(subscription, {"status": "active"})
    return True


def draft_renewal(call: Call, subscription: Record, customer: Record) -> Record | None:
    """Move the items whose period ended into the next one, and draft its invoice; null where there is nothing to bill."""
    before = items.sold(call, subscription.id)
    ended = [one for one in before if one.period[1] <= call.now]
    lines = [line for one in ended for line in ended_usage(call, subscription, one)]
    for one in ended:
        period = _next(subscription, one, call.now)
        call.update(one.item, {"current_period_start": period[0], "current_period_end": period[1]})
    subscription = changes.refresh(call, subscription)
    known = {one.item.id for one in ended}
    for one in items.sold(call, subscription.id):
        if one.item.id in known and not is_metered(one.price):
            rates = prorations.rates_of(subscription, one.item)
            lines += period_lines(call, one.item, one.price, one.quantity or 0, one.period, rates=rates)
    swept, take = sweep(call, customer, subscription, str(subscription["currency"]))
    if not lines and not swept:
        call.event("customer.subscription.updated", subscription)
        return None
    start = min((one.period[0] for one in ended), default=call.now)
    paused = paused_at(subscription, call.now)
    advances = paused is None and subscription["status"] != "unpaid"
    fields: dict[str, Any] = {"auto_advance": advances, "days_until_due": subscription.values.get("days_until_due")}
    if advances:
        fields["automatically_finalizes_at"] = call.now + invoicing.DRAFT_SECONDS
    if not subscription.values.get("discounts") and customer.values.get("discount"):
        fields["discounts"] = [customer.values["discount"]]
    invoice = invoicing.draft(
        call, customer, currency=str(subscription["currency"]), reason="subscription_cycle", period=(start, call.now),
        subscription=subscription, lines=[*swept, *lines], **fields,
    )  # fmt: skip
    take(invoice)
    subscription = call.update(subscription, {"latest_invoice": invoice.id})
    call.event("customer.subscription.updated", subscription)
    if advances:
        call.appoint(call.now + invoicing.DRAFT_SECONDS, "finalize", invoice)
    elif paused is not None:
        _while_paused(call, invoice, str(paused.get("behavior")))
    return invoice


def paused_at(subscription: Record, now: int) -> dict[str, Any] | None:
    """How collection is paused at a time, null where it is not: a pause may end by itself (`resumes_at`)."""
    paused = subscription.values.get("pause_collection")
    if not isinstance(paused, dict):
        return None
    until = paused.get("resumes_at")
    return None if isinstance(until, int) and until <= now else paused


def _while_paused(call: Call, invoice: Record, behavior: str) -> None:
    """Collection is paused: the invoice stays a draft, or is finalized and given up at once."""
    if behavior == "keep_as_draft":
        return
    invoice = invoicing.finalize(call, invoice)
    if behavior == "void":
        invoicing.void(call, invoice)
    else:
        invoicing.uncollectible(call, invoice)


def _next(subscription: Record, one: Sold, now: int) -> Period:
    interval, count, _ = recurring_of(one.price)
    return containing(subscription["billing_cycle_anchor"], interval, count, max(now, one.period[1]))


def ended_usage(call: Call, subscription: Record, one: Sold) -> list[Line]:
    """The lines of what a metered item used in the period that ended."""
    if not is_metered(one.price):
        return []
    return metering.lines_of_usage(call, subscription, one.item, one.price, one.period)


def final_invoice(call: Call, subscription: Record) -> None:
    """Bill what waits and what was used, at the end of a subscription: at its period's end, or at once (`invoice_now`)."""
    customer = call.find("customer", str(subscription["customer"]), "customer")
    lines = []
    for one in items.sold(call, subscription.id):
        until = Sold(one.item, one.price, one.quantity, (one.period[0], call.now))
        lines += ended_usage(call, subscription, until)
    changes.invoice_now(call, subscription, customer, lines, "subscription_update", int(subscription["current_period_start"]))


def restart(call: Call, subscription: Record) -> Record:
    """Begin a new cycle of a paused subscription."""
    subscription = call.update(subscription, {"status": "active", "billing_cycle_anchor": call.now})
    customer = call.find("customer", str(subscription["customer"]), "customer")
    lines = []
    for one in items.sold(call, subscription.id):
        period = _next(subscription, Sold(one.item, one.price, one.quantity, (call.now, call.now)), call.now)
        item = call.update(one.item, {"current_period_start": period[0], "current_period_end": period[1]})
        if not is_metered(one.price):
            rates = prorations.rates_of(subscription, item)
            lines += period_lines(call, item, one.price, one.quantity or 0, period, rates=rates)
    subscription = changes.refresh(call, subscription)
    subscription = changes.invoice_now(call, subscription, customer, lines, "subscription_cycle", call.now)
    changes.appoint(call, subscription)
    call.event("customer.subscription.resumed", subscription)
    return subscription


def cancel(call: Call, subscription: Record) -> None:
    """The time at which a subscription was to end has come."""
    until = subscription.values.get("cancel_at")
    if subscription["status"] in endings.ENDED or not isinstance(until, int) or until > call.now:
        return
    if not subscription.values.get("cancel_at_period_end") and until < subscription["current_period_end"]:
        for one in items.sold(call, subscription.id):
            prorations.credit(call, subscription, one, call.now)
    final_invoice(call, endings.end(call, subscription, reason="cancellation_requested"))


def trial_will_end(call: Call, subscription: Record) -> None:
    """Three days before a trial ends."""
    if subscription["status"] == "trialing":
        call.event("customer.subscription.trial_will_end", subscription)


def expire_incomplete(call: Call, subscription: Record) -> None:
    """The first invoice was not paid within 23 hours."""
    if subscription["status"] != "incomplete":
        return
    subscription = call.update(subscription, {"status": "incomplete_expired", "ended_at": call.now})
    invoice = call.store.get("invoice", str(subscription.values.get("latest_invoice")))
    if invoice is not None and invoice["status"] == "open":
        invoicing.void(call, invoice)
    call.event("customer.subscription.updated", subscription)


# --- following its invoices


def finalize(call: Call, invoice: Record) -> None:
    """The draft hour is over: what was used until then is billed too."""
    if invoice["status"] != "draft" or not invoice.values.get("auto_advance"):
        return
    if invoice["billing_reason"] != "subscription_threshold":  # that one holds what was used until it was made
        _recount(call, invoice)
    invoice = invoicing.finalize(call, invoice)
    if invoice["amount_due"] <= 0 or invoice["collection_method"] != "send_invoice":
        collecting.collect(call, invoice, off_session=True)
    else:
        invoice = collecting.prepare(call, invoice)
        call.event("invoice.sent", invoice)
        call.appoint(int(invoice["due_date"]), "overdue", invoice)


def _recount(call: Call, invoice: Record) -> None:
    """Write the metered lines of a draft anew: usage of the period that ended may have been reported since."""
    counted: set[str] = set()
    for line in lines_of(call, invoice):
        item = call.store.get("subscription_item", str(line.values.get("subscription_item")))
        if item is None or item.id in counted or line.values.get("proration"):
            continue
        counted.add(item.id)
        old = [one for one in lines_of(call, invoice) if one.values.get("subscription_item") == item.id and not one.values.get("proration")]
        price = call.find(("price", "plan"), str(old[-1]["price"]), "price")
        if not is_metered(price):
            continue
        subscription = call.find("subscription", str(invoice["subscription"]), "subscription")
        period = (min(int(one["period"]["start"]) for one in old), max(int(one["period"]["end"]) for one in old))
        new = metering.lines_of_usage(call, subscription, item, price, period)
        if [(one["amount"], one.values.get("quantity")) for one in old] != [(one.amount, one.quantity) for one in new]:
            for known in old:
                call.store.writable(known).deleted = True
            for one in new:
                write(call, invoice.id, one)


def retry(call: Call, invoice: Record) -> None:
    """Try again to collect an invoice; after the last try the subscription is given up."""
    if invoice["status"] != "open" or invoice.values.get("next_payment_attempt") != call.now:
        return
    invoice = collecting.collect(call, invoice, off_session=True)
    subscription = _subscription_of(call, invoice)
    given_up = invoice["status"] == "open" and invoice.values.get("next_payment_attempt") is None
    if given_up and subscription is not None and subscription["status"] == "past_due":
        _give_up(call, subscription)


def _give_up(call: Call, subscription: Record) -> None:
    """The last retry failed."""
    after = call.store.settings.after_retries or "cancel"
    if after == "cancel":
        endings.end(call, subscription, reason="payment_failed").mark({"status": "world", "ended_at": "world"})
    elif after == "unpaid":  # later invoices are drafts that nobody collects (docs.stripe.com/billing/subscriptions/overview, "unpaid")
        unpaid = call.update(subscription, {"status": "unpaid"})
        unpaid.mark({"status": "world"})
        call.event("customer.subscription.updated", unpaid)


def overdue(call: Call, invoice: Record) -> None:
    """A sent invoice was not paid by its due date."""
    if invoice["status"] != "open":
        return
    call.event("invoice.overdue", invoice)
    subscription = _subscription_of(call, invoice)
    if subscription is not None and subscription["status"] == "active":
        call.event("customer.subscription.updated", call.update(subscription, {"status": "past_due"}))


def on_processing(call: Call, intent: Record) -> None:
    """A payment that takes days is under way: its subscription is active meanwhile (docs.stripe.com/billing/subscriptions/overview)."""
    invoice = _invoice_of(call, intent)
    if invoice is None or invoice["status"] != "open":
        return
    changes = {"attempt_count": invoice["attempt_count"] + 1, "attempted": True, "next_payment_attempt": None, "processing": True}
    invoice = call.update(invoice, changes)
    call.event("invoice.updated", invoice)
    subscription = _subscription_of(call, invoice)
    if subscription is not None and subscription["status"] == "incomplete":
        subscription = call.update(subscription, {"status": "active"})
        if call.route.operation.name != "POST /v1/subscriptions":
            call.event("customer.subscription.updated", subscription)


def on_debit_failed(call: Call, intent: Record) -> None:
    """A payment under way failed: the first invoice is voided and its subscription stays active; later ones stay open, and are not retried.

    docs.stripe.com/billing/subscriptions/overview ("Payment statuses"); whether debits are retried is the account's setting: world.
    """
    invoice = _invoice_of(call, intent)
    if invoice is None or invoice["status"] != "open":
        return
    invoice = call.update(invoice, {"processing": False})
    invoice.mark({"next_payment_attempt": "world"})
    call.event("invoice.payment_failed", invoice)
    if invoice["billing_reason"] == "subscription_create":
        invoicing.void(call, invoice)


def _invoice_of(call: Call, intent: Record) -> Record | None:
    identifier = intent.values.get("invoice")
    return call.store.get("invoice", identifier) if isinstance(identifier, str) else None


def on_invoice_paid(call: Call, invoice: Record) -> None:
    """A paid invoice makes its subscription active."""
    subscription = _subscription_of(call, invoice)
    if subscription is None:
        return
    subscription = pending_updates.on_paid(call, subscription, invoice)
    subscription = _save_default(call, subscription, invoice)
    if subscription["status"] in ("incomplete", "past_due", "unpaid") and subscription.values.get("latest_invoice") in (invoice.id, None):
        was = subscription["status"]
        subscription = call.update(subscription, {"status": "active"})
        if was == "past_due" or not call.is_attended or call.route.operation.name != "POST /v1/subscriptions":
            call.event("customer.subscription.updated", subscription)


def _save_default(call: Call, subscription: Record, invoice: Record) -> Record:
    """What paid becomes the subscription's default where that is asked for (API reference, `save_default_payment_method`)."""
    intent = collecting.intent_of(call, invoice)
    settings = subscription.values.get("payment_settings") or {}
    if intent is None or settings.get("save_default_payment_method") != "on_subscription":
        return subscription
    charge = call.store.get("charge", str(intent.values.get("latest_charge")))
    details = (charge.values.get("payment_method_details") if charge is not None else None) or {}
    kept = (details.get(details.get("type")) or {}).get("generated_sepa_debit") or intent.values.get("payment_method")
    return call.update(subscription, {"default_payment_method": kept})


def on_invoice_failed(call: Call, invoice: Record) -> None:
    """An invoice that could not be paid makes an active subscription past due."""
    subscription = _subscription_of(call, invoice)
    if subscription is None or subscription.values.get("pending") is not None:  # an update that is pending changes nothing
        return
    if subscription["status"] == "active" and invoice["billing_reason"] != "subscription_create":
        call.event("customer.subscription.updated", call.update(subscription, {"status": "past_due"}))


def _subscription_of(call: Call, invoice: Record) -> Record | None:
    identifier = invoice.values.get("subscription")
    return call.store.get("subscription", identifier) if isinstance(identifier, str) else None
