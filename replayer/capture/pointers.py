"""What a call's parameters only point at: objects that the call does not change, though it names them.

A write may change whatever it names; these are what Stripe's API reference says of the others. A payment method that is made somebody's
default must be attached already, and stays as it is; attaching one changes no customer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from replayer.model import Request
from replayer.stripeapi.ids import find_ids, texts_in

_DEFAULT = ("default_payment_method",)
_INVOICES_DEFAULT = ("invoice_settings", "default_payment_method")
_PLACES: dict[str, tuple[tuple[str, ...], ...]] = {
    "POST /v1/payment_methods/{payment_method}/attach": (("customer",),),
    "POST /v1/customers/{customer}": (_INVOICES_DEFAULT,),
    "POST /v1/subscriptions": (_DEFAULT,),
    "POST /v1/subscriptions/{subscription}": (_DEFAULT,),
    "POST /v1/invoices": (_DEFAULT,),
    "POST /v1/invoices/{invoice}": (_DEFAULT,),
}


def pointed_at(operation: str, request: Request) -> set[str]:
    """The ids that a request names at such places and nowhere else."""
    places = _PLACES.get(operation)
    if places is None:
        return set()
    found = {identifier for place in places for identifier in find_ids(_at(request.params, place))}
    others = [request.path, *(text for place, text in _texts(request.params) if place not in places)]
    return found.difference(*(find_ids(text) for text in others))


def _at(params: Any, place: tuple[str, ...]) -> str:
    for name in place:
        params = params.get(name) if isinstance(params, Mapping) else None
    return params if isinstance(params, str) else ""


def _texts(params: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in params.items():
        if isinstance(value, Mapping):
            yield from _texts(value, (*place, name))
        else:
            yield from (((*place, name), text) for text in texts_in(value))
