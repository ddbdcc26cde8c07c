"""What Stripe still asks of a connected account, and what the account may then do.

The table follows docs.stripe.com/connect/required-verification-information for `card_payments` and `transfers`;
countries other than those in it are taken to ask what most do. In test mode what is given is verified at once, unless it is one of the
values that fail on purpose (docs.stripe.com/connect/testing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COMPANIES = frozenset({"company", "non_profit", "government_entity"})
_ADDRESS = ("city", "line1", "postal_code", "state")
_WITH_STATE = frozenset({"US", "CA", "AU", "BR", "MX", "IN", "TH", "MY", "IE", "JP"})
_PERSON = ("dob.day", "dob.month", "dob.year", "email", "first_name", "last_name", "phone")
# The number by which a person is known to the authorities, where it is asked for.
_NUMBERS = {
    "US": "ssn_last_4", "CA": "id_number", "HK": "id_number", "SG": "id_number", "MY": "id_number", "BR": "id_number", "TH": "id_number",
    "AE": "id_number", "MX": "id_number", "IN": "id_number",
}  # fmt: skip
_BUSINESS = ("business_profile.mcc", "business_profile.url")
_ENDS = ("external_account", "tos_acceptance.date", "tos_acceptance.ip")
_FAILING_DOB = (1900, 1, 1)  # matches no one: verification fails (docs.stripe.com/connect/testing)


def due(account: Mapping[str, Any], persons: Sequence[Mapping[str, Any]], *, has_bank: bool) -> list[str]:
    """What is due now, sorted; empty where no capability is asked for."""
    if not account.get("requested"):
        return []
    kind, country = account.get("business_type"), str(account.get("country"))
    wanted = [name for name in (*_BUSINESS, *_ENDS) if not _given(account, name, has_bank=has_bank)]
    if "card_payments" not in account["requested"]:
        wanted = [name for name in wanted if name != "business_profile.mcc"]
    if kind is None:
        return sorted([*wanted, "business_type", *(f"representative.{name}" for name in _PERSON if name != "email")])
    if kind == "individual":
        held = persons[0] if persons else {}
        return sorted([*wanted, *(f"individual.{name}" for name in _of_person(country, held))])
    wanted += [f"company.{name}" for name in ("name", "phone", "tax_id") if not _company(account, name)]
    wanted += [f"company.address.{name}" for name in _address(country) if not _at(account, f"company.address.{name}")]
    return sorted([*wanted, *_of_persons(account, country, persons)])


def _of_persons(account: Mapping[str, Any], country: str, persons: Sequence[Mapping[str, Any]]) -> list[str]:
    wanted: list[str] = []
    for person in persons:
        if any(person["relationship"].get(role) for role in ("representative", "owner")):
            wanted += [f"{person['id']}.{name}" for name in _of_person(country, person)]
    chiefs = [person for person in persons if person["relationship"].get("representative")]
    if not chiefs:
        wanted += [
            f"representative.{name}" for name in ("first_name", "last_name", "dob.day", "dob.month", "dob.year", "relationship.title")
        ]
    wanted += [f"{chief['id']}.relationship.title" for chief in chiefs if not chief["relationship"].get("title")]
    owners = any(person["relationship"].get("owner") for person in persons)
    if account.get("business_type") == "company" and not owners and not _at(account, "company.owners_provided"):
        wanted += [f"owners.{name}" for name in ("email", "first_name", "last_name")]
    return wanted


def _of_person(country: str, person: Mapping[str, Any]) -> list[str]:
    wanted = [name for name in _PERSON if not _at(person, name)]
    wanted += [f"address.{name}" for name in _address(country) if not _at(person, f"address.{name}")]
    number = _NUMBERS.get(country)
    if number is not None and not (person.get("id_number_provided") or person.get(f"{number}_provided")):
        wanted.append(number)
    return wanted


def _address(country: str) -> tuple[str, ...]:
    return _ADDRESS if country in _WITH_STATE else _ADDRESS[:3]


def _company(account: Mapping[str, Any], name: str) -> bool:
    return bool(_at(account, f"company.{name}_provided" if name == "tax_id" else f"company.{name}"))


def _given(account: Mapping[str, Any], name: str, *, has_bank: bool) -> bool:
    if name == "external_account":
        return has_bank
    if name == "business_profile.url":
        return bool(_at(account, name) or _at(account, "business_profile.product_description"))
    return bool(_at(account, name))


def _at(held: Mapping[str, Any], path: str) -> Any:
    value: Any = held
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def fails(person: Mapping[str, Any]) -> bool:
    """Whether a person is one whose identity cannot be verified in test mode."""
    born = person.get("dob") or {}
    return (born.get("year"), born.get("month"), born.get("day")) == _FAILING_DOB


def shown(currently: list[str], *, problem: str | None = None, pending: list[str] | None = None) -> dict[str, Any]:
    """A requirements hash: what is due is past due too while the account cannot act."""
    reason = problem or ("requirements.past_due" if currently else "requirements.pending_verification" if pending else None)
    return {
        "alternatives": [], "current_deadline": None, "currently_due": currently, "disabled_reason": reason, "errors": [],
        "eventually_due": currently, "past_due": currently, "pending_verification": pending or [],
    }  # fmt: skip


NONE_DUE: dict[str, Any] = shown([])
