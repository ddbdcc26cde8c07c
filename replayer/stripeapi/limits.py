"""What Stripe takes for a value that is only text: beyond these limits it answers 400, so that no claim of *inert* holds there."""

from __future__ import annotations

import re
from typing import Any

from replayer.stripeapi.params import param_name

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PREFIX = re.compile(r"[A-Z0-9]{3,12}")
_DESCRIPTOR = re.compile(r"(?=.*[A-Za-z])[^<>'\"*\\]{1,22}")
_LONGEST = 500  # characters; the shortest of the documented limits of names, descriptions and phone numbers
# Metadata: 50 keys, names of 40 and values of 500 characters (Stripe docs, "Metadata").
_KEY = 40


def within_limits(name: str, value: Any) -> bool:
    """Whether a value, null where the parameter is not sent, is one that Stripe certainly takes for this parameter."""
    if value is None or value == "":
        return True
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    parts = param_name(name)
    if parts[0] == "metadata":
        return len(parts) == 2 and len(parts[1]) <= _KEY
    if "email" in parts[-1]:
        return _EMAIL.fullmatch(value) is not None
    if parts[-1].startswith("statement_descriptor"):
        return _DESCRIPTOR.fullmatch(value) is not None
    return parts[-1] != "invoice_prefix" or _PREFIX.fullmatch(value) is not None


def metadata_within_limits(params: dict[str, Any]) -> bool:
    """Whether the metadata of a request has few enough keys."""
    metadata = params.get("metadata")
    return not isinstance(metadata, dict) or len(metadata) <= 50
