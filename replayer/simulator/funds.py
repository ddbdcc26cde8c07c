"""The account's own balance, and money added to it (Stripe API reference, "Balance", "Balance transactions", "Top-ups").

What the platform had before the first call is not known, so its balance is not told as a fact; that of accounts made here is.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.amounts import check_currency, inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.ledger import settle
from replayer.simulator.lists import list_page
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule
from replayer.simulator.tokens import currency_of

_DAY = 86400
_SHOWN = {"description": ARBITRARY, "metadata": METADATA}


def balance(call: Call) -> Answer:
    """What the account that acts has: available, and pending until it can be spent."""
    entries = call.store.all("balance_transaction")
    account = call.on_account(None).store.get("account", call.store.account_id)
    own = str(account.values.get("default_currency") or "usd") if account is not None else currency_of("US")
    currencies = list(dict.fromkeys([own, *sorted(str(entry["currency"]) for entry in entries)]))
    free = dict.fromkeys(currencies, 0)
    waiting = dict(free)
    for entry in entries:
        (free if entry["available_on"] <= call.now else waiting)[str(entry["currency"])] += entry["net"]
    values = {
        "available": [_amount(currency, amount) for currency, amount in free.items()],
        "pending": [_amount(currency, amount) for currency, amount in waiting.items()],
        "connect_reserved": [{"amount": 0, "currency": currency} for currency in currencies],
    }
    ours = account is not None and account.raw is None
    marks = {} if ours else dict.fromkeys(values, "world")
    record = call.passing("balance", values, marks)
    record.values = {name: value for name, value in record.values.items() if name not in ("id", "created")}
    if not call.store.platform:
        record.values = {name: value for name, value in record.values.items() if name != "connect_reserved"}
    return record


def _amount(currency: str, amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def entry(call: Call) -> Answer:
    """Show a balance transaction; what was pending is available once its time has come."""
    return _ripe(call, call.at())


def _ripe(call: Call, record: Record) -> Record:
    if record.raw is None and record["status"] == "pending" and record["available_on"] <= call.now:
        record.assign({"status": "available"}, "world")
    return record


def entries(call: Call) -> Answer:
    """Balance transactions, newest first."""
    for record in call.store.all("balance_transaction"):
        _ripe(call, record)
    return list_page(call, [])


def top_up(call: Call) -> Answer:
    """Add money to the balance from a bank account; it is there when the bank has sent it."""
    amount = call.params.get("amount")
    if not isinstance(amount, int) or amount < 1:
        raise (
            ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
            if amount is not None
            else missing_parameter("amount")
        )
    currency = check_currency(call)
    due = (call.now // _DAY + 5) * _DAY
    values = {
        **dict.fromkeys(("arrival_date", "description", "failure_code", "failure_message", "statement_descriptor", "transfer_group",
            "source")),
        "amount": amount, "currency": currency, "expected_availability_date": due, "metadata": {}, "status": "pending",
        **inert_of(call, (*_SHOWN, "statement_descriptor", "transfer_group")),
    }  # fmt: skip
    record = call.create("topup", values)
    made = settle(call, record, amount, "topup", fees=[], available_on=due)
    record = call.update(record, {"balance_transaction": made.id})
    call.appoint(due, "top_up", record)
    call.event("topup.created", record)
    return record


def topped_up(call: Call, record: Record) -> None:
    """The money of a top-up has come."""
    if record["status"] == "pending":
        call.event("topup.succeeded", call.update(record, {"status": "succeeded"}))


def cancel_top_up(call: Call) -> Answer:
    """Cancel a top-up that is still pending."""
    record = call.sure(call.at())
    if record["status"] != "pending":
        raise refuse(f"Top-up {record.id} cannot be canceled because it has a status of {record['status']}.")
    settle(call, record, -record["amount"], "topup_reversal", available_on=call.now)
    record = call.update(record, {"status": "canceled"})
    call.event("topup.canceled", record)
    return record


RULES = {
    "GET /v1/balance": Rule(balance),
    "GET /v1/balance_transactions": Rule(entries, ("payout", "type", "source", "currency", "created", *PAGES)),
    "GET /v1/balance_transactions/{}": Rule(entry),
    "GET /v1/balance/history": Rule(entries, ("payout", "type", "source", "currency", "created", *PAGES)),
    "GET /v1/balance/history/{}": Rule(entry),
    "POST /v1/topups": Rule(top_up, ("amount", "currency"), _SHOWN),
    "POST /v1/topups/{}": Rule(write, (), _SHOWN),
    "POST /v1/topups/{}/cancel": Rule(cancel_top_up),
    "GET /v1/topups/{}": Rule(),
    "GET /v1/topups": Rule(None, ("status", "amount", "created", *PAGES)),
}
