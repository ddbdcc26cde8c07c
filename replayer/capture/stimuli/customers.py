"""Customers changed off camera: how they pay, what they are credited, who they are."""

from __future__ import annotations

from typing import Any

from replayer.capture.history import Told
from replayer.capture.stimuli.acts import Act, Group, changed_metadata, ref, text

_PLAIN = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping", "tax_exempt", "default_source",
          "invoice_prefix")  # fmt: skip
_DERIVED = frozenset({"currency", "delinquent", "default_currency", "discount", "next_invoice_sequence", "sources",
                      "invoice_credit_balance",                       "subscriptions", "default_card", "cash_balance"})  # fmt: skip


def attached(told: Told, group: Group) -> Act:
    """A payment method was added to a customer, and perhaps made the default by the same request."""
    customer = ref(told.object.get("customer"))
    if customer is None:
        return Act(about=told, why="to whom a payment method was attached is not told")
    return Act(about=told, path=f"/v1/payment_methods/{told.about}/attach", params={"customer": customer}, also=("customer.updated",))


def detached(told: Told, group: Group) -> Act:
    """A payment method was taken from a customer."""
    return Act(about=told, path=f"/v1/payment_methods/{told.about}/detach")


def discounted(told: Told, group: Group) -> Act:
    """A customer or a subscription was given a discount."""
    coupon = ref(told.object.get("coupon")) or ref((told.object.get("source") or {}).get("coupon"))
    subscription, customer = ref(told.object.get("subscription")), ref(told.object.get("customer"))
    if coupon is None or customer is None:
        return Act(about=told, why="which discount somebody else gave is not told")
    if subscription is not None:
        return Act(about=told, path=f"/v1/subscriptions/{subscription}", params={"discounts": [{"coupon": coupon}]}, shown=False)
    return Act(about=told, path=f"/v1/customers/{customer}", params={"coupon": coupon}, shown=False)


def discount_taken(told: Told, group: Group) -> Act:
    """A discount was taken away."""
    subscription, customer = ref(told.object.get("subscription")), ref(told.object.get("customer"))
    if subscription is None and customer is None:
        return Act(about=told, why="whose discount somebody else took away is not told")
    holder = f"/v1/subscriptions/{subscription}" if subscription else f"/v1/customers/{customer}"
    return Act(about=told, method="DELETE", path=f"{holder}/discount", shown=False)


def updated(told: Told, group: Group) -> Act:
    """A customer was changed; a balance that moved is an entry of the credit ledger."""
    strange = sorted(told.previous.keys() - {*_PLAIN, *_DERIVED, "balance", "account_balance", "metadata", "invoice_settings"})
    if strange:
        return Act(about=told, why=f"how `{strange[0]}` of a customer was changed by somebody else is not told")
    balance = next((name for name in ("balance", "account_balance") if name in told.previous), None)
    params = _params(told)
    if balance is not None and params:
        return Act(about=told, why="a customer's balance and more was changed by somebody else at once")
    if balance is not None:
        more = (told.object.get(balance) or 0) - (told.previous[balance] or 0)
        given = {"amount": str(more), "currency": str(told.object.get("currency") or "usd")}
        return Act(about=told, path=f"/v1/customers/{told.about}/balance_transactions", params=given, shown=False)
    return Act(about=told, path=f"/v1/customers/{told.about}", params=params)


def _params(told: Told) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name in _PLAIN:
        if name in told.previous:
            params[name] = ref(told.object.get(name)) if name == "default_source" else text(told.object.get(name))
    if "metadata" in told.previous and (metadata := changed_metadata(told)):
        params["metadata"] = metadata
    before = told.previous.get("invoice_settings")
    if isinstance(before, dict):
        now = told.object.get("invoice_settings") or {}
        params["invoice_settings"] = {name: ref(now.get(name)) or text(now.get(name)) for name in before}
    return params


def created(told: Told, group: Group) -> Act:
    """A customer was made by somebody else."""
    given = {name: text(told.object[name]) for name in _PLAIN if told.object.get(name) and name not in ("default_source", "invoice_prefix")}
    if told.object.get("metadata"):
        given["metadata"] = text(told.object["metadata"])
    return Act(about=told, path="/v1/customers", params=given)


def deleted(told: Told, group: Group) -> Act:
    """A customer was deleted."""
    return Act(about=told, method="DELETE", path=f"/v1/customers/{told.about}", shown=False)
