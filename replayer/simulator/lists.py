"""Lists: filters, cursors, pages.

Newest first, `limit` from 1 to 100 (others are clamped), 10 where it is not given; `starting_after` and `ending_before` exclude each other
(Stripe API reference, "Pagination"; the clamping as observed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import merge
from itertools import islice
from typing import Any

from replayer.simulator.calls import Call, Page
from replayer.simulator.errors import ApiError
from replayer.simulator.nodes import node_of
from replayer.simulator.records import Record
from replayer.simulator.store import INDEXED, age_of
from replayer.simulator.view import knows_all

_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand", "page", "query"})
_RANGES = frozenset({"gt", "gte", "lt", "lte"})
# Filters that name an object, which must be there.
_MUST_EXIST = frozenset({"customer", "charge", "payment_intent", "subscription", "invoice"})
# Filters whose name differs from the field's.
_OTHER_NAMES = {"lookup_keys": "lookup_key"}


def list_page(call: Call, parents: list[tuple[str, str]]) -> Page:
    """One page of a list; `parents` are fields and ids that every member must have."""
    filters = {name: value for name, value in call.params.items() if name not in _PAGING and value is not None}
    wanted = {**filters, **dict(parents)}
    for name, value in filters.items():
        if name in _MUST_EXIST and isinstance(value, str):
            call.find(name, value, name, deleted=True)
    exact = knows_all(call.route.types) and _bounded(call, wanted) and all(_computable(call, name) for name in filters)
    page, has_more = _cut(call, wanted, lambda record: _fits(record, filters) and _belongs(record, parents))
    return Page(page, call.request.path, has_more=has_more, exact=exact)


def _candidates(call: Call, object_type: str, wanted: dict[str, Any], after: Record | None, before: Record | None) -> Iterable[Record]:
    """The records of a type from a cursor on: newest first, or oldest first where the cursor is one to end before."""
    for field in INDEXED:
        if isinstance(wanted.get(field), str):
            held = call.store.children(object_type, field, wanted[field])
            if before is not None:
                return [record for record in reversed(held) if age_of(record) > age_of(before)]
            return [record for record in held if after is None or age_of(record) < age_of(after)]
    return call.store.oldest(object_type, before) if before is not None else call.store.newest(object_type, after)


def _bounded(call: Call, wanted: dict[str, Any]) -> bool:
    """Whether no object from before the first call can be missing: nothing was before, or all must belong to an object made since."""
    if not call.store.baseline.records and not call.store.baseline.unknown:
        return True
    return any(record.raw is None for record in (_referred(call, field, value) for field, value in wanted.items()) if record is not None)


def _referred(call: Call, field: str, value: Any) -> Record | None:
    return call.store.first((field,), value) if field in INDEXED and isinstance(value, str) else None


def _computable(call: Call, name: str) -> bool:
    node = node_of(call.route.types[0], None) if call.route.types else None
    return node is None or _OTHER_NAMES.get(name, name) in node.fields


def _belongs(record: Record, parents: list[tuple[str, str]]) -> bool:
    return all(record.values.get(field) == identifier for field, identifier in parents)


def _fits(record: Record, filters: dict[str, Any]) -> bool:
    node = node_of(record.type, None)
    for name, wanted in filters.items():
        field = _OTHER_NAMES.get(name, name)
        if node is not None and field not in node.fields:
            continue
        found = record.values[field] if field in record.values else (node.skeleton.get(field) if node is not None else None)
        if not _matches(found, wanted):
            return False
    return True


def _matches(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        if wanted.keys() <= _RANGES:
            return isinstance(found, int) and all(_compare(found, how, int(bound)) for how, bound in wanted.items())
        return isinstance(found, dict) and all(_matches(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return found in wanted
    return wanted == "all" or found == wanted or str(found) == str(wanted)


def _compare(found: int, how: str, bound: int) -> bool:
    return {"gt": found > bound, "gte": found >= bound, "lt": found < bound, "lte": found <= bound}[how]


def _cut(call: Call, wanted: dict[str, Any], fits: Callable[[Record], bool]) -> tuple[list[Record], bool]:
    """The page from the cursor on, and whether there is more in its direction."""
    size = page_size(call)
    after, before = (_cursor(call, name) for name in ("starting_after", "ending_before"))
    if after is not None and before is not None:
        raise ApiError("Received both starting_after and ending_before parameters. Please pass in only one.")
    known = [_candidates(call, kind, wanted, after, before) for kind in call.route.types]
    ordered = known[0] if len(known) == 1 else merge(*known, key=age_of, reverse=before is None)
    page = list(islice(filter(fits, ordered), size + 1))
    has_more = len(page) > size
    page = page[:size]
    return (page[::-1] if before is not None else page), has_more


def page_size(call: Call) -> int:
    """How many a page holds."""
    limit = call.params.get("limit")
    return max(1, min(100, limit)) if isinstance(limit, int) else 10


def _cursor(call: Call, name: str) -> Record | None:
    identifier = call.params.get(name)
    return call.find(call.route.types, identifier, name) if isinstance(identifier, str) else None
