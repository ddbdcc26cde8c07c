"""Application fees: what a platform takes of a connected account's payment, and gives back (docs.stripe.com/connect/direct-charges)."""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError
from replayer.simulator.generic import write
from replayer.simulator.ledger import settle
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule


def collect(call: Call, account: str, charge: Record, amount: int, *, original: str | None = None) -> Record:
    """Take a fee of a charge of a connected account; the fee is the platform's. `original` is the platform's charge, if it has one."""
    platform = call.on_account(None)
    values: dict[str, Any] = {
        "account": account, "amount": amount, "amount_refunded": 0, "application": platform.store.application_id, "charge": charge.id,
        "currency": charge["currency"], "fee_source": {"charge": charge.id, "type": "charge"}, "originating_transaction": original,
        "refunded": False,
    }  # fmt: skip
    fee = platform.create("application_fee", values)
    entry = settle(platform, fee, amount, "application_fee")
    fee = platform.update(fee, {"balance_transaction": entry.id})
    platform.event("application_fee.created", fee)
    return fee


def give_back(call: Call, fee: Record, amount: int, values: dict[str, Any] | None = None) -> Record:
    """Give a part of a fee back to the connected account."""
    platform = call.on_account(None)
    fields = {"amount": amount, "currency": fee["currency"], "fee": fee.id, "application_fee": fee.id, "metadata": {}}
    refund = platform.create("fee_refund", {**fields, **(values or {})})
    entry = settle(platform, refund, -amount, "application_fee_refund", available_on=call.now)
    refund = platform.update(refund, {"balance_transaction": entry.id})
    total = fee["amount_refunded"] + amount
    fee = platform.update(fee, {"amount_refunded": total, "refunded": total >= fee["amount"]})
    there = call.on_account(str(fee["account"]))
    settle(there, fee, amount, "adjustment", available_on=call.now, source=refund.id, reporting_category="platform_earning_refund")
    platform.event("application_fee.refunded", fee)
    return refund


def create_refund(call: Call) -> Answer:
    """Refund the fee in the path, whole or in part."""
    fee = call.sure(call.at())
    left = fee["amount"] - fee["amount_refunded"]
    if left < 1:
        raise refuse(f"Application fee {fee.id} has already been refunded.", code="charge_already_refunded")
    given = call.params.get("amount")
    amount = given if isinstance(given, int) else left
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        shown, rest = (f"${number // 100}.{number % 100:02d}" for number in (amount, left))
        raise refuse(f"Refund amount ({shown}) is greater than unrefunded amount on fee ({rest})", param="amount")
    return give_back(call, fee, amount, inert_of(call, ("metadata",)))


RULES = {
    "GET /v1/application_fees": Rule(None, ("charge", "created", *PAGES)),
    "GET /v1/application_fees/{}": Rule(),
    "POST /v1/application_fees/{}/refunds": Rule(create_refund, ("amount",), {"metadata": METADATA}),
    "POST /v1/application_fees/{}/refunds/{}": Rule(write, (), {"metadata": METADATA}),
    "GET /v1/application_fees/{}/refunds": Rule(None, PAGES),
    "GET /v1/application_fees/{}/refunds/{}": Rule(),
}
