"""Whose a write is, and whether anybody's next bill can become another one by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replayer.capture.chains import named_ids
from replayer.model import Exchange, Request

# Objects that no customer is billed by, so that they need not name one.
_NOBODYS = frozenset({
    "customer", "product", "price", "plan", "coupon", "tax_rate", "promotion_code", "payment_method", "shipping_rate", "billing.meter",
})  # fmt: skip
# Below these paths nobody's next bill becomes another one, whatever comes of a call.
_BILLING_NOBODY = (
    "/v1/account", "/v1/apple_pay/", "/v1/application_fees", "/v1/apps/", "/v1/billing_portal/", "/v1/climate/", "/v1/coupons",
    "/v1/customer_sessions", "/v1/disputes", "/v1/entitlements/", "/v1/ephemeral_keys", "/v1/file_links", "/v1/files",
    "/v1/financial_connections/", "/v1/identity/", "/v1/invoices/create_preview", "/v1/issuing/", "/v1/payment_links",
    "/v1/payment_method_domains", "/v1/payouts", "/v1/products", "/v1/promotion_codes", "/v1/radar/", "/v1/refunds", "/v1/reporting/",
    "/v1/shipping_rates", "/v1/sigma/", "/v1/sources", "/v1/tax/calculations", "/v1/tax/transactions", "/v1/tax_rates", "/v1/terminal/",
    "/v1/tokens", "/v1/topups", "/v1/transfers", "/v1/webhook_endpoints",
)  # fmt: skip
# Creating one bills nobody yet; a payment of its own is no part of a bill. What is done to them afterwards may be.
_CREATING_BILLS_NOBODY = frozenset({
    "/v1/charges", "/v1/payment_intents", "/v1/plans", "/v1/prices", "/v1/quotes", "/v1/setup_intents", "/v1/test_helpers/test_clocks",
})  # fmt: skip
_CATALOGUE = ("/v1/prices/", "/v1/plans/")


def customers_of(body: Any) -> Iterator[str]:
    """The customer that an answer is, or names as its own."""
    if not isinstance(body, dict):
        return
    for value in (body.get("id") if body.get("object") == "customer" else None, body.get("customer")):
        identifier = value.get("id") if isinstance(value, dict) else value
        if isinstance(identifier, str) and identifier:
            yield identifier


def tells(body: Any) -> bool:
    """Whether an answer tells whose it is, be it nobody's."""
    return isinstance(body, dict) and ("customer" in body or body.get("object") in _NOBODYS)


def owners(exchange: Exchange) -> set[str]:
    """The customers that a call names, in its request, its answer or its effects."""
    found = set(customers_of(exchange.outcome.body))
    found.update(identifier for identifier, kind in named_ids(exchange.request) if kind == "customer")
    found.update(effect.customer for effect in exchange.outcome.effects or () if effect.customer)
    return found


def bills_nobody(request: Request) -> bool:
    """Whether nobody's next bill becomes another one by a call, whatever comes of it."""
    if request.method == "GET" or request.path in _CREATING_BILLS_NOBODY or request.path.startswith(_BILLING_NOBODY):
        return True
    return request.method == "DELETE" and request.path.startswith(_CATALOGUE)


def may_have_taken_hold(exchange: Exchange) -> bool:
    """Whether Stripe did what was asked, or may have: an outcome that is unknown, or a failure of its own, says nothing."""
    status = exchange.outcome.status
    return status is None or status < 300 or status >= 500


def may_be_anybodys(exchange: Exchange, *answers: Any) -> bool:
    """Whether a write may have changed a bill, and nothing in it, or in other answers to it, tells whose: only its chain may."""
    request = exchange.request
    told = any(map(tells, (exchange.outcome.body, *answers))) and not request.path.startswith(_CATALOGUE)
    return not bills_nobody(request) and not told and not owners(exchange)
