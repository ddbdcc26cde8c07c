"""Stripe's object ids: where they stand in a text, and which type a prefix hints at.

The `object` field is the authority for an object's type; the prefix is a hint. Plans, coupons, products and promotion codes may carry ids
that users chose, which no pattern can find: they are known by the field or parameter they stand in (`REFERENCES`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TYPES = """
account acct
customer cus
payment_method pm
card card
source src
bank_account ba
token tok btok
payment_intent pi
setup_intent seti
charge ch py
refund re pyr
balance_transaction txn
transfer tr
transfer_reversal trr
payout po
application_fee fee
fee_refund fr
dispute dp du
radar.early_fraud_warning issfr
person person
subscription sub
subscription_item si
subscription_schedule sub_sched
price price
product prod
invoice in
invoiceitem ii
line_item il
invoice_payment inpay
discount di
credit_note cn
credit_note_line_item cnli
checkout.session cs_test cs_live
billing_portal.session bps
event evt
webhook_endpoint we
request req
file file
file_link link
ephemeral_key ephkey
tax_id txi
tax_rate txr
promotion_code promo
quote qt
payment_link plink
test_helpers.test_clock clock
mandate mandate
setup_attempt setatt
customer_balance_transaction cbtxn
payment_method_configuration pmc
billing_portal.configuration bpc
shipping_rate shr
item li sli
billing.meter mtr mtr_test meter
plan plan
issuing.card ic
tax.calculation taxcalc
tax.registration taxreg
tax.transaction tax
entitlements.feature feat
billing.credit_grant credgr
issuing.cardholder ich
issuing.authorization iauth
issuing.transaction ipi
identity.verification_session vs
identity.verification_report vr
terminal.reader tmr
terminal.location tml
financial_connections.account fca
customer_cash_balance_transaction ccsbtxn
"""
PREFIXES: dict[str, str] = {prefix: line.split()[0] for line in _TYPES.strip().splitlines() for prefix in line.split()[1:]}

# Types that many read and few write: naming one ties nobody together and spreads no reach (ARCHITECTURE.md, "Order and chains").
SHARED_TYPES = frozenset(
    {"price", "plan", "product", "coupon", "promotion_code", "tax_rate", "tax_code", "shipping_rate", "account", "billing.meter"}
    | {"payment_method_configuration", "billing_portal.configuration", "invoice_rendering_template", "entitlements.feature"}
)

# Parameters and fields whose value is an id that a user may have chosen, and the type it names.
REFERENCES: dict[str, str] = {
    "plan": "plan", "price": "price", "product": "product", "coupon": "coupon", "promotion_code": "promotion_code", "customer": "customer",
    "default_price": "price", "from_plan": "plan", "tax_rates": "tax_rate", "default_tax_rates": "tax_rate",
}  # fmt: skip

_PREFIX = "|".join(sorted(PREFIXES, key=len, reverse=True))
ID = re.compile(rf"(?<![A-Za-z0-9_])(?:{_PREFIX})_(?=[0-9A-Za-z_]*[0-9A-Z])[0-9A-Za-z]{{6,}}(?![A-Za-z0-9])")
_SECRET = "_secret_"


def is_id(text: str) -> bool:
    """Whether the whole text looks like an id that Stripe made."""
    return "_" in text and ID.fullmatch(text) is not None


def find_ids(text: str) -> list[str]:
    """The ids that stand in a text, in order, a client secret's object among them."""
    return ID.findall(text) if "_" in text else []


def type_hint(identifier: str) -> str | None:
    """The type that an id's prefix hints at, null where there is no hint."""
    prefix = identifier.rpartition("_")[0]
    return PREFIXES.get(prefix)


def is_shared(identifier: str, object_type: str | None = None) -> bool:
    """Whether an id names a type that many share; without the object's type the prefix decides."""
    return (object_type or type_hint(identifier) or "") in SHARED_TYPES


def references(params: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield every id that parameters name, with its type where the parameter tells it. `expand` paths name none."""
    for key, value in params.items():
        if key != "expand":
            yield from _references(key, value)


def _references(key: str, value: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, str):
        if key in REFERENCES and value:
            yield value, REFERENCES[key]
        else:
            for found in find_ids(value):
                yield found, type_hint(found)
    elif isinstance(value, Mapping):
        for child_key, child in value.items():
            yield from _references(child_key, child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(key, child)


def objects(value: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (id, type, object) of every object that stands in an answer, outermost first."""
    if isinstance(value, dict):
        identifier, kind = value.get("id"), value.get("object")
        if isinstance(identifier, str) and isinstance(kind, str):
            yield identifier, kind, value
        for child in value.values():
            if type(child) is dict or type(child) is list:
                yield from objects(child)
    elif isinstance(value, list):
        for child in value:
            if type(child) is dict or type(child) is list:
                yield from objects(child)


def ids_in(value: Any) -> Iterator[str]:
    """Yield every id in an answer: those of objects, user-chosen ones among them, and those found by shape in any text."""
    if isinstance(value, str):
        if "_" in value:
            yield from ID.findall(value.partition(_SECRET)[0] if _SECRET in value else value)
    elif isinstance(value, dict):
        identifier = value.get("id")
        if isinstance(identifier, str) and identifier and "object" in value:
            yield identifier
        for key, child in value.items():
            if key == "id" and "object" in value:
                continue
            kind = type(child)
            if kind is str and key in REFERENCES and child:
                yield child
            elif kind is dict or kind is list or (kind is str and "_" in child):
                yield from ids_in(child)
    elif isinstance(value, list):
        for child in value:
            if isinstance(child, (str, dict, list)):
                yield from ids_in(child)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text that stands in nested hashes and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from texts_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts_in(child)
