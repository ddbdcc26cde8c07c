"""From state to an answer in one API version.

Every hash and list of an answer is made anew, so that nobody's change to an answer reaches the state.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Page
from replayer.simulator.events import Moment, previous
from replayer.simulator.expand import NOTHING, Tree
from replayer.simulator.nodes import Deep, Node, node_of, targets_of
from replayer.simulator.records import Record
from replayer.simulator.view import View, knows_all

EXACT = "exact"  # a list object whose members the simulator knows to be all


class Renderer:
    """Renders for one answer: `version` is the API version, `view` what it may look at.

    `placed` says, by the identity of each hash in the answer, which record it shows; `parts` is what decides the leaves' origins.
    """

    __slots__ = ("parts", "placed", "version", "view")

    def __init__(self, version: str | None, view: View) -> None:
        self.version = version
        self.view = view
        self.placed: dict[int, Record | str] = {}
        self.parts: list[Any] = [version]

    def record(self, record: Record, tree: Tree = NOTHING) -> dict[str, Any]:
        """An object's answer; `tree` names what to expand."""
        self.parts.append(record.shape)
        if record.deleted:
            body: dict[str, Any] = {"id": record.id, "object": record.type, "deleted": True}
        elif record.type == "event" and isinstance(record.values.get("data"), Moment):
            body = self._event(record, record.values["data"])
        else:
            node = node_of(record.type, self.version)
            if record.raw is not None and record.version == self.version:
                body = self._observed(record, node, tree)
            elif node is None:
                body = _detached(record.values)
            else:
                body = self._hash(node, record.values, tree)
                self._lists(record, node, body, tree)
        self.placed[id(body)] = record
        return body

    def _event(self, record: Record, moment: Moment) -> dict[str, Any]:
        """An event, about its object as it was then, in the version of the event."""
        inner = Renderer(record.values.get("api_version"), self.view)
        data: dict[str, Any] = {"object": inner.record(moment.now)}
        if moment.before is not None:
            data["previous_attributes"] = previous(Renderer(inner.version, self.view).record(moment.before), data["object"])
        self.parts.extend(inner.parts)
        self.placed |= inner.placed
        node = node_of("event", self.version)
        assert node is not None
        head = {name: value for name, value in record.values.items() if name != "data"}
        return {**self._hash(node, head, NOTHING), "data": data}

    def _observed(self, record: Record, node: Node | None, tree: Tree) -> dict[str, Any]:
        """A baseline object in the version it was observed in: exactly the fields that it was observed with."""
        raw = record.raw or {}
        body: dict[str, Any] = {}
        late = [name for name in (record.touched | tree.keys()) if name not in raw]
        for name in [*raw, *sorted(late)]:
            if node is None:
                body[name] = _detached(record.values.get(name))
            elif name in node.includable and name not in tree:
                continue
            elif name in node.listings:
                body[name] = self._listing(record, name, node, tree.get(name, NOTHING))
            elif name in record.values and (name in raw or name in node.fields):
                body[name] = self._exact(node.deep.get(name), record.values[name], tree.get(name, NOTHING))
        return body

    def _exact(self, how: Deep | None, value: Any, tree: Tree) -> Any:
        """A value as it is, with nothing added; references are shown whole where asked."""
        if type(value) is dict:
            deep = how.node.deep if how is not None and how.node is not None else {}
            return {name: self._exact(deep.get(name), child, tree.get(name, NOTHING)) for name, child in value.items()}
        if type(value) is list:
            return [self._exact(how.item if how is not None else None, entry, tree) for entry in value]
        return self._value(how, value, tree)

    def _hash(self, node: Node, values: dict[str, Any], tree: Tree) -> dict[str, Any]:
        body = node.skeleton.copy()
        deep, fields, includable = node.deep, node.fields, node.includable
        for name, value in values.items():
            if name not in fields or (name in includable and name not in tree):
                continue
            how = deep.get(name)
            body[name] = value if how is None or value is None else self._value(how, value, tree.get(name, NOTHING) if tree else NOTHING)
        for name, child, is_list in node.fresh:
            if name not in values or values[name] is None:
                body[name] = child.blank() if child is not None else [] if is_list else {}
        return body

    def _value(self, how: Deep | None, value: Any, tree: Tree) -> Any:
        kind = how.kind if how is not None else "any"
        if type(value) is dict:
            if kind == "hash" and how is not None and how.node is not None:
                return self._hash(how.node, value, tree)
            if kind == "object" and how is not None and "id" in value and len(how.targets) == 1:  # as it would be, not as it is
                return self.record(Record(how.targets[0], str(value["id"]), value), tree)
            return _detached(value)
        if type(value) is list:
            item = how.item if how is not None else None
            return [self._value(item, entry, tree) if item is not None else _detached(entry) for entry in value]
        if type(value) is str and how is not None and (kind == "object" or (kind == "expandable" and tree is not NOTHING)):
            return self._reference(how, value, tree)
        return value

    def _reference(self, how: Deep, identifier: str, tree: Tree) -> Any:
        found = self.view.first(how.targets, identifier)
        if found is None:
            return identifier
        self.parts.append(how.kind)
        return self.record(found, tree)

    def _lists(self, record: Record, node: Node, body: dict[str, Any], tree: Tree) -> None:
        for name, field in node.listings.items():
            if (field.includable or field.optional) and name not in tree and not (name in record.values and not field.includable):
                continue
            body[name] = self._listing(record, name, node, tree.get(name, NOTHING))

    def _listing(self, record: Record, name: str, node: Node, tree: Tree) -> dict[str, Any]:
        held = record.values.get(name)
        if isinstance(held, dict) and "data" in held:
            return dict(_detached(held))
        targets = targets_of(node.listings[name].target)
        members = record.held[name] if name in record.held else self.view.members(record, targets)
        if record.raw and name in record.raw:
            members = _ordered(members, record.raw[name])
        inner = tree.get("data", NOTHING)
        body = {
            "object": "list",
            "data": [self.record(member, inner) for member in members],
            "has_more": False,
            "total_count": len(members),
            "url": self.view.listing_url(record, name, targets),
        }
        known = knows_all(targets) and (record.raw is None or name in record.raw)
        self.parts.append((name, bool(members), known))
        self.placed[id(body)] = EXACT if known else "template"
        return body

    def page(self, page: Page, tree: Tree = NOTHING) -> dict[str, Any]:
        """A list's or search's answer."""
        body: dict[str, Any] = {"object": "search_result" if page.search else "list"}
        body["data"] = [self.record(member, tree) for member in page.members]
        body["has_more"] = page.has_more
        if page.search:
            body["next_page"] = page.next_page
        body["url"] = page.url
        self.parts = ["page", page.exact, page.search, *dict.fromkeys(self.parts)]
        self.placed[id(body)] = EXACT if page.exact else "template"
        return body


def _ordered(members: list[Record], observed: tuple[str, ...]) -> list[Record]:
    """New members first, then those that were observed, in the order in which they were."""
    places = {identifier: place for place, identifier in enumerate(observed)}
    return sorted(members, key=lambda member: places.get(member.id, -1))


def _detached(value: Any) -> Any:
    if type(value) is dict:
        return {key: _detached(child) if type(child) is dict or type(child) is list else child for key, child in value.items()}
    if type(value) is list:
        return [_detached(child) if type(child) is dict or type(child) is list else child for child in value]
    return value
