"""Links that lead a connected account's holder to Stripe's own pages: onboarding and the Express dashboard."""

from __future__ import annotations

from typing import Any

from replayer.simulator.accounts import account_at, no_access
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.records import Record
from replayer.simulator.rule import Rule

_MINUTES = 300  # seconds until a link is of no use
_ONCE = "account links can be used once, and only in a browser"


def _nameless(call: Call, kind: str, values: dict[str, Any]) -> Record:
    record = call.passing(kind, values)
    record.values = {field: value for field, value in record.values.items() if field not in ("id", "livemode")}
    return record


def create(call: Call) -> Answer:
    """Make a link to onboarding for a connected account."""
    identifier = str(call.params["account"])
    account = call.on_account(None).store.first(("account",), identifier)
    if account is None or account.deleted:
        raise no_access(call, identifier)
    if call.params.get("type") == "account_update" and account.values.get("type") != "custom":
        raise refuse("You cannot create `account_update` type Account Links for this account.", param="type")
    number = call.store.mint.next("link").rpartition("_")[2]
    head = {"expires_at": call.now + _MINUTES, "url": f"https://connect.stripe.com/setup/s/{account.id}/{number}"}
    return _nameless(call, "account_link", head)


def login(call: Call) -> Answer:
    """Make a link to the Express dashboard for a connected account."""
    account = account_at(call)
    if account.values.get("type") not in (None, "express", "none"):
        raise refuse("Cannot create a login link for an account that is not an Express account.")
    number = call.store.mint.next("link").rpartition("_")[2]
    return _nameless(call, "login_link", {"url": f"https://connect.stripe.com/express/{account.id}/{number}"})


RULES = {
    "POST /v1/account_links": Rule(create, ("account",)),
    "POST /v1/accounts/{}/login_links": Rule(login),
}
