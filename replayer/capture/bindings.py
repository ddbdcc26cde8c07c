"""Bindings: recorded id to live id, learned from pairs of answers, applied everywhere an id can stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from replayer.model import Request
from replayer.stripeapi.ids import ID, ids_in, is_id, texts_in

_SECRET = "_secret_"


class Bindings:
    """Recorded id to live id, for one arm over one source.

    `given` are ids that stand for themselves: the baseline where the target holds it, and what a user bound by hand.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        self.live: dict[str, str] = {identifier: identifier for identifier in given}
        self._unanswered: set[str] = set()

    def bind(self, recorded: str, live: str) -> None:
        """Bind one id; a later binding wins."""
        self.live[recorded] = live
        self._unanswered.discard(recorded)

    def lack(self, identifiers: Iterable[str]) -> None:
        """Note ids that this arm has nothing for: what names one is not sent."""
        self._unanswered.update(identifier for identifier in identifiers if identifier not in self.live)

    def learn(self, recorded: Any, live: Any) -> None:
        """Learn from a recorded answer and the live one to the same call, aligned by structure."""
        self._pair(recorded, live)

    def miss(self, recorded: Any) -> None:
        """Note what a recorded answer holds and no live answer will show: the ids in it are unbound."""
        self._unanswered.update(identifier for identifier in ids_in(recorded) if identifier not in self.live)

    def unbound(self, request: Request) -> str | None:
        """The first recorded id in a request that an earlier answer gave and this arm has not got; null where there is none."""
        if not self._unanswered:
            return None
        texts = [*(unquote(part) for part in request.path.split("/")), *texts_in(request.params), request.account or ""]
        for text in texts:
            if text in self._unanswered:
                return text
            if "_" in text:
                for found in ID.findall(text):
                    if found in self._unanswered:
                        return str(found)
        return None

    def substitute(self, request: Request) -> Request:
        """The request with every recorded id replaced by the live one."""
        if not self.live:
            return request
        path = "/".join(self._segment(part) for part in request.path.split("/"))
        params = self._replace(request.params)
        account = self._text(request.account) if request.account else request.account
        if path == request.path and params is request.params and account == request.account:
            return request
        return msgspec.structs.replace(request, path=path, params=params, account=account)

    def _segment(self, part: str) -> str:
        plain = unquote(part)
        live = self.live.get(plain)
        return part if live is None or live == plain else quote(live, safe="")

    def _text(self, text: str) -> str:
        live = self.live.get(text)
        if live is not None:
            return live
        return ID.sub(lambda found: self.live.get(found.group(), found.group()), text) if "_" in text else text

    def _replace(self, value: Any) -> Any:
        """The value with ids replaced; the same object where nothing changed."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            changed = {key: self._replace(child) for key, child in value.items()}
            return changed if any(changed[key] is not value[key] for key in value) else value
        if isinstance(value, list):
            items = [self._replace(child) for child in value]
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        return value

    def _pair(self, recorded: Any, live: Any) -> None:
        if isinstance(recorded, dict):
            if isinstance(live, str) and isinstance(recorded.get("id"), str):
                self._leaf(recorded["id"], live)
                return
            if not isinstance(live, dict) or recorded.get("object") != live.get("object"):
                self.miss(recorded)
                return
            for key, value in recorded.items():
                kind = type(value)
                if kind is not str and kind is not dict and kind is not list:
                    continue
                if key in live:
                    if kind is not str:
                        self._pair(value, live[key])
                    elif key == "id" or "_" in value:
                        self._leaf(value, live[key], identity=key == "id" and "object" in recorded)
                else:
                    self.miss(value if not isinstance(value, str) or key != "id" else {"id": value, "object": ""})
        elif isinstance(recorded, list):
            if not isinstance(live, list):
                self.miss(recorded)
                return
            for mine, other in self._elements(recorded, live):
                self._pair(mine, other)
        elif isinstance(recorded, str):
            self._leaf(recorded, live)

    def _elements(self, recorded: list[Any], live: list[Any]) -> Iterable[tuple[Any, Any]]:
        """Pair list elements: those already bound by their ids, the others in order."""
        if not any(isinstance(item, dict) and isinstance(item.get("id"), str) for item in recorded):
            yield from zip(recorded, [*live, *[None] * (len(recorded) - len(live))], strict=False)
            return
        places = {item["id"]: place for place, item in enumerate(live) if isinstance(item, dict) and isinstance(item.get("id"), str)}
        known = {place: places.get(self.live.get(_id(item), "")) for place, item in enumerate(recorded)}
        taken = {place for place in known.values() if place is not None}
        rest = iter([item for place, item in enumerate(live) if place not in taken])
        for place, item in enumerate(recorded):
            at = known[place]
            yield item, live[at] if at is not None else next(rest, None)

    def _leaf(self, recorded: str, live: Any, *, identity: bool = False) -> None:
        if recorded in self.live or ("_" not in recorded and not identity):
            return
        if isinstance(live, dict) and is_id(recorded) and isinstance(live.get("id"), str):
            live = live["id"]
        if not isinstance(live, str):
            self.miss({"id": recorded, "object": ""} if identity else recorded)
        elif identity or _same_kind(recorded, live):
            self.bind(recorded, live)
        elif _SECRET in recorded and _SECRET in live:
            self.bind(recorded, live)
            self._leaf(recorded.partition(_SECRET)[0], live.partition(_SECRET)[0])


def _same_kind(recorded: str, live: str) -> bool:
    return is_id(recorded) and recorded.rpartition("_")[0] == live.rpartition("_")[0]


def _id(item: Any) -> str:
    return str(item.get("id")) if isinstance(item, dict) else ""
