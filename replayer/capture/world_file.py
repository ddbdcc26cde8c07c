"""`world.yaml`: the world as a table that people read and edit, one fact a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from replayer.model import InputError, World
from replayer.model.settings_file import place_of, read_yaml, require_known
from replayer.model.world import Fact

TABLES: dict[str, type[Fact]] = {name: get_args(hint)[0] for name, hint in get_type_hints(World).items()}
_HEAD = """\
# The world: facts that no target can compute and both arms take as given. Read by `replayer world`; edit it as you like.
# A fact that is used outside the conditions it names makes the money that rests on it "assumed".
"""
_WIDE = 100_000
_EXACT = frozenset({"percentage", "percent", "rate"})
_REQUIRED = object()
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]*")


def load_world(file: Path) -> World:
    """Read a world; raises InputError with file, line and column, and the closest known key."""
    data = read_yaml(file)
    if data is None:
        return World()
    if not isinstance(data, Mapping):
        raise InputError("a world is a mapping of tables", place=f"{file}:1:1", hint=f"the tables are {', '.join(TABLES)}")
    require_known(data, tuple(TABLES), file, "a world")
    return World(**{name: _table(file, data, name) for name in data})


def _table(file: Path, data: Any, name: str) -> list[Any]:
    rows = data[name]
    if not isinstance(rows, list):
        raise InputError(f"`{name}` is a list of facts", place=place_of(file, data, name))
    return [_fact(file, rows, position, TABLES[name], name) for position in range(len(rows))]


def _fact(file: Path, rows: Any, position: int, kind: type[Fact], table: str) -> Fact:
    row, place = rows[position], place_of(file, rows, position)
    if not isinstance(row, Mapping):
        raise InputError(f"a fact of `{table}` is a mapping", place=place, hint=f"its keys are {', '.join(kind.__struct_fields__)}")
    require_known(row, kind.__struct_fields__, file, f"a fact of `{table}`")
    try:
        return msgspec.convert(_plain(row), kind)
    except msgspec.ValidationError as error:
        text = str(error)
        field = next((name for name in row if f"`$.{name}" in text), None)
        where = place_of(file, row, field) if field is not None else place
        raise InputError(f"this fact of `{table}` cannot be read: {text}", place=where) from None


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without ruamel's types; where digits are meant exactly, a number is as it is written."""
    return {str(name): _number_text(value) if name in _EXACT else _simple(value) for name, value in row.items()}


def _number_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _simple(value)


def _simple(value: Any) -> Any:
    if isinstance(value, datetime):  # a time without a zone is UTC
        return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_simple(one) for one in value]
    return next((kind(value) for kind in (bool, int, float, str) if isinstance(value, kind)), value)


def dump_world(world: World) -> str:
    """A world as `world.yaml` holds it."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    yaml = YAML(typ="rt")
    yaml.width = _WIDE
    yaml.representer.ignore_aliases = lambda *_: True
    data = CommentedMap()
    for name in TABLES:
        facts = getattr(world, name)
        if facts:
            data[name] = CommentedSeq(_row(fact) for fact in facts)
    stream = StringIO()
    stream.write(_HEAD)
    if data:
        yaml.dump(data, stream)
    return stream.getvalue()


def _row(fact: Fact) -> Any:
    from ruamel.yaml.comments import CommentedMap

    names = [*(name for name in fact.__struct_fields__ if name != "source"), "source"]
    defaults = dict(zip(fact.__struct_fields__[::-1], fact.__struct_defaults__[::-1], strict=False))
    row = CommentedMap((name, _written(name, value)) for name in names if (value := getattr(fact, name)) != defaults.get(name, _REQUIRED))
    row.fa.set_flow_style()
    return row


def _written(name: str, value: Any) -> Any:
    """A value as it is written: a rate as a number where that is the same, a text with marks in it in quotes."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, list):
        return [_written(name, one) for one in value]
    if name not in _EXACT:
        return DoubleQuotedScalarString(value) if isinstance(value, str) and not _WORD.fullmatch(value) else value
    number = float(value)
    plain = int(number) if number.is_integer() else number
    return plain if str(plain) == value else value
