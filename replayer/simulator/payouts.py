"""Payouts to a bank account or card, and the balance that they are paid from (docs.stripe.com/payouts).

In test mode a payout is paid when it arrives, or fails as the test account's number says (docs.stripe.com/connect/testing).
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter, missing_resource
from replayer.simulator.external_accounts import default_of
from replayer.simulator.generic import write
from replayer.simulator.ledger import available, settle
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule

_DAY = 86400
_SHORT = (
    "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You can use the the /v1/balance "
    "endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance)."
)
_WORDS = {
    "account_closed": "The bank account has been closed",
    "no_account": "No bank account could be located with the given account details",
    "insufficient_funds": "The bank account has insufficient funds",
    "debit_not_authorized": "Debit transactions are not approved on the bank account",
    "invalid_currency": "The bank account could not accept the currency",
    "could_not_process": "The bank could not process this payout",
}
_SHOWN = {"description": ARBITRARY, "metadata": METADATA}


def create(call: Call) -> Answer:
    """Pay out to an external account of the account that acts."""
    amount = call.params.get("amount")
    if amount is None:
        raise missing_parameter("amount")
    if not isinstance(amount, int) or amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    currency = check_currency(call)
    where = _destination(call, currency)
    if not call.store.platform and _is_ours(call) and available(call, currency) < amount:
        raise refuse(_SHORT, code="balance_insufficient")
    method = str(call.params.get("method") or "standard")
    values: dict[str, Any] = {
        **dict.fromkeys((
            "application_fee", "application_fee_amount", "description", "failure_balance_transaction", "failure_code", "failure_message",
            "original_payout", "payout_method", "reversed_by", "statement_descriptor",
        )),
        "amount": amount,
        "arrival_date": _arrival(call, method),
        "automatic": False,
        "currency": currency,
        "destination": where.id if where is not None else None,
        "metadata": {},
        "method": method,
        "reconciliation_status": "not_applicable",
        "source_type": call.params.get("source_type") or "card",
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": where.type if where is not None else "bank_account",
        **inert_of(call, (*_SHOWN, "statement_descriptor")),
    }  # fmt: skip
    payout = call.create("payout", values)
    if where is None:
        payout.mark({"destination": "template", "type": "world"})
    entry = settle(call, payout, -amount, "payout", available_on=call.now, description=values["description"] or "STRIPE PAYOUT")
    payout = call.update(payout, {"balance_transaction": entry.id})
    call.appoint(values["arrival_date"], "arrive", payout)
    call.event("payout.created", payout)
    return payout


def _is_ours(call: Call) -> bool:
    """Whether the account was made here, so that all of its balance is known."""
    account = call.on_account(None).store.get("account", call.store.account_id)
    return account is not None and account.raw is None


def _arrival(call: Call, method: str) -> int:
    """Standard payouts arrive at midnight two days later, instant ones at once."""
    return call.now if method == "instant" else (call.now // _DAY + 2) * _DAY


def _destination(call: Call, currency: str) -> Record | None:
    """Where the payout goes; null where the platform's own bank account is meant, which no call shows."""
    platform, account = call.on_account(None), call.store.account_id
    given = call.params.get("destination")
    if isinstance(given, str) and given:
        found = platform.store.first(("bank_account", "card"), given)
        if found is None and _is_ours(call):
            raise missing_resource("external account", given, param="destination", status=400)
        return found
    found = default_of(platform, account, currency)
    if found is None and not call.store.platform and _is_ours(call):
        raise refuse(f"Sorry, you don't have any external accounts in that currency ({currency}).")
    return found


def arrive(call: Call, payout: Record) -> None:
    """The payout reaches the bank: it is paid, or fails and comes back."""
    if payout["status"] not in ("pending", "in_transit"):
        return
    where = payout.values.get("destination")
    bank = call.on_account(None).store.first(("bank_account", "card"), where) if isinstance(where, str) else None
    failure = bank.values.get("failure") if bank is not None else None
    if failure is None:
        call.event("payout.paid", call.update(payout, {"status": "paid"}))
        return
    entry = settle(call, payout, payout["amount"], "payout_failure", available_on=call.now, description="PAYOUT FAILURE")
    changes = {"status": "failed", "failure_code": failure, "failure_message": _WORDS[failure], "failure_balance_transaction": entry.id}
    payout = call.update(payout, changes)
    if bank is not None:
        call.on_account(None).update(bank, {"status": "errored"})
    call.event("payout.failed", payout)


def cancel(call: Call) -> Answer:
    """Cancel a payout that is not yet on its way."""
    payout = call.sure(call.at())
    if payout["status"] != "pending":
        raise refuse(
            f"Payouts can only be canceled if they are pending. This payout has a status of {payout['status']}.", code="payouts_not_allowed"
        )
    entry = settle(call, payout, payout["amount"], "payout_cancel", available_on=call.now, description="PAYOUT CANCEL")
    payout = call.update(payout, {"status": "canceled", "failure_balance_transaction": entry.id})
    call.event("payout.canceled", payout)
    return payout


def reverse(call: Call) -> Answer:
    """Debit the bank account again for a payout that was paid."""
    payout = call.sure(call.at())
    if payout["status"] != "paid" or payout["reversed_by"]:
        raise refuse(f"Payout {payout.id} cannot be reversed: only a paid payout that was not reversed can be.")
    again = {name: value for name, value in payout.values.items() if name not in ("id", "object", "created", "livemode")}
    more = {"amount": -payout["amount"], "original_payout": payout.id, "status": "pending", **inert_of(call, ("metadata",))}
    back = call.create("payout", {**again, **more})
    entry = settle(call, back, payout["amount"], "payout", available_on=call.now, description="STRIPE PAYOUT")
    back = call.update(back, {"balance_transaction": entry.id})
    call.update(payout, {"reversed_by": back.id})
    call.event("payout.created", back)
    return back


RULES = {
    "POST /v1/payouts": Rule(create, ("amount", "currency", "method"), _SHOWN),
    "POST /v1/payouts/{}": Rule(write, (), {"metadata": METADATA}),
    "POST /v1/payouts/{}/cancel": Rule(cancel),
    "POST /v1/payouts/{}/reverse": Rule(reverse, (), {"metadata": METADATA}),
    "GET /v1/payouts/{}": Rule(),
    "GET /v1/payouts": Rule(None, ("destination", "status", "created", *PAGES)),
}
