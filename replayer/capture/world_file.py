"""`world.yaml`: the world as a table that people read and edit, one fact a line."""

from __future__ import annotations

from collections.abc import Mapping
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
        return msgspec.convert(msgspec.to_builtins(_plain(row)), kind, strict=False)
    except msgspec.ValidationError as error:
        text = str(error)
        field = next((name for name in row if f"`$.{name}" in text), None)
        where = place_of(file, row, field) if field is not None else place
        raise InputError(f"this fact of `{table}` cannot be read: {text}", place=where) from None


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without ruamel's types; numbers written plainly where a text of digits is meant stay as they are written."""
    return {str(name): [_text(one) for one in value] if isinstance(value, list) else _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value


def dump_world(world: World) -> str:
    """A world as `world.yaml` holds it."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    yaml = YAML(typ="rt")
    yaml.width = _WIDE
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

    fields = msgspec.to_builtins(fact)
    row = CommentedMap((name, fields[name]) for name in (*_own(type(fact)), "source") if fields.get(name) is not None)
    row.fa.set_flow_style()
    return row


def _own(kind: type[Fact]) -> list[str]:
    return [name for name in kind.__struct_fields__ if name != "source"]
