"""Connected accounts."""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Call
from replayer.simulator.errors import missing_parameter, missing_resource


def destination(call: Call, value: Any, param: str) -> str:
    """The connected account that a parameter names; its error where the platform has none of this id."""
    if not isinstance(value, str) or not value:
        raise missing_parameter(param)
    if call.on_account(None).store.first(("account",), value) is None:
        problem = missing_resource("destination", value, param=param, status=400)
        raise problem
    return value


RULES: dict[str, Any] = {}
