"""Ask a target what it has: objects of a baseline that cannot be laid under it, and whether a call whose answer was lost has executed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

import msgspec

from replayer.model import BaselineObject, Outcome, Request
from replayer.stripeapi.catalogue import catalogue
from replayer.targets import Session, Target


def holds(session: Session, item: BaselineObject) -> bool:
    """Whether a read of the object succeeds; what cannot be read by its id alone is not there."""
    template = _retrieve(item.object or "")
    if template is None:
        return False
    path = template[: template.index("{")] + quote(item.id, safe="")
    outcome = session.send(Request(method="GET", path=path, version=item.version, account=item.account))
    return outcome.status == 200 and isinstance(outcome.body, dict) and not outcome.body.get("deleted")


def bound_baseline(target: Target, session: Session, baseline: Sequence[BaselineObject]) -> list[str]:
    """The baseline ids that stand for themselves on this target."""
    return [item.id for item in baseline if target.holds_baseline or holds(session, item)]


def settled(session: Session, request: Request) -> Outcome | None:
    """Whether a DELETE whose answer was lost has executed, read back by a GET: the answer that it had, or null where it goes again."""
    outcome = session.send(msgspec.structs.replace(request, method="GET", params={}, idempotency_key=None))
    body = outcome.body
    if outcome.status == 404:
        return Outcome(error="it has executed, and its answer is lost")
    if outcome.status == 200 and isinstance(body, dict) and (body.get("deleted") is True or body.get("status") == "canceled"):
        return outcome
    return None


@lru_cache(maxsize=256)
def _retrieve(object_type: str) -> str | None:
    """The path by which a type is read."""
    for operation in catalogue().operations():
        found = operation.method == "GET" and operation.returns == object_type and operation.shape == "object"
        if found and operation.template.count("{") == 1 and operation.template.endswith("}"):
            return operation.template
    return None
