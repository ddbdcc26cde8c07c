"""Charges for connected accounts: who gets which part (docs.stripe.com/connect/charges).

Direct charges are made on the connected account and leave the platform a fee; destination charges are made on the platform and are
transferred when they are captured. Fees are taken of what arrives there.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.accounts import destination
from replayer.simulator.application_fees import collect, give_back
from replayer.simulator.calls import Call
from replayer.simulator.errors import ApiError, Unknown
from replayer.simulator.ledger import fee_of, settle, stripe_fee
from replayer.simulator.records import Record
from replayer.simulator.transfers import application_fee_entry, make, reverse

# List prices in minor units of euro (stripe.com/pricing/local-payment-methods); other accounts pay others: world.
_LOCAL_FEES = {"ideal": 29, "bancontact": 35, "eps": 35, "p24": 35}
_NO_FEE = (
    "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account "
    "header) or destination payment (using `transfer_data[destination]`)."
)


def shares(call: Call, held: dict[str, Any] | None = None) -> dict[str, Any]:
    """The fields in which a call says for whom it takes money; `held` are those of the object that it changes."""
    given = call.params
    found: dict[str, Any] = {}
    if "transfer_data" in given:
        found["transfer_data"] = _transfer_data(call, (held or {}).get("transfer_data"))
    if given.get("on_behalf_of"):
        found["on_behalf_of"] = destination(call, given["on_behalf_of"], "on_behalf_of")
    if "application_fee_amount" in given:
        found["application_fee_amount"] = given["application_fee_amount"]
    merged = {**(held or {}), **found}
    fee = found.get("application_fee_amount")
    if fee is None:
        return found
    if call.store.platform and not merged.get("transfer_data"):
        raise ApiError(_NO_FEE, param="application_fee_amount")
    amount = given.get("amount_to_capture") or given.get("amount") or (held or {}).get("amount")
    if isinstance(fee, int) and isinstance(amount, int) and fee > amount:
        message = f"Your application fee amount ({fee}) must be less than or equal to the amount ({amount})."
        raise ApiError(message, param="application_fee_amount")
    if (merged.get("transfer_data") or {}).get("amount") is not None:
        raise ApiError("You cannot use `application_fee_amount` together with `transfer_data[amount]`.", param="application_fee_amount")
    return found


def _transfer_data(call: Call, held: Any) -> dict[str, Any] | None:
    given = call.params["transfer_data"]
    if not isinstance(given, dict):
        return None
    if given.get("destination"):
        destination(call, given["destination"], "transfer_data[destination]")
    return {**(held or {}), **{name: value for name, value in given.items() if value is not None}}


def distribute(call: Call, charge: Record) -> Record:
    """Give a captured charge its balance transaction, and transfer or take the parts of it."""
    kind = (charge.values.get("payment_method_details") or {}).get("type") or "card"
    if kind != "card" and not call.store.platform:
        raise Unknown(f"a payment by {kind} on a connected account")
    if call.store.platform:
        fees = None if kind == "card" else [stripe_fee(_LOCAL_FEES.get(kind, 0), str(charge["currency"]))]
        entry = settle(call, charge, charge["amount_captured"], "charge" if kind == "card" else "payment", fees=fees)
        return _transfer(call, call.update(charge, {"balance_transaction": entry.id}))
    taken, fees = charge["amount_captured"], []
    fee = charge.values.get("application_fee_amount")
    if fee:
        made = collect(call, call.store.account_id, charge, fee)
        charge = call.update(charge, {"application_fee": made.id})
        fees.append(application_fee_entry(call, fee, str(charge["currency"])))
    currency = str(charge["currency"])
    fees.append(stripe_fee(fee_of(call.store.world, taken, currency), currency))
    entry = settle(call, charge, taken, "charge", fees=fees)
    return call.update(charge, {"balance_transaction": entry.id})


def _transfer(call: Call, charge: Record) -> Record:
    data = charge.values.get("transfer_data")
    if not isinstance(data, dict) or not data.get("destination"):
        return charge
    account, taken = str(data["destination"]), charge["amount_captured"]
    amount = min(data["amount"], taken) if isinstance(data.get("amount"), int) else taken
    fee = charge.values.get("application_fee_amount") or 0
    entry = call.store.get("balance_transaction", str(charge["balance_transaction"]))
    due = entry["available_on"] if entry is not None else None
    values = {"source_transaction": charge.id, "transfer_group": charge.values.get("transfer_group")}
    transfer = make(call, account, amount, str(charge["currency"]), values, fee=fee, at=due)
    changes: dict[str, Any] = {"transfer": transfer.id}
    if fee:
        there = call.on_account(account)
        payment = there.find("charge", str(transfer["destination_payment"]), "charge")
        made = collect(there, account, payment, fee, original=charge.id)
        there.update(payment, {"application_fee": made.id})
        changes["application_fee"] = made.id
    return call.update(charge, changes)


def take_back(call: Call, charge: Record, refund: Record, *, transfer: bool, fee: bool) -> Record:
    """Take a refund's part back from the connected account, and give it its part of the fee. Returns the refund.

    Both are in proportion to what is refunded of the charge; what a full refund leaves over is taken with it.
    """
    if transfer:
        made = call.find("transfer", str(charge.values.get("transfer")), "transfer")
        amount = _part(made["amount"], made["amount_reversed"], charge, refund)
        if amount:
            reversal = reverse(call, made, amount, refund=refund.id)
            refund = call.update(refund, {"transfer_reversal": reversal.id})
    taken = call.on_account(None).store.get("application_fee", str(charge.values.get("application_fee"))) if fee else None
    if taken is not None:
        amount = _part(taken["amount"], taken["amount_refunded"], charge, refund)
        if amount:
            give_back(call, taken, amount)
    return refund


def _part(whole: int, gone: int, charge: Record, refund: Record) -> int:
    if charge["refunded"]:
        return whole - gone
    base: int = charge["amount_captured"]
    return min(whole - gone, (2 * whole * int(refund["amount"]) + base) // (2 * base))
