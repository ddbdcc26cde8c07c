"""Which operation a request is, and which ids its path holds: also for paths that the catalogue does not know."""

from functools import lru_cache
from urllib.parse import unquote

import msgspec

from replayer.stripeapi.catalogue import Operation, catalogue
from replayer.stripeapi.ids import is_id


class Match(msgspec.Struct, frozen=True):
    """A request's operation: its name, the catalogue's entry (null where unknown), and the path's ids with the names of their braces."""

    name: str
    operation: Operation | None
    path_ids: tuple[tuple[str, str], ...]

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return not self.name.startswith("GET ")


@lru_cache(maxsize=8192)
def match(method: str, path: str) -> Match:
    """Match a method and a concrete path. An unknown path keeps its words; what looks like an id in it is folded to `{}`."""
    operation = catalogue().operation(method, path)
    parts = path.strip("/").split("/")
    if operation is not None:
        braces = operation.template.strip("/").split("/")
        found = tuple((brace[1:-1], unquote(part)) for brace, part in zip(braces, parts, strict=True) if brace.startswith("{"))
        return Match(operation.name, operation, found)
    folded = "/".join("{}" if is_id(part) else part for part in parts)
    return Match(f"{method} /{folded}", None, tuple(("", part) for part in parts if is_id(part)))
