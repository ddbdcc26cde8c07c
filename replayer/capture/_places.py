"""What stands where: the places of a hash by their types, and of which texts and numbers a type says that they are harmless."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from replayer.stripeapi import sensitive as known
from replayer.stripeapi.catalogue import Field, Param, catalogue
from replayer.stripeapi.versions import FAMILIES

Spec = Field | Param
NO_FIELDS: Mapping[str, Spec] = {}
_NUMBERS = frozenset({"integer", "number", "decimal", "time"})
_SPECIAL = known.SECRET_NAMES | known.NEVER_STORED | known.BIRTH_NAMES | known.CARD_NUMBER_NAMES | {"payload", "@file"}

# What an error is made of; no SDK describes it in full.
ERROR_FIELDS: dict[str, Spec] = {
    **dict.fromkeys(("code", "decline_code", "type", "advice_code", "network_decline_code"), Field("enum", open=True)),
    **dict.fromkeys(("param", "message", "doc_url"), Field("string")),
}


@lru_cache(maxsize=4096)
def fields_of(object_type: str, version: str | None) -> Mapping[str, Spec]:
    """The fields of a type in a version, and behind them those of every other version: SDKs forget what recordings still hold."""
    found: dict[str, Spec] = {}
    for family in FAMILIES:
        found.update(catalogue().fields(object_type, family))
    found.update(catalogue().fields(object_type, None))
    found.update(catalogue().fields(object_type, version))
    return {**found, "total_count": Field("integer")} if object_type in ("list", "search_result") else found


class Place:
    """A name in a hash: what its values are redacted by, and texts of which that was decided. A special one remembers none."""

    __slots__ = ("_item", "inner", "is_number", "name", "owner", "spec", "texts")

    def __init__(self, name: str, spec: Spec | None, owner: str | None, *, is_plain: bool) -> None:
        needs_look = is_special(name)
        self.name, self.spec, self.owner = name, spec, owner
        self.is_number = spec is not None and not needs_look and not _NUMBERS.isdisjoint(_kinds(spec))
        self.texts: dict[str, str] | None = {} if is_plain and not needs_look else None
        self.inner: dict[str | None, Places] = {}
        self._item: Place | None = None

    def item(self) -> "Place":
        """The place of each of a list's members."""
        if self._item is None:
            item = self.spec.item if self.spec is not None and self.spec.item is not None else self.spec
            self._item = Place(self.name, item, None, is_plain=self.texts is not None)
        return self._item


class Places(dict[str, Place]):
    """The places of a hash, by name, as far as they were asked for. It keeps `children` alive, whose identity it is found by."""

    def __init__(self, owner: str | None, children: Mapping[str, Spec], fields: Mapping[str, Spec]) -> None:
        super().__init__()
        self.owner, self.children, self.fields = owner, children, fields


is_name = lru_cache(maxsize=16384)(known.is_name)


@lru_cache(maxsize=16384)
def is_special(name: str) -> bool:
    """Whether a value under this name needs a look before its type is asked."""
    return name in _SPECIAL or known.is_secret_name(name)


def _kinds(spec: Spec) -> tuple[str, ...]:
    return (spec.kind, *spec.also) if isinstance(spec, Param) else (spec.kind,)


def is_plain_number(name: str, spec: Spec, number: float) -> bool:
    """Whether a JSON number stays: the catalogue says that one belongs here, and it is no card's or account's."""
    return (
        (spec.kind in _NUMBERS or any(kind in _NUMBERS for kind in _kinds(spec))) and abs(number) < known.LARGEST and not is_special(name)
    )


def may_stay(name: str, text: str, spec: Spec, answer: bool) -> bool:
    """Whether a typed text stays; `answer`: it came from Stripe, whose own words it may be."""
    kinds = _kinds(spec)
    if text in spec.choices or any(_is_written_as(kind, text) for kind in kinds):
        return True
    shape = _shape(name)
    if shape is not None and shape.fullmatch(text):
        return True
    is_word = "enum" in kinds or name in known.VOCABULARY
    return answer and is_word and known.WORD.fullmatch(text) is not None and not known.has_secret(text)


def _is_written_as(kind: str, text: str) -> bool:
    """Whether a text is a number or a time as the wire writes them."""
    if kind == "time":
        return known.TIMESTAMP.fullmatch(text) is not None
    return kind in _NUMBERS and known.NUMBER.fullmatch(text) is not None


_SHAPES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(known.DIGITS, re.compile(r"[0-9]{1,4}")),
    "currency": known.CURRENCY,
    "currencies": known.CURRENCY,
    "country": known.COUNTRY,
    "locale": known.LOCALE,
    "preferred_locales": known.LOCALE,
    "api_version": known.VERSION,
    "doc_url": known.DOCUMENTATION,
}


@cache
def _shape(name: str) -> re.Pattern[str] | None:
    """The shape that a typed text of this name must have to be harmless, null where no shape makes it so."""
    if name.endswith("_currency"):
        return known.CURRENCY
    return known.COUNTRY if name.endswith("_country") else _SHAPES.get(name)
