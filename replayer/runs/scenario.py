"""A scenario: a folder whose `scenario.yaml` names capture, target, candidate, selection, expectations and gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.select import Selection
from replayer.capture.stimuli.file import load_stimuli
from replayer.capture.world_file import load_world
from replayer.diff.expect import ACCEPT_CALLS, Expectation, ExpectedCall
from replayer.diff.intent import Intent, Who, parse_age, parse_aim, parse_share
from replayer.model import InputError
from replayer.model.settings_file import place_of, read_yaml, require_known
from replayer.replay.bind_rules import BindRule
from replayer.replay.horizon import DEFAULT, parse_horizon
from replayer.runs.noise_file import FILE as NOISE_FILE
from replayer.runs.spec import RunSpec
from replayer.stripeapi.catalogue import catalogue

FILE = "scenario.yaml"
KEYS = (
    "capture",
    "target",
    "candidate",
    "select",
    "bind",
    "world",
    "stimuli",
    "horizon",
    "expect",
    "gates",
    "accept_origin",
    "accept_gaps",
)
EXPECT = ("calls", "who", "what", "share")
WHO = {"price": "prices", "product": "products", "country": "countries", "metadata": "metadata", "age": "age"}
SELECT = ("customer", "operation", "chain", "source", "since", "until")


def load_scenario(folder: Path, out: Path, **overrides: Any) -> RunSpec:
    """Read a scenario's folder into what to run. Paths in it are relative to its file; errors name file, line and column."""
    file = folder / FILE
    data = _read(file)
    require_known(data, KEYS, file)
    if "capture" not in data:
        raise InputError("a scenario names its `capture`", place=f"{file}:1:1")
    bind = _bind(file, data)
    spec: dict[str, Any] = {
        "capture": _path(file, data, "capture"),
        "candidate": _path(file, data, "candidate") if "candidate" in data else None,
        "target": str(data.get("target", "simulator")),
        "selection": _selection(file, data),
        "bind": {name: rule for name, rule in bind.items() if isinstance(rule, str)},
        "rules": {name: rule for name, rule in bind.items() if not isinstance(rule, str)},
        "expectation": _expectation(file, data),
        "gates": _gates(file, data),
        "horizon": _horizon(file, data),
        "world": _world(file, data),
        "stimuli": _stimuli(file, data),
        "accept_origin": _flag(file, data, "accept_origin"),
        "accept_gaps": _flag(file, data, "accept_gaps"),
        "noise": folder / NOISE_FILE,
    }
    return RunSpec(out=out, **{**spec, **{name: value for name, value in overrides.items() if value is not None}})


def _read(file: Path) -> Mapping[str, Any]:
    try:
        data = read_yaml(file)
    except FileNotFoundError:
        raise InputError("there is no such scenario", place=str(file), hint="a scenario is a folder with a scenario.yaml") from None
    if not isinstance(data, Mapping):
        raise InputError("a scenario is a mapping of keys", place=f"{file}:1:1", hint=f"the keys are {', '.join(KEYS)}")
    return data


def _path(file: Path, data: Mapping[str, Any], name: str) -> Path:
    value = data[name]
    if not isinstance(value, str) or not (file.parent / value).exists():
        raise InputError(
            f"`{name}` names {value!r}, which is not there", place=place_of(file, data, name), hint="paths are relative to scenario.yaml"
        )
    return (file.parent / value).resolve()


def _world(file: Path, data: Mapping[str, Any]) -> Path | None:
    if "world" not in data:
        return None
    found = _path(file, data, "world")
    load_world(found)
    return found


def _stimuli(file: Path, data: Mapping[str, Any]) -> Path | None:
    if "stimuli" not in data:
        return None
    found = _path(file, data, "stimuli")
    load_stimuli(found)
    return found


def _selection(file: Path, data: Mapping[str, Any]) -> Selection | None:
    node = data.get("select")
    if node is None:
        return None
    if not isinstance(node, Mapping):
        raise InputError("`select` is a mapping", place=place_of(file, data, "select"), hint=f"its keys are {', '.join(SELECT)}")
    require_known(node, SELECT, file)
    try:
        return Selection(**{name: str(value) for name, value in node.items()})
    except InputError as error:
        raise InputError(error.what, place=place_of(file, data, "select"), hint=error.hint) from None


def _bind(file: Path, data: Mapping[str, Any]) -> dict[str, str | BindRule]:
    node = data.get("bind", {})
    if not isinstance(node, Mapping):
        raise InputError("`bind` maps recorded ids to live ones", place=place_of(file, data, "bind"), hint="price_recorded: price_live")
    return {str(recorded): _bound(file, node, recorded) for recorded in node}


def _bound(file: Path, node: Mapping[str, Any], recorded: Any) -> str | BindRule:
    """What a recorded id is bound to: a live id, or a rule that finds it."""
    live, place = node[recorded], place_of(file, node, recorded)
    if isinstance(live, str) and live:
        return live
    if not isinstance(live, Mapping) or len(live) != 1:
        hint = "a live id, {lookup_key: gold_monthly}, or {metadata: {plan: gold}}"
        raise InputError(f"{recorded} is bound to {live!r}, which is no id and no rule", place=place, hint=hint)
    require_known(live, ("lookup_key", "metadata"), file)
    key, metadata = live.get("lookup_key"), live.get("metadata")
    if "metadata" in live and not (isinstance(metadata, Mapping) and metadata):
        raise InputError("`metadata` is a mapping", place=place_of(file, live, "metadata"), hint="metadata: {plan: gold}")
    return BindRule(str(key) if key else None, tuple((str(name), str(text)) for name, text in (metadata or {}).items()), place)


def _expectation(file: Path, data: Mapping[str, Any]) -> Expectation:
    node = data.get("expect")
    if node is None:
        return Expectation()
    if not isinstance(node, Mapping):
        raise InputError("`expect` is a mapping", place=place_of(file, data, "expect"), hint=f"its keys are {', '.join(EXPECT)}")
    require_known(node, EXPECT, file)
    intent = _intent(file, node) if {"who", "what", "share"} & node.keys() else None
    calls = node.get("calls", "all" if intent is not None else None)
    if calls is True or calls == "all":
        return msgspec.structs.replace(ACCEPT_CALLS, intent=intent)
    if not isinstance(calls, list):
        raise InputError("`calls` is a list, or `all`", place=place_of(file, node, "calls"), hint="- operation: POST /v1/subscriptions")
    return Expectation(tuple(_expected_call(file, calls, position) for position in range(len(calls))), intent)


def _intent(file: Path, node: Mapping[str, Any]) -> Intent:
    """What is meant to come of the release: `who`, `what`, `share`."""
    what = node.get("what")
    if not isinstance(what, list) or not what:
        place = place_of(file, node, next(name for name in ("what", "who", "share") if name in node))
        raise InputError("an intent says in `what`, a list, what is to change", place=place, hint="- next bill +500 usd")
    aims = tuple(_parsed(parse_aim, str(text), place_of(file, what, position)) for position, text in enumerate(what))
    share = _parsed(parse_share, str(node["share"]), place_of(file, node, "share")) if "share" in node else None
    return Intent(aims, _who(file, node), share)


def _who(file: Path, node: Mapping[str, Any]) -> Who:
    given = node.get("who")
    if given is None:
        return Who()
    if not isinstance(given, Mapping) or not given:
        raise InputError("`who` is a mapping", place=place_of(file, node, "who"), hint=f"its keys are {', '.join(WHO)}")
    require_known(given, tuple(WHO), file)
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if value is None or value in ([], {}, "") or (isinstance(value, list) and None in value):
            raise InputError(
                f"`{name}` is empty, which would mean everybody", place=place_of(file, given, name), hint="name it, or leave it out"
            )
        if name == "age":
            fields |= _parsed(parse_age, str(value), place_of(file, given, name))
        elif name == "metadata":
            if not isinstance(value, Mapping):
                raise InputError("`metadata` is a mapping", place=place_of(file, given, name), hint="plan: gold")
            fields["metadata"] = frozenset((str(key), str(text)) for key, text in value.items())
        else:
            fields[WHO[name]] = frozenset(map(str, value if isinstance(value, list) else [value]))
    return Who(**fields)


def _parsed[T](parse: Callable[[str], T], text: str, place: str) -> T:
    try:
        return parse(text)
    except InputError as error:
        raise InputError(error.what, place=place, hint=error.hint) from None


def _expected_call(file: Path, calls: list[Any], position: int) -> ExpectedCall:
    item = calls[position]
    if not isinstance(item, Mapping):
        raise InputError("an expected call is a mapping", place=place_of(file, calls, position), hint="operation: POST /v1/subscriptions")
    require_known(item, ("operation", "parameter"), file)
    if not item or not all(isinstance(value, str) and value for value in item.values()):
        hint = "operation: POST /v1/subscriptions (`calls: all` accepts every change)"
        raise InputError("an expected call names an operation, a parameter, or both", place=place_of(file, calls, position), hint=hint)
    operation = item.get("operation")
    if operation is not None and catalogue().canonical(str(operation)) is None:
        near = catalogue().nearest(str(operation))
        raise InputError(f"no operation is called {operation!r}", place=place_of(file, item, "operation"), hint=f"did you mean {near!r}?")
    return ExpectedCall(operation, item.get("parameter"))


def _gates(file: Path, data: Mapping[str, Any]) -> tuple[str, ...]:
    node = data.get("gates", [])
    if not isinstance(node, list) or not all(isinstance(gate, str) for gate in node):
        raise InputError("`gates` is a list of conditions", place=place_of(file, data, "gates"), hint='- "money == 0"')
    from replayer.diff.gates import parse_gate

    for position, gate in enumerate(node):
        try:
            parse_gate(gate)
        except InputError as error:
            raise InputError(error.what, place=place_of(file, node, position), hint=error.hint) from None
    return tuple(node)


def _horizon(file: Path, data: Mapping[str, Any]) -> str:
    text = str(data.get("horizon", DEFAULT))
    try:
        parse_horizon(text)
    except InputError as error:
        raise InputError(error.what, place=place_of(file, data, "horizon"), hint=error.hint) from None
    return text


def _flag(file: Path, data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise InputError(f"`{name}` is true or false", place=place_of(file, data, name))
    return value
