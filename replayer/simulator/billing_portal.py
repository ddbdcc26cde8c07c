"""The customer portal: its configurations and sessions, and what a customer does there (docs.stripe.com/customer-management).

What a customer may do is in the configuration. The default one is made in the Dashboard: what it holds is world, and here it lets customers
cancel at the period's end and change how they pay.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import items, prorations
from replayer.simulator.acting import act
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.echo import merged_metadata
from replayer.simulator.endings import ENDED
from replayer.simulator.errors import Unknown, missing_parameter, missing_resource
from replayer.simulator.records import Record
from replayer.simulator.rule import ARBITRARY, LOCALES, METADATA, PAGES, Rule

_CONFIGURATION, _SESSION = "billing_portal.configuration", "billing_portal.session"
_REASONS = ("too_expensive", "missing_features", "switched_service", "unused", "customer_service", "too_complex", "low_quality", "other")
_FEATURES: dict[str, dict[str, Any]] = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": list(_REASONS)}, "enabled": False, "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_update": {
        "billing_cycle_anchor": None, "default_allowed_updates": [], "enabled": False, "products": [], "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []}, "trial_update_behavior": "end_trial",
    },
}  # fmt: skip
_USUAL = {"invoice_history": {"enabled": True}, "payment_method_update": {"enabled": True}, "subscription_cancel": {"enabled": True}}
_PROFILE = dict.fromkeys(("headline", "privacy_policy_url", "terms_of_service_url"))
_SHOWN = {"metadata": METADATA, "name": ARBITRARY, "business_profile": ARBITRARY}


# --- configurations


def _features(given: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, blank in _FEATURES.items():
        asked = {key: value for key, value in (given.get(name) or {}).items() if value is not None}
        found[name] = {**blank, **(held.get(name) or {}), **asked}
        for key in ("default_allowed_updates", "products", "allowed_updates"):
            if key in found[name]:
                found[name][key] = found[name][key] or []
    return found


def _configuration(call: Call, features: dict[str, Any], **fields: Any) -> Record:
    own = {
        "active": True, "application": None, "business_profile": _PROFILE, "default_return_url": None,
        "features": _features(features, {}), "is_default": False, "login_page": {"enabled": False, "url": None}, "metadata": {},
        "name": None, "updated": call.now,
    }  # fmt: skip
    return call.create(_CONFIGURATION, {**own, **{name: value for name, value in fields.items() if value is not None}})


def create_configuration(call: Call) -> Answer:
    """Make a configuration."""
    features = call.params.get("features")
    if not isinstance(features, dict):
        raise missing_parameter("features")
    _check_features(call, features)
    fields = _fields(call)
    made = _configuration(call, features, **fields)
    made.mark({name: "given" for name in _SHOWN if name in call.params})
    call.event("billing_portal.configuration.created", made)
    return made


def _fields(call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {name: call.params[name] for name in ("default_return_url", "metadata", "name") if name in call.params}
    if isinstance(call.params.get("business_profile"), dict):
        found["business_profile"] = {**_PROFILE, **call.params["business_profile"]}
    if isinstance(call.params.get("login_page"), dict):
        found["login_page"] = {"url": None, **call.params["login_page"]}
    return found


def _check_features(call: Call, features: dict[str, Any]) -> None:
    """Refuse products and prices that are not there."""
    products = (features.get("subscription_update") or {}).get("products") or []
    for place, one in enumerate(products):
        param = f"features[subscription_update][products][{place}]"
        call.find("product", str(one.get("product")), f"{param}[product]")
        for price in one.get("prices") or []:
            call.find("price", price, f"{param}[prices]")


def update_configuration(call: Call) -> Answer:
    """Change a configuration; the default one stays active."""
    held = call.at()
    if call.params.get("active") is False and held.values.get("is_default"):
        raise refuse("You cannot deactivate the default portal configuration.", param="active")
    changes = _fields(call)
    if "metadata" in changes:
        changes["metadata"] = merged_metadata(held.values.get("metadata"), call.params["metadata"])
    features = call.params.get("features")
    if isinstance(features, dict):
        _check_features(call, features)
        changes["features"] = _features(features, held["features"])
    if isinstance(call.params.get("active"), bool):
        changes["active"] = call.params["active"]
    held = call.update(held, {**changes, "updated": call.now})
    call.event("billing_portal.configuration.updated", held)
    return held


def _default(call: Call) -> Record:
    found = next((one for one in call.store.newest(_CONFIGURATION) if one.values.get("is_default")), None)
    if found is None:
        found = _configuration(call, _USUAL, is_default=True)
        found.mark({"features": "world", "business_profile": "world", "default_return_url": "world"})
    return found


# --- sessions


def create_session(call: Call) -> Answer:
    """Make a session of the portal for a customer."""
    customer = call.named("customer")
    if customer is None:
        raise missing_parameter("customer")
    configuration = call.named("configuration", _CONFIGURATION) or _default(call)
    if not configuration["active"]:
        raise refuse("The portal configuration is not active.", param="configuration")
    session = call.create(
        _SESSION,
        {
            "configuration": configuration.id,
            "customer": customer.id,
            "customer_account": None,
            "flow": _flow(call, customer),
            "locale": call.params.get("locale"),
            "on_behalf_of": call.params.get("on_behalf_of"),
            "return_url": call.params.get("return_url") or configuration.values.get("default_return_url"),
        },
    )
    session.assign({"url": f"https://billing.stripe.com/p/session/test_{session.id[-20:]}"}, "world")
    session.mark({name: "given" for name in ("locale", "return_url") if name in call.params})
    if "configuration" not in call.params:
        session.mark({"configuration": "world"})
    call.event("billing_portal.session.created", session)
    return session


def _flow(call: Call, customer: Record) -> dict[str, Any] | None:
    given = call.params.get("flow_data")
    if not isinstance(given, dict):
        return None
    kind = given.get("type")
    details = given.get(str(kind)) or {}
    identifier = details.get("subscription")
    if isinstance(identifier, str):
        found = call.store.first(("subscription",), identifier)
        if found is None or found.values.get("customer") != customer.id:
            raise missing_resource("subscription", identifier, param=f"flow_data[{kind}][subscription]", status=400)
    after = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage", **(given.get("after_completion") or {})}
    names = ("subscription_cancel", "subscription_update", "subscription_update_confirm")
    return {"after_completion": after, "type": kind, **{name: given.get(name) for name in names}}


# --- what a customer does there


def _visited(call: Call, feature: str) -> tuple[Record, dict[str, Any]]:
    """The portal's customer, and what the configuration says of a feature that it must have."""
    session = call.find(_SESSION, call.ids[0], "session", status=404)
    configuration = call.find(_CONFIGURATION, str(session["configuration"]), "configuration")
    found = configuration["features"][feature]
    if not found["enabled"]:
        raise refuse(f"This portal's configuration does not have `features[{feature}]` enabled.")
    return call.find("customer", str(session["customer"]), "customer"), found


def _subscription(call: Call, customer: Record) -> Record:
    """The subscription that the visit names, or the customer's only one."""
    named = call.params.get("subscription")
    held = [one for one in call.store.children("subscription", "customer", customer.id) if one["status"] not in ENDED]
    if isinstance(named, str):
        held = [one for one in held if one.id == named]
        if not held:
            raise missing_resource("subscription", named, param="subscription", status=400)
    if len(held) != 1:
        raise missing_parameter("subscription")
    return held[0]


def cancel_subscription(call: Call) -> Answer:
    """Cancel a subscription, when and with what credit the configuration says."""
    customer, feature = _visited(call, "subscription_cancel")
    subscription = _subscription(call, customer)
    if feature["mode"] == "at_period_end":
        return act(call, "POST /v1/subscriptions/{}", _at_end(call, subscription), subscription.id)
    behavior = feature["proration_behavior"]
    params = {"prorate": behavior != "none" or None, "invoice_now": behavior == "always_invoice" or None}
    return act(call, "DELETE /v1/subscriptions/{}", params, subscription.id)


def _at_end(call: Call, subscription: Record) -> dict[str, Any]:
    """What cancels at the period's end: in the flexible billing mode, the time when the last of the items' periods ends.

    docs.stripe.com/billing/subscriptions/billing-mode/compare, "Cancellations in the Customer Portal".
    """
    if not prorations.is_flexible(subscription):
        return {"cancel_at_period_end": True}
    return {"cancel_at": max(item["current_period_end"] for item in items.items_of(call, subscription.id))}


def renew_subscription(call: Call) -> Answer:
    """Keep a subscription that was to end with its period."""
    customer, _ = _visited(call, "subscription_cancel")
    subscription = _subscription(call, customer)
    return act(call, "POST /v1/subscriptions/{}", {"cancel_at_period_end": False}, subscription.id)


def update_subscription(call: Call) -> Answer:
    """Change a subscription's price or quantity, to what the configuration offers; one that cannot be paid stays as it was."""
    customer, feature = _visited(call, "subscription_update")
    subscription = _subscription(call, customer)
    held = items.items_of(call, subscription.id)
    if len(held) != 1:
        raise refuse("A subscription with several items cannot be updated in the portal.")
    if (feature.get("schedule_at_period_end") or {}).get("conditions"):
        raise Unknown("an update that the portal puts off to the end of the period")
    changes = {name: call.params[name] for name in ("price", "quantity") if call.params.get(name) is not None}
    for name in changes:
        if name not in feature["default_allowed_updates"]:
            raise refuse(f"This portal's configuration does not allow to update the {name}.", param=name)
    offered = {price for one in feature["products"] for price in one.get("prices") or []}
    if "price" in changes and changes["price"] not in offered:
        raise refuse(f"This portal's configuration does not offer the price {changes['price']}.", param="price")
    params = {
        "items": [{"id": held[0].id, **changes}],
        "payment_behavior": "error_if_incomplete",
        "proration_behavior": feature["proration_behavior"],
    }
    return act(call, "POST /v1/subscriptions/{}", params, subscription.id)


def update_payment_method(call: Call) -> Answer:
    """Add a payment method and make it the customer's default."""
    customer, _ = _visited(call, "payment_method_update")
    given = call.params.get("payment_method")
    if not isinstance(given, str):
        raise missing_parameter("payment_method")
    method = act(call, "POST /v1/payment_methods/{}/attach", {"customer": customer.id}, given)
    return act(call, "POST /v1/customers/{}", {"invoice_settings": {"default_payment_method": method.id}}, customer.id)


_BACK = "Stripe API reference: where the portal's link back leads"
RULES = {
    "POST /v1/billing_portal/configurations": Rule(create_configuration, ("features",), {**_SHOWN, "default_return_url": _BACK}),
    "POST /v1/billing_portal/configurations/{}": Rule(
        update_configuration, ("active", "features"), {**_SHOWN, "default_return_url": _BACK}
    ),
    "GET /v1/billing_portal/configurations": Rule(None, ("active", "is_default", *PAGES)),
    "GET /v1/billing_portal/configurations/{}": Rule(),
    "POST /v1/billing_portal/sessions": Rule(
        create_session, ("customer", "configuration", "flow_data"), {"locale": LOCALES, "return_url": _BACK}
    ),
    "POST /_replayer/billing_portal/sessions/{}/cancel_subscription": Rule(cancel_subscription),
    "POST /_replayer/billing_portal/sessions/{}/renew_subscription": Rule(renew_subscription),
    "POST /_replayer/billing_portal/sessions/{}/update_subscription": Rule(update_subscription),
    "POST /_replayer/billing_portal/sessions/{}/update_payment_method": Rule(update_payment_method),
}
