"""YAML files that users write: read so that every key remembers its line and column, and errors can name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from replayer.model.errors import InputError


def read_yaml(file: Path) -> Any:
    """What a YAML file holds; raises InputError that names the place, FileNotFoundError where there is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"this is not UTF-8: {error.reason}", place=str(file)) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise InputError(f"this is not YAML: {error.problem}", place=place) from error
    except (YAMLError, ValueError) as error:
        raise InputError(f"this is not YAML: {type(error).__name__}", place=str(file)) from error


def require_known(node: Mapping[str, Any], keys: Sequence[str], file: Path, what: str = "a scenario") -> None:
    """Refuse a key that is none, and name the closest one."""
    for name in node:
        if name not in keys:
            near = get_close_matches(str(name), keys, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(keys)}"
            raise InputError(f"`{name}` is no key of {what}", place=place_of(file, node, name), hint=hint)


def place_of(file: Path, node: Any, key: Any) -> str:
    """Where a key or an element of a list stands, as `file:line:column`."""
    try:
        marks: Any = node.lc
        line, column = marks.key(key) if isinstance(node, Mapping) else marks.item(key)
    except (AttributeError, KeyError):
        return str(file)
    return f"{file}:{line + 1}:{column + 1}"
