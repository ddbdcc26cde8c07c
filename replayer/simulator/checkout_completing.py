"""What a customer does on a Checkout page: types a promotion code, changes the quantity, pays (docs.stripe.com/payments/checkout).

Everything is done by the calls of the API: the customer, the intent and its charge, the subscription with its invoice, and their events.
A card that is declined leaves the session open, to be tried again. A page that asks for authentication, or that makes an invoice of a
payment, is not modelled: its completion is unknown.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import discounts, promotion_codes, redirects, selling
from replayer.simulator.acting import act
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.errors import Unknown
from replayer.simulator.payment_methods import card_of, kind_of, usable
from replayer.simulator.records import Record
from replayer.simulator.selling import Offer

_SUBSCRIBED = (
    "application_fee_percent", "default_tax_rates", "description", "metadata", "on_behalf_of", "transfer_data", "trial_end",
    "trial_period_days", "trial_settings", "billing_mode", "proration_behavior", "invoice_settings",
)  # fmt: skip
# What a completion decides, or leaves as it is.
_KNOWN = (
    "amount_subtotal", "amount_total", "customer", "discounts", "invoice", "payment_intent", "payment_status", "subscription",
    "total_details",
)  # fmt: skip
_PAID = (
    "application_fee_amount", "capture_method", "description", "metadata", "on_behalf_of", "receipt_email", "setup_future_usage",
    "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip


def complete(call: Call) -> Answer:
    """Complete an open session as its customer would."""
    session = call.at()
    if session["status"] != "open":
        raise refuse(f"This Checkout Session can no longer be completed: it has a status of `{session['status']}`.")
    session = call.sure(session)
    owner = session.values.get("customer")
    customer = call.find("customer", owner, "customer") if isinstance(owner, str) else None
    if session["mode"] != "setup":
        session = _chosen(call, session, customer)
    method = _method(call, session)
    done = {"setup": _set_up, "payment": _pay, "subscription": _subscribe}[str(session["mode"])](call, session, customer, method)
    session = call.store.get("checkout.session", session.id) or session
    known = {name: session.values.get(name) for name in _KNOWN}
    session = call.update(session, {**known, **done, "status": "complete", "url": None, "client_secret": None})
    session = call.update(session, {"customer_details": _details(call, session)})
    call.event("checkout.session.completed", session)
    link = session.values.get("payment_link")
    if isinstance(link, str):
        _count(call, call.find("payment_link", link, "payment_link"))
    return session


def _count(call: Call, link: Record) -> None:
    """Count a completed session against its payment link's limit (docs.stripe.com/payment-links/customize, "Limit the number")."""
    limited = ((link.values.get("restrictions") or {}).get("completed_sessions")) or {}
    if isinstance(limited.get("limit"), int):
        counted = {**limited, "count": (limited.get("count") or 0) + 1}
        changes: dict[str, Any] = {"restrictions": {"completed_sessions": counted}}
        if counted["count"] >= counted["limit"]:
            changes["active"] = False
        call.event("payment_link.updated", call.update(link, changes))


def _details(call: Call, session: Record) -> dict[str, Any]:
    """What is known of the customer by the end: what was typed, else what the page began with."""
    held = dict(session.values.get("customer_details") or {"tax_exempt": "none"})
    owner = session.values.get("customer")
    customer = call.store.get("customer", owner) if isinstance(owner, str) else None
    for name in ("email", "name"):
        held[name] = call.params.get(name) or held.get(name) or (customer.values.get(name) if customer is not None else None)
    return held


def _email(call: Call, session: Record) -> str | None:
    found = session.values.get("customer_email") or call.params.get("email")
    return str(found) if found else None


# --- what is bought


def _chosen(call: Call, session: Record, customer: Record | None) -> Record:
    """The session with the quantity and the promotion code that the customer chose."""
    quantities = _quantities(call, session)
    code = call.params.get("promotion_code")
    if not quantities and not code:
        return session
    offers = selling.again(call, session, quantities, free=_free(session))
    specs = [*(session.values.get("discounts") or [])]
    if isinstance(code, str) and code:
        specs.append({"coupon": None, "promotion_code": _typed(call, session, code).id})
    due = sum(one.subtotal for one in offers)
    coupons = [discounts.sources(call, spec, "discounts", customer, due)[1] for spec in specs]
    rates = list((session["asked"].get("subscription_data") or {}).get("default_tax_rates") or [])
    offers = selling.reduced(call, offers, coupons, rates)
    selling.rewrite(call, session, offers)
    return call.update(session, {**selling.totals(offers), "discounts": specs})


def _quantities(call: Call, session: Record) -> dict[str, int]:
    """The quantity that the customer asks for, of the only line item whose quantity can be changed."""
    wanted = call.params.get("quantity")
    if not isinstance(wanted, int):
        return {}
    open_ones = [one for one in selling.items_of(call, session) if (one.values.get("adjustable_quantity") or {}).get("enabled")]
    if len(open_ones) != 1:
        raise refuse("A quantity can be chosen where one line item has `adjustable_quantity[enabled]`.", param="quantity")
    bounds = open_ones[0]["adjustable_quantity"]
    least, most = bounds.get("minimum") or 0, bounds.get("maximum") or 99
    if not least <= wanted <= most:
        raise refuse(f"The quantity must be from {least} to {most}.", param="quantity")
    return {open_ones[0].id: wanted}


def _typed(call: Call, session: Record, text: str) -> Record:
    """The promotion code that the customer typed."""
    if not session.values.get("allow_promotion_codes"):
        raise refuse("This Checkout Session does not take promotion codes (`allow_promotion_codes`).", param="promotion_code")
    found = call.store.get("promotion_code", text) or promotion_codes.find(call, text)
    if found is None:
        raise refuse(f"This code is invalid: {text}", param="promotion_code")
    return found


def _free(session: Record) -> bool:
    data = session["asked"].get("subscription_data") or {}
    return bool(data.get("trial_period_days") or data.get("trial_end"))


def _redeemed(call: Call, session: Record, customer: Record | None) -> None:
    """Redeem a payment's discounts; those of a subscription are redeemed by it."""
    due = int(session["amount_subtotal"])
    for spec in session.values.get("discounts") or []:
        discounts.redeem(call, spec, param="discounts", customer=customer, amount=due, checkout_session=session.id)


# --- how it is paid


def _method(call: Call, session: Record) -> Record | None:
    """The payment method that is given; null where none is needed and none comes."""
    given = call.params.get("payment_method")
    needed = session["mode"] == "setup" or session["amount_total"] > 0 or session["payment_method_collection"] == "always"
    if session["mode"] == "payment" and session["amount_total"] == 0:
        return None
    if not isinstance(given, str) or not given:
        if needed:
            raise refuse("A payment method is needed to complete this Checkout Session.", param="payment_method")
        return None
    method = usable(call, given, "payment_method")
    if kind_of(method) == "card" and card_of(method).on_charge == "requires_action":
        raise Unknown("how a customer's authentication on the page ends")
    return method


def _buyer(call: Call, session: Record, *, needed: bool) -> Record | None:
    """The customer that a session makes where it has none."""
    if session["customer_creation"] != "always" and not needed:
        return None
    params = {"email": _email(call, session), "name": call.params.get("name")}
    return act(call, "POST /v1/customers", params)


def _kept(call: Call, session: Record, customer: Record | None) -> Record:
    return call.update(session, {"customer": customer.id}) if customer is not None else session


def _said(call: Call, session: Record) -> dict[str, Any]:
    """What the page says for the customer: that they accept a mandate, and where they come back to."""
    online = {"ip_address": "127.0.0.1", "user_agent": "replayer"}
    acceptance = {"accepted_at": call.now, "online": online, "type": "online"}
    return {
        "mandate_data": {"customer_acceptance": acceptance},
        "return_url": session.values.get("success_url") or "https://checkout.stripe.com",
    }


def on_intent(name: str) -> Any:
    """Tell a completed session that its payment, which was under way, ended (docs.stripe.com/payments/checkout/fulfill-orders)."""

    def told(call: Call, intent: Record) -> None:
        for session in call.store.children("checkout.session", "payment_intent", intent.id):
            if session["status"] == "complete" and session["payment_status"] == "unpaid":
                if name == "async_payment_succeeded":
                    session = call.update(session, {"payment_status": "paid"})
                call.event(f"checkout.session.{name}", session)

    return told


def _set_up(call: Call, session: Record, customer: Record | None, method: Record | None) -> dict[str, Any]:
    assert method is not None
    intent = str(session["setup_intent"])
    if customer is None:
        customer = _buyer(call, session, needed=False)
        if customer is not None:
            call.update(call.find("setup_intent", intent, "setup_intent"), {"customer": customer.id})
    done = act(call, "POST /v1/setup_intents/{}/confirm", {"payment_method": method.id, **_said(call, session)}, intent)
    if done["status"] == "requires_action" and kind_of(method) in redirects.KINDS:
        act(call, "POST /_replayer/setup_intents/{}/authorize", {}, intent)
    return {"customer": customer.id if customer is not None else None}


def intent_for(call: Call, session: Record, customer: Record | None = None) -> Record:
    """The payment intent of a session for payments."""
    data = session["asked"].get("payment_intent_data") or {}
    given = {name: data.get(name) for name in _PAID}
    owner = customer.id if customer is not None else session.values.get("customer")
    params = {"amount": session["amount_total"], "currency": session["currency"], "customer": owner}
    return act(call, "POST /v1/payment_intents", {**given, **params, "payment_method_types": session["payment_method_types"]})


def _pay(call: Call, session: Record, customer: Record | None, method: Record | None) -> dict[str, Any]:
    if (session.values.get("invoice_creation") or {}).get("enabled"):
        raise Unknown("the invoice of a payment by Checkout")
    data = session["asked"].get("payment_intent_data") or {}
    if customer is None:
        customer = _buyer(call, session, needed=bool(data.get("setup_future_usage")))
        session = _kept(call, session, customer)
    if method is None:
        _redeemed(call, session, customer)
        return {"payment_status": "no_payment_required"}
    held = session.values.get("payment_intent")
    if not isinstance(held, str):
        held = intent_for(call, session, customer).id
        session = call.update(session, {"payment_intent": held})
    intent = call.find("payment_intent", held, "payment_intent")
    changes = {"amount": session["amount_total"], "customer": customer.id if customer is not None else None}
    found = {name: value for name, value in changes.items() if value is not None and intent.values.get(name) != value}
    if found:
        act(call, "POST /v1/payment_intents/{}", found, held)
    intent = act(call, "POST /v1/payment_intents/{}/confirm", {"payment_method": method.id, **_said(call, session)}, held)
    if intent["status"] == "requires_action" and kind_of(method) in redirects.KINDS:
        intent = act(call, "POST /_replayer/payment_intents/{}/authorize", {}, held)
    _redeemed(call, session, customer)
    return {"payment_status": "paid" if intent["status"] == "succeeded" else "unpaid"}


def _subscribe(call: Call, session: Record, customer: Record | None, method: Record | None) -> dict[str, Any]:
    if customer is None:
        customer = _buyer(call, session, needed=True)
        session = _kept(call, session, customer)
    assert customer is not None
    if method is not None and not method.values.get("customer"):
        method = act(call, "POST /v1/payment_methods/{}/attach", {"customer": customer.id}, method.id)
    data = session["asked"].get("subscription_data") or {}
    offers = selling.again(call, session, {}, free=_free(session))
    subscription = act(call, "POST /v1/subscriptions", _ordered(session, customer, method, offers, data))
    invoice = subscription.values.get("latest_invoice")
    paid = "paid" if session["amount_total"] > 0 or not _free(session) else "no_payment_required"
    made = call.store.get("invoice", invoice) if isinstance(invoice, str) else None
    if made is not None and made["status"] == "open":
        paid = "unpaid"
    return {"subscription": subscription.id, "invoice": invoice, "payment_status": paid}


def _ordered(session: Record, customer: Record, method: Record | None, offers: list[Offer], data: dict[str, Any]) -> dict[str, Any]:
    recurring, once = selling.ordered(offers)
    specs = [{name: value for name, value in spec.items() if value} for spec in session.values.get("discounts") or []]
    return {
        **{name: data.get(name) for name in _SUBSCRIBED},
        "add_invoice_items": once or None,
        "currency": session["currency"],
        "customer": customer.id,
        "default_payment_method": method.id if method is not None else None,
        "discounts": specs or None,
        "items": recurring,
        "payment_behavior": "error_if_incomplete",
    }
