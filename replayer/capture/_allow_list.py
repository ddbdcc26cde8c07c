"""What of a body stays that is not Stripe's."""

from collections.abc import Sequence
from typing import Any

from replayer.capture._pseudonyms import DROPPED, MARKED, Pseudonyms
from replayer.capture._walk import Walk
from replayer.capture.keep_rules import Rule, is_kept
from replayer.stripeapi.ids import is_id


class AllowList:
    """A walk over a body that is not Stripe's: what a rule names and ids of Stripe's stay.

    Nothing stands for the rest but `~dropped`, or, with `pseudonyms`, what stands for the same text elsewhere. Types and names are not
    asked: a field that is called as one of Stripe's need not hold what that holds.
    """

    def __init__(self, make: Pseudonyms, rules: Sequence[Rule], *, pseudonyms: bool = False) -> None:
        self._rules = rules
        self._walk = Walk(make, version=None, answer=False, rules=rules)
        self._make = make
        self._pseudonyms = pseudonyms

    def value(self, value: Any, place: tuple[str, ...] = ()) -> Any:
        """The value without what no rule allows."""
        if isinstance(value, dict):
            return {name: self._child(name, child, (*place, name)) for name, child in self._walk.named(value)}
        if isinstance(value, list):
            return [self.value(member, place) for member in value]
        if value is None or value == "" or (isinstance(value, str) and (is_id(value) or MARKED.fullmatch(value))):
            return value
        if not self._pseudonyms:
            return DROPPED
        return value if isinstance(value, bool) else self._make.text(str(value))

    def _child(self, name: str, value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, str) and MARKED.fullmatch(value):
            return value
        found = self._walk.special(name, value)
        if found is not None:
            return found
        return self._walk.kept(name, value) if is_kept(self._rules, place) else self.value(value, place)
