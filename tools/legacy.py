"""Operations and parameters that Stripe still serves and the SDKs no longer name, kept by hand.

Sources: Stripe's published API description and the SDKs before 2020, for programs that were written then.
"""

from __future__ import annotations

import msgspec

from tools.python_sdk import RawOperation
from tools.tree import Node

Operations = dict[str, RawOperation]

# What the SDKs no longer name → what takes the same parameters; the answer's type where it is another one.
_CUSTOMER = "/v1/customers/{customer}"
ALIASES: dict[str, tuple[str, str]] = {
    "POST /v1/charges/{charge}/refund": ("POST /v1/refunds", "charge"),
    "GET /v1/charges/{charge}/refunds": ("GET /v1/refunds", ""),
    "POST /v1/charges/{charge}/refunds": ("POST /v1/refunds", ""),
    "GET /v1/charges/{charge}/refunds/{refund}": ("GET /v1/refunds/{refund}", ""),
    "POST /v1/charges/{charge}/refunds/{refund}": ("POST /v1/refunds/{refund}", ""),
    "GET /v1/charges/{charge}/dispute": ("GET /v1/disputes/{dispute}", ""),
    "POST /v1/charges/{charge}/dispute": ("POST /v1/disputes/{dispute}", ""),
    "POST /v1/charges/{charge}/dispute/close": ("POST /v1/disputes/{dispute}/close", ""),
    "GET /v1/balance/history": ("GET /v1/balance_transactions", ""),
    "GET /v1/balance/history/{balance_transaction}": ("GET /v1/balance_transactions/{balance_transaction}", ""),
    f"GET {_CUSTOMER}/subscriptions": ("GET /v1/subscriptions", ""),
    f"POST {_CUSTOMER}/subscriptions": ("POST /v1/subscriptions", ""),
    f"GET {_CUSTOMER}/subscriptions/{{subscription}}": ("GET /v1/subscriptions/{subscription}", ""),
    f"POST {_CUSTOMER}/subscriptions/{{subscription}}": ("POST /v1/subscriptions/{subscription}", ""),
    f"DELETE {_CUSTOMER}/subscriptions/{{subscription}}": ("DELETE /v1/subscriptions/{subscription}", ""),
    f"DELETE {_CUSTOMER}/subscriptions/{{subscription}}/discount": ("DELETE /v1/subscriptions/{subscription}/discount", ""),
    f"GET {_CUSTOMER}/cards": (f"GET {_CUSTOMER}/sources", "card"),
    f"POST {_CUSTOMER}/cards": (f"POST {_CUSTOMER}/sources", "card"),
    f"GET {_CUSTOMER}/cards/{{card}}": (f"GET {_CUSTOMER}/sources/{{source}}", "card"),
    f"POST {_CUSTOMER}/cards/{{card}}": (f"POST {_CUSTOMER}/sources/{{source}}", "card"),
    f"DELETE {_CUSTOMER}/cards/{{card}}": (f"DELETE {_CUSTOMER}/sources/{{source}}", "card"),
    f"GET {_CUSTOMER}/bank_accounts": (f"GET {_CUSTOMER}/sources", "bank_account"),
    f"POST {_CUSTOMER}/bank_accounts": (f"POST {_CUSTOMER}/sources", "bank_account"),
    f"GET {_CUSTOMER}/bank_accounts/{{bank_account}}": (f"GET {_CUSTOMER}/sources/{{source}}", "bank_account"),
    f"POST {_CUSTOMER}/bank_accounts/{{bank_account}}": (f"POST {_CUSTOMER}/sources/{{source}}", "bank_account"),
    f"DELETE {_CUSTOMER}/bank_accounts/{{bank_account}}": (f"DELETE {_CUSTOMER}/sources/{{source}}", "bank_account"),
    f"POST {_CUSTOMER}/bank_accounts/{{bank_account}}/verify": (f"POST {_CUSTOMER}/sources/{{source}}/verify", "bank_account"),
    f"GET {_CUSTOMER}/discount": (f"GET {_CUSTOMER}", "discount"),
    f"POST {_CUSTOMER}/payment_methods/{{payment_method}}/detach": ("POST /v1/payment_methods/{payment_method}/detach", ""),
}

_PLAN = {"plan": Node("s"), "quantity": Node("i")}
_COLLECTION = Node("E", choices=("charge_automatically", "send_invoice"))
_BILLING = {"prorate": Node("b"), "tax_percent": Node("f", "^"), "source": Node("s"), "billing": _COLLECTION}
_UPCOMING = {
    "subscription_plan": Node("s"),
    "subscription_quantity": Node("i"),
    "subscription_prorate": Node("b"),
    "subscription_tax_percent": Node("f"),
}
_ACCOUNT = {"account_balance": Node("i"), "business_vat_id": Node("s")}

# Parameters that older code sends; Stripe takes them for the versions of their time.
PARAMS: dict[str, dict[str, Node]] = {
    "POST /v1/subscriptions": _PLAN | _BILLING,
    "POST /v1/subscriptions/{subscription}": _PLAN | _BILLING,
    "DELETE /v1/subscriptions/{subscription}": {"at_period_end": Node("b")},
    "POST /v1/customers": _PLAN | _ACCOUNT | {"tax_percent": Node("f"), "trial_end": Node("t")},
    "POST /v1/customers/{customer}": _ACCOUNT,
    "POST /v1/invoices": {"tax_percent": Node("f"), "billing": _COLLECTION},
    "POST /v1/invoices/{invoice}": {"tax_percent": Node("f"), "paid": Node("b"), "closed": Node("b"), "forgiven": Node("b")},
    "GET /v1/invoices/upcoming": _UPCOMING,
    "GET /v1/invoices/upcoming/lines": _UPCOMING,
    "POST /v1/subscription_items": {"prorate": Node("b")},
    "POST /v1/subscription_items/{subscription_item}": {"prorate": Node("b")},
    "DELETE /v1/subscription_items/{subscription_item}": {"prorate": Node("b")},
    "POST /v1/payment_intents": {"source": Node("s"), "save_payment_method": Node("b"), "save_source_to_customer": Node("b")},
    "POST /v1/payment_intents/{payment_intent}/confirm": {"source": Node("s"), "save_payment_method": Node("b")},
}


def with_legacy(operations: Operations, oldest: bool) -> Operations:
    """One release's operations with those kept by hand; parameters of old only in the oldest release, so that they end with it."""
    result = dict(operations)
    if oldest:
        for name, params in PARAMS.items():
            operation = result[name]
            result[name] = msgspec.structs.replace(operation, params=params | operation.params)
    for name, (like, returns) in ALIASES.items():
        model = result.get(like)
        if model and name not in result:
            method, _, template = name.partition(" ")
            kinds = (returns,) if returns else model.returns
            result[name] = RawOperation(method, template, model.params, kinds, "object" if returns == "discount" else model.shape)
    return result
