"""What Ruby VCR's and VCR.py's cassettes have in common: interactions of a request and a response, and bodies in many guises."""

import base64
import binascii
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from replayer.capture import wire
from replayer.capture.importers._seam import Problem
from replayer.model import Exchange

Interaction = dict[str, Any]


def read_all(interactions: Any, read: Callable[[Interaction], Exchange]) -> Iterator[Exchange | Problem]:
    """Read interactions one by one; one that is not whole is a problem, and the others come in."""
    if not isinstance(interactions, list):
        yield Problem("", "the interactions are not a list")
        return
    for number, interaction in enumerate(interactions, 1):
        try:
            yield read(interaction)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            yield Problem(f"interaction {number}", _explain(error))


def _explain(error: Exception) -> str:
    """What is wrong, in words of ours: an error's own may quote what must not reach the disk."""
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return str(error) if str(error).startswith("its ") else f"it is not what it should be ({type(error).__name__})"


def message(part: Interaction) -> wire.Message:
    """A request's or response's headers and body."""
    return wire.Message(headers(part.get("headers")), body(part.get("body")))


def headers(found: Any) -> dict[str, str]:
    """Headers as cassettes keep them: a mapping of names to a text or to a list of texts."""
    return wire.headers((_text(name), _text(value)) for name, values in (found or {}).items() for value in _list(values))


def _list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [] if values is None else [values]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def body(found: Any) -> bytes:
    """A body's bytes: a text, binary, `{string}`, `{base64_string}`, a pickled buffer, or JSON that a serialiser unfolded."""
    if found is None:
        return b""
    if isinstance(found, bytes):
        return found
    if isinstance(found, str):
        return _encode(found)
    if isinstance(found, dict):
        return _from_mapping(found)
    return _json(found)


def _encode(text: str) -> bytes:
    """UTF-8, also of a text that YAML escapes left in UTF-16's halves."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _from_mapping(found: dict[str, Any]) -> bytes:
    if "base64_string" in found:
        try:
            return base64.b64decode(found["base64_string"] or "")
        except (binascii.Error, ValueError):
            raise ValueError("its base64 body is broken") from None
    if "string" in found:
        return body(found["string"])
    if "state" in found:  # io.BytesIO, as old VCR.py versions pickled it into the YAML
        return body(found["state"][0])
    return _json(found) if found else b""


def _json(found: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(found)


def status(found: Any) -> int:
    """A status code: a number, or a mapping with a `code`."""
    return int(found["code"] if isinstance(found, dict) else found)


def is_cassette(path: Path) -> bool:
    """Whether a file's name is one that cassettes have."""
    return path.suffix in (".yml", ".yaml", ".json")
