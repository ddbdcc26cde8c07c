"""Who pays an invoice, by what answers show of defaults: an attempt to charge is often seen only by what became of the invoice.

The invoice's own payment method pays, else the subscription's, else the customer's default
(docs.stripe.com/billing/subscriptions/payment-methods-setting).
"""

from __future__ import annotations

from typing import Any

from replayer.stripeapi.testdata import behind


class Payers:
    """Learns the defaults of customers and subscriptions, and what cards look like."""

    def __init__(self) -> None:
        self._defaults: dict[str, str | None] = {}
        self._looks: dict[str, tuple[dict[str, Any], bool]] = {}

    def add(self, kind: str, state: dict[str, Any]) -> None:
        """Learn from an object, as it is by now."""
        if kind in ("customer", "subscription"):
            settings = state.get("invoice_settings")
            own = state.get("default_payment_method") if kind == "subscription" else (settings or {}).get("default_payment_method")
            self._defaults[state["id"]] = id_of(own) or id_of(state.get("default_source"))
        elif kind in ("payment_method", "card"):
            looks = state.get("card") if kind == "payment_method" else state
            if isinstance(looks, dict):
                self._looks[state["id"]] = looks, bool(state.get("livemode"))

    def of_invoice(self, invoice: dict[str, Any]) -> str | None:
        """The payment method that an invoice was charged to, null where it is not known."""
        details = (invoice.get("parent") or {}).get("subscription_details") or {}
        subscription = id_of(invoice.get("subscription")) or id_of(details.get("subscription"))
        holders = (subscription, id_of(invoice.get("customer")))
        own = id_of(invoice.get("default_payment_method")) or id_of(invoice.get("default_source"))
        return own or next((found for holder in holders if (found := self._defaults.get(holder or ""))), None)

    def is_documented(self, method: str) -> bool:
        """Whether a payment method is a test card that Stripe documents."""
        looks, live = self._looks.get(method, ({}, False))
        return not live and behind(looks) is not None


def id_of(value: object) -> str | None:
    """The id that a reference or an object in its place has."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None
