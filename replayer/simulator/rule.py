"""A rule: what one operation does, and what it says of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from replayer.simulator.calls import Answer, Call


class Rule(msgspec.Struct, frozen=True):
    """What an operation does; without `run` the generic treatment is what Stripe does too.

    `computed` are the parameters (wire names without indexes, covering what is nested in them) that change an answer, an effect or money as
    they would at Stripe; `inert` those that move no money, status or existence, each with the source of that claim. The verdict trusts this
    table: a parameter in neither is echoed only.
    """

    run: Callable[[Call], Answer] | None = None
    computed: tuple[str, ...] = ()
    inert: Mapping[str, str] = {}


ARBITRARY = "Stripe API reference: an arbitrary string attached to the object, displayed only"
METADATA = "Stripe API reference: key-value pairs attached to the object; Stripe does not act on them"
CONTACT = "Stripe API reference: contact data of the customer; displayed, and used for mail only"
DESCRIPTOR = "Stripe API reference: text on the customer's statement"
RECEIPT = "Stripe API reference: where the receipt is mailed to"
SHIPPING = "Stripe API reference: shipping information; no tax is computed from it on this object"
LOCALES = "Stripe API reference: the customer's preferred languages, for mail and documents"
REASON = "Stripe API reference: the reason that is displayed; one of the listed values"
GROUP = "Stripe API reference: a string that identifies the payment as part of a group"
PAGES = ("limit", "starting_after", "ending_before")
