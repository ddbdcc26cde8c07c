"""Ask a target whether it has an object: for servers under which no baseline can be laid."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from replayer.model import BaselineObject, Request
from replayer.stripeapi.catalogue import catalogue
from replayer.targets import Session


def holds(session: Session, item: BaselineObject) -> bool:
    """Whether a read of the object succeeds; what cannot be read by its id alone is not there."""
    template = _retrieve(item.object or "")
    if template is None:
        return False
    path = template[: template.index("{")] + quote(item.id, safe="")
    outcome = session.send(Request(method="GET", path=path, version=item.version, account=item.account))
    return outcome.status == 200 and isinstance(outcome.body, dict) and not outcome.body.get("deleted")


@lru_cache(maxsize=256)
def _retrieve(object_type: str) -> str | None:
    """The path by which a type is read."""
    for operation in catalogue().operations():
        found = operation.method == "GET" and operation.returns == object_type and operation.shape == "object"
        if found and operation.template.count("{") == 1 and operation.template.endswith("}"):
            return operation.template
    return None
