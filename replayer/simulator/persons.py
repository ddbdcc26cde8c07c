"""Persons of a connected account: representative, owners, directors (Stripe API reference, "Persons")."""

from __future__ import annotations

from typing import Any

from replayer.simulator import identities
from replayer.simulator.accounts import account_at, refresh
from replayer.simulator.calls import Answer, Call, Page, refuse
from replayer.simulator.lists import list_page
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule
from replayer.simulator.tokens import taken

_TOO_MUCH = "The total percent ownership of an account's persons must not exceed 100."


def _given(call: Call) -> dict[str, Any]:
    token = call.params.get("person_token")
    content = taken(call, token, "person_token").values.get("content") if isinstance(token, str) and token else None
    return {**call.params, **(content or {})}


def create(call: Call) -> Answer:
    """Add a person to the account in the path."""
    account, given = account_at(call), _given(call)
    platform = call.on_account(None)
    blank = identities.blank(account, individual=False)
    person = platform.create("person", {**blank, **identities.given(platform, blank, given)})
    _check(platform, account)
    person.mark({"metadata": "given"})
    platform.event("person.created", person)
    refresh(platform, account)
    return platform.store.get("person", person.id) or person


def _check(call: Call, account: Record) -> None:
    persons = call.store.children("person", "account", account.id)
    if sum(person["relationship"].get("percent_ownership") or 0 for person in persons) > 100:
        raise refuse(_TOO_MUCH, param="relationship[percent_ownership]")


def _at(call: Call) -> Record:
    account_at(call)
    return call.on_account(None).find("person", call.ids[1], "person", status=404)


def retrieve(call: Call) -> Answer:
    """Show a person."""
    return _at(call)


def update(call: Call) -> Answer:
    """Change a person."""
    person, account, given = _at(call), account_at(call), _given(call)
    platform = call.on_account(None)
    person = platform.update(person, identities.given(platform, person.values, given))
    _check(platform, account)
    platform.event("person.updated", person)
    refresh(platform, account)
    return platform.store.get("person", person.id) or person


def delete(call: Call) -> Answer:
    """Remove a person."""
    person, account = _at(call), account_at(call)
    platform = call.on_account(None)
    gone = platform.delete(person)
    platform.event("person.deleted", gone)
    refresh(platform, account)
    return gone


def list_(call: Call) -> Page:
    """The persons of the account in the path; `relationship` says which."""
    account = account_at(call)
    platform = call.on_account(None)
    wanted = platform.params.pop("relationship", None)
    page = list_page(platform, [("account", account.id)])
    if isinstance(wanted, dict):
        roles = [role for role, asked in wanted.items() if asked]
        page.members = [one for one in page.members if any(one["relationship"].get(role) for role in roles)]
    return page


_INERT = {"metadata": METADATA}
RULES = {
    "POST /v1/accounts/{}/persons": Rule(create, ("relationship", "dob", "id_number", "person_token"), _INERT),
    "POST /v1/accounts/{}/persons/{}": Rule(update, ("relationship", "dob", "id_number", "person_token"), _INERT),
    "GET /v1/accounts/{}/persons/{}": Rule(retrieve),
    "DELETE /v1/accounts/{}/persons/{}": Rule(delete),
    "GET /v1/accounts/{}/persons": Rule(list_, ("relationship", *PAGES)),
}
