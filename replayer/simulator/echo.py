"""Parameters that come back as fields of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replayer.simulator.errors import missing_resource
from replayer.simulator.nodes import targets_of
from replayer.simulator.store import Store
from replayer.stripeapi.catalogue import Field
from replayer.stripeapi.ids import REFERENCES

# Hashes that an update replaces as a whole; others are merged name by name (Stripe API reference, "Update a customer").
_WHOLE = frozenset({"address", "shipping", "card"})
_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
# Hashes that show all of their names once one is given.
_FILLED: dict[str, dict[str, Any]] = {"address": _ADDRESS, "shipping": {"carrier": None, "phone": None, "tracking_number": None}}


def merged_metadata(before: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Metadata after an update: names are merged, and an empty value removes its name (Stripe API reference, "Metadata")."""
    return {key: text for key, text in {**(before or {}), **(given or {})}.items() if text not in (None, "")}


class Echo:
    """Collects what parameters write: `values` by field, `paths` are the places written. `prefix` is where they stand on the wire."""

    def __init__(self, fields: Mapping[str, Field], before: Mapping[str, Any], store: Store, prefix: tuple[str, ...] = ()) -> None:
        self._fields, self._before, self._store, self._prefix = fields, before, store, prefix
        self.values: dict[str, Any] = {}
        self.paths: list[str] = []

    def take(self, params: Mapping[str, Any]) -> Echo:
        """Write all parameters that have a field of their name."""
        for name, value in params.items():
            field = self._fields.get(name)
            if name == "metadata" or field is not None:
                self.values[name] = self._write(name, value, field, self._before.get(name), (name,))
        return self

    def _write(self, name: str, value: Any, field: Field | None, before: Any, path: tuple[str, ...]) -> Any:
        if name == "metadata":
            return self._metadata(value, before, ".".join(path))
        assert field is not None
        if name in _FILLED and type(value) is dict:
            value = {**_FILLED[name], **value}
        if field.kind == "hash" and type(value) is dict:
            return self._hash(name, value, field, before, path)
        self.paths.append(".".join(path))
        if value is None:
            return [] if field.kind == "list" and not field.nullable else None
        if field.kind in ("expandable", "object") and type(value) is str:
            return self._reference(path, value, field)
        return _cast(name, value, field)

    def _metadata(self, value: Any, before: Any, path: str) -> dict[str, Any]:
        """Metadata as an update leaves it; an empty hash removes all of it (Stripe API reference, "Metadata")."""
        kept = merged_metadata(before, value) if isinstance(value, dict) else {}
        self.paths.extend(f"{path}.{key}" for key in (value if isinstance(value, dict) else ()))
        if not kept:
            self.paths.append(path)
        return kept

    def _hash(self, name: str, value: dict[str, Any], field: Field, before: Any, path: tuple[str, ...]) -> dict[str, Any]:
        base = before if isinstance(before, dict) and name not in _WHOLE else {}
        written = dict(base)
        for key, child in value.items():
            inner = field.children.get(key)
            if inner is not None:
                written[key] = self._write(key, child, inner, base.get(key), (*path, key))
        return written

    def _reference(self, path: tuple[str, ...], value: str, field: Field) -> str:
        types = targets_of(field.target) or (REFERENCES.get(path[-1], path[-1]),)
        if self._store.first(types, value) is None:
            names = ("plan",) if path[-1] == "plan" else (*self._prefix, *path)
            wire = names[0] + "".join(f"[{name}]" for name in names[1:])
            raise missing_resource(types[0], value, param=wire, status=400)
        return value


def _cast(name: str, value: Any, field: Field) -> Any:
    """A parameter's value as its field shows it; a value that does not fit is left as it is."""
    if name == "currency" and type(value) is str:
        return value.lower()
    if field.kind in ("string", "decimal", "enum") and type(value) in (int, float):
        return str(value)
    if field.kind in ("integer", "time") and type(value) is str and value.lstrip("-").isdigit():
        return int(value)
    return value
