"""Payment links: a page that anyone may open, again and again; each time it is a Checkout session (docs.stripe.com/payment-links/api)."""

from __future__ import annotations

from typing import Any

from replayer.simulator import selling
from replayer.simulator.acting import act
from replayer.simulator.amounts import inert_of
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.connected import shares
from replayer.simulator.errors import missing_parameter
from replayer.simulator.generic import write
from replayer.simulator.prices import recurs
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule

_INERT = {"metadata": METADATA, "inactive_message": "Stripe API reference: the text that is shown once the link is not active"}
_SHOWN = (
    *_INERT, "after_completion", "allow_promotion_codes", "application_fee_percent", "automatic_tax", "billing_address_collection",
    "consent_collection", "custom_fields", "custom_text", "invoice_creation", "name_collection", "payment_method_types",
    "phone_number_collection", "shipping_address_collection", "submit_type", "tax_id_collection",
)  # fmt: skip
_BLANK: dict[str, Any] = {
    **dict.fromkeys((
        "application", "application_fee_amount", "application_fee_percent", "consent_collection", "inactive_message", "invoice_creation",
        "on_behalf_of", "payment_intent_data", "payment_method_types", "restrictions", "shipping_address_collection", "subscription_data",
        "transfer_data",
    )),
    "active": True, "after_completion": {"hosted_confirmation": {"custom_message": None}, "type": "hosted_confirmation"},
    "allow_promotion_codes": False, "automatic_tax": {"enabled": False, "liability": None}, "billing_address_collection": "auto",
    "custom_fields": [], "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
    "metadata": {}, "payment_method_collection": "always", "phone_number_collection": {"enabled": False}, "shipping_options": [],
    "submit_type": "auto", "tax_id_collection": {"enabled": False, "required": "never"},
}  # fmt: skip
_TO_INTENT = ("application_fee_amount", "on_behalf_of", "transfer_data")
_TO_SUBSCRIPTION = ("application_fee_percent", "on_behalf_of", "transfer_data")
_NOWHERE = "https://stripe.com"  # where a session of a link leads that leads nowhere


def create(call: Call) -> Answer:
    """Make a payment link."""
    given = [entry for entry in call.params.get("line_items") or [] if isinstance(entry, dict)]
    if not given:
        raise missing_parameter("line_items")
    offers = selling.offered(call, given)
    recurring = any(recurs(one.price) for one in offers)
    if recurring and (call.params.get("payment_intent_data") or call.params.get("application_fee_amount") is not None):
        name = "payment_intent_data" if call.params.get("payment_intent_data") else "application_fee_amount"
        raise refuse(f"You can not pass `{name}` for a payment link with a recurring price.", param=name)
    if call.params.get("subscription_data") and not recurring:
        raise refuse("You can not pass `subscription_data` for a payment link without a recurring price.", param="subscription_data")
    creation = "always" if recurring else call.params.get("customer_creation") or "if_required"
    fields = {**_BLANK, **inert_of(call, _SHOWN), **shares(call), **_limit(call, {}), "currency": offers[0].price["currency"]}
    for name in ("payment_intent_data", "subscription_data", "payment_method_collection"):
        if call.params.get(name):
            fields[name] = call.params[name]
    link = call.create("payment_link", {**fields, "customer_creation": creation})
    link.assign({"url": f"https://buy.stripe.com/test_{link.id[-14:]}"}, "world")
    link.mark({name: "given" for name in _SHOWN if name in call.params})
    selling.keep(call, "payment_link", link, offers)
    call.event("payment_link.created", link)
    return link


def _limit(call: Call, held: dict[str, Any]) -> dict[str, Any]:
    """How many sessions of a link may be completed; how many were is kept."""
    if "restrictions" not in call.params:
        return {}
    given = (call.params["restrictions"] or {}).get("completed_sessions") or {}
    if not given:
        return {"restrictions": None}
    return {"restrictions": {"completed_sessions": {"count": (held.get("completed_sessions") or {}).get("count") or 0, **given}}}


def update(call: Call) -> Answer:
    """Change a link; sessions that are open already stay as they are."""
    link = call.at()
    changes = {**_limit(call, link.values.get("restrictions") or {}), **shares(call, link.values)}
    lines, params = call.params.get("line_items"), call.params
    if isinstance(params.get("active"), bool):
        changes["active"] = params["active"]
    call.params = {name: value for name, value in params.items() if name in _SHOWN}
    link = call.at()
    answer = write(call)
    call.params = params
    assert isinstance(answer, Record)
    link = call.update(answer, changes) if changes else answer
    if isinstance(lines, list):
        _change_lines(call, link, lines)
    call.event("payment_link.updated", link)
    return link


def _change_lines(call: Call, link: Record, lines: list[dict[str, Any]]) -> None:
    held = {one.id: one for one in selling.items_of(call, link)}
    quantities = {}
    for place, entry in enumerate(lines):
        item = held.get(str(entry.get("id")))
        if item is None:
            raise refuse(f"No such line item: '{entry.get('id')}'", code="resource_missing", param=f"line_items[{place}][id]")
        if isinstance(entry.get("adjustable_quantity"), dict):
            call.update(item, {"entry": {**item["entry"], "adjustable_quantity": entry["adjustable_quantity"]}})
        if isinstance(entry.get("quantity"), int):
            quantities[item.id] = entry["quantity"]
    selling.rewrite(call, link, selling.again(call, link, quantities))


def open_(call: Call) -> Answer:
    """Open the page of a link, as a visitor would: a session of it."""
    link = call.sure(call.at())
    if not link["active"]:
        raise refuse("This payment link is no longer active.", code="payment_link_inactive")
    offers = selling.again(call, link, {})
    recurring = any(recurs(one.price) for one in offers)
    after = link["after_completion"]
    where = (after.get("redirect") or {}).get("url") if after.get("type") == "redirect" else None
    params = {
        **{name: link.values.get(name) for name in ("automatic_tax", "metadata", "payment_method_collection", "payment_method_types")},
        "allow_promotion_codes": link["allow_promotion_codes"] or None,
        "cancel_url": _NOWHERE,
        "client_reference_id": call.params.get("client_reference_id"),
        "customer_creation": None if recurring else link["customer_creation"],
        "customer_email": call.params.get("prefilled_email"),
        "invoice_creation": None if recurring else link.values.get("invoice_creation"),
        "line_items": [{**one.entry, "price": one.price, "price_data": None, "quantity": one.quantity} for one in offers],
        "mode": "subscription" if recurring else "payment",
        "payment_link": link.id,
        "success_url": where or _NOWHERE,
        **_data(link, recurring=recurring),
    }
    return act(call, "POST /v1/checkout/sessions", params)


def _data(link: Record, *, recurring: bool) -> dict[str, Any]:
    name, moved = ("subscription_data", _TO_SUBSCRIPTION) if recurring else ("payment_intent_data", _TO_INTENT)
    found = {**(link.values.get(name) or {}), **{key: link.values[key] for key in moved if link.values.get(key) is not None}}
    return {name: found or None}


_MADE = ("line_items", "restrictions", "customer_creation", "transfer_data", "application_fee_amount", "allow_promotion_codes")
RULES = {
    "POST /v1/payment_links": Rule(create, (*_MADE, "subscription_data[trial_period_days]", "payment_intent_data"), _INERT),
    "POST /v1/payment_links/{}": Rule(update, ("active", "line_items", "restrictions", "allow_promotion_codes"), _INERT),
    "GET /v1/payment_links": Rule(None, ("active", *PAGES)),
    "GET /v1/payment_links/{}": Rule(),
    "GET /v1/payment_links/{}/line_items": Rule(selling.line_items, PAGES),
    "POST /_replayer/payment_links/{}/open": Rule(open_),
}
