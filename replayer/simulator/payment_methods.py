"""Payment methods: made from test values, attached to customers, detached again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replayer.simulator import banks
from replayer.simulator.calls import Answer, Call, refuse
from replayer.simulator.cards import TestCard, advice, behind, by_number, by_token, code_of, message_of, shown
from replayer.simulator.errors import ApiError, Unknown, missing_parameter, missing_resource
from replayer.simulator.generic import write
from replayer.simulator.records import Record
from replayer.simulator.rule import METADATA, PAGES, Rule

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
NOBODY: dict[str, Any] = {"address": _NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}
# What differs between accounts and runs of the same card, and what its issuer or network says.
_WORLD = {f"card.{name}": "world" for name in ("fingerprint", "checks", "exp_month", "exp_year", "regulated_status")}


def make(call: Call, card: TestCard, *, customer: str | None = None, billing: Mapping[str, Any] | None = None) -> Record:
    """A payment method of a test card."""
    record = call.create("payment_method", {**_common("card", customer, billing), "card": shown(card, call.now, call.version)})
    record.mark(_WORLD)
    return record


def _common(kind: str, customer: str | None, billing: Mapping[str, Any] | None) -> dict[str, Any]:
    given = billing or {}
    address = given.get("address")
    return {
        "allow_redisplay": "unspecified",
        "billing_details": {**NOBODY, **given, "address": {**_NO_ADDRESS, **(address if isinstance(address, dict) else {})}},
        "customer": customer,
        "customer_account": None,
        "metadata": {},
        "type": kind,
    }


def usable(call: Call, value: str, param: str, *, status: int = 400) -> Record:
    """The payment method that an id or a test value names; a test value becomes a payment method of its own each time."""
    card, bank = by_token(value), banks.token(value)
    if card is not None and value.startswith("pm_card_"):
        return make(call, card)
    if bank is not None:
        return of_token(call, bank)
    found = call.store.first(("payment_method",), value)
    if found is None or found.deleted:
        raise missing_resource("payment_method", value, param=param, status=status)
    return found


def card_of(method: Record) -> TestCard:
    """How the issuer of a payment method's card answers; raises `Unknown` where that is not documented."""
    looks = method.values.get("card") if method.type == "payment_method" else method.values
    if not isinstance(looks, dict) or "last4" not in looks:
        raise Unknown(f"how payments with {method.id} end: it is no card")
    card = behind(looks)
    if card is None:
        raise Unknown(f"how the issuer of {method.id} answers: it is no documented test card")
    return card


def decline_error(card: TestCard, **more: Any) -> ApiError:
    """The error that a declined card answers with."""
    code = code_of(card)
    return refuse(
        message_of(code, card.decline_code),
        status=402,
        kind="card_error",
        code=code,
        decline_code=card.decline_code,
        **advice(card.decline_code),
        **more,
    )


def kind_of(method: Record) -> str:
    """The type of a payment method; what the older API keeps is a card."""
    return str(method.values.get("type") or "card") if method.type == "payment_method" else "card"


def of_token(call: Call, data: Mapping[str, Any]) -> Record:
    """A payment method of a test bank account: one that its owner has verified, unless its micro-deposits never arrive."""
    record = from_data(call, data)
    bank = banks.by_number(kind_of(record), str(record.values.get("bank")))
    record.assign({"verified": bank is not None and bank.reached})
    return record


def bank_of(method: Record) -> banks.TestBank:
    """How the bank of a payment method answers a debit; raises `Unknown` where that is not documented."""
    kind, number = kind_of(method), method.values.get("bank")
    looks = method.values.get(kind)
    found = banks.by_number(kind, number) if isinstance(number, str) else banks.behind(kind, looks if isinstance(looks, dict) else {})
    if found is None:
        raise Unknown(f"how the bank of {method.id} answers: it is no documented test account")
    return found


def attach_to(call: Call, method: Record, customer: Record, *, verified: bool = False) -> Record:
    """Attach a payment method to a customer; cards whose issuer says no at once are refused, and bank accounts that nobody has verified."""
    owner = method.values.get("customer")
    if owner == customer.id:
        return method
    if owner and method.origin == "after":
        raise Unknown(f"who {method.id} belongs to before this call is not known")
    if owner:
        raise refuse("The payment method you provided has already been attached to a customer.", code="resource_already_exists")
    if method.raw is None and "card" in method.values:
        _check_attachable(card_of(method))
    if method.values.get("verified") is False and not verified:
        raise refuse(f"Payment methods of type `{kind_of(method)}` must be verified before they can be attached to a customer.")
    method = call.update(method, {"customer": customer.id})
    call.event("payment_method.attached", method)
    return method


def _check_attachable(card: TestCard) -> None:
    if card.on_attach == "declined":
        raise decline_error(card, param="")


def from_data(call: Call, data: Mapping[str, Any], prefix: str = "") -> Record:
    """A payment method of given data; a card is a test token or a test number. `prefix` is the parameter that holds the data."""
    kind = str(data.get("type") or "card")
    details = data.get("billing_details")
    billing = details if isinstance(details, dict) else None
    if kind == "card":
        return make(call, _card_given(data.get("card"), f"{prefix}[card]" if prefix else "card"), billing=billing)
    given = data.get(kind)
    given = given if isinstance(given, dict) else {}
    if kind in banks.KINDS:
        return _bank_account(call, kind, given, billing, f"{prefix}[{kind}]" if prefix else kind)
    record = call.create("payment_method", {**_common(kind, None, billing), kind: banks.chosen(kind, given)})
    record.mark({kind: "given"})
    return record


def _bank_account(call: Call, kind: str, given: dict[str, Any], billing: Mapping[str, Any] | None, param: str) -> Record:
    """A payment method of a bank account. Of the number only whose test account it is stays known here."""
    needed = "iban" if kind == "sepa_debit" else "account_number"
    number = given.get(needed)
    if not number and not given.get("financial_connections_account"):
        raise missing_parameter(f"{param}[{needed}]")
    bank = banks.by_number(kind, str(number or ""))
    hidden = {"bank": str(number) if bank is not None else None, "verified": False if kind in banks.VERIFIED else None}
    record = call.create("payment_method", {**_common(kind, None, billing), kind: banks.shown(kind, given), **hidden})
    record.mark({f"{kind}.{name}": "world" for name in banks.WORLD})
    return record


def _card_given(given: Any, param: str) -> TestCard:
    if not isinstance(given, dict):
        raise missing_parameter(param)
    token = given.get("token")
    if isinstance(token, str) and token:
        card = by_token(token)
        if card is None:
            raise missing_resource("token", token, param=f"{param}[token]", status=400)
        return card
    card = by_number(str(given.get("number") or ""))
    if card is None:
        raise Unknown("how the issuer of a card number answers that is no documented test card")
    return card


def create(call: Call) -> Answer:
    """Make a payment method from data."""
    if isinstance(call.params.get("payment_method"), str):
        raise Unknown("what a payment method cloned to a connected account becomes")
    if not call.params.get("type"):
        raise missing_parameter("type")
    record = from_data(call, call.params)
    if isinstance(call.params.get("metadata"), dict):
        record.assign({"metadata": call.params["metadata"]}, "given")
    return record


def attach(call: Call) -> Answer:
    """Attach the payment method in the path to a customer."""
    owner, identifier = call.params.get("customer"), call.ids[0]
    if not isinstance(owner, str):
        raise missing_parameter("customer")
    card = by_token(identifier)
    if card is None:  # a test bank account too
        method = usable(call, identifier, "payment_method", status=404)
        return attach_to(call, method, call.find("customer", owner, "customer"))
    customer = call.find("customer", owner, "customer")
    _check_attachable(card)
    method = make(call, card, customer=customer.id)
    call.event("payment_method.attached", method)
    return method


def detach(call: Call) -> Answer:
    """Detach the payment method in the path; it is no customer's default any more."""
    method = call.at()
    owner = method.values.get("customer")
    if not owner:
        raise refuse("The payment method you provided is not attached to a customer so detachment is impossible.")
    method = call.update(method, {"customer": None})
    customer = call.store.get("customer", str(owner))
    settings = customer.values.get("invoice_settings") if customer is not None else None
    if customer is not None and isinstance(settings, dict) and settings.get("default_payment_method") == method.id:
        call.update(customer, {"invoice_settings": {**settings, "default_payment_method": None}})
    call.event("payment_method.detached", method)
    return method


def retrieve(call: Call) -> Answer:
    """Show a payment method; a test value shows the payment method that it would become."""
    card = by_token(call.ids[-1])
    if card is not None:
        return call.passing("payment_method", {**_common("card", None, None), "card": shown(card, call.now, call.version)}, _WORLD)
    bank = banks.token(call.ids[-1])
    if bank is not None:
        kind = str(bank["type"])
        return call.passing("payment_method", {**_common(kind, None, None), kind: banks.shown(kind, bank[kind])})
    return usable(call, call.ids[-1], "payment_method", status=404)


# Of a card only its token or number is read: an expired card, a wrong code or a preferred network is echoed only. So is the billing
# address, which issuers check and from which tax may be computed.
CARD = ("card[token]", "card[number]")
ACCOUNTS = tuple(f"{kind}[{'iban' if kind == 'sepa_debit' else 'account_number'}]" for kind in sorted(banks.KINDS))
_DATA = (*CARD, *ACCOUNTS)
GIVEN = ("payment_method_data[type]", *(f"payment_method_data[{name.partition('[')[0]}][{name.partition('[')[2]}" for name in _DATA))
_INERT = {"metadata": METADATA}  # billing details are required by some types
RULES = {
    "POST /v1/payment_methods": Rule(create, ("type", *_DATA, "payment_method"), _INERT),
    "POST /v1/payment_methods/{}": Rule(write, (), _INERT),
    "POST /v1/payment_methods/{}/attach": Rule(attach, ("customer",)),
    "POST /v1/payment_methods/{}/detach": Rule(detach),
    "GET /v1/payment_methods/{}": Rule(retrieve),
    "GET /v1/payment_methods": Rule(None, ("customer", "type", *PAGES)),
    "GET /v1/customers/{}/payment_methods": Rule(None, ("type", *PAGES)),
    "GET /v1/customers/{}/payment_methods/{}": Rule(),
}
