"""The table of what actors do, by the event that tells it; the first that a request caused says what it was."""

from __future__ import annotations

from replayer.capture.stimuli import billing, customers, payments, subscriptions
from replayer.capture.stimuli.acts import Kind

KINDS: list[tuple[tuple[str, ...], Kind]] = [
    (("checkout.session.completed",), payments.checkout),
    (("checkout.session.expired",), payments.expired),
    (("credit_note.created",), billing.credited),
    (("charge.dispute.created",), payments.disputed),
    (("charge.dispute.closed",), payments.decided),
    (("charge.refunded", "refund.created", "charge.refund.updated"), payments.refunded),
    (("charge.captured",), payments.captured),
    (("invoice.paid", "invoice.payment_succeeded"), billing.paid),
    (("payment_intent.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.processing", "payment_intent.requires_action",
      "payment_intent.payment_failed"), payments.confirmed),
    (("payment_intent.canceled",), payments.canceled),
    (("setup_intent.succeeded", "setup_intent.requires_action", "setup_intent.setup_failed"), payments.set_up),
    (("setup_intent.canceled",), payments.canceled),
    (("invoice.voided",), billing.voided),
    (("invoice.marked_uncollectible",), billing.given_up),
    (("customer.subscription.created",), subscriptions.created),
    (("customer.subscription.deleted",), subscriptions.deleted),
    (("customer.subscription.paused", "customer.subscription.resumed"), subscriptions.resumed),
    (("customer.subscription.updated",), subscriptions.updated),
    (("invoice.finalized",), billing.finalized),
    (("invoiceitem.created",), billing.item_added),
    (("invoiceitem.deleted",), billing.item_taken),
    (("payment_method.attached",), customers.attached),
    (("payment_method.detached",), customers.detached),
    (("customer.discount.created", "customer.discount.updated"), customers.discounted),
    (("customer.discount.deleted",), customers.discount_taken),
    (("customer.updated",), customers.updated),
    (("customer.created",), customers.created),
    (("customer.deleted",), customers.deleted),
]  # fmt: skip
