"""Who stands behind a connected account, as its persons show it. Numbers are never shown, only whether they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replayer.simulator import requirements
from replayer.simulator.calls import Call
from replayer.simulator.echo import Echo
from replayer.simulator.records import Record
from replayer.stripeapi.catalogue import catalogue

_DOCUMENT: dict[str, Any] = {"back": None, "details": None, "details_code": None, "front": None}
_VERIFICATION = {"additional_document": _DOCUMENT, "details": None, "details_code": None, "document": _DOCUMENT, "status": "unverified"}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_RELATION = {"authorizer": False, "director": False, "executive": False, "legal_guardian": False, "owner": False, "percent_ownership": None}
_PER_PERSON = ("alternatives", "currently_due", "errors", "eventually_due", "past_due", "pending_verification")
_NUMBERS = ("id_number", "ssn_last_4", "id_number_secondary")
NO_REQUIREMENTS: dict[str, Any] = {name: [] for name in _PER_PERSON}


def blank(account: Record, *, individual: bool) -> dict[str, Any]:
    """A person of whom nothing was given."""
    country = account.values.get("country")
    return {
        **dict.fromkeys(("email", "first_name", "last_name", "phone")),
        "account": account.id,
        "address": {**_NO_ADDRESS, "country": country},
        "dob": dict.fromkeys(("day", "month", "year")),
        "future_requirements": NO_REQUIREMENTS,
        "id_number_provided": False,
        "metadata": {},
        "relationship": {**_RELATION, "representative": individual, "title": None},
        "requirements": NO_REQUIREMENTS,
        "ssn_last_4_provided": False,
        "verification": _VERIFICATION,
    }


def given(call: Call, held: Mapping[str, Any], params: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields that parameters of a person write."""
    echo = Echo(catalogue().fields("person", None), held, call.store, prefix).take(params)
    found = dict(echo.values)
    for name in ("address", "dob"):
        if isinstance(params.get(name), dict):
            found[name] = {**(held.get(name) or {}), **params[name]}
    for name in _NUMBERS:
        if params.get(name):
            found[f"{name}_provided"] = True
    if params.get("id_number") and held.get("address", {}).get("country") == "US":
        found["ssn_last_4_provided"] = True
    return found


def verified(person: Mapping[str, Any], due: list[str]) -> dict[str, Any]:
    """The verification and requirements that a person shows; `due` is what is asked of it."""
    old = person.get("verification") or _VERIFICATION
    failing = requirements.fails(person)
    status = "unverified" if due or failing else "verified"
    lists = {**NO_REQUIREMENTS, "currently_due": due, "eventually_due": due, "past_due": due}
    return {"requirements": lists, "verification": {**old, "status": status}}
