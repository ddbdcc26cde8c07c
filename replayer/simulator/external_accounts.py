"""Bank accounts and debit cards that a connected account is paid out to (docs.stripe.com/connect/payouts-bank-accounts)."""

from __future__ import annotations

from typing import Any

from replayer.simulator.accounts import account_at, refresh
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.cards import by_token
from replayer.simulator.errors import missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.lists import list_page
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule
from replayer.simulator.sources import card_values
from replayer.simulator.tokens import bank_values, taken, test_bank

_LISTS: dict[str, Any] = {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}
_HIDDEN = ("id", "object")


def add(call: Call, account: Record, given: Any, *, default: bool | None = None, metadata: Any = None) -> Record:
    """Give an account a bank account or card; the first of a currency is its default."""
    kind, values = _read(call, given)
    held = _of(call, account, str(values.get("currency")))
    first = default if default is not None else not held
    if first:
        for other in held:
            call.update(other, {"default_for_currency": False})
    more = {"account": account.id, "default_for_currency": first, "metadata": metadata if isinstance(metadata, dict) else {}}
    record = call.create(kind, {**values, **more})
    record.mark({"fingerprint": "world", "bank_name": "world", "available_payout_methods": "world"})
    call.event("account.external_account.created", record)
    return record


def _of(call: Call, account: Record, currency: str) -> list[Record]:
    found = [record for kind in ("bank_account", "card") for record in call.store.children(kind, "account", account.id)]
    return [record for record in found if record.values.get("currency") == currency]


def default_of(call: Call, account: str, currency: str) -> Record | None:
    """Where an account is paid out to in a currency, null where it has nothing."""
    found = [record for kind in ("bank_account", "card") for record in call.store.children(kind, "account", account)]
    return next((record for record in found if record["currency"] == currency and record["default_for_currency"]), None)


def _read(call: Call, given: Any) -> tuple[str, dict[str, Any]]:
    """The type and fields of what a parameter brings: a token or the account's data."""
    blank = {"available_payout_methods": ["standard"], "future_requirements": _LISTS, "requirements": _LISTS}
    if isinstance(given, dict):
        if given.get("object") == "card" or given.get("number"):
            from replayer.simulator.cards import by_number

            card = by_number(str(given.get("number") or ""))
            if card is not None:
                return "card", {**card_values(call, card), "available_payout_methods": ["standard", "instant"], "currency": "usd"}
        return "bank_account", {**blank, **bank_values(given)}
    if not isinstance(given, str) or not given:
        raise missing_parameter("external_account")
    bank = test_bank(given)
    if bank is not None:
        return "bank_account", {**blank, **bank}
    card = by_token(given)
    if card is not None:
        return "card", {**card_values(call, card), "available_payout_methods": ["standard", "instant"], "currency": "usd"}
    token = taken(call, given, "external_account")
    content = token.values.get("content")
    if token["type"] == "bank_account" and isinstance(content, dict):
        return "bank_account", {**blank, **bank_values(content)}
    shown = token.values.get("card") or {}
    more = {"available_payout_methods": ["standard", "instant"], "currency": (content or {}).get("currency") or "usd"}
    return "card", {**{name: value for name, value in shown.items() if name not in _HIDDEN}, **more}


def create(call: Call) -> Answer:
    """Add a bank account or debit card to the account in the path."""
    account = account_at(call)
    platform = call.on_account(None)
    given = call.params.get("external_account") or call.params.get("bank_account")
    default = True if call.params.get("default_for_currency") else None
    record = add(platform, account, given, default=default, metadata=call.params.get("metadata"))
    refresh(platform, account)
    return record


def _at(call: Call) -> Record:
    account_at(call)
    return call.on_account(None).find(("bank_account", "card"), call.ids[1], "id", status=404)


def retrieve(call: Call) -> Answer:
    """Show an external account."""
    return _at(call)


def update(call: Call) -> Answer:
    """Change an external account: who holds it, its metadata, whether it is the default."""
    platform, record = call.on_account(None), _at(call)
    if call.params.get("default_for_currency"):
        for other in _of(platform, account_at(call), str(record["currency"])):
            platform.update(other, {"default_for_currency": other.id == record.id})
    params = call.params
    platform.params = {name: value for name, value in params.items() if name != "default_for_currency"}
    answer = write(platform)
    platform.params = params
    assert isinstance(answer, Record)
    platform.event("account.external_account.updated", answer)
    return answer


def delete(call: Call) -> Answer:
    """Remove an external account; the default of a currency stays as long as there are others."""
    account, record = account_at(call), _at(call)
    platform = call.on_account(None)
    if record["default_for_currency"] and len(_of(platform, account, str(record["currency"]))) > 1:
        raise refuse(
            "You cannot delete the default external account for your default currency. Please make another external account the default "
            "using the `default_for_currency` param, and then delete this one."
        )
    gone = platform.delete(record)
    platform.event("account.external_account.deleted", gone)
    refresh(platform, account)
    return gone


def list_(call: Call) -> Page:
    """The external accounts of the account in the path; `object` says of which type."""
    account = account_at(call)
    platform = call.on_account(None)
    wanted = platform.params.pop("object", None)
    page = list_page(platform, [("account", account.id)])
    if wanted:
        page.members = [member for member in page.members if member.type == wanted]
    return page


RULES = {
    "POST /v1/accounts/{}/external_accounts": Rule(create, ("external_account", "default_for_currency"), {"metadata": METADATA}),
    "POST /v1/accounts/{}/external_accounts/{}": Rule(update, ("default_for_currency",), {"metadata": METADATA}),
    "GET /v1/accounts/{}/external_accounts/{}": Rule(retrieve),
    "DELETE /v1/accounts/{}/external_accounts/{}": Rule(delete),
    "GET /v1/accounts/{}/external_accounts": Rule(list_, ("object", *PAGES)),
}
