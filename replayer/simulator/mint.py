"""Ids that look like Stripe's, from counters: the same calls make the same ids."""

from __future__ import annotations

from collections.abc import Container

from replayer.stripeapi.ids import PREFIXES

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHORT = frozenset({"cus", "prod", "sub_item", "si", "promo", "we", "req", "cbtxn", "di"})  # 14 characters after the prefix; others have 24
_PREFERRED = {"token": "tok", "charge": "ch", "refund": "re", "dispute": "du", "checkout.session": "cs_test", "item": "li"}


def base62(number: int, width: int) -> str:
    """A number in base 62, of fixed width."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return digits.rjust(width, "0")


def prefix_of(object_type: str) -> str:
    """The prefix of an object type's ids; the beginning of its name where Stripe's is not known."""
    known = _PREFERRED.get(object_type) or _BY_TYPE.get(object_type)
    return known or object_type.replace(".", "_")[:12]


_BY_TYPE: dict[str, str] = {}
for _prefix, _type in PREFIXES.items():
    _BY_TYPE.setdefault(_type, _prefix)


class Mint:
    """Makes ids for one account; `tag` keeps those of two accounts apart, `taken` are ids that the baseline has."""

    def __init__(self, tag: str, taken: Container[str] = ()) -> None:
        self._tag = tag
        self._taken = taken
        self._counts: dict[str, int] = {}

    def fork(self) -> Mint:
        """A mint that goes on from here by itself."""
        other = Mint(self._tag, self._taken)
        other._counts = dict(self._counts)
        return other

    def next(self, prefix: str) -> str:
        """The next id of a prefix that the baseline has not got."""
        while True:
            count = self._counts[prefix] = self._counts.get(prefix, 0) + 1
            head, width = ("S", 13) if prefix in _SHORT else ("1Sim", 20)
            identifier = f"{prefix}_{head}{self._tag}{base62(count, width - len(self._tag))}"
            if identifier not in self._taken:
                return identifier

    def of(self, object_type: str) -> str:
        """The next id of an object type."""
        return self.next(prefix_of(object_type))
