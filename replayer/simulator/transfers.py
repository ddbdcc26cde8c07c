"""Transfers to connected accounts, and their reversals (docs.stripe.com/connect/separate-charges-and-transfers).

What arrives is a payment (`py_…`) on the connected account; what is reversed is refunded there.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.accounts import destination
from replayer.simulator.amounts import check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.ledger import available, settle
from replayer.simulator.payment_methods import NOBODY
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, GROUP, METADATA, PAGES, Rule

_PAYMENT: dict[str, Any] = {
    **dict.fromkeys((
        "application", "application_fee", "application_fee_amount", "balance_transaction", "customer", "description", "destination",
        "dispute", "failure_balance_transaction", "failure_code", "failure_message", "invoice", "on_behalf_of", "order", "outcome",
        "payment_intent", "payment_method", "receipt_email", "receipt_number", "receipt_url", "review", "shipping", "source",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group", "calculated_statement_descriptor",
    )),
    "amount_refunded": 0, "billing_details": NOBODY, "captured": True, "disputed": False, "fraud_details": {}, "metadata": {}, "paid": True,
    "payment_method_details": {"stripe_account": {}, "type": "stripe_account"}, "refunded": False, "status": "succeeded",
}  # fmt: skip
_SHORT = (
    "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges "
    "using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance"
)


def make(call: Call, account: str, amount: int, currency: str, values: dict[str, Any], *, fee: int = 0, at: int | None = None) -> Record:
    """Move an amount to a connected account; `fee` (minor units) is what the platform keeps of it there, `at` when it can be spent."""
    fields = {
        **dict.fromkeys(("description", "source_transaction", "transfer_group")),
        "amount": amount,
        "amount_reversed": 0,
        "currency": currency,
        "destination": account,
        "metadata": {},
        "reversed": False,
        "source_type": "card",
        **values,
    }
    transfer = call.create("transfer", fields)
    entry = settle(call, transfer, -amount, "transfer", available_on=call.now if at is None else at)
    payment = _arrive(call.on_account(account), transfer, fee)
    transfer = call.update(transfer, {"balance_transaction": entry.id, "destination_payment": payment.id})
    call.event("transfer.created", transfer)
    return transfer


def _arrive(call: Call, transfer: Record, fee: int) -> Record:
    """The payment on the connected account."""
    amount = transfer["amount"]
    identifier = call.store.mint.next("py")
    values = {
        **_PAYMENT, "amount": amount, "amount_captured": amount, "currency": transfer["currency"], "source_transfer": transfer.id,
        "application_fee_amount": fee or None,
    }  # fmt: skip
    payment = call.create("charge", values, identifier=identifier)
    fees = [application_fee_entry(call, fee, str(transfer["currency"]))] if fee else []
    due = _due(call.on_account(None), transfer)
    entry = settle(call, payment, amount, "payment", fees=fees, available_on=due)
    payment = call.update(payment, {"balance_transaction": entry.id})
    call.event("payment.created", payment)
    return payment


def application_fee_entry(call: Call, amount: int, currency: str) -> dict[str, Any]:
    """One of a balance transaction's fees: what the platform takes."""
    application = call.store.of_account(None).application_id
    text = "Simulator application fee"
    return {"amount": amount, "application": application, "currency": currency, "description": text, "type": "application_fee"}


def _due(platform: Call, transfer: Record) -> int:
    """When a transfer can be spent: at once, or when the charge that it comes from can."""
    source = transfer["source_transaction"]
    charge = platform.store.get("charge", source) if isinstance(source, str) else None
    entry = charge.values.get("balance_transaction") if charge is not None else None
    found = platform.store.get("balance_transaction", entry) if isinstance(entry, str) else None
    return platform.now if found is None else max(platform.now, int(found["available_on"]))


def create(call: Call) -> Answer:
    """Transfer funds to a connected account."""
    account = destination(call, call.params.get("destination"), "destination")
    source = call.named("source_transaction", "charge")
    amount = call.params.get("amount")
    if amount is None and source is not None:
        amount = source["amount"]
    if amount is None:
        raise missing_parameter("amount")
    if not isinstance(amount, int) or amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    currency = check_currency(call)
    if source is not None:
        _check_source(call, source, amount)
    elif not call.store.platform and available(call, currency) < amount:
        raise refuse(_SHORT, code="balance_insufficient")
    group = call.params.get("transfer_group") or (source and (source.values.get("transfer_group") or f"group_{source.id}"))
    if source is not None and not source.values.get("transfer_group"):
        call.update(source, {"transfer_group": group})
    shown = inert_of(call, ("description", "metadata"))
    values = {**shown, "source_transaction": source.id if source is not None else None, "transfer_group": group}
    transfer = make(call, account, amount, currency, values, at=_available_on(call, source))
    transfer.mark(dict.fromkeys(shown, "given"))
    return transfer


def _available_on(call: Call, source: Record | None) -> int | None:
    entry = source.values.get("balance_transaction") if source is not None else None
    found = call.store.get("balance_transaction", entry) if isinstance(entry, str) else None
    return found["available_on"] if found is not None else None


def _check_source(call: Call, source: Record, amount: int) -> None:
    made = [one for one in call.store.all("transfer") if one.values.get("source_transaction") == source.id]
    left = source["amount"] - sum(one["amount"] for one in made)
    if amount > left:
        raise refuse(
            f"Transfers using this transaction as a source must not exceed the source amount of {source['amount']} in minor units "
            f"({left} are left).",
            param="amount",
        )


def reverse(call: Call, transfer: Record, amount: int, values: dict[str, Any] | None = None, refund: str | None = None) -> Record:
    """Take back a part of a transfer; the payment on the connected account is refunded."""
    fields = {"amount": amount, "currency": transfer["currency"], "metadata": {}, "transfer": transfer.id, "source_refund": refund}
    reversal = call.create("transfer_reversal", {**fields, **(values or {})})
    due = max(call.now, _due(call, transfer))
    entry = settle(call, transfer, amount, "transfer_refund", available_on=due, source=reversal.id)
    back = _take_back(call.on_account(transfer["destination"]), transfer, amount, due)
    reversal = call.update(reversal, {"balance_transaction": entry.id, "destination_payment_refund": back})
    total = transfer["amount_reversed"] + amount
    transfer = call.update(transfer, {"amount_reversed": total, "reversed": total >= transfer["amount"]})
    call.event("transfer.reversed", transfer)
    return reversal


def _take_back(call: Call, transfer: Record, amount: int, due: int) -> str | None:
    """Refund the payment on the connected account; null where that is not known."""
    payment = call.store.get("charge", str(transfer.values.get("destination_payment")))
    if payment is None:
        return None
    fields = dict.fromkeys(("payment_intent", "reason", "receipt_number", "source_transfer_reversal", "transfer_reversal"))
    values = {**fields, "amount": amount, "charge": payment.id, "currency": payment["currency"], "metadata": {}, "status": "succeeded"}
    refund = call.create("refund", values, identifier=call.store.mint.next("pyr"))
    entry = settle(call, refund, -amount, "payment_refund", available_on=due)
    call.update(refund, {"balance_transaction": entry.id})
    total = payment["amount_refunded"] + amount
    call.update(payment, {"amount_refunded": total, "refunded": total >= payment["amount"]})
    return refund.id


def create_reversal(call: Call) -> Answer:
    """Reverse the transfer in the path, whole or in part."""
    transfer = call.sure(call.at())
    left = transfer["amount"] - transfer["amount_reversed"]
    if left < 1:
        raise refuse(f"Transfer {transfer.id} is already fully reversed.", param="id")
    given = call.params.get("amount")
    amount = given if isinstance(given, int) else left
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = f"Transfer reversal amount ({_money(amount)}) is greater than unreversed amount on transfer ({_money(left)})"
        raise refuse(message, param="amount")
    fee = None
    if call.params.get("refund_application_fee"):
        fee = _fee_of(call, transfer)
    reversal = reverse(call, transfer, amount, inert_of(call, ("description", "metadata")))
    if fee is not None:
        from replayer.simulator.application_fees import give_back

        give_back(call, fee, min(fee["amount"] - fee["amount_refunded"], amount * fee["amount"] // transfer["amount"]))
    return reversal


def _fee_of(call: Call, transfer: Record) -> Record | None:
    payment = transfer.values.get("destination_payment")
    found = [fee for fee in call.store.all("application_fee") if fee.values.get("charge") == payment]
    return found[0] if found else None


def _money(amount: int) -> str:
    return f"${amount // 100}.{amount % 100:02d}"


_SHOWN = {"description": ARBITRARY, "metadata": METADATA}
RULES = {
    "POST /v1/transfers": Rule(create, ("amount", "currency", "destination", "source_transaction"), {**_SHOWN, "transfer_group": GROUP}),
    "POST /v1/transfers/{}": Rule(write, (), _SHOWN),
    "POST /v1/transfers/{}/reversals": Rule(create_reversal, ("amount",), {"metadata": METADATA}),
    "POST /v1/transfers/{}/reversals/{}": Rule(write, (), {"metadata": METADATA}),
    "GET /v1/transfers": Rule(None, ("destination", "transfer_group", "created", *PAGES)),
    "GET /v1/transfers/{}": Rule(),
    "GET /v1/transfers/{}/reversals": Rule(None, PAGES),
    "GET /v1/transfers/{}/reversals/{}": Rule(),
}
