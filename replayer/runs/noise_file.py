"""`noise.yaml`, beside a scenario: the noise that earlier runs learned, in a form that people can read and edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from replayer.diff.noise import require_coverable
from replayer.model import InputError, NoiseRule
from replayer.model.settings_file import place_of, read_yaml, require_known

FILE = "noise.yaml"
_KEYS = NoiseRule.__struct_fields__
_HEAD = """\
# What two control runs of this scenario answered differently: no difference that a candidate makes.
# Money, currency, status, quantity, existence and times can not stand here. A rule that is not seen again expires.
"""


def read_noise(file: Path) -> list[NoiseRule]:
    """The rules of a file, none where it is not there; raises InputError with line and column."""
    try:
        data = read_yaml(file)
    except FileNotFoundError:
        return []
    if not isinstance(data, list):
        raise InputError("noise is a list of rules", place=f"{file}:1:1", hint=f"each with {', '.join(_KEYS)}")
    return [_rule(file, data, position) for position in range(len(data))]


def _rule(file: Path, data: Any, position: int) -> NoiseRule:
    item, place = data[position], place_of(file, data, position)
    if not isinstance(item, Mapping):
        raise InputError("a noise rule is a mapping", place=place, hint=f"its keys are {', '.join(_KEYS)}")
    require_known(item, _KEYS, file, "a noise rule")
    lacking = [name for name in _KEYS if not item.get(name)]
    if lacking:
        raise InputError(f"a noise rule needs {', '.join(lacking)}", place=place, hint="a rule covers one place, and expires")
    values = {name: str(item[name]) for name in _KEYS}
    for name in ("learned", "expires"):
        try:
            date.fromisoformat(values[name])
        except ValueError:
            raise InputError(f"{values[name]!r} is no day", place=place_of(file, item, name), hint="2026-11-26") from None
    rule = msgspec.convert(values, NoiseRule)
    try:
        require_coverable(rule)
    except InputError as error:
        raise InputError(error.what, place=place_of(file, item, "field"), hint=error.hint) from None
    return rule


def write_noise(file: Path, rules: Iterable[NoiseRule]) -> None:
    """Write rules; the file is replaced as a whole."""
    text = "".join(map(_worded, rules)) or "[]\n"
    draft = file.with_suffix(".draft")
    draft.write_text(_HEAD + text, encoding="utf-8")
    draft.replace(file)


def _worded(rule: NoiseRule) -> str:
    return f"- operation: {rule.operation}\n  field: {_quoted(rule.field)}\n  learned: {rule.learned}\n  expires: {rule.expires}\n"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode() if set(text) & set("[]:#{}\"'") else text
