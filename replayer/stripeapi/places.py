"""What kind of thing stands at a place of an answer: money, currency, status, quantity, time, or something else.

The kind decides how a place is judged: money, status, quantity and existence are never called equal on a target that cannot know them.
"""

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["money", "currency", "status", "quantity", "existence", "time", "volatile", "other"]
HARD: frozenset[str] = frozenset({"money", "currency", "status", "quantity", "existence"})

_MONEY = re.compile(
    r"(amount\w*|\w*_amounts?|amounts?|total\w*|subtotal\w*|unit_amount\w*|\w*balance|tax|application_fee\w*|net|fee|cost|"
    r"percent_off|amount_off|percentage|\w*_percent|exchange_rate|available|pending|flat_amount\w*|up_to)"
)
_NOT_MONEY = frozenset({"default_for_currency", "total_count", "amount_type", "tax_exempt", "amount_tax_display", "amount_includes_iof"})
_STATUS = frozenset(
    {"status", "paid", "captured", "refunded", "disputed", "delinquent", "deleted", "decline_code", "code", "cancel_at_period_end"}
)
# How much is billed, and how often: a yearly price for a monthly one is no matter of words.
_QUANTITY = frozenset(
    {"quantity", "quantity_decimal", "billed_quantity", "aggregated_value", "interval", "interval_count", "duration", "duration_in_months"}
    | {"trial_period_days", "usage_type", "aggregate_usage"}
)
_TIME = re.compile(
    r"(created|updated|\w+_at|\w*_?(start|end)|\w*_date|\w*_on|start|end|date|\w*_time|frozen_time|timestamp|billing_cycle_anchor|"
    r"next_payment_attempt|trial_(start|end)|available_on|capture_before|deadline|due_by|expires)"
)
_VOLATILE = frozenset(
    {
        "client_secret",
        "url",
        "receipt_url",
        "receipt_number",
        "hosted_invoice_url",
        "invoice_pdf",
        "number",
        "fingerprint",
        "risk_score",
        "invoice_prefix",
        "request_log_url",
        "network_transaction_id",
        "network_reference",
        "authorization_code",
        "secret",
        "reference",
        "hosted_verification_url",
        "hosted_voucher_url",
        "receipt",
        "trace_id",
        "next_invoice_sequence",
        "network_decline_code",
        "doc_url",
        "idempotency_key",
    }
)
_NOT_TIME = frozenset({"livemode"})


@lru_cache(maxsize=65536)
def kind_of(path: str) -> Kind:
    """The kind of a leaf by its folded path (`lines.data[].amount`); metadata is never more than text.

    Volatile places differ between two identical runs (measured on recordings); only their presence and type are compared.
    """
    parts = [part for part in path.replace("[]", "").split(".") if part]
    if not parts or "metadata" in parts:
        return "other"
    name = parts[-1]
    if "use_stripe_sdk" in parts or name in _VOLATILE:
        return "volatile"
    if name in _STATUS:
        return "status"
    if name in _QUANTITY:
        return "quantity"
    if name == "currency" or name.endswith("_currency"):
        return "currency"
    if name not in _NOT_MONEY and _MONEY.fullmatch(name):
        return "money"
    if name not in _NOT_TIME and _TIME.fullmatch(name):
        return "time"
    return "other"
