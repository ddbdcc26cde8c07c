"""What Stripe takes for a value that is only text: beyond these limits it answers 400, so that no claim of *inert* holds there."""

from __future__ import annotations

import re
from typing import Any

from replayer.stripeapi.catalogue import Param, catalogue
from replayer.stripeapi.params import Name, param_name

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PREFIX = re.compile(r"[A-Z0-9]{3,12}")
# Latin letters and signs without <>'"*\, 5 to 22 of them; a suffix shares its 22 with the account's prefix
# (Stripe docs, "Statement descriptors").
_DESCRIPTOR = re.compile(r"(?=.*[A-Za-z])(?:(?![<>'\"*\\])[ -~]){5,22}")
_SUFFIX = re.compile(r"(?=.*[A-Za-z])(?:(?![<>'\"*\\])[ -~]){1,10}")
# Characters that Stripe takes at least, by the last part of the name (API reference); 40 where nothing is said.
_LONGEST = {"name": 150, "business_name": 150, "individual_name": 150, "phone": 20, "description": 350, "email": 512, "footer": 5000}
# Metadata: 50 keys, names of 40 and values of 500 characters (Stripe docs, "Metadata").
_KEY = 40
_SHORTER = {("POST /v1/coupons", "name"): 40, ("POST /v1/tax_rates", "display_name"): 50}
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def within_limits(name: str, value: Any, *, operation: str = "") -> bool:
    """Whether a value, null where the parameter is not sent, is one that Stripe certainly takes for this parameter of an operation."""
    if value is None or value == "":
        return True
    parts = param_name(name)
    if not isinstance(value, str) or not value.isprintable():
        return False
    if parts[0] == "metadata":
        return len(parts) == 2 and len(parts[1]) <= _KEY and len(value) <= 500
    choices = _choices(operation, parts)
    if choices:
        return value in choices
    if parts[0] == "preferred_locales":
        return _LOCALE.fullmatch(value) is not None
    if len(value) > _SHORTER.get((operation, parts[-1]), _longest(parts[-1])):
        return False
    if "email" in parts[-1]:
        return _EMAIL.fullmatch(value) is not None
    if parts[-1] == "statement_descriptor_suffix":
        return _SUFFIX.fullmatch(value) is not None
    if parts[-1] == "statement_descriptor":
        return _DESCRIPTOR.fullmatch(value) is not None
    return parts[-1] != "invoice_prefix" or _PREFIX.fullmatch(value) is not None


def is_choice(name: str, value: Any, *, operation: str) -> bool:
    """Whether an enum takes a value, as far as the catalogue knows its values; true where the parameter is no enum, or is not sent."""
    choices = _choices(operation, param_name(name))
    return not choices or value is None or value == "" or value in choices


def metadata_within_limits(params: dict[str, Any]) -> bool:
    """Whether the metadata of a request has few enough keys."""
    metadata = params.get("metadata")
    return not isinstance(metadata, dict) or len(metadata) <= 50


def _longest(name: str) -> int:
    return _LONGEST.get(name, 512 if "email" in name else 40)


def _choices(operation: str, parts: Name) -> tuple[str, ...]:
    """The values that an enum takes, empty where the parameter is none."""
    try:
        params = catalogue().named(operation).params
    except KeyError:
        return ()
    param: Param | None = None
    for part in parts:
        param = params.get(part)
        if param is None:
            return ()
        params = param.children or (param.item.children if param.item else {})
    return param.choices if param is not None and param.kind == "enum" and not param.also else ()
