"""Read a JSON file so that a broken one is named by line and column."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from replayer.capture.importers._seam import broken, line_and_column

_BYTE = re.compile(r"\(byte (\d+)\)")
_BOM = b"\xef\xbb\xbf"


def load(path: Path) -> Any:
    """The content of a JSON file; raises InputError with line and column."""
    return decode(path, path.read_bytes().removeprefix(_BOM))


def decode(path: Path, raw: bytes, line: int = 0) -> Any:
    """Decode JSON; `line` is the line's number where `raw` is one line of a file."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason, offset = _explain(raw, error)
        where = f"{line}:{offset + 1}" if line else line_and_column(raw, offset)
        raise broken(path, where, f"broken JSON: {reason}") from None


def _explain(raw: bytes, error: Exception) -> tuple[str, int]:
    """What is wrong and at which byte; msgspec does not say where a text ends too early."""
    try:
        json.loads(raw)
    except json.JSONDecodeError as known:
        return known.msg, len(known.doc[: known.pos].encode(errors="surrogatepass"))
    except UnicodeDecodeError as known:
        return "it is not UTF-8", known.start
    except (ValueError, RecursionError):
        pass
    found = _BYTE.search(str(error))
    return str(error), int(found[1]) if found else 0
