"""Read cassettes' YAML without executing anything: YAML 1.2, tags give plain data, broken files are named by line and column."""

import re
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from replayer.capture.importers import _json
from replayer.capture.importers._seam import broken
from replayer.model import InputError

_QUOTED = re.compile(r"""(['"])(?!<)[^'"]{3,}\1""")  # what a message quotes of the file may be anybody's


def load(path: Path) -> Any:
    """The content of a cassette, which may be JSON; raises InputError with line and column.

    libyaml (`ruamel.yaml.clib`) is five times as fast where it is installed; it is also the stricter, so that what it refuses is read again
    without it.
    """
    if path.suffix == ".json":
        return _json.load(path)
    raw = path.read_bytes()
    if find_spec("_ruamel_yaml") is not None:
        try:
            return _parse(path, raw, pure=False)
        except InputError:
            pass
    return _parse(path, raw, pure=True)


def _parse(path: Path, raw: bytes, *, pure: bool) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    yaml = YAML(typ="safe", pure=pure)
    yaml.Constructor = _constructor()
    yaml.allow_duplicate_keys = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # the later anchor counts, as YAML says
            return yaml.load(raw)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise broken(path, where, f"broken YAML: {_QUOTED.sub('…', str(error.problem or error.context))}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise broken(path, "", f"broken YAML: {type(error).__name__}") from None


@cache
def _constructor() -> Any:
    """ruamel's safe constructor, made to read what Ruby's and Python's serialisers tag as the plain data it holds."""
    from ruamel.yaml.constructor import SafeConstructor

    class PlainConstructor(SafeConstructor):  # type: ignore[misc,unused-ignore]
        """Never makes an object: an unknown tag's scalar is a text, its sequence a list, its mapping a dict."""

    PlainConstructor.add_constructor("tag:yaml.org,2002:timestamp", _text)
    PlainConstructor.add_constructor("!binary", SafeConstructor.construct_yaml_binary)
    PlainConstructor.add_constructor(None, _plain)
    return PlainConstructor


def _text(constructor: Any, node: Any) -> Any:
    return constructor.construct_scalar(node)


def _plain(constructor: Any, node: Any) -> Any:
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, MappingNode):
        found = constructor.construct_mapping(node, deep=True)
        return found["str"] if str(node.tag).startswith(("!str", "!ruby/string")) and "str" in found else found
    return constructor.construct_sequence(node, deep=True)
