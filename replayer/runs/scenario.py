"""A scenario: a folder whose `scenario.yaml` names capture, target, candidate, selection, expectations and gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.select import Selection
from replayer.diff.expect import ACCEPT_CALLS, Expectation, ExpectedCall
from replayer.diff.intent import Intent, Who, parse_age, parse_aim, parse_share
from replayer.model import InputError
from replayer.replay.bind_rules import BindRule
from replayer.replay.horizon import DEFAULT, parse_horizon
from replayer.runs.run import RunSpec
from replayer.stripeapi.catalogue import catalogue

FILE = "scenario.yaml"
KEYS = ("capture", "target", "candidate", "select", "bind", "world", "stimuli", "horizon", "expect", "gates", "accept_origin")
LATER = frozenset({"world", "stimuli"})
EXPECT = ("calls", "who", "what", "share")
WHO = {"price": "prices", "product": "products", "country": "countries", "metadata": "metadata", "age": "age"}
SELECT = ("customer", "operation", "chain", "source", "since", "until")


def load_scenario(folder: Path, out: Path, **overrides: Any) -> RunSpec:
    """Read a scenario's folder into what to run. Paths in it are relative to its file; errors name file, line and column."""
    file = folder / FILE
    data = _read(file)
    _known(data, KEYS, file, data)
    for name in LATER & data.keys():
        raise InputError(
            f"`{name}` is not read by this release", place=_place(file, data, name), hint="remove it; see README, what it cannot judge yet"
        )
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
        "accept_origin": _flag(file, data, "accept_origin"),
    }
    return RunSpec(out=out, **{**spec, **{name: value for name, value in overrides.items() if value is not None}})


def _read(file: Path) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        data = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"this is not UTF-8: {error.reason}", place=str(file)) from error
    except FileNotFoundError:
        raise InputError("there is no such scenario", place=str(file), hint="a scenario is a folder with a scenario.yaml") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise InputError(f"this is not YAML: {error.problem}", place=place) from error
    if not isinstance(data, Mapping):
        raise InputError("a scenario is a mapping of keys", place=f"{file}:1:1", hint=f"the keys are {', '.join(KEYS)}")
    return data


def _known(node: Mapping[str, Any], keys: Sequence[str], file: Path, data: Any) -> None:
    for name in node:
        if name not in keys:
            near = get_close_matches(str(name), keys, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(keys)}"
            raise InputError(f"`{name}` is no key of a scenario", place=_place(file, node, name), hint=hint)


def _place(file: Path, node: Any, key: Any) -> str:
    """Where a key or an element of a list stands, as ruamel.yaml remembers it."""
    try:
        marks: Any = node.lc
        line, column = marks.key(key) if isinstance(node, Mapping) else marks.item(key)
    except (AttributeError, KeyError):
        return str(file)
    return f"{file}:{line + 1}:{column + 1}"


def _path(file: Path, data: Mapping[str, Any], name: str) -> Path:
    value = data[name]
    if not isinstance(value, str) or not (file.parent / value).exists():
        raise InputError(
            f"`{name}` names {value!r}, which is not there", place=_place(file, data, name), hint="paths are relative to scenario.yaml"
        )
    return (file.parent / value).resolve()


def _selection(file: Path, data: Mapping[str, Any]) -> Selection | None:
    node = data.get("select")
    if node is None:
        return None
    if not isinstance(node, Mapping):
        raise InputError("`select` is a mapping", place=_place(file, data, "select"), hint=f"its keys are {', '.join(SELECT)}")
    _known(node, SELECT, file, data)
    try:
        return Selection(**{name: str(value) for name, value in node.items()})
    except InputError as error:
        raise InputError(error.what, place=_place(file, data, "select"), hint=error.hint) from None


def _bind(file: Path, data: Mapping[str, Any]) -> dict[str, str | BindRule]:
    node = data.get("bind", {})
    if not isinstance(node, Mapping):
        raise InputError("`bind` maps recorded ids to live ones", place=_place(file, data, "bind"), hint="price_recorded: price_live")
    return {str(recorded): _bound(file, node, recorded) for recorded in node}


def _bound(file: Path, node: Mapping[str, Any], recorded: Any) -> str | BindRule:
    """What a recorded id is bound to: a live id, or a rule that finds it."""
    live, place = node[recorded], _place(file, node, recorded)
    if isinstance(live, str) and live:
        return live
    if not isinstance(live, Mapping) or len(live) != 1:
        hint = "a live id, {lookup_key: gold_monthly}, or {metadata: {plan: gold}}"
        raise InputError(f"{recorded} is bound to {live!r}, which is no id and no rule", place=place, hint=hint)
    _known(live, ("lookup_key", "metadata"), file, node)
    key, metadata = live.get("lookup_key"), live.get("metadata")
    if "metadata" in live and not (isinstance(metadata, Mapping) and metadata):
        raise InputError("`metadata` is a mapping", place=_place(file, live, "metadata"), hint="metadata: {plan: gold}")
    return BindRule(str(key) if key else None, tuple((str(name), str(text)) for name, text in (metadata or {}).items()), place)


def _expectation(file: Path, data: Mapping[str, Any]) -> Expectation:
    node = data.get("expect")
    if node is None:
        return Expectation()
    if not isinstance(node, Mapping):
        raise InputError("`expect` is a mapping", place=_place(file, data, "expect"), hint=f"its keys are {', '.join(EXPECT)}")
    _known(node, EXPECT, file, data)
    intent = _intent(file, node) if {"who", "what", "share"} & node.keys() else None
    calls = node.get("calls", "all" if intent is not None else None)
    if calls is True or calls == "all":
        return msgspec.structs.replace(ACCEPT_CALLS, intent=intent)
    if not isinstance(calls, list):
        raise InputError("`calls` is a list, or `all`", place=_place(file, node, "calls"), hint="- operation: POST /v1/subscriptions")
    return Expectation(tuple(_expected_call(file, calls, position) for position in range(len(calls))), intent)


def _intent(file: Path, node: Mapping[str, Any]) -> Intent:
    """What is meant to come of the release: `who`, `what`, `share`."""
    what = node.get("what")
    if not isinstance(what, list) or not what:
        place = _place(file, node, next(name for name in ("what", "who", "share") if name in node))
        raise InputError("an intent says in `what`, a list, what is to change", place=place, hint="- next bill +500 usd")
    aims = tuple(_parsed(parse_aim, str(text), _place(file, what, position)) for position, text in enumerate(what))
    share = _parsed(parse_share, str(node["share"]), _place(file, node, "share")) if "share" in node else None
    return Intent(aims, _who(file, node), share)


def _who(file: Path, node: Mapping[str, Any]) -> Who:
    given = node.get("who")
    if given is None:
        return Who()
    if not isinstance(given, Mapping) or not given:
        raise InputError("`who` is a mapping", place=_place(file, node, "who"), hint=f"its keys are {', '.join(WHO)}")
    _known(given, tuple(WHO), file, node)
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if value is None or value in ([], {}, "") or (isinstance(value, list) and None in value):
            raise InputError(
                f"`{name}` is empty, which would mean everybody", place=_place(file, given, name), hint="name it, or leave it out"
            )
        if name == "age":
            fields |= _parsed(parse_age, str(value), _place(file, given, name))
        elif name == "metadata":
            if not isinstance(value, Mapping):
                raise InputError("`metadata` is a mapping", place=_place(file, given, name), hint="plan: gold")
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
        raise InputError("an expected call is a mapping", place=_place(file, calls, position), hint="operation: POST /v1/subscriptions")
    _known(item, ("operation", "parameter"), file, item)
    if not item or not all(isinstance(value, str) and value for value in item.values()):
        hint = "operation: POST /v1/subscriptions (`calls: all` accepts every change)"
        raise InputError("an expected call names an operation, a parameter, or both", place=_place(file, calls, position), hint=hint)
    operation = item.get("operation")
    if operation is not None and catalogue().canonical(str(operation)) is None:
        near = catalogue().nearest(str(operation))
        raise InputError(f"no operation is called {operation!r}", place=_place(file, item, "operation"), hint=f"did you mean {near!r}?")
    return ExpectedCall(operation, item.get("parameter"))


def _gates(file: Path, data: Mapping[str, Any]) -> tuple[str, ...]:
    node = data.get("gates", [])
    if not isinstance(node, list) or not all(isinstance(gate, str) for gate in node):
        raise InputError("`gates` is a list of conditions", place=_place(file, data, "gates"), hint='- "money == 0"')
    from replayer.diff.gates import parse_gate

    for position, gate in enumerate(node):
        try:
            parse_gate(gate)
        except InputError as error:
            raise InputError(error.what, place=_place(file, node, position), hint=error.hint) from None
    return tuple(node)


def _horizon(file: Path, data: Mapping[str, Any]) -> str:
    text = str(data.get("horizon", DEFAULT))
    try:
        parse_horizon(text)
    except InputError as error:
        raise InputError(error.what, place=_place(file, data, "horizon"), hint=error.hint) from None
    return text


def _flag(file: Path, data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise InputError(f"`{name}` is true or false", place=_place(file, data, name))
    return value
