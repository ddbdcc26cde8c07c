"""Walk a tree of parameters or an answer beside its types, and decide of every leaf whether it may stay."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from replayer.capture._places import ERROR_FIELDS, NO_FIELDS, Place, Places, Spec, fields_of, is_name, is_plain_number, is_special, may_stay
from replayer.capture._pseudonyms import DROPPED, SECRET, Pseudonyms, refuse_card_numbers
from replayer.capture.keep_rules import Rule, is_kept
from replayer.model import Unstorable
from replayer.stripeapi import sensitive as known
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.ids import is_id
from replayer.stripeapi.testdata import is_documented_test_value

_SEGMENT = re.compile(r"[a-z_]*|v[12]")
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+")

_ANY = "*"
_MOST_TYPES, _MOST_NAMES, _MOST_TEXTS = 2000, 500, 64  # what is remembered of each kind of thing


class Walk:
    """One walk over one tree. `answer`: it came from Stripe, so that Stripe's own words may stay where a user could not write."""

    def __init__(
        self, pseudonyms: Pseudonyms, *, version: str | None, answer: bool, rules: Sequence[Rule] = (), meter: bool = False
    ) -> None:
        self._make = pseudonyms
        self._version = version
        self._answer = answer
        self._rules = rules
        self._meter = meter
        self._place: list[str] = []
        self._known: dict[tuple[str | None, int], Places] = {}
        self._ruled = frozenset(name for rule in rules for name in rule)
        self._kept_names = frozenset(rule[-1] for rule in rules)

    def error(self, body: dict[str, Any]) -> dict[str, Any]:
        """Redact an error answer."""
        return {name: self.hash(value, ERROR_FIELDS) if name == "error" and isinstance(value, dict) else self._child(name, value, None)
                for name, value in self.named(body)}  # fmt: skip

    def hash(self, value: dict[str, Any], children: Mapping[str, Spec] = NO_FIELDS) -> dict[str, Any]:
        """Redact a hash whose fields are `children`; an object brings its own fields."""
        kind = value.get("object")
        if "previous_attributes" in value and isinstance(kind, dict):
            return self._event_data(value)
        return self._members(value, self._places(kind if isinstance(kind, str) else None, children))

    def _members(self, value: dict[str, Any], places: Places) -> dict[str, Any]:
        """The inner loop of every recorder: what stays is not touched."""
        result = value.copy()
        for name, child in value.items():
            place = places.get(name)
            if place is None:
                place = self._place_of(name, child, places)
                if place.name != name:
                    return self._renamed(value, places)
            if child is None or child is True or child is False:
                continue
            shape = type(child)
            if shape is str and place.texts is not None:
                found = place.texts.get(child)
                result[name] = self._decided(place, child) if found is None else found
            elif shape is dict:
                kind = child.get("object")
                inner = place.inner.get(kind) if kind is None or type(kind) is str else None
                result[name] = self._at(place, child) if inner is None else self._members(child, inner)
            elif shape is not int or not place.is_number or abs(child) >= known.LARGEST:
                result[name] = self._at(place, child)
        return result

    def _renamed(self, value: dict[str, Any], places: Places) -> dict[str, Any]:
        """The members of a hash of whose names some may not stay."""
        found = ((places.get(name) or self._place_of(name, child, places), child) for name, child in value.items())
        return {place.name: self._at(place, child) for place, child in found}

    def _at(self, place: Place, value: Any) -> Any:
        """Redact what stands at a place; without rules what is decided there of its type and name is decided once."""
        shape = type(value)
        if value is None or shape is bool:
            return value
        if shape is int and place.is_number and abs(value) < known.LARGEST:
            return value
        if place.texts is None or (self._rules and shape is not str):
            return self._child(place.name, value, place.spec, place.owner)
        if shape is str:
            found = place.texts.get(value)
            return self._decided(place, value) if found is None else found
        if shape is dict:
            return self._inner(place, value)
        if shape is list:
            item = place.item()
            return [self._at(item, member) for member in value]
        return self._value(place.name, value, place.spec, place.owner)

    def _inner(self, place: Place, value: dict[str, Any]) -> dict[str, Any]:
        """Redact a hash at a place; which fields it has, by its type, is remembered there."""
        kind = value.get("object")
        is_typed = kind is None or isinstance(kind, str)
        if not is_typed or (place.spec is not None and place.spec.kind == "map"):
            return self._dict(value, place.spec)
        places = place.inner.get(kind)
        if places is None:
            places = self._places(kind, self._children(place.spec))
            if len(place.inner) < _MOST_TEXTS:
                place.inner[kind] = places
        return self._members(value, places)

    def _decided(self, place: Place, text: str) -> str:
        """Decide of a text, and remember it: answers repeat few words."""
        found = self._text(place.name, text, place.spec, place.owner)
        if place.texts is not None and len(place.texts) < _MOST_TEXTS:
            place.texts[text] = found
        return found

    def _places(self, kind: str | None, children: Mapping[str, Spec]) -> Places:
        """The places of a hash, by its type's fields or those that its place gives it."""
        places = self._known.get((kind, id(children)))
        if places is None:
            if len(self._known) >= _MOST_TYPES:
                self._known.clear()
            fields = (fields_of(kind, self._version) if kind is not None else NO_FIELDS) or children
            places = self._known[kind, id(children)] = Places(kind, children, fields)
        return places

    def _place_of(self, name: str, value: Any, places: Places) -> Place:
        spec = places.fields.get(name)
        is_clear = spec is not None or is_name(name)
        is_plain = self._kept_names.isdisjoint((name, _ANY))
        place = Place(name if is_clear else self._name(name, value), spec, places.owner, is_plain=is_plain)
        if is_clear and len(places) < _MOST_NAMES:
            places[name] = place
        return place

    def _event_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """An event's data: what changed is a part of the object that it is about."""
        kind = data["object"].get("object")
        changed = fields_of(kind, self._version) if isinstance(kind, str) else NO_FIELDS
        result = {}
        for name, value in self.named(data):
            is_changed = name == "previous_attributes" and isinstance(value, dict)
            result[name] = self.hash(value, changed) if is_changed else self._child(name, value, None)
        return result

    def named(self, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The members of a hash under the names that they may have: what is decided of a value is decided by that name, twice alike."""
        return ((name if is_name(name) else self._name(name, child), child) for name, child in value.items())

    def _name(self, name: str, value: Any) -> str:
        """What a name becomes that does not read like one: a rule may keep it, and an upload's is ours (`wire`)."""
        is_upload = name == "@file" and isinstance(value, dict)
        return name if is_upload or name in self._ruled else self._make.text(name)

    def _child(self, name: str, value: Any, spec: Spec | None, owner: Any = None) -> Any:
        if value is None or value is True or value is False or value == "":
            return value
        if is_special(name):
            found = self._special(name, value)
            if found is not None:
                return found
        if not self._rules:
            return self._value(name, value, spec, owner)
        self._place.append(name)
        try:
            return self._kept(value) if is_kept(self._rules, self._place) else self._value(name, value, spec, owner)
        finally:
            self._place.pop()

    def _kept(self, value: Any) -> Any:
        """What a rule keeps, but for what no rule may keep."""
        if isinstance(value, dict):
            return {name: self.kept(name, child) for name, child in self.named(value)}
        if isinstance(value, list):
            return [self._kept(member) for member in value]
        if isinstance(value, str) and known.has_secret(value):
            return self._make.secret(value)
        if isinstance(value, str | int | float):
            refuse_card_numbers(str(value))
        return value

    def kept(self, name: str, value: Any) -> Any:
        """What a rule keeps under a name, but for what no rule may keep."""
        found = self.special(name, value)
        return self._kept(value) if found is None else found

    def _value(self, name: str, value: Any, spec: Spec | None, owner: Any) -> Any:
        if isinstance(value, str):
            return self._text(name, value, spec, owner)
        if isinstance(value, dict):
            return self._dict(value, spec)
        if isinstance(value, list):
            item = spec.item if spec is not None and spec.item is not None else spec
            return [self._member(name, member, item) for member in value]
        return value if spec is not None and is_plain_number(name, spec, value) else self._make.text(str(value))

    def _member(self, name: str, value: Any, spec: Spec | None) -> Any:
        return value if value is None or value is True or value is False else self._value(name, value, spec, None)

    def _dict(self, value: dict[str, Any], spec: Spec | None) -> dict[str, Any]:
        if spec is not None and spec.kind == "map":
            return {name: self._child_of_map(name, child) for name, child in self.named(value)}
        return self.hash(value, self._children(spec))

    def _children(self, spec: Spec | None) -> Mapping[str, Spec]:
        """The fields of a hash that stands where a spec says."""
        target = getattr(spec, "target", None)
        return (spec.children if spec is not None else NO_FIELDS) or (fields_of(target, self._version) if target else NO_FIELDS)

    def _child_of_map(self, name: str, value: Any) -> Any:
        """What users write into a map under names of theirs: only ids stay."""
        if not isinstance(value, str) or is_special(name):
            return self._child(name, value, None)
        if self._rules and is_kept(self._rules, (*self._place, name)):
            return self._kept(value)
        return value if is_id(value) else self._make.text(value)

    def special(self, name: str, value: Any) -> Any:
        """What stands for a value that no type and no rule may keep; null where this one is none of those, or says nothing."""
        return None if value is None or isinstance(value, bool) or value == "" or not is_special(name) else self._special(name, value)

    def _special(self, name: str, value: Any) -> Any:
        if name in known.NEVER_STORED:
            return DROPPED
        if known.is_secret_name(name):
            return self._make.secret(value) if isinstance(value, str) else self._bearers(value)
        if name in known.BIRTH_NAMES and isinstance(value, dict):
            return {part: _birthday(part, old) for part, old in self.named(value)}
        if name in known.CARD_NUMBER_NAMES and isinstance(value, str | int) and known.is_card_number(str(value)):
            return self._card_number(name, str(value))
        if name == "@file" and isinstance(value, dict):
            return self._file(value)
        if name == "payload" and self._meter and isinstance(value, dict):
            return {part: self._meter_value(part, old) for part, old in self.named(value)}
        return None

    def _card_number(self, name: str, text: str) -> Any:
        """A documented test card's number stays. `number` is also an invoice's, so that there only a card's own shape tells it."""
        if is_documented_test_value(text):
            return text
        if name == "card_number":
            raise Unstorable("a card number that is no documented test card", hint="record test cards, or keep card numbers with Stripe.js")
        return None

    def _bearers(self, value: Any) -> Any:
        """A hash that holds a bearer keeps its type (`confirmation_secret`), and nothing else of it stays."""
        if not isinstance(value, dict):
            return SECRET
        return {part: self._bearer(part, old) for part, old in self.named(value)}

    def _bearer(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return None if value is None else SECRET
        return value if name == "type" and known.WORD.fullmatch(value) and not known.has_secret(value) else self._make.secret(value)

    def _meter_value(self, name: str, value: Any) -> Any:
        """A meter event's value is money; what else the payload holds is the user's."""
        if name == "value" and known.NUMBER.fullmatch(str(value)):
            return value
        return self._child(name, value, None)

    def _file(self, value: dict[str, Any]) -> dict[str, Any]:
        kind, size = str(value.get("type", "")), value.get("size", 0)
        return {
            "filename": self._make.text(str(value.get("filename", ""))),
            "type": kind if not kind or _MIME.fullmatch(kind) else self._make.text(kind),
            "size": size if isinstance(size, int) else 0,
        }

    def _text(self, name: str, text: str, spec: Spec | None, owner: Any) -> str:
        if is_id(text):
            return text
        if spec is not None and may_stay(name, text, spec, self._answer):
            return text
        handler = _HANDLERS.get(name)
        if handler is not None:
            return handler(self, text, owner)
        target = getattr(spec, "target", None) or known.reference(name)
        return self.identifier(text, target) if target else self._make.text(text)

    def identifier(self, text: str, object_type: str | None) -> str:
        """An id, where one belongs: it stays unless it looks like a person's name or number."""
        return text if known.is_safe_id(text, object_type) else self._make.text(text)

    def _own_id(self, text: str, owner: Any) -> str:
        return self.identifier(text, owner if isinstance(owner, str) else None)

    def _kind(self, text: str, owner: Any) -> str:
        return text if text in _types() or (self._answer and known.OBJECT.fullmatch(text)) else self._make.text(text)

    def _syntax(self, text: str, owner: Any) -> str:
        return text if known.PATH.fullmatch(text) else self._make.text(text)

    def _cursor(self, text: str, owner: Any) -> str:
        return text if known.CURSOR.fullmatch(text) and not known.has_secret(text) else self._make.text(text)

    def _sentence(self, text: str, owner: Any) -> str:
        return self._make.sentence(text) if self._answer else self._make.text(text)

    def _query(self, text: str, owner: Any) -> str:
        return self._make.query(text)

    def _key(self, text: str, owner: Any) -> str:
        return self._make.idempotency_key(text)

    def _type(self, text: str, owner: Any) -> str:
        return text if text in known.catalogue_names() else self._make.text(text)

    def _state(self, text: str, owner: Any) -> str:
        return text if known.is_state(text) else self._make.text(text)

    def _postal_code(self, text: str, owner: Any) -> str:
        return known.postal_area(text) or self._make.text(text)

    def _url(self, text: str, owner: Any) -> str:
        """A list's own url names its path; every other url may be a bearer's or a user's."""
        path, mark, query = text.partition("?")
        if not (self._answer and path.startswith(("/v1/", "/v2/"))):
            return text if known.DOCUMENTATION.fullmatch(text) else self._make.text(text)
        return (
            "/".join(self._segment(part) for part in path.split("/")) + mark + "&".join(map(self._pair, query.split("&") if query else ()))
        )

    def _segment(self, part: str) -> str:
        return part if _SEGMENT.fullmatch(part) else self.identifier(part, "plan")

    def _pair(self, pair: str) -> str:
        name, sign, value = pair.partition("=")
        is_kept = is_id(value) or (name in known.CURSORS and known.CURSOR.fullmatch(value) and not known.has_secret(value))
        return f"{name if is_name(name) else self._make.text(name)}{sign}{value if is_kept else self._make.text(value)}"


@cache
def _types() -> frozenset[str]:
    return frozenset(catalogue().types())


def _birthday(part: str, old: Any) -> Any:
    constant = known.BIRTHDAY.get(part)
    if constant is None or old is None:
        return None
    return constant if isinstance(old, str) else int(constant)


_HANDLERS: dict[str, Callable[[Walk, str, Any], str]] = {
    **dict.fromkeys(known.SENTENCES, Walk._sentence),
    **dict.fromkeys(known.PATHS, Walk._syntax),
    **dict.fromkeys(known.CURSORS, Walk._cursor),
    **dict.fromkeys(known.STATES, Walk._state),
    **dict.fromkeys(known.POSTAL_CODES, Walk._postal_code),
    "object": Walk._kind,
    "type": Walk._type,
    "id": Walk._own_id,
    "query": Walk._query,
    "idempotency_key": Walk._key,
    "url": Walk._url,
    "next_page_url": Walk._url,
    "previous_page_url": Walk._url,
}
