"""Move times: where a target has no clock of its own, parameters that are times move with the run's clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from replayer.model import Request
from replayer.stripeapi import Param
from replayer.stripeapi.operations import match


def shift(request: Request, seconds: float) -> Request:
    """The request with every parameter that the catalogue calls a time moved by some seconds; words such as `now` stay."""
    operation = match(request.method, request.path).operation
    if operation is None or not seconds:
        return request
    params = {name: _moved(value, operation.params.get(name), seconds) for name, value in request.params.items()}
    return request if params == request.params else msgspec.structs.replace(request, params=params)


def _moved(value: Any, param: Param | None, seconds: float) -> Any:
    if param is None:
        return value
    if isinstance(value, Mapping):
        if param.kind == "time":
            return {name: _time(child, seconds) for name, child in value.items()}
        inner = param.children
        return {name: _moved(child, inner.get(name, param.item), seconds) for name, child in value.items()}
    if isinstance(value, list):
        return [_moved(child, param.item, seconds) for child in value]
    return _time(value, seconds) if param.accepts("time") else value


def _time(value: Any, seconds: float) -> Any:
    if isinstance(value, str) and value.isdigit() and len(value) in (9, 10):
        return str(int(value) + round(seconds))
    return value
