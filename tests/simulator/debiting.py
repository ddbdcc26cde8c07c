"""Bank debits and visits to banks, as tests make them."""

from __future__ import annotations

from typing import Any

ACCEPTED = {"customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "test"}}}
CURRENCY = {"us_bank_account": "usd", "bacs_debit": "gbp", "au_becs_debit": "aud", "acss_debit": "cad"}


def debit(account: Any, method: str | None, kind: str = "sepa_debit", **more: Any) -> dict[str, Any]:
    """A payment intent of 20.00 that is confirmed with a test bank account."""
    given: dict[str, Any] = {"amount": "2000", "currency": CURRENCY.get(kind, "eur"), "payment_method_types": [kind]}
    given |= {"payment_method": method} if method is not None else {}
    return account.ok("POST /v1/payment_intents", {**given, "confirm": "true", "mandate_data": ACCEPTED, **more})


def visit(account: Any, kind: str, **more: Any) -> dict[str, Any]:
    """A payment intent of 20.00 euro that sends the customer to their bank."""
    given = {"amount": "2000", "currency": "eur", "payment_method_data": {"type": kind}, "payment_method_types": [kind], "confirm": "true"}
    return account.ok("POST /v1/payment_intents", {**given, "return_url": "https://example.test/back", **more})


def now(account: Any, intent: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The payment intent as it is by now, its charge within it."""
    return account.ok(f"GET /v1/payment_intents/{intent['id']}", {"expand": ["latest_charge"]}, **more)


def events(account: Any) -> list[str]:
    """The types of what was told, the oldest first."""
    return [one["type"] for one in account.ok("GET /v1/events", {"limit": "100"})["data"]][::-1]


def subscriber(account: Any, method: str | None) -> tuple[str, str]:
    """A customer whose default is a test bank account, and a price of 10.00 euro a month."""
    customer = account.customer()
    if method is not None:
        attached = account.ok(f"POST /v1/payment_methods/{method}/attach", {"customer": customer})["id"]
        account.ok(f"POST /v1/customers/{customer}", {"invoice_settings": {"default_payment_method": attached}})
    product = account.ok("POST /v1/products", {"name": "Plan"})["id"]
    price = {"product": product, "currency": "eur", "unit_amount": "1000", "recurring": {"interval": "month"}}
    return customer, account.ok("POST /v1/prices", price)["id"]
