"""Laying a baseline: objects as they were observed, before the first call.

What an answer held of other objects is taken apart: each object stands for itself, references are ids again.
"""

from __future__ import annotations

from typing import Any

from replayer.model import BaselineObject
from replayer.simulator.nodes import targets_of
from replayer.simulator.records import Record
from replayer.simulator.store import INDEXED, Layer
from replayer.stripeapi.catalogue import Field, catalogue
from replayer.stripeapi.ids import type_hint

_STUB = 3  # an embedded object of fewer fields is a reference


def lay(layer: Layer, item: BaselineObject) -> None:
    """Lay one object; of one that is only named, its id."""
    object_type = item.object or type_hint(item.id)
    if item.state is None or item.provenance == "named":
        layer.unknown[item.id] = object_type
        return
    origin = "after" if item.provenance == "after" else "baseline"
    _Laying(layer, item.version, origin).take(object_type or str(item.state.get("object")), item.id, item.state, over=True)


class _Laying:
    """Takes one answer apart."""

    def __init__(self, layer: Layer, version: str | None, origin: str) -> None:
        self._layer, self._version, self._origin = layer, version, origin

    def take(self, object_type: str, identifier: str, state: dict[str, Any], *, over: bool) -> None:
        """Lay an object; one that was laid for itself (`over`) wins over one that another object held."""
        if not over and identifier in self._layer.records.get(object_type, {}):
            return
        fields = catalogue().fields(object_type, self._version)
        values = {name: self._apart(value, fields.get(name)) for name, value in state.items()}
        for name, field in fields.items():
            if field.kind == "listing" and self._members(object_type, identifier, state.get(name), state):
                del values[name]
        record = Record(object_type, identifier, _free(values, state, object_type), origin=self._origin)
        record.raw = {name: _ids(state[name]) for name in state}
        record.version, record.deleted = self._version, bool(state.get("deleted"))
        self._layer.unknown.pop(identifier, None)
        self._layer.put(record)

    def _apart(self, value: Any, field: Field | None) -> Any:
        if field is None:
            return value
        if isinstance(value, str) and field.kind == "expandable":
            self._layer.named.add(value)
        if isinstance(value, list):
            return [self._apart(entry, field.item) for entry in value]
        if not isinstance(value, dict):
            return value
        if field.kind in ("expandable", "object"):
            return self._reference(value, field)
        if field.kind == "hash":
            return {name: self._apart(child, field.children.get(name)) for name, child in value.items()}
        return value

    def _reference(self, value: dict[str, Any], field: Field) -> Any:
        identifier, kind = value.get("id"), value.get("object")
        if not isinstance(identifier, str) or not isinstance(kind, str):
            return value
        if len(value) > _STUB or value.get("deleted"):
            self.take(kind, identifier, value, over=False)
            return identifier
        return identifier if field.kind == "expandable" and targets_of(field.target) else value

    def _members(self, object_type: str, identifier: str, value: Any, values: dict[str, Any]) -> bool:
        """Lay the members of a list object that point back to what holds it; false where they cannot be found again that way."""
        if not isinstance(value, dict) or value.get("has_more") or not isinstance(value.get("data"), list):
            return False
        back = object_type.rpartition(".")[2]
        if back not in INDEXED:
            return False
        members = [member for member in value["data"] if isinstance(member, dict)]
        if not all(isinstance(member.get("id"), str) and _id_of(member.get(back)) == identifier for member in members):
            return False
        for member in members:
            self.take(str(member.get("object")), member["id"], member, over=False)
            if object_type == "subscription" and values.keys() >= _PERIOD:  # before basil its items share its period
                held = self._layer.records["subscription_item"].get(member["id"])
                if held is not None:
                    held.values = {**{name: values[name] for name in _PERIOD}, **held.values}
        return True


def _id_of(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _ids(value: Any) -> tuple[str, ...]:
    """The ids of a list object's members, in the order in which they were observed."""
    members = value.get("data") if isinstance(value, dict) and value.get("object") == "list" else None
    return tuple(str(member.get("id")) for member in members or () if isinstance(member, dict))


_PERIOD = frozenset({"current_period_start", "current_period_end"})


def _free(values: dict[str, Any], state: dict[str, Any], object_type: str) -> dict[str, Any]:
    """The state free of versions: names of old versions become today's, and a subscription has the period that ends first of its items'."""
    if object_type == "subscription" and not values.keys() >= _PERIOD:
        held = (state.get("items") or {}).get("data") if isinstance(state.get("items"), dict) else None
        known = [item for item in held or () if isinstance(item, dict) and isinstance(item.get("current_period_end"), int)]
        first = min(known, key=lambda item: item["current_period_end"], default=None)
        return {**values, **{name: first.get(name) for name in _PERIOD}} if first is not None else values
    if object_type == "customer" and "account_balance" in values and "balance" not in values:
        return {**values, "balance": values["account_balance"]}
    if object_type == "payment_intent" and "latest_charge" not in values and "charges" in state:
        charges = _ids(state["charges"])
        return {**values, "latest_charge": charges[0] if charges else None}
    return values
