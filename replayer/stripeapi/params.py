"""Parameters by name: positions and list marks left out, and what a target claims of them."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.model import Claims
from replayer.stripeapi.forms import flatten, split_name

Name = tuple[str, ...]


def param_name(wire: str) -> Name:
    """A parameter's name in parts, positions and list marks left out: `items[0][quantity]` is (`items`, `quantity`)."""
    return tuple(part for part in split_name(wire) if part and not part.isdigit())


def competence(claims: Claims | None, wire: str) -> str:
    """What a target says of a parameter: `computed`, `inert` or `echoed`. A claim about a name covers what is nested in it."""
    if claims is None:
        return "echoed"
    name = param_name(wire)
    if any(param_name(known) == name[: len(param_name(known))] for known in claims.inert):
        return "inert"
    if any(param_name(known) == name[: len(param_name(known))] for known in claims.computed):
        return "computed"
    return "echoed"


def plain_params(params: dict[str, Any], encoding: str) -> dict[str, Any]:
    """Parameters as they are compared: a form's by wire name, JSON as it is; the paths of `expand` in order of the alphabet."""
    if encoding == "json":
        return params
    expand = params.get("expand")
    if isinstance(expand, list):
        params = {**params, "expand": sorted(map(str, expand))}
    return dict(flatten(params))


def equal_json(a: Any, b: Any) -> bool:
    """Equality that tells `1` from `true`, as JSON does; the order of a hash makes none."""
    return bool(a == b) and msgspec.json.encode(a, order="deterministic") == msgspec.json.encode(b, order="deterministic")
