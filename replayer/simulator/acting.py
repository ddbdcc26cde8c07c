"""Doing what another API call does, as a part of a call: a page's customer acts by the code that the API's own calls run."""

from __future__ import annotations

from typing import Any

import msgspec

from replayer.simulator.calls import Call
from replayer.simulator.generic import HANDLERS
from replayer.simulator.records import Record
from replayer.simulator.routes import route_of
from replayer.stripeapi.catalogue import catalogue


def act(call: Call, operation: str, params: dict[str, Any], *ids: str) -> Record:
    """Do what `operation` (`POST /v1/customers/{}`) does to the objects `ids`; its effects are the call's. Null parameters are left out."""
    from replayer.simulator.rules import rules

    method, template = operation.split(" ")
    given = iter(ids)
    path = "/".join(next(given) if part == "{}" else part for part in template.split("/"))
    name = catalogue().canonical(operation) or operation
    route = route_of(name)
    inner = call.within(**{key: value for key, value in params.items() if value is not None})
    inner.request = msgspec.structs.replace(call.request, method=method, path=path, params={}, body=None)
    inner.route, inner.ids = route, route.path_ids(path)
    rule = rules().get(name)
    answer = rule.run(inner) if rule is not None and rule.run is not None else HANDLERS[route.kind](inner)
    assert isinstance(answer, Record)
    return call.store.get(answer.type, answer.id) or answer
