"""Find the live object that stands for a recorded one: by its lookup key, or by its metadata."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.model import InputError, Request
from replayer.stripeapi.ids import type_hint
from replayer.targets import Session

# Where objects of a type are listed.
_LISTED = ("price", "product", "customer", "coupon", "tax_rate", "plan", "promotion_code", "subscription", "payment_link")
COLLECTIONS = {kind: f"{kind}s" for kind in _LISTED}
_PAGE, _MOST_PAGES = "100", 100


class BindRule(msgspec.Struct, frozen=True):
    """How to find it. `place` is where the user wrote the rule, for errors."""

    lookup_key: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    place: str = ""

    @property
    def text(self) -> str:
        """As an error names it."""
        return (
            f"lookup key {self.lookup_key!r}"
            if self.lookup_key
            else "metadata " + ", ".join(f"{key}={value}" for key, value in self.metadata)
        )


def find(session: Session, recorded: str, rule: BindRule) -> str:
    """The id of the one live object that fits; raises `InputError` where there is none, or more than one."""
    kind = "price" if rule.lookup_key else type_hint(recorded)
    collection = COLLECTIONS.get(kind or "")
    if collection is None:
        raise InputError(
            f"{recorded} cannot be looked up", place=rule.place, hint=f"bind its id by hand; looked up are {', '.join(COLLECTIONS)}"
        )
    found = [item["id"] for item in _listed(session, collection, rule) if _fits(item, rule)]
    if len(found) != 1:
        said = f"{len(found)} {collection} have" if found else f"none of the {collection} has"
        raise InputError(f"{said} the {rule.text}, which {recorded} is bound to", place=rule.place, hint="bind it to one object's id")
    return str(found[0])


def _fits(item: dict[str, Any], rule: BindRule) -> bool:
    if rule.lookup_key:
        return item.get("lookup_key") == rule.lookup_key
    metadata = item.get("metadata") or {}
    return all(metadata.get(key) == value for key, value in rule.metadata)


def _listed(session: Session, collection: str, rule: BindRule) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"lookup_keys": [rule.lookup_key]} if rule.lookup_key else {"limit": _PAGE}
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_PAGES):
        outcome = session.send(Request(method="GET", path=f"/v1/{collection}", params=params))
        if outcome.status != 200 or not isinstance(outcome.body, dict):
            said = outcome.error or f"status {outcome.status}"
            raise InputError(f"the {collection} cannot be listed: {said}", place=rule.place)
        found += outcome.body["data"]
        if not outcome.body.get("has_more"):
            break
        params = {**params, "starting_after": found[-1]["id"]}
    else:
        many = f"there are more than {len(found):,} {collection}, and no more were looked at"
        raise InputError(many, place=rule.place, hint="bind it to one object's id")
    return found
