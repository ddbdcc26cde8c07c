"""Checkout sessions: made with what they come to, changed, expired (Stripe API reference, "Checkout Sessions").

A session for payments had its payment intent from the start until 2022-08-01; since then it is made when the customer pays (Stripe's API
changelog). One in setup mode has its setup intent from the start. What a customer does is in checkout_completing.py.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import checkout_completing, discounts, selling
from replayer.simulator.acting import act
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import ApiError, Unknown, missing_parameter, only_one_of
from replayer.simulator.generic import write
from replayer.simulator.items import is_metered
from replayer.simulator.prices import recurs
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, METADATA, PAGES, Rule
from replayer.simulator.selling import Offer
from replayer.stripeapi.versions import at_least

_DAY = 86400
_LEAST = 30 * 60
_PERSON = dict.fromkeys(("address", "business_name", "email", "individual_name", "name", "phone", "tax_ids"))
_BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "after_expiration", "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "client_secret",
        "consent", "consent_collection", "currency_conversion", "customer", "customer_account", "customer_creation", "customer_details",
        "customer_email", "integration_identifier", "invoice", "locale", "origin_context", "payment_intent", "payment_link", "permissions",
        "recovered_from", "return_url", "saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost",
        "submit_type", "subscription", "success_url", "url", "wallet_options",
    )),
    "automatic_tax": {**dict.fromkeys(("liability", "provider", "status")), "enabled": False},
    "collected_information": dict.fromkeys(("business_name", "individual_name", "shipping_details")),
    "custom_fields": [], "discounts": [], "metadata": {}, "phone_number_collection": {"enabled": False}, "shipping_options": [],
    "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
}  # fmt: skip
# What the page looks like, and offers of the cards that a customer has saved, unless somebody wants it otherwise (Stripe API reference).
_LOOK: dict[str, Any] = {
    "background_color": "#ffffff", "border_style": "rounded", "button_color": "#0074d4", "display_name": None, "font_family": "default",
    "icon": None, "logo": None,
}  # fmt: skip
_SAVED: dict[str, Any] = {"allow_redisplay_filters": ["always"], "payment_method_remove": "disabled", "payment_method_save": None}
_INVOICED: dict[str, Any] = {
    **dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")),
    "metadata": {},
}
_INERT = {
    "metadata": METADATA, "client_reference_id": ARBITRARY, "cancel_url": "Stripe API reference: where the page's back link leads",
}  # fmt: skip
_SHOWN = (
    *_INERT, "after_expiration", "billing_address_collection", "consent_collection", "custom_fields", "custom_text", "locale",
    "origin_context", "permissions", "phone_number_collection", "return_url", "shipping_address_collection", "submit_type", "success_url",
    "tax_id_collection", "automatic_tax", "adaptive_pricing", "branding_settings", "name_collection", "wallet_options",
    "integration_identifier",
)  # fmt: skip
# What a customer's acting on the page changes, and what it may change where a code or a quantity can be chosen.
_ACTED = ("customer", "customer_details", "invoice", "payment_intent", "payment_status", "status", "subscription", "url", "client_secret")
_AMOUNTS = ("amount_subtotal", "amount_total", "total_details", "discounts")
_MODES = ("payment", "setup", "subscription")
# What only one mode takes.
_OF_MODE = {
    "payment_intent_data": "payment",
    "invoice_creation": "payment",
    "subscription_data": "subscription",
    "setup_intent_data": "setup",
}
# Named in messages as Stripe words them (issues and recordings of others).
_RECURRING = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices."
_ONE_TIME = "You must provide at least one recurring price in `subscription` mode when using prices."


def create(call: Call) -> Answer:
    """Make a session."""
    mode = _check(call)
    customer = call.named("customer")
    fields: dict[str, Any] = {**_BLANK, **inert_of(call, _SHOWN), **_customer(call, mode, customer), **_pages(call), "mode": mode}
    fields |= _asked(call, mode)
    if mode == "setup":
        return _setup(call, fields, customer)
    given = [entry for entry in call.params.get("line_items") or [] if isinstance(entry, dict)]
    if not given:
        raise missing_parameter("line_items")
    try:
        offers = selling.offered(call, given, free=_free(call))
    except Unknown as unknown:
        return _unsure(call, fields, unknown)
    _check_prices(mode, offers)
    coupons = _coupons(call, customer, offers)
    offers = selling.reduced(call, offers, coupons, _rates(call))
    fields |= {**selling.totals(offers), "currency": offers[0].price["currency"], "payment_status": "unpaid"}
    session = _made(call, fields)
    selling.keep(call, "session", session, offers)
    if mode == "payment" and not at_least(call.version, "2022-08-01") and session["amount_total"] > 0:
        session = call.update(session, {"payment_intent": checkout_completing.intent_for(call, session).id})
    return session if _computes_tax(session) is False else _doubt(call, session)


def _check(call: Call) -> str:
    """The session's mode; refuses what does not go together."""
    mode = call.params.get("mode") or ("setup" if "setup_intent_data" in call.params else None)
    if mode not in _MODES:
        raise missing_parameter("mode")
    for name, only in _OF_MODE.items():
        if call.params.get(name) and only != mode and not (name == "invoice_creation" and mode == "setup"):
            raise ApiError(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    for one, other in (("customer", "customer_email"), ("customer", "customer_creation"), ("allow_promotion_codes", "discounts")):
        if call.params.get(one) and call.params.get(other):
            raise only_one_of(one, other)
    if call.params.get("customer_creation") and mode == "subscription":
        raise ApiError("`customer_creation` can only be used in `payment` and `setup` mode.", param="customer_creation")
    if not call.params.get("success_url") and str(call.params.get("ui_mode") or "hosted").startswith("hosted"):
        raise missing_parameter("success_url")
    until = call.params.get("expires_at")
    if isinstance(until, int) and until < call.now + _LEAST:
        raise refuse("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at")
    if isinstance(until, int) and until > call.now + _DAY:
        raise refuse("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at")
    return str(mode)


def _customer(call: Call, mode: str, customer: Record | None) -> dict[str, Any]:
    email = call.params.get("customer_email")
    if customer is not None:
        email, creation = customer.values.get("email"), None
    elif mode == "subscription":
        creation = "always"
    else:
        creation = call.params.get("customer_creation") or ("if_required" if at_least(call.version, "2022-08-01") else "always")
    exempt = None if mode == "setup" else "none"
    details = {**_PERSON, "email": email, "tax_exempt": exempt} if customer is not None or email else None
    saved = call.params.get("saved_payment_method_options") or {}
    return {
        "customer": customer.id if customer is not None else None,
        "customer_creation": creation,
        "customer_details": details,
        "customer_email": None if customer is not None else email,
        "saved_payment_method_options": {**_SAVED, **saved} if customer is not None and mode != "setup" else None,
    }


def _pages(call: Call) -> dict[str, Any]:
    """How the page is shown; its modes have other names since dahlia (Stripe's API changelog, 2026-03-25)."""
    ui = call.params.get("ui_mode") or ("hosted_page" if at_least(call.version, "2026-03-25") else "hosted")
    return {"redirect_on_completion": call.params.get("redirect_on_completion"), "ui_mode": ui}


def _asked(call: Call, mode: str) -> dict[str, Any]:
    """What is kept of the parameters until the customer acts."""
    until = call.params.get("expires_at")
    types, given = call.params.get("payment_method_types"), call.params.get("discounts") or []
    offered = types if isinstance(types, list) else ["card", "link"]
    invoiced = call.params.get("invoice_creation")
    names = ("payment_intent_data", "subscription_data", "setup_intent_data", "discounts")
    options = call.params.get("payment_method_options") or {}
    card = {"request_three_d_secure": "automatic", **(options.get("card") or {})}
    return {
        "adaptive_pricing": call.params.get("adaptive_pricing") or {"enabled": mode != "setup"},
        "allow_promotion_codes": call.params.get("allow_promotion_codes"),
        "asked": {name: call.params.get(name) for name in names if call.params.get(name)},
        "branding_settings": {
            **_LOOK,
            "display_name": call.store.settings.name or "Simulator",
            **(call.params.get("branding_settings") or {}),
        },
        "discounts": None if mode == "setup" else [{"coupon": None, "promotion_code": None, **spec} for spec in given],
        "expires_at": until if isinstance(until, int) else call.now + _DAY,
        "invoice_creation": {"enabled": False, "invoice_data": _INVOICED, **(invoiced or {})} if mode == "payment" else None,
        "payment_link": call.params.get("payment_link"),
        "payment_method_collection": call.params.get("payment_method_collection") or ("if_required" if mode == "payment" else "always"),
        "payment_method_options": {**options, "card": card} if "card" in offered else options,
        "payment_method_types": offered,
        "status": "open",
    }


def _setup(call: Call, fields: dict[str, Any], customer: Record | None) -> Record:
    """One that only saves a payment method."""
    if call.params.get("line_items"):
        raise ApiError("You can not pass `line_items` in `setup` mode.", param="line_items")
    data = call.params.get("setup_intent_data") or {}
    given = {name: data.get(name) for name in ("description", "metadata", "on_behalf_of")}
    intent = act(call, "POST /v1/setup_intents", {**given, "customer": customer.id if customer is not None else None,
                                                  "payment_method_types": fields["payment_method_types"]})  # fmt: skip
    currency = call.params.get("currency")
    nothing = {"amount_subtotal": None, "amount_total": None, "total_details": None}
    return _made(call, {**fields, **nothing, "currency": currency, "payment_status": "no_payment_required", "setup_intent": intent.id})


def _made(call: Call, fields: dict[str, Any]) -> Record:
    session = call.create("checkout.session", fields)
    hosted = str(session["ui_mode"]).startswith("hosted")
    where = (
        {"url": f"https://checkout.stripe.com/c/pay/{session.id}"}
        if hosted
        else {"client_secret": f"{session.id}_secret_{session.id[-18:]}"}
    )
    session.assign(where)
    session.mark({name: "given" for name in _SHOWN if name in call.params})
    session.mark(dict.fromkeys(("url", "payment_method_options", "payment_method_configuration_details"), "world"))
    session.mark({name: "world" for name in ("adaptive_pricing", "branding_settings", "payment_method_types") if name not in call.params})
    call.appoint(int(session["expires_at"]), "expire_session", session)
    call.afterwards(session, lambda: _leave(call, session.id))
    return session


def _leave(call: Call, identifier: str) -> None:
    """From when a session was answered, its customer may act on a page that nobody here sees: what that changes is no fact any more."""
    session = call.store.get("checkout.session", identifier)
    if session is not None and session["status"] == "open":
        chosen = session.values.get("allow_promotion_codes") or any(
            one.values.get("adjustable_quantity") for one in selling.items_of(call, session)
        )
        call.store.writable(session).mark(dict.fromkeys((*_ACTED, *(_AMOUNTS if chosen else ())), "template"))


def _unsure(call: Call, fields: dict[str, Any], why: Unknown) -> Record:
    """One that sells what nobody here knows the price of: it is there, what it comes to is not known."""
    session = _made(call, {**fields, "amount_subtotal": None, "amount_total": None, "payment_status": "unpaid", "unsure": str(why)})
    return _doubt(call, session)


def _doubt(call: Call, session: Record) -> Record:
    session.mark(dict.fromkeys(("amount_subtotal", "amount_total", "total_details", "currency"), "template"))
    session.weaken()
    return session


def _computes_tax(session: Record) -> bool:
    """Whether Stripe judges the tax itself, by the customer's place: what that comes to is not known here."""
    return bool((session.values.get("automatic_tax") or {}).get("enabled"))


def _free(call: Call) -> bool:
    """Whether what recurs is tried out first."""
    data = call.params.get("subscription_data") or {}
    if data.get("billing_cycle_anchor") or data.get("billing_cycle_anchor_config"):
        raise Unknown("what a session with an anchor of its billing cycle shows")
    days, end = data.get("trial_period_days"), data.get("trial_end")
    return (isinstance(days, int) and days > 0) or isinstance(end, int)


def _rates(call: Call) -> list[str]:
    return list((call.params.get("subscription_data") or {}).get("default_tax_rates") or [])


def _check_prices(mode: str, offers: list[Offer]) -> None:
    recurring = [one for one in offers if recurs(one.price)]
    if mode == "payment" and recurring:
        raise refuse(_RECURRING)
    if mode == "subscription" and not recurring:
        raise refuse(_ONE_TIME)
    for place, one in enumerate(offers):
        if one.quantity is None and "quantity" in one.entry and is_metered(one.price):
            raise refuse("Quantity should not be specified where usage_type is `metered`.", param=f"line_items[{place}][quantity]")


def _coupons(call: Call, customer: Record | None, offers: list[Offer]) -> list[Record]:
    """The coupons of the discounts that come with a session; raises where they cannot be redeemed."""
    due = sum(one.subtotal for one in offers)
    given = call.params.get("discounts") or []
    return [discounts.sources(call, spec, f"discounts[{place}]", customer, due)[1] for place, spec in enumerate(given)]


# --- later


def expire(call: Call) -> Answer:
    """Expire an open session."""
    session = call.at()
    if session["status"] != "open":
        raise refuse(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `{session["status"]}`.'
        )
    return _expired(call, session)


def expire_by_itself(call: Call, session: Record) -> None:
    """A session's time is over; whether it was completed before, on a page that nobody here sees, is not known."""
    if session["status"] == "open":
        _leave_lapsed(call, _expired(call, session))


def _leave_lapsed(call: Call, session: Record) -> None:
    session = call.store.writable(session)
    session.assign({"lapsed": True})
    session.mark(dict.fromkeys(_ACTED, "template"))


def _expired(call: Call, session: Record) -> Record:
    """End a session that nobody completed: what it made to pay with is canceled."""
    for kind in ("payment_intent", "setup_intent"):
        identifier = session.values.get(kind)
        if isinstance(identifier, str) and call.find(kind, identifier, kind)["status"] != "canceled":
            act(call, f"POST /v1/{kind}s/{{}}/cancel", {}, identifier)
    session = call.update(session, {"status": "expired", "url": None, "client_secret": None})
    call.event("checkout.session.expired", session)
    return session


# What decides only on a page that nobody here sees (whether it takes codes, how its payment is captured) is echoed only.
_MADE = (
    "mode", "line_items", "discounts", "customer", "customer_email", "customer_creation", "expires_at", "currency",
    "subscription_data[trial_period_days]", "subscription_data[trial_end]", "subscription_data[default_tax_rates]",
)  # fmt: skip
RULES = {
    "POST /v1/checkout/sessions": Rule(create, _MADE, _INERT),
    "POST /v1/checkout/sessions/{}": Rule(write, (), {"metadata": METADATA}),
    "POST /v1/checkout/sessions/{}/expire": Rule(expire),
    "GET /v1/checkout/sessions": Rule(None, ("customer", "payment_intent", "payment_link", "subscription", "status", "created", *PAGES)),
    "GET /v1/checkout/sessions/{}": Rule(),
    "GET /v1/checkout/sessions/{}/line_items": Rule(selling.line_items, PAGES),
    "POST /_replayer/checkout/sessions/{}/complete": Rule(checkout_completing.complete),
}
