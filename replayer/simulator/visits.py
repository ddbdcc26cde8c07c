"""What a customer does on Stripe's pages or at the bank, as operations of the simulator's own under `/_replayer/`: Stripe has none.

Only paths and parameters are here; what is done is in the file of the noun. Traffic of a user never holds them.
"""

from __future__ import annotations

from replayer.stripeapi.catalogue import Operation, Param

PREFIX = "/_replayer/"
_TEXT, _COUNT = Param("string"), Param("integer")
_PAYER = {"email": _TEXT, "expand": Param("list"), "name": _TEXT, "payment_method": _TEXT, "promotion_code": _TEXT}
_SESSION, _PORTAL = "/_replayer/checkout/sessions/{session}", "/_replayer/billing_portal/sessions/{session}"
_OUTCOME = {"expand": Param("list"), "outcome": _TEXT}
_SUBSCRIPTION = {"expand": Param("list"), "subscription": _TEXT}


def _operation(path: str, params: dict[str, Param], returns: str) -> Operation:
    name = "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
    return Operation(f"POST {name}", "POST", path, params, returns)


_ALL = (
    _operation(f"{_SESSION}/complete", {**_PAYER, "quantity": _COUNT}, "checkout.session"),
    _operation("/_replayer/payment_links/{payment_link}/open", {"expand": Param("list"), "prefilled_email": _TEXT,
                                                              "client_reference_id": _TEXT}, "checkout.session"),
    _operation("/_replayer/payment_intents/{payment_intent}/authorize", _OUTCOME, "payment_intent"),
    _operation("/_replayer/setup_intents/{setup_intent}/authorize", _OUTCOME, "setup_intent"),
    _operation("/_replayer/charges/{charge}/dispute", {"amount": _COUNT, "expand": Param("list"), "reason": _TEXT, "status": _TEXT},
               "dispute"),
    _operation("/_replayer/disputes/{dispute}/decide", _OUTCOME, "dispute"),
    _operation(f"{_PORTAL}/cancel_subscription", _SUBSCRIPTION, "subscription"),
    _operation(f"{_PORTAL}/renew_subscription", _SUBSCRIPTION, "subscription"),
    _operation(f"{_PORTAL}/update_subscription", {**_SUBSCRIPTION, "price": _TEXT, "quantity": _COUNT}, "subscription"),
    _operation(f"{_PORTAL}/update_payment_method", {"expand": Param("list"), "payment_method": _TEXT}, "customer"),
)  # fmt: skip
VISITS = {one.name: one for one in _ALL}


def visit(method: str, path: str) -> Operation | None:
    """The visit that a request's method and path name."""
    parts = path.split("/")
    for one in VISITS.values():
        wanted = one.template.split("/")
        fits = len(wanted) == len(parts) and all(want.startswith("{") or want == part for want, part in zip(wanted, parts, strict=True))
        if method == one.method and fits:
            return one
    return None
