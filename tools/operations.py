"""Bring the operations of all releases together under one canonical name each."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from tools.merge import Json, Merger
from tools.python_sdk import RawOperation

BRACE = re.compile(r"\{\w+\}")
SINGULAR = {"lines": "line_item", "addresses": "address", "financial_addresses": "financial_address"}


def canonical(template: str) -> str:
    """The template with each brace named after the resource before it: `/v1/payment_intents/{payment_intent}/confirm`."""
    parts = template.split("/")
    for index, part in enumerate(parts):
        if BRACE.fullmatch(part):
            parts[index] = "{" + singular(parts[index - 1]) + "}"
    return "/".join(parts)


def singular(noun: str) -> str:
    """The noun of one element of a collection."""
    if noun in SINGULAR:
        return SINGULAR[noun]
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun.removesuffix("s")


def by_name(found: Sequence[RawOperation]) -> dict[str, RawOperation]:
    """One release's operations; two methods of the SDK that send the same are one."""
    result: dict[str, RawOperation] = {}
    for operation in found:
        name = f"{operation.method} {canonical(operation.template)}"
        before = result.get(name)
        if before:
            operation = msgspec.structs.replace(
                operation, params=before.params | operation.params, returns=tuple(sorted({*before.returns, *operation.returns}))
            )
        result[name] = operation
    return result


def merged(releases: Sequence[dict[str, RawOperation] | None], merger: Merger, deletable: frozenset[str]) -> dict[str, Json]:
    """The table of operations: answer, lifetime, parameters. `releases` has an entry per edition, null where no release is typed."""
    known = [index for index, release in enumerate(releases) if release is not None]
    rows: dict[str, Json] = {}
    for name in sorted({name for release in releases if release for name in release}, key=lambda name: (name.split()[1], name)):
        present = [index for index in known if name in (releases[index] or {})]
        newest = (releases[present[-1]] or {})[name]
        row: dict[str, Json] = {"returns": "|".join(newest.returns), "shape": shape(newest, deletable)}
        if present[0] != known[0]:
            row["since"] = merger.editions[present[0]]
        if present[-1] != known[-1]:
            row["until"] = merger.editions[present[-1] + 1]
        trees = [release[name].params if release and name in release else None for release in releases]
        rows[name] = row | {"params": merger.params(trees)}
    return rows


def shape(operation: RawOperation, deletable: frozenset[str]) -> str:
    """`deleted` where a DELETE answers `{id, object, deleted}`: a type that has a `deleted` field."""
    gone = operation.method == "DELETE" and bool(deletable & set(operation.returns))
    return "deleted" if gone else operation.shape
