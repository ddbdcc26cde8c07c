"""The catalogue against its sources' figures, against recorded traffic, and against its own packer."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from replayer.stripeapi import forms
from replayer.stripeapi.catalogue import Field, catalogue
from replayer.stripeapi.versions import NEWEST, within
from tools import pack
from tools.releases import EDITIONS, sources

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
DATA = ROOT / "replayer" / "stripeapi" / "data"
PYTHON = {
    "string": str, "decimal": str, "enum": str, "integer": int, "time": int, "number": (int, float), "boolean": bool, "hash": dict, "map": dict,
    "object": dict, "listing": dict, "list": list, "expandable": (str, dict), "any": object,
}  # fmt: skip


@cache
def recorded() -> list[tuple[str, str, str, str, dict[str, Any], Any]]:
    """Version, method, path, what `expand` names, query and form, and the answer (null where it is an error) of every recorded call."""
    if not CORPORA.is_dir():
        pytest.skip("the recorded traffic is not beside this checkout")
    calls = []
    for path in sorted(CORPORA.glob("*/*.y*ml")):
        file = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for each in file.get("http_interactions") or file["interactions"]:
            request, answer = each["request"], each["response"]
            sent, got = ({key.lower(): value for key, value in side["headers"].items()} for side in (request, answer))
            version = (got.get("stripe-version") or sent.get("stripe-version") or ["2019-05-16"])[0]
            body = request["body"] or ""
            where, _, query = re.sub(r"^https://[^/]+", "", request["uri"]).partition("?")
            form = body if isinstance(body, str) else body.get("string") or ""
            params = forms.decode(query) | forms.decode(form if request["method"].upper() == "POST" else "")
            body = json.loads(answer["body"]["string"]) if answer["status"]["code"] == 200 else None
            calls.append((version, request["method"].upper(), where, " ".join(params.get("expand", [])), params, body))
    return calls


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("object"), str) and value["object"] != "list" and not value.get("deleted"):
            yield value
        value = list(value.values())
    for child in value if isinstance(value, list) else ():
        yield from objects(child)


def slots(tree: dict[str, Field], value: dict[str, Any], path: str) -> Iterator[tuple[str, Field, dict[str, Any], str]]:
    """Every field of every hash that is there: its path, what it is, the hash, its name."""
    for name, field in tree.items():
        yield f"{path}.{name}", field, value, name
        held = value.get(name)
        inner = field.item if field.item else field
        for each in held if isinstance(held, list) else [held]:
            if isinstance(each, dict) and inner.kind == "hash":
                yield from slots(inner.children, each, f"{path}.{name}")


def recorded_slots(since: str = "") -> Iterator[tuple[str, Field, dict[str, Any], str]]:
    for version, _, _, _, _, answer in recorded():
        for found in objects(answer) if version >= since else ():
            yield from slots(catalogue().fields(found["object"], version), found, found["object"])


def size(tree: dict[str, Field]) -> int:
    return sum(1 + size(field.children) + (size(field.item.children) if field.item else 0) for field in tree.values())


_SIXTEEN = (
    "customer subscription invoice line_item payment_intent charge refund price plan product checkout.session setup_intent "
    "payment_method balance_transaction account event"
)


@pytest.mark.parametrize(
    ("version", "fields"),  # counted in the release of each version
    [("2023-10-16", 2146), ("2024-06-20", 2278), ("2025-02-24.acacia", 2524), ("2025-08-27.basil", 2629), ("2025-10-29.clover", 2707),
     ("2026-02-25.clover", 2788), ("2026-08-26.dahlia", 2993), ("2026-10-28.endive", 3105)],
)  # fmt: skip
def test_fields_are_as_many_as_the_release_declares(version: str, fields: int) -> None:
    assert sum(size(catalogue().fields(name, version)) for name in _SIXTEEN.split()) == pytest.approx(fields, rel=0.01)


def test_types_are_those_of_all_releases() -> None:
    types = catalogue().types()
    assert len(types) == 187
    assert {"usage_record", "usage_record_summary", "platform_tax_fee", "v2.core.account", "billing.meter"} <= set(types)
    assert sum(size(catalogue().fields(name)) for name in types) == pytest.approx(11153, rel=0.02)


def test_operations_are_as_many_as_the_newest_release_sends_and_four_ended_at_basil() -> None:
    known = catalogue().operations()
    typed = [each for each in known if within(NEWEST, each.since, each.until)]
    assert sum(each.template.startswith("/v2/") for each in typed) == 91
    assert sum(each.template.startswith("/v1/") for each in typed) == pytest.approx(557, abs=30)  # and those kept by hand
    assert [each.name for each in known if each.until] == [
        "GET /v1/invoices/upcoming",
        "GET /v1/invoices/upcoming/lines",
        "GET /v1/subscription_items/{subscription_item}/usage_record_summaries",
        "POST /v1/subscription_items/{subscription_item}/usage_records",
    ]
    assert {each.until for each in known if each.until} == {"2025-03-31.basil"}


def test_every_recorded_request_has_an_operation_that_knows_its_parameters() -> None:
    for version, method, path, _, params, _ in recorded():
        operation = catalogue().operation(method, path)
        assert operation is not None, (method, path)
        assert within(version, operation.since, operation.until), (operation.name, version)
        assert set(params) <= set(operation.params), operation.name


def test_recorded_answers_are_of_the_type_that_the_operation_returns() -> None:
    for _, method, path, _, _, answer in recorded():
        operation = catalogue().operation(method, path)
        if answer and operation and operation.shape == "list":
            assert {each["object"] for each in answer["data"]} <= set((operation.returns or "").split("|")), operation.name
        elif answer and operation:
            assert answer["object"] in (operation.returns or "").split("|"), operation.name


def test_recorded_fields_are_known_and_of_the_declared_kind() -> None:
    seen: Counter[bool] = Counter()
    for version, _, _, _, _, answer in recorded():
        for found in objects(answer):
            seen.update(name in catalogue().fields(found["object"], version) for name in found)
    assert seen[True] / seen.total() >= 0.999
    for path, field, value, name in recorded_slots():
        if value.get(name) is not None:
            assert isinstance(value[name], PYTHON[field.kind]), path


def test_recorded_enum_values_are_among_the_choices() -> None:
    checked = 0
    for path, field, value, name in recorded_slots("2023-10-16"):
        if field.kind == "enum" and isinstance(value.get(name), str):
            checked += 1
            assert value[name] in field.choices, path
    assert checked > 1700


def test_what_an_empty_field_shows_is_as_recorded() -> None:
    """Clover and dahlia. 98.5 % come from declarations alone; what recordings taught is checked on the same recordings."""
    right: Counter[bool] = Counter()
    for path, field, value, name in recorded_slots("2025-10-29"):
        if field.when_empty == "never":
            assert value.get(name) is not None, path
        elif value.get(name) is None:
            right[field.when_empty == ("null" if name in value else "missing")] += 1
    assert right.total() > 13_900
    assert right[True] / right.total() >= 0.999


def test_an_includable_field_is_there_only_where_expand_names_it() -> None:
    there = missing = 0
    for version, _, _, expand, _, answer in recorded():
        for found in objects(answer) if version >= "2025-10-29" else ():
            for name, field in catalogue().fields(found["object"], version).items():
                if field.includable and name in found:
                    there += 1
                    assert name in expand, (found["object"], name)
                elif field.includable:
                    missing += 1
                    assert found is not answer or name not in expand.split(), (found["object"], name)
    assert there > 140
    assert missing > 600


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1/invoices/upcoming", "GET /v1/invoices/upcoming"),
        ("GET", "/v1/invoices/in_1", "GET /v1/invoices/{invoice}"),
        ("GET", "/v1/customers/search?query=x", "GET /v1/customers/search"),
        ("post", "/v1/customers/cus_1/", "POST /v1/customers/{customer}"),
        ("POST", "/v1/payment_intents/pi_1/confirm", "POST /v1/payment_intents/{payment_intent}/confirm"),
        ("POST", "/v1/charges/ch_1/refund", "POST /v1/charges/{charge}/refund"),
        ("POST", "/v1/invoices/upcoming/pay", "POST /v1/invoices/{invoice}/pay"),
        ("GET", "/v1/nothing", None),
        ("PUT", "/v1/customers", None),
        ("GET", "", None),
    ],
)
def test_a_path_names_its_operation(method: str, path: str, name: str | None) -> None:
    found = catalogue().operation(method, path)
    assert (found and found.name) == name


def test_every_operation_is_found_by_a_path_of_its_own_and_by_any_names_in_braces() -> None:
    for each in catalogue().operations():
        assert catalogue().operation(each.method, re.sub(r"\{\w+\}", "x1", each.template)) == each
        assert catalogue().canonical(re.sub(r"\{\w+\}", "{}", each.name)) == each.name
        assert catalogue().canonical(re.sub(r"\{\w+\}", "{anything}", each.name)) == each.name
        assert catalogue().named(each.name) is each


def test_an_unknown_operation_has_no_name_but_a_neighbour() -> None:
    assert catalogue().canonical("POST /v1/custmers") is None
    assert catalogue().nearest("POST /v1/custmers") == "POST /v1/customers"
    assert catalogue().nearest("POST /v1/subscription/{x}") == "POST /v1/subscriptions/{subscription}"
    with pytest.raises(KeyError):
        catalogue().named("POST /v1/custmers")


def test_parameters_say_what_they_take_and_since_when() -> None:
    params = catalogue().named("POST /v1/subscriptions/{subscription}").params
    assert (params["trial_end"].kind, params["trial_end"].also, params["trial_end"].choices) == ("time", ("enum",), ("now",))
    assert (params["coupon"].since, params["coupon"].until) == (None, "2025-03-31.basil")
    assert params["default_source"].clears
    assert not params["items"].clears
    assert catalogue().named("POST /v1/refunds").params["metadata"].kind == "map"
    assert catalogue().named("POST /v1/prices").params["currency"].required


def test_times_are_a_table_by_operation_and_parameter() -> None:
    times = catalogue().times
    assert {"trial_end", "cancel_at", "billing_cycle_anchor", "backdate_start_date"} <= times("POST /v1/subscriptions")
    assert {"phases[][end_date]", "start_date"} <= times("POST /v1/subscription_schedules")
    assert {"created", "created[gte]", "due_date[lt]"} <= times("GET /v1/invoices")
    assert {"timestamp"} <= times("POST /v1/subscription_items/{subscription_item}/usage_records")
    assert not any(
        re.search(r"amount|quantity|days|divide|month|year|hour|seconds", name)
        for each in catalogue().operations()
        for name in times(each.name)
    )


def test_the_committed_data_is_as_the_packer_writes_it() -> None:
    for name in ("operations", "types", "shapes", "editions"):
        text = (DATA / f"{name}.json").read_text(encoding="utf-8")
        assert pack.table(json.loads(text)) == text
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 1_600_000


def test_editions_are_in_order() -> None:
    dates = [edition.date for edition in EDITIONS]
    assert dates == sorted(set(dates)) == list(json.loads((DATA / "editions.json").read_text()))
    assert (DATA / "SOURCES.md").read_text(encoding="utf-8") == sources()
