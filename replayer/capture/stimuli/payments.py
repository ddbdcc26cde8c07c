"""Payments off camera: confirmed in the browser, captured, cancelled, refunded or disputed elsewhere; Checkout pages completed."""

from __future__ import annotations

from typing import Any

from replayer.capture.history import Told
from replayer.capture.stimuli.acts import Act, Group, bills_a_change, ref, sent

_AUTHENTICATION = frozenset({"payment_intent_authentication_failure", "setup_intent_authentication_failure"})
_RETURN = "https://example.test/return"


def confirmed(told: Told, group: Group) -> Act | None:
    """A payment intent was confirmed with a payment method, or its customer authenticated."""
    if bills_a_change(group):
        return None
    return _confirm(told, group, "payment_intents", "last_payment_error")


def set_up(told: Told, group: Group) -> Act:
    """A setup intent was confirmed, or its customer authenticated."""
    return _confirm(told, group, "setup_intents", "last_setup_error")


def _confirm(told: Told, group: Group, path: str, error_field: str) -> Act:
    intent = told.object
    error = intent.get(error_field) or {}
    if group.scene.statuses.get(told.about) == "requires_action":
        outcome = "fail" if error.get("code") in _AUTHENTICATION else "succeed"
        return Act(about=told, path=f"/_replayer/{path}/{told.about}/authorize", params={"outcome": outcome})
    method = ref(intent.get("payment_method")) or ref(error.get("payment_method")) or ref(error.get("source"))
    if method is None:
        return Act(about=told, why="with which payment method an intent was confirmed is not told")
    failed = told.type.endswith("_failed")
    return Act(
        about=told, path=f"/v1/{path}/{told.about}/confirm", params={"payment_method": method, "return_url": _RETURN}, shown=not failed
    )


def captured(told: Told, group: Group) -> Act:
    """A hold was captured."""
    charge = told.object
    amount = charge.get("amount_captured", charge.get("amount"))
    intent = ref(charge.get("payment_intent"))
    after = group.of("payment_intent.succeeded")
    if intent is None:
        return Act(about=told, path=f"/v1/charges/{told.about}/capture", params={"amount": str(amount)})
    params = {"amount_to_capture": str(amount)}
    return Act(about=after or told, path=f"/v1/payment_intents/{intent}/capture", params=params, shown=after is not None)


def canceled(told: Told, group: Group) -> Act:
    """An intent was cancelled."""
    kind = "payment_intents" if told.object.get("object") == "payment_intent" else "setup_intents"
    reason = told.object.get("cancellation_reason")
    given = {"cancellation_reason": reason} if reason in ("duplicate", "fraudulent", "requested_by_customer", "abandoned") else {}
    return Act(about=told, path=f"/v1/{kind}/{told.about}/cancel", params=given)


def refunded(told: Told, group: Group) -> Act:
    """A charge was refunded."""
    shown = group.of("refund.created", "charge.refund.updated")
    charge = group.of("charge.refunded")
    if shown is not None:
        refund = shown.object
        target = ("charge", ref(refund.get("charge"))) if refund.get("charge") else ("payment_intent", ref(refund.get("payment_intent")))
        given = [("amount", refund.get("amount")), ("reason", _reason(refund)), ("metadata", refund.get("metadata"))]
        return Act(about=shown, path="/v1/refunds", params=sent([target, *given]))
    assert charge is not None
    before = charge.before.get("amount_refunded")
    now = charge.object.get("amount_refunded")
    if not isinstance(before, int) or not isinstance(now, int) or before >= now:
        return Act(about=told, why="how much was refunded is not told")
    return Act(about=charge, path="/v1/refunds", params={"charge": charge.about, "amount": str(now - before)}, shown=False)


def _reason(refund: dict[str, Any]) -> str | None:
    found = refund.get("reason")
    return found if found in ("duplicate", "fraudulent", "requested_by_customer") else None


def disputed(told: Told, group: Group) -> Act:
    """A customer's bank took a charge back, or asks about it."""
    charge = ref(told.object.get("charge"))
    given = [("amount", told.object.get("amount")), ("reason", told.object.get("reason")), ("status", told.object.get("status"))]
    return Act(about=told, path=f"/_replayer/charges/{charge}/dispute", params=sent(given))


def decided(told: Told, group: Group) -> Act | None:
    """A bank decided a dispute, or gave an inquiry up."""
    status = told.object.get("status")
    if status not in ("won", "lost"):
        return Act(about=told, why="how an inquiry of a bank ended changes nothing that is billed")
    return Act(about=told, path=f"/_replayer/disputes/{told.about}/decide", params={"outcome": status})


def checkout(told: Told, group: Group) -> Act:
    """A customer completed a Checkout page."""
    session, details = told.object, told.object.get("customer_details") or {}
    if session.get("payment_link") and told.about not in group.scene.statuses:
        return Act(about=told, why="a payment link was opened and paid: no call made its session")
    paid = group.of("payment_intent.succeeded", "payment_intent.processing", "setup_intent.succeeded")
    subscription, charge = group.of("customer.subscription.created", "customer.subscription.updated"), group.of("charge.succeeded")
    sources = [
        (one, name) for one, name in ((paid, "payment_method"), (charge, "payment_method"), (subscription, "default_payment_method"))
    ]
    method = next((found for one, name in sources if one is not None and (found := ref(one.object.get(name)))), None)
    bought = _quantity(told, group)
    given = [("payment_method", method), ("email", details.get("email")), ("name", details.get("name")), *bought]
    return Act(about=told, path=f"/_replayer/checkout/sessions/{told.about}/complete", params=sent(given))


def _quantity(told: Told, group: Group) -> list[tuple[str, Any]]:
    """The promotion code that was typed on the page, where the session shows one."""
    codes = [ref(one.get("promotion_code")) for one in told.object.get("discounts") or [] if isinstance(one, dict)]
    return [("promotion_code", next((code for code in codes if code), None))]


def expired(told: Told, group: Group) -> Act:
    """Somebody let a Checkout page expire before its time."""
    return Act(about=told, path=f"/v1/checkout/sessions/{told.about}/expire")
