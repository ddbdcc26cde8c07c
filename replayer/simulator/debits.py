"""Bank debits: a payment that is processing until the customer's bank has answered (docs.stripe.com/payments/payment-methods, "delayed").

Confirmed, the payment intent is `processing` and its charge `pending`. Later both succeed, or the charge fails and the intent waits for
another payment method. The charge has its balance transaction, of type `payment`, from the beginning, and one of type
`payment_failure_refund` takes it back (docs.stripe.com/reports/balance-transaction-types). Test accounts answer at once or after three
minutes (docs.stripe.com/testing). A debit needs a mandate: given by `mandate_data`, or once for all where the account is a customer's.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import disputes, mandates
from replayer.simulator.banks import CURRENCIES, MESSAGES, VERIFIED, TestBank
from replayer.simulator.calls import Call, refuse
from replayer.simulator.charges import BLANK
from replayer.simulator.errors import ApiError, Embedded, Unknown
from replayer.simulator.ledger import settle, stripe_fee
from replayer.simulator.payment_methods import attach_to, bank_of, kind_of
from replayer.simulator.records import Record

_LATER = 180  # seconds: "after at least three minutes"
_DAY = 86400
_OUTCOME = {
    "advice_code": None, "network_advice_code": None, "network_decline_code": None, "network_status": "approved_by_network",
    "reason": None, "risk_level": "not_assessed", "seller_message": "Payment complete.", "type": "authorized",
}  # fmt: skip
_WORLD = dict.fromkeys(("outcome", "receipt_url", "calculated_statement_descriptor", "failure_message"), "world")
_BLOCKED = "The payment was blocked because of a high risk of fraud."


def fee_of(kind: str, amount: int) -> int:
    """The list price of a debit, in minor units; other accounts pay others: world (stripe.com/pricing/local-payment-methods).

    ACH 0.8 %, at most 5.00; SEPA 0.35; Bacs 1 %, at most 2.00; BECS 1 % + 0.30, at most 3.50; ACSS 1 % + 0.40.
    """
    share = {"us_bank_account": 8, "bacs_debit": 10, "au_becs_debit": 10, "acss_debit": 10}.get(kind, 0)
    part = (amount * share + 500) // 1000 + {"sepa_debit": 35, "acss_debit": 40, "au_becs_debit": 30}.get(kind, 0)
    return min(part, {"us_bank_account": 500, "bacs_debit": 200, "au_becs_debit": 350}.get(kind, part))


def check(intent: Record, kind: str, currencies: dict[str, str] = CURRENCIES) -> None:
    """Refuse a payment method that does not fit its payment intent, or raise `Unknown` where the answer of Stripe is not documented."""
    if intent.values.get("currency") != currencies[kind]:
        message = (
            f"The currency of the payment method ({currencies[kind]}) does not match that of the PaymentIntent ({intent['currency']})."
        )
        raise refuse(message, code="payment_method_currency_mismatch", payment_intent=Embedded("payment_intent", intent.id))
    if intent.values.get("automatic_payment_methods") is None and intent.values.get("invoice") is None:
        allowed = intent.values.get("payment_method_types") or []
        if kind not in allowed:
            message = f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent, which takes {', '.join(allowed)}."
            code = "payment_intent_incompatible_payment_method"
            raise refuse(message, code=code, payment_intent=Embedded("payment_intent", intent.id))
    if intent.values.get("capture_method") == "manual":
        raise Unknown(f"{kind} with manual capture")
    if intent.values.get("transfer_data") or intent.values.get("application_fee_amount"):
        raise Unknown(f"a connected account's part of a payment by {kind}")


def debit(call: Call, intent: Record, method: Record) -> Record:
    """Try to pay by a debit: the account is verified first where nobody has done that."""
    kind, bank = kind_of(method), bank_of(method)
    check(intent, kind)
    mandate = mandates.given(call, method)
    if needs_verification(call, method):
        return _ask(call, intent, method)
    if bank.blocked:
        raise _refused(call, intent, method, bank)
    return _process(call, intent, method, mandate, bank)


def _refused(call: Call, intent: Record, method: Record, bank: TestBank) -> ApiError:
    charge = _charge(call, intent, method, None, status="failed")
    error = refuse(_BLOCKED, status=402, kind="card_error", code="card_declined", payment_intent=Embedded("payment_intent", intent.id))
    _wait_again(call, intent, method, charge, code="card_declined", message=_BLOCKED)
    return error


def _process(call: Call, intent: Record, method: Record, mandate: Record | None, bank: TestBank) -> Record:
    charge = _charge(call, intent, method, mandate, status="pending")
    entry = settle(call, charge, charge["amount"], "payment", fees=_fees(call, charge, kind_of(method)), **_available(call, method))
    charge = call.update(charge, {"balance_transaction": entry.id})
    call.event("charge.pending", charge)
    changes = {"last_payment_error": None, "latest_charge": charge.id, "next_action": None, "payment_method": method.id}
    intent = call.update(intent, {**changes, "status": "processing"})
    _keep(call, intent, method)
    call.event("payment_intent.processing", intent)
    if bank.ends == "at once":
        call.afterwards(intent, lambda: end(call, intent))
    elif bank.ends == "later":
        call.appoint(call.now + _LATER, "debit", intent)
    return intent


def _fees(call: Call, charge: Record, kind: str) -> list[dict[str, Any]]:
    fee = fee_of(kind, charge["amount"])
    return [stripe_fee(fee, str(charge["currency"]))] if fee else []


def _available(call: Call, method: Record) -> dict[str, Any]:
    """ACH test payments settle at once (docs.stripe.com/payments/ach-direct-debit, "Test settlement behavior")."""
    return {"available_on": call.now} if kind_of(method) == "us_bank_account" else {}


def _charge(call: Call, intent: Record, method: Record, mandate: Record | None, *, status: str) -> Record:
    kind = kind_of(method)
    looks = {name: value for name, value in (method.values.get(kind) or {}).items() if name not in _NOT_ON_CHARGES}
    own = {"expected_debit_date": None, "mandate": mandate.id if mandate is not None else None}
    return make_charge(call, intent, method, {**looks, **own}, status=status)


_NOT_ON_CHARGES = ("generated_from", "networks", "status_details", "financial_connections_account")
_SHOWN = ("amount", "currency", "customer", "description", "invoice", "metadata", "on_behalf_of", "receipt_email", "shipping",
          "statement_descriptor", "statement_descriptor_suffix", "transfer_group")  # fmt: skip


def make_charge(call: Call, intent: Record, method: Record, details: dict[str, Any], *, status: str) -> Record:
    """The charge of a payment that is no card's; Stripe gives it the id of a payment (`py_`)."""
    failed, kind = status == "failed", kind_of(method)
    fields = {
        **BLANK,
        **{name: intent.values.get(name) for name in _SHOWN},
        "amount_captured": 0 if failed else intent["amount"],
        "application": intent.values.get("application"),
        "billing_details": method.values.get("billing_details"),
        "captured": not failed,
        "outcome": _OUTCOME,
        "paid": status == "succeeded",
        "payment_intent": intent.id,
        "payment_method": method.id,
        "payment_method_details": {kind: details, "type": kind},
        "status": status,
    }
    record = call.create("charge", fields, identifier=call.store.mint.next("py"))
    record.mark({**_WORLD, f"payment_method_details.{kind}.fingerprint": "world"})
    return record


def _keep(call: Call, intent: Record, method: Record) -> None:
    """Attach the account to the customer, where it is to be used again (Stripe API reference, `setup_future_usage`)."""
    owner = intent.values.get("customer")
    customer = call.store.get("customer", owner) if isinstance(owner, str) else None
    if intent.values.get("setup_future_usage") and customer is not None and not method.values.get("customer"):
        attach_to(call, method, customer, verified=True)


# --- what the bank answers


def end(call: Call, intent: Record) -> None:
    """The customer's bank has answered."""
    intent = call.store.get("payment_intent", intent.id) or intent
    if intent["status"] != "processing":
        return
    charge = call.find("charge", str(intent["latest_charge"]), "charge")
    method = call.find("payment_method", str(intent["payment_method"]), "payment_method", deleted=True)
    bank = bank_of(method)
    if bank.code is not None:
        _fail(call, intent, charge, method, bank)
        return
    charge = call.update(charge, {"paid": True, "status": "succeeded"})
    call.money(charge, charge["amount"])
    call.event("charge.succeeded", charge)
    intent = call.update(intent, {"amount_received": intent["amount"], "status": "succeeded"})
    call.event("payment_intent.succeeded", intent)
    if bank.disputed:
        disputes.take_back(call, charge)


def _fail(call: Call, intent: Record, charge: Record, method: Record, bank: TestBank) -> None:
    message = MESSAGES.get(str(bank.code), "The customer's bank was unable to process this payment.")
    reversal = settle(call, charge, -charge["amount"], "payment_failure_refund", fees=[])
    changes = {"failure_balance_transaction": reversal.id, "failure_code": bank.code, "failure_message": message}
    charge = call.update(charge, {**changes, "paid": False, "status": "failed"})
    mandate = mandates.of(call, method)
    if mandate is not None and bank.mandate != mandate["status"]:
        call.event("mandate.updated", call.update(mandate, {"status": bank.mandate}))
    intent = _wait_again(call, intent, method, charge, code=str(bank.code), message=message)
    call.react("debit.failed", intent)


def _wait_again(call: Call, intent: Record, method: Record, charge: Record, *, code: str, message: str) -> Record:
    call.event("charge.failed", charge)
    error = {"charge": charge.id, "code": code, "message": message, "payment_method": method.id, "type": "card_error"}
    changes = {"last_payment_error": error, "latest_charge": charge.id, "next_action": None, "payment_method": None}
    intent = call.update(intent, {**changes, "status": "requires_payment_method"})
    intent.mark({"last_payment_error.type": "world", "last_payment_error.message": "world"})
    call.event("payment_intent.payment_failed", intent)
    return intent


def cancel(call: Call, intent: Record) -> None:
    """Take back a debit that is processing: its charge fails (docs.stripe.com/payments/ach-direct-debit, "canceled")."""
    charge = call.find("charge", str(intent["latest_charge"]), "charge")
    reversal = settle(call, charge, -charge["amount"], "payment_failure_refund", fees=[])
    charge = call.update(charge, {"failure_balance_transaction": reversal.id, "status": "failed"})
    call.event("charge.failed", charge)


# --- verifying an account by micro-deposits


def needs_verification(call: Call, method: Record) -> bool:
    """Whether an account has to be verified first; one that is a customer's was."""
    if kind_of(method) not in VERIFIED or method.values.get("customer"):
        return False
    options = (call.params.get("payment_method_options") or {}).get(kind_of(method)) or {}
    if options.get("verification_method") == "instant":
        raise Unknown("how a customer's visit to their bank ends")
    return not method.values.get("verified") or options.get("verification_method") == "microdeposits"


def _ask(call: Call, intent: Record, method: Record) -> Record:
    changes = {"next_action": deposits(call, intent, method), "payment_method": method.id, "status": "requires_action"}
    intent = call.update(intent, {**changes, "last_payment_error": None})
    call.event("payment_intent.requires_action", intent)
    return intent


def deposits(call: Call, intent: Record, method: Record) -> dict[str, Any]:
    """What the customer has to read off their account: two amounts (Canada), or the code beside one of 0.01 (ACH)."""
    kind = "amounts" if kind_of(method) == "acss_debit" else "descriptor_code"
    arrival = (call.now // _DAY + 2) * _DAY
    url = f"https://payments.stripe.com/microdeposit/{intent.id}"
    action = {"arrival_date": arrival, "hosted_verification_url": url, "microdeposit_type": kind}
    return {"type": "verify_with_microdeposits", "verify_with_microdeposits": action}


def resume(call: Call, intent: Record, method: Record) -> Record:
    """Go on with a payment whose account was verified."""
    return _process(call, intent, method, mandates.of(call, method), bank_of(method))
