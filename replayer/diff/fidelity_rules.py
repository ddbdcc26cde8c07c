"""Which of Stripe's rules a recorded answer shows, so that fidelity can be told by rule: an answer may show several, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from replayer.model import Exchange

Sees = Callable[[Mapping[str, Any]], Any]


def _true(*names: str) -> Sees:
    """Whether one of some fields says something."""
    return lambda one: any(one.get(name) for name in names)


def _is(*objects: str) -> Sees:
    return lambda one: one.get("object") in objects


def _status(*states: str) -> Sees:
    return lambda one: one.get("status") in states


def _either(*sees: Sees) -> Sees:
    return lambda one: any(see(one) for see in sees)


# What a hash within an answer shows, by the rule.
_SHOWN: dict[str, Sees] = {
    "proration": lambda one: one.get("proration") is True or _within(one, "parent", "proration"),
    "tiers": _true("tiers_mode"),
    "packages": _true("transform_quantity", "transform_usage"),
    "metered usage": lambda one: one.get("usage_type") == "metered",
    "discounts": _either(_is("discount", "coupon"), _true("total_discount_amounts", "discount_amounts")),
    "tax rates": _either(_is("tax_rate"), _true("total_taxes", "total_tax_amounts")),
    "automatic tax": lambda one: isinstance(one.get("automatic_tax"), Mapping) and one["automatic_tax"].get("enabled"),
    "credit balance": _either(
        _true("starting_balance", "ending_balance"), lambda one: one.get("object") == "customer" and one.get("balance")
    ),
    "credit notes": _either(_is("credit_note"), _true("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount")),
    "retries": lambda one: (one.get("attempt_count") or 0) > 1 or one.get("next_payment_attempt"),
    "trials": _either(_status("trialing"), _true("trial_end")),
    "ends and pauses": _true("cancel_at_period_end", "pause_collection", "canceled_at"),
    "incomplete payment": _status("incomplete", "incomplete_expired", "past_due", "unpaid"),
    "subscriptions": _is("subscription"),
    "invoices": _is("invoice"),
    "authentication": _status("requires_action"),
    "declines": lambda one: one.get("decline_code") or (one.get("object") == "charge" and one.get("status") == "failed"),
    "manual capture": lambda one: one.get("capture_method") == "manual" or one.get("captured") is False,
    "refunds": _either(_is("refund"), _true("amount_refunded")),
    "disputes": _either(_is("dispute"), _true("disputed")),
    "fees": _is("balance_transaction"),
    "connect": _either(_is("account", "transfer", "application_fee", "payout", "person"), _true("transfer_data")),
    "checkout": lambda one: str(one.get("object")).startswith(("checkout.", "billing_portal.", "payment_link")),
    "saved cards": _is("payment_method", "setup_intent", "card", "source"),
}


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
