"""Take away what a run or a seed made in test mode, found by the tag in its metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from replayer.model import Outcome, Request, TargetError
from replayer.targets import Session
from replayer.targets.test_mode import TAG

# What is deleted, what is cancelled, and what can only be switched off; subscriptions end with their customers, clocks with theirs. Meters
# bear no metadata, so that nothing tells whose they are.
_DELETED = ("customers", "coupons", "plans", "products", "webhook_endpoints", "accounts")
_CANCELED = ("subscription_schedules",)
_ARCHIVED = ("prices", "promotion_codes", "tax_rates", "products", "payment_links")
_PAGE = "100"


def clean(session: Session, tag: str) -> Counter[str]:
    """Delete and archive everything that bears a run's tag; returns by collection how many, and `(failed)`."""
    done: Counter[str] = Counter()
    for clock in list(_all(session, "test_helpers/test_clocks")):
        if clock.get("name") == f"replayer {tag}":
            _count(done, "test clocks", session.send(Request(method="DELETE", path=f"/v1/test_helpers/test_clocks/{clock['id']}")))
    for collection in _DELETED:
        for item in _marked(session, collection, tag):
            outcome = session.send(Request(method="DELETE", path=f"/v1/{collection}/{item['id']}"))
            if outcome.status == 200 or collection not in _ARCHIVED:
                _count(done, collection, outcome)
    for collection in _CANCELED:
        for item in _marked(session, collection, tag):
            if item.get("status") in ("active", "not_started"):
                _count(done, f"{collection} canceled", session.send(Request(method="POST", path=f"/v1/{collection}/{item['id']}/cancel")))
    for collection in _ARCHIVED:
        for item in _marked(session, collection, tag):
            if item.get("active"):
                outcome = session.send(Request(method="POST", path=f"/v1/{collection}/{item['id']}", params={"active": "false"}))
                _count(done, f"{collection} archived", outcome)
    return done


def _marked(session: Session, collection: str, tag: str) -> list[dict[str, Any]]:
    return [item for item in _all(session, collection) if (item.get("metadata") or {}).get(TAG) == tag]


def _all(session: Session, collection: str) -> Iterator[dict[str, Any]]:
    after: dict[str, Any] = {}
    while True:
        outcome = session.send(Request(method="GET", path=f"/v1/{collection}", params={"limit": _PAGE, **after}))
        if outcome.status != 200 or not isinstance(outcome.body, dict):
            raise TargetError(
                f"GET /v1/{collection} was not answered: {outcome.error or f'status {outcome.status}'}",
                hint="nothing is known of what is left",
            )
        page = outcome.body
        items = page.get("data") or []
        yield from items
        if not page.get("has_more") or not items:
            return
        after = {"starting_after": items[-1]["id"]}


def _count(done: Counter[str], name: str, outcome: Outcome) -> None:
    done[name if outcome.status == 200 else "(failed)"] += 1
