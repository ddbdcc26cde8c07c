"""Write merged trees as compact JSON: what stands in more than one place is kept once, under a name made from its content.

The same trees always give the same bytes, and a line holds at most about 120 characters, so that a difference can be read.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

Json = Any
WORTH = 40  # a reference costs about ten characters and a line of its own
WIDTH = 120
FLAGS = "~?+!^"


class Packer:
    """Finds what is shared between the trees that it is shown, then rewrites them; `shapes` is what they share."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self.shapes: dict[str, Json] = {}

    def observe(self, value: Json) -> None:
        """Count a type and, the first time, what is in it."""
        _, bare = split_flags(value)
        key = dump(bare)
        if len(key) < WORTH:
            return
        self._seen[key] += 1
        if self._seen[key] == 1:
            for child in _inner(bare):
                self.observe(child)

    def rewrite(self, value: Json) -> Json:
        """The type with what is shared replaced by a reference: flags, `#` and a name."""
        flags, bare = split_flags(value)
        key = dump(bare)
        if len(key) < WORTH or self._seen[key] < 2:
            return self._rewrite_inner(value)
        name = hashlib.sha256(key.encode()).hexdigest()[:7]
        if name not in self.shapes:
            self.shapes[name] = None
            self.shapes[name] = self._rewrite_inner(bare)
        return f"{flags}#{name}"

    def _rewrite_inner(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self.rewrite_entry(key, child) for key, child in value.items()}
        if isinstance(value, list):
            return [*value[:-1], self.rewrite(value[-1])]
        return _in_parts(value) if len(value) > WIDTH else value

    def rewrite_entry(self, key: str, child: Json) -> Json:
        """A member of a hash: its flags stay, its alternatives are rewritten one by one."""
        if key == "":
            return child
        return [self.rewrite(option) for option in child] if key == "|" else self.rewrite(child)


def split_flags(value: Json) -> tuple[str, Json]:
    """A type's flags, and the type without them."""
    if isinstance(value, str):
        bare = value.lstrip(FLAGS)
        return value[: len(value) - len(bare)], bare
    if isinstance(value, list):
        return (value[0], value[1:]) if len(value) == 2 else ("", value)
    return value.get("", ""), {key: child for key, child in value.items() if key != ""}


def _in_parts(text: str) -> Json:
    """A long enum in parts: `{"=": ["e", "a|b", "c|d"]}`."""
    flags, bare = split_flags(text)
    code, _, rest = bare.partition(":")
    parts: list[str] = []
    for choice in rest.split("|"):
        if parts and len(parts[-1]) + len(choice) < WIDTH:
            parts[-1] += f"|{choice}"
        else:
            parts.append(choice)
    return {"": flags, "=": [code, *parts]} if flags else {"=": [code, *parts]}


def _inner(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [child for key, each in value.items() if key for child in (each if key == "|" else [each])]
    return [value[-1]] if isinstance(value, list) else []


def dump(value: Json) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def broken(value: Json) -> str:
    """Compact JSON with line breaks inside whatever is wider than a line."""
    text = dump(value)
    if len(text) <= WIDTH or not isinstance(value, dict | list):
        return text
    if isinstance(value, list):
        return "[\n" + ",\n".join(broken(item) for item in value) + "]"
    lines = [f"{dump(key)}:{broken(item)}" for key, item in value.items()]
    return "{\n" + ",\n".join(_filled(lines)) + "}"


def _filled(parts: list[str]) -> list[str]:
    """Short members share a line."""
    lines: list[str] = []
    for part in parts:
        if lines and "\n" not in part and "\n" not in lines[-1] and len(lines[-1]) + len(part) < WIDTH:
            lines[-1] += "," + part
        else:
            lines.append(part)
    return lines


def table(rows: dict[str, Json]) -> str:
    """A JSON object with every row on lines of its own."""
    return "{\n" + ",\n".join(f"{dump(key)}:{broken(value)}" for key, value in rows.items()) + "\n}\n"
