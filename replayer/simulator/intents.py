"""What payment intents and setup intents have in common: which payment methods they offer, and the one they are given.

`automatic_payment_methods` is on by itself since 2023-08-16 (Stripe's API changelog); what it offers is the account's setting.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Call
from replayer.simulator.errors import only_one_of
from replayer.simulator.payment_methods import from_data, usable
from replayer.simulator.records import Record
from replayer.stripeapi.versions import at_least

_OFFERED = ["card", "link"]  # by an account of which nothing else is known
_AUTOMATIC_SINCE = "2023-08-16"


def choices(call: Call, options: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields that say which payment methods are offered, and which of them are world. `options` are the defaults of each method."""
    given, automatic = call.params.get("payment_method_types"), call.params.get("automatic_payment_methods")
    if automatic is None and given is None and at_least(call.version, _AUTOMATIC_SINCE):
        automatic = {"enabled": True}
    if isinstance(given, list) and isinstance(automatic, dict) and automatic.get("enabled") is True:
        raise only_one_of("automatic_payment_methods", "payment_method_types")
    dynamic = isinstance(automatic, dict) and automatic.get("enabled") is not False
    types = given if isinstance(given, list) else offered(call) if dynamic else ["card"]
    asked = call.params.get("payment_method_options")
    asked = asked if isinstance(asked, dict) else {}
    fields = {
        "automatic_payment_methods": {"allow_redirects": "always", **automatic} if isinstance(automatic, dict) else None,
        "payment_method_configuration_details": {"id": _configuration(call), "parent": None} if dynamic else None,
        "payment_method_options": {
            kind: {**options.get(kind, {}), **(asked.get(kind) or {})} for kind in types if kind in {**options, **asked}
        },
        "payment_method_types": types,
    }
    world = dict.fromkeys(("payment_method_configuration_details", "payment_method_options"), "world")
    return fields, world if given is not None else {**world, "payment_method_types": "world"}


def offered(call: Call) -> list[str]:
    """The payment methods that the account offers by itself."""
    return call.store.settings.payment_method_types or _OFFERED


def _configuration(call: Call) -> str:
    known = call.store.all("payment_method_configuration")
    return known[0].id if known else call.store.configuration_id


def method_of(call: Call) -> Record | None:
    """The payment method that a call names or brings."""
    data, given = call.params.get("payment_method_data"), call.params.get("payment_method")
    if isinstance(data, dict):
        return from_data(call, data, "payment_method_data")
    return usable(call, given, "payment_method") if isinstance(given, str) and given else None
