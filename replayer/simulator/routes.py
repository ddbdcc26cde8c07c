"""What kind of thing an operation does, from its method, its path and what it returns."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

import msgspec

from replayer.simulator.nodes import targets_of
from replayer.simulator.visits import PREFIX, VISITS, visit
from replayer.stripeapi.catalogue import Operation, Param, catalogue

Kind = Literal["create", "retrieve", "update", "delete", "list", "search", "action", "single"]

_REFUND = {
    "amount": Param("integer"), "reason": Param("string"), "metadata": Param("map", item=Param("string")), "expand": Param("list"),
    "reverse_transfer": Param("boolean"), "refund_application_fee": Param("boolean"),
}  # fmt: skip
# Stripe still answers these, though no official SDK has them any more.
LEGACY = {
    "POST /v1/charges/{}/refund": Operation(
        "POST /v1/charges/{charge}/refund",
        "POST",
        "/v1/charges/{charge}/refund",
        _REFUND,
        "charge",
    ),
    "POST /v1/charges/{}/refunds": Operation(
        "POST /v1/charges/{charge}/refunds",
        "POST",
        "/v1/charges/{charge}/refunds",
        _REFUND,
        "refund",
    ),
}
# Parameters that Stripe takes and no SDK names any more, or that take more than the catalogue's type of them.
_ANY = Param("any")
_OF_ACCOUNTS = {"bank_account": _ANY, "external_account": _ANY, "requested_capabilities": Param("list", item=Param("string"))}
ALSO_TAKEN: dict[str, dict[str, Param]] = {
    "POST /v1/accounts": _OF_ACCOUNTS,
    "POST /v1/accounts/{account}": _OF_ACCOUNTS,
    "POST /v1/accounts/{account}/external_accounts": {"bank_account": _ANY, "external_account": _ANY},
    "POST /v1/charges": {"source": _ANY, "card": _ANY, "destination": _ANY, "application_fee": Param("integer")},
}  # fmt: skip
LEGACY_NAMES = {name: operation.name for name, operation in LEGACY.items()}

# How Stripe's own routes name an id in a path, which is the `param` of the error about it (recordings); else the name in braces.
_PATH_PARAM = {
    "account": "id", "customer": "id", "payment_intent": "intent", "product": "id", "setup_intent": "intent", "subscription": "id",
}  # fmt: skip


class Route(msgspec.Struct, frozen=True):
    """An operation, classified. `types` are what it answers with; `named` are the types of the ids in its path, with their error names."""

    operation: Operation
    kind: Kind
    types: tuple[str, ...]
    named: tuple[tuple[int, tuple[str, ...], str], ...]
    nested: bool

    def path_ids(self, path: str) -> list[str]:
        """The ids in a concrete path, in order."""
        parts = path.strip("/").split("/")
        return [unquote(parts[position]) for position, _, _ in self.named if position < len(parts)]


@lru_cache(maxsize=2048)
def route_of(name: str) -> Route:
    """The route of an operation of the catalogue, or of a legacy one."""
    blank = _blank(name)
    operation = LEGACY.get(blank) or VISITS.get(blank) or _widened(catalogue().named(name))
    template = operation.template.strip("/").split("/")
    named = tuple(_named(template, position, operation) for position, part in enumerate(template) if part.startswith("{"))
    return Route(operation, _kind(operation, template), targets_of(operation.returns), named, len(named) > 1)


def _widened(operation: Operation) -> Operation:
    more = ALSO_TAKEN.get(operation.name)
    return operation if more is None else msgspec.structs.replace(operation, params={**operation.params, **more})


def _named(template: list[str], position: int, operation: Operation) -> tuple[int, tuple[str, ...], str]:
    types = _path_types(template[: position + 1], operation)
    return position, types, _PATH_PARAM.get(types[0] if types else "", template[position][1:-1])


def find(method: str, path: str) -> Operation | None:
    """The operation of a request; a legacy one where the catalogue has none."""
    found = catalogue().operation(method, path)
    if found is None and path.startswith(PREFIX):
        return visit(method, path)
    if found is None and method == "POST" and path.startswith("/v1/charges/"):
        parts = path.strip("/").split("/")
        if len(parts) == 4:
            return LEGACY.get(f"POST /v1/charges/{{}}/{parts[3]}")
    return found


def _kind(operation: Operation, template: list[str]) -> Kind:
    at_id = template[-1].startswith("{")
    if operation.method == "DELETE":
        return "delete" if operation.shape == "deleted" and at_id else "action"
    if operation.method == "GET":
        if operation.shape in ("list", "search"):
            return "search" if operation.shape == "search" else "list"
        return "retrieve" if at_id else "single"
    if at_id:
        return "update"
    return "create" if _makes(operation, template) else "action"


def _makes(operation: Operation, template: list[str]) -> bool:
    """Whether a POST makes an object that can be read again: its path has a list, or its objects a path of their own."""
    base = _blank(operation.template)
    gets = _gets()
    if f"{base}/{{}}" in gets and gets[f"{base}/{{}}"].returns == operation.returns:
        return True
    return (base in gets and gets[base].shape == "list") or ("{" not in operation.template and not _is_verb(template, operation))


def _is_verb(template: list[str], operation: Operation) -> bool:
    """Whether the last word of a path without ids is what is done to a collection (`/v1/invoices/create_preview`)."""
    gets = _gets()
    parent = "/" + "/".join(template[:-1])
    return parent in gets and gets[parent].returns == operation.returns


@lru_cache(maxsize=1)
def _gets() -> dict[str, Operation]:
    return {_blank(operation.template): operation for operation in catalogue().operations() if operation.method == "GET"}


def _path_types(prefix: list[str], operation: Operation) -> tuple[str, ...]:
    """The types that the id at the end of a path's prefix may be of: those of the operation that reads it."""
    found = _gets().get("/" + _blank("/".join(prefix)).replace(PREFIX[1:], "v1/"))
    if found is not None and found.shape == "object":
        return targets_of(found.returns)
    if operation.returns and len(prefix) == len(operation.template.strip("/").split("/")):
        return targets_of(operation.returns)
    return _by_collection().get(prefix[-2] if len(prefix) > 1 else "", ())


@lru_cache(maxsize=1)
def _by_collection() -> dict[str, tuple[str, ...]]:
    """Types by the plural word in a path: `customers` are of type customer."""
    found: dict[str, tuple[str, ...]] = {}
    for operation in _gets().values():
        parts = operation.template.split("/")
        if operation.shape == "object" and parts[-1].startswith("{") and operation.returns:
            found.setdefault(parts[-2], targets_of(operation.returns))
    return found


def _blank(template: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in template.split("/"))
