"""What a customer does when an intent asks for an action: authorizes it on the bank's page, or fails to; and types in micro-deposits.

After a failed authentication the intent waits for another payment method, with `payment_intent_authentication_failure` or
`setup_intent_authentication_failure` (docs.stripe.com/error-codes). Micro-deposit test values: 32 and 45 or `SM11AA` verify an account, 10
and 11 or `SM33CC` exceed the attempts, 40 and 41 or `SM44DD` come too late (docs.stripe.com/testing).
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import confirming, debits, mandates, redirects, setup_intents
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import code_of, message_of
from replayer.simulator.errors import ApiError, Embedded, missing_parameter
from replayer.simulator.payment_methods import bank_of, card_of, kind_of
from replayer.simulator.records import Record
from replayer.simulator.rule import Rule

_MICRO = "payment_method_microdeposit_"
_NAMES = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}
# Of both ways to say it: what comes of it, null where the account is then verified.
_ENDINGS: dict[Any, tuple[str, str] | None] = {
    (32, 45): None, "SM11AA": None,
    (10, 11): (f"{_MICRO}verification_attempts_exceeded", "You have exceeded the number of allowed verification attempts."),
    (40, 41): (f"{_MICRO}verification_timeout", "Microdeposit timeout: the customer has not verified the bank account in time."),
}  # fmt: skip
_ENDINGS |= {"SM33CC": _ENDINGS[10, 11], "SM44DD": _ENDINGS[40, 41]}


def authorize(call: Call) -> Answer:
    """Do what the customer does on the page to which the intent in the path sends them."""
    intent = call.sure(call.at())
    action = (intent.values.get("next_action") or {}).get("type")
    if intent["status"] != "requires_action" or action == "verify_with_microdeposits":
        raise refuse(f"{intent.id} asks for no visit to a page: it has a status of `{intent['status']}`.")
    outcome = call.params.get("outcome") or "succeed"
    if outcome not in ("succeed", "fail"):
        raise ApiError("Invalid outcome: must be one of succeed or fail", param="outcome")
    method = call.find("payment_method", str(intent["payment_method"]), "payment_method")
    if outcome == "fail":
        return _failed(call, intent, method, f"{intent.type}_authentication_failure", redirects.FAILED.format(_NAMES[intent.type]))
    if intent.type == "setup_intent":
        return setup_intents.succeed(call, intent, method)
    if kind_of(method) in redirects.KINDS:
        return redirects.succeed(call, intent, method)
    card = card_of(method)
    if card.after_authentication == "declined":
        code = code_of(card)
        confirming.fail(call, intent, method, card, code, card.decline_code, message_of(code, card.decline_code))
        return call.at()
    return confirming.succeed(call, intent, method, card)


def _failed(call: Call, intent: Record, method: Record, code: str, message: str) -> Record:
    error = {"code": code, "message": message, "payment_method": method.id, "type": "invalid_request_error"}
    field, event = {
        "payment_intent": ("last_payment_error", "payment_intent.payment_failed"),
        "setup_intent": ("last_setup_error", "setup_intent.setup_failed"),
    }[intent.type]
    changes = {field: error, "next_action": None, "payment_method": None, "status": "requires_payment_method"}
    intent = call.update(intent, changes)
    call.event(event, intent)
    return intent


def verify(call: Call) -> Answer:
    """Verify the account of the intent in the path by what its micro-deposits showed."""
    intent = call.sure(call.at())
    action = (intent.values.get("next_action") or {}).get("type")
    if intent["status"] != "requires_action" or action != "verify_with_microdeposits":
        embedded: dict[str, Any] = {intent.type: Embedded(intent.type, intent.id)}
        message = f"You cannot verify microdeposits of this {_NAMES[intent.type]} because it has a status of {intent['status']}."
        raise refuse(message, code=f"{intent.type}_unexpected_state", **embedded)
    method = call.find("payment_method", str(intent["payment_method"]), "payment_method")
    if not bank_of(method).reached:
        return _failed(call, intent, method, f"{_MICRO}failed", "Microdeposit transfers failed. Please check the account numbers.")
    ending = _ENDINGS.get(_said(call), _mismatch(call, intent))
    if ending is None:
        method = call.update(method, {"verified": True})
        return debits.resume(call, intent, method) if intent.type == "payment_intent" else setup_intents.succeed(call, intent, method)
    code, message = ending
    if code.endswith("_mismatch"):
        raise refuse(message, code=code)
    _failed(call, intent, method, code, message)
    raise refuse(message, code=code, **{intent.type: Embedded(intent.type, intent.id)})


def _said(call: Call) -> Any:
    amounts, descriptor = call.params.get("amounts"), call.params.get("descriptor_code")
    if isinstance(descriptor, str) and descriptor:
        return descriptor.upper()
    if not isinstance(amounts, list):
        raise missing_parameter("amounts")
    if len(amounts) != 2:
        raise refuse("You must provide exactly two microdeposit amounts.", code=f"{_MICRO}verification_amounts_invalid", param="amounts")
    return tuple(sorted(int(amount) for amount in amounts))


def _mismatch(call: Call, intent: Record) -> tuple[str, str]:
    if isinstance(call.params.get("descriptor_code"), str):
        return (
            f"{_MICRO}verification_descriptor_code_mismatch",
            "The verification code provided does not match the one sent to the bank account.",
        )
    return f"{_MICRO}verification_amounts_mismatch", "The amounts provided do not match the amounts that were sent to the bank account."


_VERIFY = Rule(verify, ("amounts", "descriptor_code"))
RULES = {
    "POST /_replayer/payment_intents/{}/authorize": Rule(authorize),
    "POST /_replayer/setup_intents/{}/authorize": Rule(authorize),
    "POST /v1/payment_intents/{}/verify_microdeposits": _VERIFY,
    "POST /v1/setup_intents/{}/verify_microdeposits": _VERIFY,
    **mandates.RULES,
}
