"""Payments on the page of the customer's bank: iDEAL, Bancontact, EPS and Przelewy24 (docs.stripe.com/payments/bank-redirects).

The payment intent asks for the visit (`requires_action`, `redirect_to_url`); nothing is charged before the customer has said yes there.
What a test customer does on Stripe's page, authorize or fail, a test says under `/_replayer/` (visits.py), for cards that ask for
authentication too. Where iDEAL or Bancontact is to be used again, the account behind it becomes a SEPA debit payment method
(docs.stripe.com/payments/ideal/set-up-payment), as the account of Stripe's test bank shows it.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator import debits, mandates
from replayer.simulator.calls import Call, refuse
from replayer.simulator.connected import distribute
from replayer.simulator.errors import Embedded
from replayer.simulator.payment_methods import from_data, kind_of
from replayer.simulator.records import Record
from replayer.stripeapi.testdata import values_of

CURRENCIES = {"ideal": "eur", "bancontact": "eur", "eps": "eur", "p24": "eur"}
KINDS = frozenset(CURRENCIES)
_ACCOUNTS = {"ideal": "nl", "bancontact": "be"}  # the country of the test bank's account
FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to "
    "fulfill this {0} again."
)
_BANKS = {"ideal": {"bank": None, "bic": None, "transaction_id": None}, "bancontact": dict.fromkeys(("bank_code", "bank_name", "bic"))}


def redirect(call: Call, intent: Record, method: Record) -> Record:
    """Send the customer to their bank."""
    kind = kind_of(method)
    debits.check(intent, kind, CURRENCIES)
    action = ask(call, intent)
    changes = {"last_payment_error": None, "next_action": action, "payment_method": method.id, "status": "requires_action"}
    intent = call.update(intent, changes)
    call.event("payment_intent.requires_action", intent)
    return intent


def ask(call: Call, intent: Record) -> dict[str, Any]:
    """Where the customer is sent; the page leads back to `return_url`, which has to be given."""
    where = call.params.get("return_url")
    if not isinstance(where, str):
        embedded: dict[str, Any] = {intent.type: Embedded(intent.type, intent.id)}
        raise refuse("A `return_url` must be specified because this payment method redirects the customer.", param="return_url", **embedded)
    url = f"https://pm-redirects.stripe.com/authorize/{call.store.account_id}/{intent.id}"
    return {"redirect_to_url": {"return_url": where, "url": url}, "type": "redirect_to_url"}


def succeed(call: Call, intent: Record, method: Record) -> Record:
    """The customer said yes: the payment is made at once."""
    charge = debits.make_charge(call, intent, method, details(method), status="succeeded")
    charge.mark({f"payment_method_details.{kind_of(method)}": "world"})
    call.money(charge, charge["amount"])
    charge = _generate(call, intent, method, charge)
    call.event("charge.succeeded", charge)
    charge = distribute(call, charge)
    changes = {"amount_received": intent["amount"], "latest_charge": charge.id, "next_action": None, "status": "succeeded"}
    intent = call.update(intent, {**changes, "last_payment_error": None, "payment_method": method.id})
    call.event("payment_intent.succeeded", intent)
    return intent


def details(method: Record) -> dict[str, Any]:
    """A redirect payment method as charges show it."""
    kind = kind_of(method)
    looks = {**_BANKS.get(kind, {}), **(method.values.get(kind) or {})}
    if kind not in _ACCOUNTS:
        return {**looks, "verified_name": None}
    last4 = values_of("sepa_debit")[_ACCOUNTS[kind]][0][-4:]
    return {**looks, "generated_sepa_debit": None, "generated_sepa_debit_mandate": None, "iban_last4": last4, "verified_name": None}


def _generate(call: Call, intent: Record, method: Record, charge: Record) -> Record:
    owner, kind = intent.values.get("customer"), kind_of(method)
    if not intent.values.get("setup_future_usage") or not isinstance(owner, str) or kind not in _ACCOUNTS:
        return charge
    made, mandate = generate(call, method, owner, charge=charge.id)
    shown = {**charge["payment_method_details"][kind], "generated_sepa_debit": made.id, "generated_sepa_debit_mandate": mandate.id}
    return call.update(charge, {"payment_method_details": {"type": kind, kind: shown}})


def generate(call: Call, method: Record, customer: str, **source: str) -> tuple[Record, Record]:
    """The SEPA debit payment method of the account behind a redirect, attached to the customer, and its mandate."""
    iban = values_of("sepa_debit")[_ACCOUNTS[kind_of(method)]][0]
    billing = method.values.get("billing_details")
    made = from_data(call, {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": billing})
    looks = {**made["sepa_debit"], "generated_from": {"charge": None, "setup_attempt": None, **source}}
    made = call.update(made, {"customer": customer, "sepa_debit": looks})
    call.event("payment_method.attached", made)
    return made, mandates.make(call, made, {"type": "online"})
