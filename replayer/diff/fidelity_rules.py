"""Which of Stripe's rules a recorded answer shows, so that fidelity can be told by rule: an answer may show several, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from replayer.model import Exchange

Sees = Callable[[Mapping[str, Any]], Any]

# What a hash within an answer shows, by the rule.
_SHOWN: dict[str, Sees] = {
    "proration": lambda one: one.get("proration") is True or _within(one, "parent", "proration"),
    "tiers": lambda one: one.get("tiers_mode"),
    "packages": lambda one: one.get("transform_quantity") or one.get("transform_usage"),
    "metered usage": lambda one: one.get("usage_type") == "metered",
    "discounts": lambda one: one.get("object") in ("discount", "coupon") or one.get("total_discount_amounts") or one.get("discount_amounts"),
    "tax rates": lambda one: one.get("total_taxes") or one.get("total_tax_amounts") or one.get("object") == "tax_rate",
    "automatic tax": lambda one: isinstance(one.get("automatic_tax"), Mapping) and one["automatic_tax"].get("enabled"),
    "credit balance": lambda one: one.get("starting_balance") or one.get("ending_balance") or (one.get("object") == "customer" and one.get("balance")),
    "credit notes": lambda one: one.get("object") == "credit_note" or one.get("post_payment_credit_notes_amount") or one.get("pre_payment_credit_notes_amount"),
    "retries": lambda one: (one.get("attempt_count") or 0) > 1 or one.get("next_payment_attempt"),
    "trials": lambda one: one.get("status") == "trialing" or one.get("trial_end"),
    "ends and pauses": lambda one: one.get("cancel_at_period_end") or one.get("pause_collection") or one.get("canceled_at"),
    "incomplete payment": lambda one: one.get("status") in ("incomplete", "incomplete_expired", "past_due", "unpaid"),
    "subscriptions": lambda one: one.get("object") == "subscription",
    "invoices": lambda one: one.get("object") == "invoice",
    "authentication": lambda one: one.get("status") == "requires_action",
    "declines": lambda one: one.get("decline_code") or (one.get("object") == "charge" and one.get("status") == "failed"),
    "manual capture": lambda one: one.get("capture_method") == "manual" or one.get("captured") is False,
    "refunds": lambda one: one.get("object") == "refund" or one.get("amount_refunded"),
    "disputes": lambda one: one.get("object") == "dispute" or one.get("disputed"),
    "fees": lambda one: one.get("object") == "balance_transaction",
    "connect": lambda one: one.get("object") in ("account", "transfer", "application_fee", "payout", "person") or one.get("transfer_data"),
    "checkout": lambda one: str(one.get("object")).startswith(("checkout.", "billing_portal.", "payment_link")),
    "saved cards": lambda one: one.get("object") in ("payment_method", "setup_intent", "card", "source"),
}  # fmt: skip


def rules_shown(exchange: Exchange) -> list[str]:
    """The rules that an exchange shows; `errors` for a refused call, whatever else it shows."""
    body = exchange.outcome.body
    found = {rule for one in _hashes(body) for rule, sees in _SHOWN.items() if sees(one)}
    named = [rule for rule in _SHOWN if rule in found]
    return [*named, "errors"] if (exchange.outcome.status or 0) >= 400 else named


def _hashes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for child in value.values():
            yield from _hashes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _hashes(child)


def _within(value: Any, name: str, wanted: str) -> bool:
    """Whether a field, in the hash of that name or in one within it, is true: since 2025-03-31 lines tell it of their parent."""
    return any(one.get(wanted) is True for one in _hashes(value.get(name)))
