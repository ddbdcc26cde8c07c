"""Searches: clauses joined by AND or OR, over the fields that docs.stripe.com/search names for each resource.

Exact matches are case insensitive, `~` finds three characters or more within a text, numbers compare; a space joins as AND does. Stripe's
own index lags behind by up to a minute, so that what a search finds is never told as complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from replayer.simulator.calls import Call, Page
from replayer.simulator.errors import ApiError, missing_parameter
from replayer.simulator.lists import page_size
from replayer.simulator.records import Record
from replayer.simulator.store import newest_first

_MOST_CLAUSES = 10
_SUBSTRING, _SHORTEST = frozenset({"email", "name", "description", "phone"}), 3
_CARD = tuple(f"payment_method_details.card.{name}" for name in ("brand", "exp_month", "exp_year", "fingerprint", "last4"))
_FIELDS: dict[str, frozenset[str]] = {
    "charge": frozenset({"amount", "billing_details.address.postal_code", "created", "currency", "customer", "disputed", "metadata",
                         "refunded", "status", *_CARD}),
    "customer": frozenset({"created", "email", "metadata", "name", "phone"}),
    "invoice": frozenset({"created", "currency", "customer", "last_finalization_error_code", "last_finalization_error_type", "metadata",
                          "number", "receipt_number", "status", "subscription", "total"}),
    "payment_intent": frozenset({"amount", "created", "currency", "customer", "metadata", "status"}),
    "price": frozenset({"active", "currency", "lookup_key", "metadata", "product", "type"}),
    "product": frozenset({"active", "description", "metadata", "name", "shippable", "url"}),
    "subscription": frozenset({"canceled_at", "created", "metadata", "status"}),
}  # fmt: skip
_CLAUSE = re.compile(
    r"""\s*(?P<negated>-)?(?P<field>[\w.]+)(?:\[\s*(?:"(?P<key>(?:[^"\\]|\\.)*)"|'(?P<key_>(?:[^'\\]|\\.)*)')\s*\])?\s*"""
    r"""(?P<how>>=|<=|:|~|>|<)\s*(?:"(?P<value>(?:[^"\\]|\\.)*)"|'(?P<value_>(?:[^'\\]|\\.)*)'|(?P<bare>-?[\w.]+))\s*"""
)
_JOINER = re.compile(r"(AND|OR)\b", re.IGNORECASE)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda one, other: one > other, ">=": lambda one, other: one >= other, "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}  # fmt: skip


class Clause(msgspec.Struct, frozen=True):
    """One clause: a field (with the key of its map), how it is compared, and with what; a bare value is a number or a word."""

    field: str
    key: str | None
    how: str
    value: str
    negated: bool

    def fits(self, record: Record) -> bool:
        """Whether a record is found by it."""
        return self._found(self._of(record)) != self.negated

    def _of(self, record: Record) -> Any:
        value: Any = record.values
        for name in (*self.field.split("."), *([self.key] if self.key is not None else [])):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _found(self, value: Any) -> bool:
        if self.how == ":":
            shown = "null" if value is None else str(value)
            return shown.lower() == self.value.lower()
        if self.how == "~":
            return isinstance(value, str) and self.value.lower() in value.lower()
        return isinstance(value, int) and not isinstance(value, bool) and _COMPARE[self.how](value, float(self.value))


def search_page(call: Call) -> Page:
    """One page of a search; its cursor is `next_page`."""
    query = call.params.get("query")
    if not isinstance(query, str) or not query.strip():
        raise missing_parameter("query")
    clauses, joiner = parse(query, call.route.types[0])
    join = any if joiner == "OR" else all
    found = newest_first([
        record for kind in call.route.types for record in call.store.all(kind) if join(clause.fits(record) for clause in clauses)
    ])  # fmt: skip
    start, size = _start(call), page_size(call)
    end = start + size
    return Page(
        found[start:end], call.request.path, has_more=len(found) > end, exact=False, search=True,
        next_page=f"page_{end}" if len(found) > end else None,
    )  # fmt: skip


def _start(call: Call) -> int:
    page = call.params.get("page")
    if page is None:
        return 0
    number = str(page).removeprefix("page_")
    if not number.isdigit():
        raise ApiError(f"Invalid page: {page}", param="page")
    return int(number)


def parse(query: str, kind: str) -> tuple[list[Clause], str]:
    """The clauses of a query and what joins them; raises the error of a query that is none."""
    clauses: list[Clause] = []
    joiners: set[str] = set()
    place = 0
    while place < len(query):
        found = _CLAUSE.match(query, place)
        if found is None:
            raise ApiError(f"We were unable to parse your search query: `{query}`.", param="query")
        clauses.append(_clause(found, kind))
        place = found.end()
        joiner = _JOINER.match(query, place)
        if joiner is not None:
            joiners.add(joiner[1].upper())
            place = joiner.end()
        elif place < len(query):
            joiners.add("AND")
    if len(joiners) > 1:
        raise ApiError("You cannot combine AND and OR in one search query.", param="query")
    if len(clauses) > _MOST_CLAUSES:
        raise ApiError(f"A search query has at most {_MOST_CLAUSES} clauses.", param="query")
    return clauses, next(iter(joiners), "AND")


def _clause(found: re.Match[str], kind: str) -> Clause:
    field = found["field"]
    key = found["key"] if found["key"] is not None else found["key_"]
    quoted = found["value"] if found["value"] is not None else found["value_"]
    value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found["bare"]
    known = _FIELDS.get(kind)
    if known is not None and (field not in known or (key is None) is (field == "metadata")):
        where = f"http://stripe.com/docs/search#query-fields-for-{kind.replace('_', '-')}s"
        said = f"Field `{field}` is an unsupported search field for resource `{kind}s`."
        raise ApiError(f"{said} See {where} for a list of supported fields.")
    if found["how"] == "~" and (field not in _SUBSTRING or len(value) < _SHORTEST):
        raise ApiError(f"Field `{field}` takes no substring match of `{value}`.", param="query")
    if found["how"] in _COMPARE and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise ApiError(f"Field `{field}` compares with a number, not with `{value}`.", param="query")
    return Clause(field, key, found["how"], value, bool(found["negated"]))
