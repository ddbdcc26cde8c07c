"""Keep whole customers: a share of them, chosen by a keyed hash, so that every recorder with the same key chooses the same ones.

What names no customer is kept: whoever is created then is known with all later calls, and so are products, prices and coupons. A call is
left out where it names a customer who is not in the sample, or an object that an earlier call or answer showed to be such a customer's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from replayer.model import InputError, Outcome, Request
from replayer.stripeapi.ids import find_ids, ids_in, is_shared, texts_in

_MOST = 200_000  # objects whose customer is remembered
_HEX = 12


class Sample:
    """Which customers are kept. `digest` is a keyed hash of 12 hex digits, `share` between 0 and 1."""

    def __init__(self, share: float, digest: Callable[[str], str]) -> None:
        self._limit = int(share * float(16**_HEX))
        self._digest = digest
        self._left_out: OrderedDict[str, None] = OrderedDict()

    def keeps(self, request: Request) -> bool:
        """Whether a request is in the sample; what it names together with somebody left out is that customer's from here on."""
        return self._learn(ids_of(request.path, request.params))

    def learn(self, outcome: Outcome) -> None:
        """Learn whose the objects of an answer are."""
        if outcome.body is not None:
            for item in _items(outcome.body):
                self._learn(set(ids_in(item)))

    def _learn(self, names: set[str]) -> bool:
        """Whether none of these ids is of a customer who is left out; where one is, all are that customer's."""
        customers = [name for name in names if name.startswith("cus_")]
        if customers:
            is_out = not any(self.has(name) for name in customers)
        else:
            is_out = any(name in self._left_out for name in names)
        if is_out:
            self._remember(name for name in names if not is_shared(name))
        return not is_out

    def has(self, customer: str) -> bool:
        """Whether a customer is in the sample."""
        return int(self._digest(customer), 16) < self._limit

    def _remember(self, names: Iterable[str]) -> None:
        for name in names:
            self._left_out[name] = None
            self._left_out.move_to_end(name)
        while len(self._left_out) > _MOST:
            self._left_out.popitem(last=False)


def ids_of(path: str, params: Any) -> set[str]:
    """The ids that a request names."""
    return {found for text in (path, *texts_in(params)) for found in find_ids(text)}


def _items(body: Any) -> list[Any]:
    """The objects that stand beside each other in an answer: those of a list have a customer each."""
    data = body.get("data") if isinstance(body, dict) and body.get("object") in ("list", "search_result") else None
    return data if isinstance(data, list) else [body]


def parse_sample(text: str) -> float:
    """Read `customers=5%` as 0.05; raises InputError."""
    name, _, share = text.partition("=")
    try:
        value = float(share.removesuffix("%")) / 100
    except ValueError:
        value = -1.0
    if name != "customers" or not share.endswith("%") or not 0 < value <= 1:
        raise InputError(f"{text!r} is no sample", place="--sample", hint="write customers=5%")
    return value
