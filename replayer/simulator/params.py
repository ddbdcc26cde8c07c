"""Parameters from the wire: checked and converted by the catalogue's kinds, refused as Stripe refuses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from replayer.simulator.errors import (
    ApiError,
    empty_parameter,
    invalid_choice,
    invalid_integer,
    invalid_value,
    missing_parameter,
    negative_integer,
    unknown_parameter,
)
from replayer.stripeapi.amounts import PRESENTMENT
from replayer.stripeapi.catalogue import Param
from replayer.stripeapi.ids import REFERENCES
from replayer.stripeapi.versions import NEWEST, OLDEST_TYPED, at_least, within

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_TRUE, _FALSE = frozenset({"true", "True", "1"}), frozenset({"false", "False", "0"})
# Parameters that name an object cannot be cleared unless they say so.
_NAMING = frozenset(
    {*REFERENCES, "payment_method", "source", "default_source", "charge", "payment_intent", "subscription", "invoice", "id"}
)
_EMAILS, _EMAIL = frozenset({"email", "receipt_email"}), re.compile(r"[^@\s]+@[^@\s]+|~\S+")  # pseudonyms begin with ~
_MOST_METADATA, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500
_COMMON: dict[str, Param] = {"expand": Param("list")}


def convert(params: Mapping[str, Any], spec: Mapping[str, Param], version: str | None, *, typed: bool = False) -> dict[str, Any]:
    """Convert a request's parameters: ints, booleans and text by kind; null is what an empty value clears.

    `typed` is true for JSON bodies, whose values carry their types. Versions older than the first typed one may have parameters that the
    catalogue has not: those are taken as they are. Raises the `ApiError` that Stripe would answer with.
    """
    reader = _Reader(version)
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in params.items():
        param = spec.get(name) or _COMMON.get(name)
        if param is None or not within(version, None, param.until):
            if reader.strict_names:
                unknown.append(name)
            else:
                found[name] = value
        else:
            found[name] = value if typed else reader.value(name, value, param)
    if unknown:
        raise unknown_parameter(unknown)
    for name, param in spec.items():
        if param.required and name not in found and within(version, param.since, param.until):
            raise missing_parameter(name)
    return found


class _Reader:
    """Converts for one version. Enums are closed only in the newest one: an older one may have had values that are gone."""

    __slots__ = ("strict_choices", "strict_names", "version")

    def __init__(self, version: str | None) -> None:
        self.version = version
        self.strict_names = at_least(version, OLDEST_TYPED)
        self.strict_choices = version is None or version == NEWEST

    def value(self, name: str, value: Any, param: Param) -> Any:
        if value == "":
            return self._empty(name, param)
        if type(value) is dict:
            return self._hash(name, value, param)
        if type(value) is list:
            return self._list(name, value, param)
        if not param.also:
            return self._scalar(name, value, param, param.kind)
        if param.kind in _SCALARS:
            with suppress(ApiError):
                return self._scalar(name, value, param, param.kind)
        for kind in param.also:
            try:
                return self._scalar(name, value, param, kind)
            except ApiError:
                continue
        return self._scalar(name, value, param, param.kind)

    def _empty(self, name: str, param: Param) -> Any:
        """An empty value clears; what must have one, or names an object, cannot be cleared. Nested text stays empty text (recordings)."""
        if param.accepts("list"):
            return None if param.clears else []
        if param.clears or param.kind in ("map", "any", "hash") or not self.strict_names:
            return "" if param.kind == "string" and "[" in name and not param.clears else None
        if param.kind == "string" and not param.required and name.rpartition("[")[2].rstrip("]") not in _NAMING:
            return "" if "[" in name else None
        raise empty_parameter(name)

    def _scalar(self, name: str, value: Any, param: Param, kind: str) -> Any:
        if name == "currency" and str(value).lower() not in PRESENTMENT:
            raise ApiError(f"Invalid currency: {value}. Stripe does not support this currency.", param="currency")
        if name in _EMAILS and not _EMAIL.fullmatch(str(value)):
            raise ApiError(f"Invalid email address: {value}", code="email_invalid", param=name)
        converter = _SCALARS.get(kind)
        if converter is not None:
            found = converter(name, value)
            if type(found) is int and found < 0 and name.rpartition("[")[2].rstrip("]") == "quantity":
                raise negative_integer(name)
            return found
        if kind == "enum" and param.choices and self.strict_choices and value not in param.choices:
            raise invalid_choice(name, param.choices)
        if kind == "list":
            raise invalid_value(name, "array")
        if kind in ("hash", "map"):
            raise invalid_value(name, "object")
        return value

    def _hash(self, name: str, value: dict[str, Any], param: Param) -> Any:
        if param.kind == "list" or "list" in param.also:
            return self._list(name, list(value.values()), param)
        if param.children and param.accepts("hash"):
            return self._children(name, value, param)
        if param.accepts("map") or param.accepts("hash") or param.kind == "any":
            if name.rpartition("[")[2].rstrip("]") == "metadata":
                _check_metadata(name, value)
            return {key: _cleared(child) for key, child in value.items()}
        raise invalid_value(name, "integer" if param.kind in ("integer", "time") else "string", _shown(value))

    def _children(self, name: str, value: dict[str, Any], param: Param) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in value.items():
            inner = param.children.get(key)
            if inner is None or not within(self.version, None, inner.until):
                if self.strict_names:
                    raise unknown_parameter([f"{name}[{key}]"])
                found[key] = child
            else:
                found[key] = self.value(f"{name}[{key}]", child, inner)
        for key, inner in param.children.items():
            if inner.required and key not in found and self.strict_names and within(self.version, inner.since, inner.until):
                raise missing_parameter(f"{name}[{key}]")
        return found

    def _list(self, name: str, value: list[Any], param: Param) -> list[Any]:
        if not (param.accepts("list") or param.kind == "any"):
            raise invalid_value(name, "string", _shown({str(index): entry for index, entry in enumerate(value)}))
        if param.item is None:
            return value
        return [self.value(f"{name}[{index}]", entry, param.item) for index, entry in enumerate(value)]


def _check_metadata(name: str, value: dict[str, Any]) -> None:
    """Refuse metadata that is too much: 50 names of 40 characters without brackets, and values of 500 (docs.stripe.com/metadata)."""
    if len(value) > _MOST_METADATA:
        raise ApiError(f"Metadata can have up to {_MOST_METADATA} keys, but you passed in {len(value)}.", param=name)
    for key, text in value.items():
        if len(key) > _LONGEST_KEY:
            raise ApiError(f"Metadata keys can have up to {_LONGEST_KEY} characters, but this one has {len(key)}: {key}", param=name)
        if "[" in key or "]" in key or isinstance(text, dict | list):
            raise ApiError(f"Metadata keys can't contain square brackets, and values are text: {key}", param=name)
        long = len(str(text))
        if long > _LONGEST_VALUE:
            said = f"Metadata values can have up to {_LONGEST_VALUE} characters, but you passed in a value that is {long} characters."
            raise ApiError(f"{said} Invalid value: {text}", param=name)


def _integer(name: str, value: Any) -> int:
    if type(value) is int or (type(value) is str and _INTEGER.fullmatch(value)):
        return int(value)
    raise invalid_integer(name, value)


def _boolean(name: str, value: Any) -> bool:
    if value in _TRUE or value is True:
        return True
    if value in _FALSE or value is False:
        return False
    raise invalid_value(name, "boolean", value)


def _number(name: str, value: Any) -> float | int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise invalid_value(name, "decimal", value) from None
    return int(number) if number.is_integer() else number


_SCALARS: dict[str, Callable[[str, Any], Any]] = {"integer": _integer, "time": _integer, "boolean": _boolean, "number": _number}


def _cleared(value: Any) -> Any:
    return None if value == "" else value


def _shown(value: dict[str, Any]) -> str:
    return "{" + ",".join(f'"{key}":"{child}"' for key, child in value.items()) + "}"
