"""The table of contents of what the simulator computes: one file a noun, one line here each."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from replayer.model import Claims
from replayer.simulator import (
    account_links,
    accounts,
    application_fees,
    authorizing,
    balances,
    billing_portal,
    capabilities,
    charges,
    checkout_completing,
    checkout_sessions,
    collecting,
    country_specs,
    credit_grants,
    credit_notes,
    customers,
    disputes,
    external_accounts,
    funds,
    invoice_lines,
    invoices,
    payment_intents,
    payment_links,
    payment_methods,
    payouts,
    pending,
    pending_updates,
    persons,
    previews,
    products,
    promotion_codes,
    quotes,
    refunds,
    renewals,
    schedules,
    setup_intents,
    sources,
    subscription_items,
    subscriptions,
    test_clocks,
    thresholds,
    tokens,
    transfers,
    usage,
    usage_v2,
    webhooks,
)
from replayer.simulator.calls import Call
from replayer.simulator.records import Record
from replayer.simulator.routes import LEGACY_NAMES as LEGACY
from replayer.simulator.routes import route_of
from replayer.simulator.rule import Rule
from replayer.stripeapi.catalogue import catalogue

Reaction = Callable[[Call, Record], None]
NOUNS = (
    customers, balances, payment_methods, sources, payment_intents, setup_intents, authorizing, charges, refunds, products, subscriptions,
    subscription_items, schedules, usage, usage_v2, credit_grants, pending, invoices, invoice_lines, credit_notes, previews, test_clocks,
    webhooks,
    accounts, persons, external_accounts, capabilities, account_links, transfers, application_fees, payouts, funds, tokens, disputes,
    promotion_codes, checkout_sessions, payment_links, billing_portal, quotes, country_specs,
)  # fmt: skip


def _all(*reactions: Reaction) -> Reaction:
    def react(call: Call, record: Record) -> None:
        for reaction in reactions:
            reaction(call, record)

    return react


# What Stripe's billing does when it hears of a payment, and subscriptions when they hear of their invoices.
Call.reactions = {
    "payment_intent.succeeded": _all(collecting.on_paid, checkout_completing.on_intent("async_payment_succeeded")),
    "payment_intent.processing": renewals.on_processing,
    "debit.failed": _all(renewals.on_debit_failed, checkout_completing.on_intent("async_payment_failed")),
    "usage.reported": thresholds.on_usage,
    "invoice.voided": _all(credit_grants.on_voided, pending_updates.on_voided),
    "invoice.paid": renewals.on_invoice_paid,
    "invoice.payment_failed": renewals.on_invoice_failed,
}


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every rule by the catalogue's name of its operation; those that the catalogue has not keep their own."""
    return {catalogue().canonical(name) or name: rule for noun in NOUNS for name, rule in noun.RULES.items()}


def claims_of(name: str) -> Claims:
    """What the simulator says of an operation's parameters."""
    canonical = catalogue().canonical(name) or LEGACY.get(name, name)
    rule = rules().get(canonical)
    if rule is None:
        return Claims()
    known = route_of(canonical).operation.params.keys() | {"expand"}
    computed = [param for param in ("expand", *rule.computed) if param.partition("[")[0] in known]
    return Claims(computed=computed, inert={param: why for param, why in rule.inert.items() if param.partition("[")[0] in known})
