"""Every parameter of an operation with a plausible other value of its kind, from the catalogue."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from replayer.candidates import Call
from replayer.stripeapi.catalogue import Param, catalogue
from replayer.stripeapi.versions import within
from tests.make import T0

# Values by a parameter's name; `{0}` and `{1}` are the ids that the scene's first steps were answered with: mostly two customers.
_NAMED: dict[str, tuple[str, ...]] = {
    "currency": ("eur", "usd"), "customer": ("{1}", "{0}"), "payment_method": ("pm_card_chargeDeclined", "pm_card_mastercard"),
    "source": ("tok_chargeDeclined", "tok_mastercard"), "email": ("someone@else.example", "a@b.example"), "country": ("DE", "FR"),
    "receipt_email": ("someone@else.example", "a@b.example"), "return_url": ("https://else.example", "https://b.example"),
    "charge": ("{2}", "{1}"), "payment_intent": ("{2}", "{1}"),
    "destination": ("{1}", "{0}"), "on_behalf_of": ("{0}",), "source_transaction": ("{2}",), "default_payment_method": ("pm_card_mastercard", "pm_card_visa"),
    "url": ("https://else.example", "https://b.example"), "invoice_prefix": ("ABCD1234", "ABCD"), "id": ("OTHER", "ANOTHER"),
    "statement_descriptor": ("OTHER SHOP", "SHOP"), "statement_descriptor_suffix": ("OTHER SHOP", "SHOP"),
    "percent_off": ("20", "30"), "type": ("card", "us_bank_account"), "token": ("tok_mastercard", "tok_amex"),
    "trial_end": (str(int(T0) + 40 * 86400),), "cancel_at": (str(int(T0) + 20 * 86400),), "proration_behavior": ("none", "always_invoice"),
    "pending_invoice_items_behavior": ("exclude", "include"),
    "preferred_locales": ("de", "fr"), "capture_method": ("manual", "automatic"),
}  # fmt: skip
# An account that fails, by one of the same kind that is debited: no name of a parameter tells the kinds apart.
_BANKS = {"000123456789": "000222222227", "00012345": "22222227", "AT321904300235473204": "AT861904300235473202"}
_BY_KIND: dict[str, tuple[str, ...]] = {
    "integer": ("100", "200"), "boolean": ("true", "false"), "number": ("10", "20"), "decimal": ("10.5", "20.5"),
    "time": (str(int(T0) + 40 * 86400), str(int(T0) + 50 * 86400)), "string": ("seeded", "planted"), "any": ("seeded", "planted"),
}  # fmt: skip
Spec = dict[str, Param]


class Twist(msgspec.Struct, frozen=True):
    """One parameter of an operation, by its wire name, and what a call becomes without it or with another value of it."""

    name: str
    change: Callable[[Call], Call]


def twists(operation: str, params: dict[str, Any], ids: list[str], version: str) -> Iterator[Twist]:
    """A change of each parameter that an operation has in a version, nested ones and one level of lists included; then removals."""
    spec = catalogue().named(operation).params
    for parts in _paths({name: param for name, param in spec.items() if name != "expand"}, version):
        yield Twist(_wire(spec, parts), _setter(spec, parts, ids, version))
    for name in params:
        if name in spec and not spec[name].required:
            yield Twist(f"{name} dropped", lambda call, name=name: call.without(name))


def _setter(spec: Spec, parts: tuple[str, ...], ids: list[str], version: str) -> Callable[[Call], Call]:
    def change(call: Call) -> Call:
        params = copy.deepcopy(call.params)
        _put(spec, params, parts, ids, version)
        return call.with_params(**{parts[0]: params[parts[0]]})

    return change


def _paths(spec: Spec, version: str, lists: int = 0) -> Iterator[tuple[str, ...]]:
    for name, param in spec.items():
        if not within(version, param.since, param.until):
            continue
        inner = _inside(param)
        if not inner or lists + (param.kind == "list") > 1:
            yield (name,)
        else:
            yield from ((name, *rest) for rest in _paths(inner, version, lists + (param.kind == "list")))


def _inside(param: Param) -> Spec:
    """The names within a hash, or within each hash of a list."""
    return param.children or (param.item.children if param.kind == "list" and param.item is not None else {})


def _wire(spec: Spec, parts: tuple[str, ...]) -> str:
    wire = ""
    for part in parts:
        wire = f"{wire}[{part}]" if wire else part
        wire += "[0]" if spec[part].kind == "list" and _inside(spec[part]) and part != parts[-1] else ""
        spec = _inside(spec[part])
    return wire


def _put(spec: Spec, node: dict[str, Any], parts: tuple[str, ...], ids: list[str], version: str) -> None:
    """Change what stands at a place, and add what its surroundings cannot be without."""
    name, *rest = parts
    param = spec[name]
    if not rest:
        node[name] = another(name, param, node.get(name), ids, version)
        return
    held = node.get(name)
    if param.kind == "list":
        held = node[name] = held if isinstance(held, list) and held else [{}]
        child = held[0]
    else:
        child = node[name] = held if isinstance(held, dict) else {}
    _put(_inside(param), child, tuple(rest), ids, version)
    _complete(_inside(param), child, ids, version)


def _complete(spec: Spec, node: dict[str, Any], ids: list[str], version: str) -> None:
    for name, param in spec.items():
        if param.required and name not in node and within(version, param.since, param.until):
            named = next((key for key in node if key in param.choices), None)  # `type` is `ideal` where `ideal` is given
            node[name] = named or another(name, param, None, ids, version)


def another(name: str, param: Param, current: Any, ids: list[str], version: str) -> Any:
    """A plausible value that is not the current one."""
    if inner := _inside(param):
        node: dict[str, Any] = {}
        _complete(inner, node, ids, version)
        if not node:
            first = next(iter(inner))
            node[first] = another(first, inner[first], None, ids, version)
        return [node] if param.kind == "list" else node
    if param.kind == "list":
        item = param.item or Param("string")
        held = current if isinstance(current, list) else []
        return [*held, another(name, item, held[-1] if held else None, ids, version)]
    if param.kind in ("map", "hash"):
        return {"seeded": "1"} if current != {"seeded": "1"} else {"seeded": "2"}
    if param.kind == "boolean":
        return "true" if current != "true" else "false"
    if param.kind == "integer" and isinstance(current, str) and current.lstrip("-").isdigit():
        return str(int(current) + 1)
    if current in _BANKS:
        return _BANKS[current]
    known = [_filled(value, ids) for value in _NAMED.get(name, ()) if not param.choices or value in param.choices or value.isdigit()]
    values = [*known, *param.choices, *_BY_KIND.get(param.kind, ("seeded", "planted"))]
    return next(value for value in values if value and value != current)


def _filled(value: str, ids: list[str]) -> str:
    return ids[int(value[1])] if value.startswith("{") else value


__all__ = ["Twist", "twists"]
