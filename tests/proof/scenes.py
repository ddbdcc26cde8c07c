"""Small recordings made by hand, one for each way in which an operation can matter: what Stripe would have answered is what the simulator does.

A control that reproduces everything is the hardest case for the proofs: no doubt about it can turn a wrong green into *unknown*.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from replayer.model import BaselineObject, Outcome, Request
from replayer.simulator import Simulator
from replayer.stripeapi.versions import NEWEST, at_least
from tests.make import T0, exchange
from tests.proof.changes import Change, parameters_of
from tests.proof.corpus import Bench, write

Step = tuple[str, dict[str, Any]]
VERSIONS = ("2025-10-29.clover", NEWEST, "2024-06-20")
_ACCOUNT = BaselineObject(
    id="acct_1Example000000", object="account", provenance="observed", version=VERSIONS[0],
    state={"id": "acct_1Example000000", "object": "account", "type": "standard", "charges_enabled": True, "payouts_enabled": True},
)  # fmt: skip

_SELLING = {"type": "custom", "country": "US", "capabilities": {"transfers": {"requested": "true"}, "card_payments": {"requested": "true"}}}
_SELLER: Step = ("POST /v1/accounts", {**_SELLING, "business_type": "company"})
_OTHER_SELLER: Step = ("POST /v1/accounts", _SELLING)
_CUSTOMER: Step = ("POST /v1/customers", {"email": "jenny@example.com", "payment_method": "pm_card_visa",
                                            "invoice_settings": {"default_payment_method": "pm_card_visa"}})  # fmt: skip
_OTHER: Step = ("POST /v1/customers", {"email": "john@example.com"})
_SOURCE: Step = ("POST /v1/customers", {"email": "jenny@example.com", "source": "tok_visa"})
_METHOD: Step = ("POST /v1/payment_methods", {"type": "card", "card": {"token": "tok_visa"}})
_PAID: dict[str, Any] = {
    "amount": "1000",
    "currency": "usd",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "payment_method_types": ["card"],
}
_HELD = {**_PAID, "capture_method": "manual"}
_ASKED = {**_PAID, "payment_method": "pm_card_authenticationRequired", "return_url": "https://example.com/back"}
_OPEN = {"amount": "1000", "currency": "usd", "customer": "{0}"}
_PRODUCT: Step = ("POST /v1/products", {"name": "Tea"})
_PRICE = {"currency": "usd", "unit_amount": "700", "recurring": {"interval": "month"}}
_SUBSCRIBED: list[Step] = [
    _CUSTOMER, _OTHER, _PRODUCT, ("POST /v1/prices", {**_PRICE, "product": "{2}"}),
    ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}", "quantity": "2"}]}),
]  # fmt: skip
_DEARER: Step = ("POST /v1/prices", {**_PRICE, "unit_amount": "900", "product": "{2}"})
_LATER = str(int(T0) + 10 * 86400)
_MONTH = {"interval": "month", "interval_count": "1"}
_BILLED: list[Step] = [
    _CUSTOMER, _OTHER, ("POST /v1/invoiceitems", {"customer": "{0}", "amount": "500", "currency": "usd"}),
    ("POST /v1/invoices", {"customer": "{0}", "pending_invoice_items_behavior": "include"}),
]  # fmt: skip
_METER: Step = ("POST /v1/billing/meters", {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}})
_METERED: Step = ("POST /v1/prices", {"currency": "usd", "unit_amount": "5", "product": "{1}",
                                      "recurring": {"interval": "month", "usage_type": "metered", "meter": "{2}"}})  # fmt: skip
_CALLS: Step = (
    "POST /v1/billing/meter_events",
    {"event_name": "calls", "identifier": "one", "payload": {"stripe_customer_id": "{0}", "value": "40"}},
)
_READ: Step = ("GET /v1/payment_intents/{2}", {})
_PI = "POST /v1/payment_intents"
_ACCEPTED = {"customer_acceptance": {"type": "online", "online": {"ip_address": "192.0.2.1", "user_agent": "Browser"}}}


def _by_bank(kind: str, currency: str, **account: str) -> tuple[list[Step], int]:
    """A debit of a test bank account that is paid; which account it is decides."""
    method = {"type": kind, kind: account, "billing_details": {"name": "Jenny", "email": "jenny@example.com", "address": {
        "line1": "1 High Street", "city": "London", "postal_code": "N1 1AA", "country": "GB"}}}  # fmt: skip
    debit = {"amount": "1000", "currency": currency, "customer": "{0}", "confirm": "true", "payment_method": "{1}",
             "payment_method_types": [kind], "mandate_data": _ACCEPTED}  # fmt: skip
    return [_CUSTOMER, ("POST /v1/payment_methods", method), (_PI, debit), _READ], 1


# Name: the steps, and which of them is changed. `{2}` is the id that step 2 was answered with.
SCENES: dict[str, tuple[list[Step], int]] = {
    "payment intent, open": ([_CUSTOMER, _OTHER, (_PI, _OPEN), (f"{_PI}/{{2}}/confirm", {"payment_method": "pm_card_visa", "return_url": "https://a.example"}), _READ], 2),
    "payment intent, by bank": ([_CUSTOMER, _OTHER, (_PI, {**_OPEN, "payment_method_types": ["us_bank_account"], "payment_method_data": {
                                 "type": "us_bank_account", "billing_details": {"name": "Jenny"}, "us_bank_account": {"account_holder_type": "individual"}}})], 2),
    "payment intent, paid": ([_CUSTOMER, _OTHER, (_PI, {**_PAID, "customer": "{0}"}), _READ, ("GET /v1/payment_methods", {"customer": "{0}"})], 2),
    "payment intent, prepared": ([_CUSTOMER, _OTHER, (_PI, {"amount": "1000", "currency": "usd", "payment_method": "pm_card_visa", "payment_method_types": ["card"]}), _READ], 2),
    "payment intent, held": ([_CUSTOMER, _OTHER, (_PI, _HELD), (f"{_PI}/{{2}}/capture", {}), _READ], 2),
    "payment intent, asked": ([_CUSTOMER, _OTHER, (_PI, _ASKED), _READ], 2),
    "payment intent, asked off session": ([_CUSTOMER, _OTHER, (_PI, {**_ASKED, "off_session": "true"}), _OTHER], 2),
    "payment intent, updated": ([_CUSTOMER, _OTHER, (_PI, {"amount": "1000", "currency": "usd", "customer": "{0}", "payment_method_types": ["card"]}),
                                 (f"{_PI}/{{2}}", {"amount": "1100"}), (f"{_PI}/{{2}}/confirm", {"payment_method": "pm_card_visa"}), _READ,
                                 ("GET /v1/payment_methods", {"customer": "{0}"})], 3),
    "payment intent, confirmed": ([_CUSTOMER, _METHOD, (_PI, {**_OPEN, "payment_method_types": ["card"]}),
                                   (f"{_PI}/{{2}}/confirm", {"payment_method": "pm_card_visa"}), _READ, ("GET /v1/payment_methods", {"customer": "{0}"})], 3),
    "payment intent, confirmed and asked": ([_CUSTOMER, _METHOD, (_PI, {**_OPEN, "payment_method_types": ["card"]}),
                                             (f"{_PI}/{{2}}/confirm", {"payment_method": "pm_card_authenticationRequired", "return_url": "https://a.example"}), _READ], 3),
    "payment intent, captured": ([_CUSTOMER, _OTHER, (_PI, _HELD), (f"{_PI}/{{2}}/capture", {"amount_to_capture": "900"}), _READ], 3),
    "payment intent, canceled": ([_CUSTOMER, _OTHER, (_PI, _HELD), (f"{_PI}/{{2}}/cancel", {"cancellation_reason": "duplicate"}), _READ], 3),
    "charge": ([_SOURCE, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "customer": "{0}"}), ("GET /v1/charges/{2}", {})], 2),
    "charge, by token": ([_SOURCE, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa"})], 2),
    "charge, held": ([_SOURCE, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa", "capture": "false"}),
                      ("GET /v1/charges/{2}", {})], 2),
    "charge, captured": ([_SOURCE, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa", "capture": "false"}),
                          ("POST /v1/charges/{2}/capture", {"amount": "900"}), ("GET /v1/charges/{2}", {})], 3),
    "charge, refunded": ([_SOURCE, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa"}),
                          ("POST /v1/charges/{2}/refund", {"amount": "900"}), ("GET /v1/charges/{2}", {})], 3),
    "charge, refunds": ([_SOURCE, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa"}),
                         ("POST /v1/charges/{2}/refunds", {"amount": "900"}), ("GET /v1/charges/{2}", {})], 3),
    "refund": ([_CUSTOMER, (_PI, _PAID), (_PI, {**_PAID, "amount": "2000"}), ("POST /v1/refunds", {"payment_intent": "{1}", "amount": "400"}), _READ], 3),
    "refund of a charge": ([_SOURCE, ("POST /v1/charges", {"amount": "900", "currency": "usd", "source": "tok_visa"}),
                            ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa"}), ("POST /v1/refunds", {"charge": "{1}"})], 3),
    "subscription": (_SUBSCRIBED, 4),
    "subscription, by invoice": ([*_SUBSCRIBED[:4], ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}], "collection_method": "send_invoice",
                                  "days_until_due": "7"}), ("GET /v1/invoices", {"customer": "{0}"})], 4),
    "subscription, to be confirmed": ([*_SUBSCRIBED[:4], ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}],
                                       "payment_behavior": "default_incomplete"}), ("GET /v1/subscriptions/{4}", {})], 4),
    "subscription, until an anchor": ([*_SUBSCRIBED[:4], ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}], "billing_cycle_anchor": _LATER,
                                       "proration_behavior": "create_prorations"})], 4),
    "subscription, on trial": ([_OTHER, _OTHER, _PRODUCT, ("POST /v1/prices", {**_PRICE, "product": "{2}"}), ("POST /v1/subscriptions", {
                                "customer": "{0}", "items": [{"price": "{3}"}], "trial_period_days": "7",
                                "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}}})], 4),
    "subscription, on trial, updated": ([_OTHER, _OTHER, _PRODUCT, ("POST /v1/prices", {**_PRICE, "product": "{2}"}), ("POST /v1/subscriptions", {
                                "customer": "{0}", "items": [{"price": "{3}"}], "trial_period_days": "7"}),
                                ("POST /v1/subscriptions/{4}", {"trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}}})], 5),
    "subscription, paused": ([*_SUBSCRIBED, ("POST /v1/subscriptions/{4}", {"pause_collection": {"behavior": "void"}})], 5),
    "subscription, more at once": ([*_SUBSCRIBED, _DEARER, ("POST /v1/subscriptions/{4}", {"items": [{"price": "{5}"}], "proration_behavior": "always_invoice",
                                    "payment_behavior": "default_incomplete"}), ("GET /v1/subscriptions/{4}", {})], 6),
    "subscription, updated": ([*_SUBSCRIBED, ("POST /v1/subscriptions/{4}", {"proration_behavior": "create_prorations"}), ("GET /v1/subscriptions/{4}", {})], 5),
    "subscription, price added": ([*_SUBSCRIBED, ("POST /v1/prices", {**_PRICE, "unit_amount": "900", "product": "{2}"}),
                                   ("POST /v1/subscriptions/{4}", {"items": [{"price": "{5}"}], "proration_behavior": "always_invoice"})], 6),
    "subscription, price added later": ([*_SUBSCRIBED, ("POST /v1/prices", {**_PRICE, "unit_amount": "900", "product": "{2}"}),
                                         ("POST /v1/subscriptions/{4}", {"items": [{"price": "{5}"}]}), ("POST /v1/invoices", {"customer": "{0}", "pending_invoice_items_behavior": "include"}),
                                         ("POST /v1/invoices/{7}/pay", {})], 6),
    "invoice, with what waits": ([_CUSTOMER, _OTHER, ("POST /v1/invoiceitems", {"customer": "{0}", "amount": "500", "currency": "usd"}),
                                  ("POST /v1/invoices", {"customer": "{0}", "pending_invoice_items_behavior": "include"}), ("POST /v1/invoices/{3}/pay", {})], 3),
    "invoice, open and paid": ([_CUSTOMER, _OTHER, ("POST /v1/invoiceitems", {"customer": "{0}", "amount": "500", "currency": "usd"}),
                                ("POST /v1/invoices", {"customer": "{0}", "pending_invoice_items_behavior": "include"}), ("POST /v1/invoices/{3}/pay", {})], 4),
    "subscription, canceled": ([*_SUBSCRIBED, ("DELETE /v1/subscriptions/{4}", {"prorate": "true"}), ("GET /v1/subscriptions/{4}", {})], 5),
    "subscription item": ([*_SUBSCRIBED, _DEARER, ("POST /v1/subscription_items", {"subscription": "{4}", "price": "{5}", "quantity": "2"}),
                           ("GET /v1/subscriptions/{4}", {})], 6),
    "subscription item, updated": ([*_SUBSCRIBED, _DEARER, ("POST /v1/subscription_items", {"subscription": "{4}", "price": "{5}", "quantity": "1"}),
                                    ("POST /v1/subscription_items/{6}", {"quantity": "3"})], 7),
    "subscription item, invoiced": ([*_SUBSCRIBED, _DEARER, ("POST /v1/subscription_items", {"subscription": "{4}", "price": "{5}", "quantity": "1"}),
                                    ("POST /v1/subscription_items/{6}", {"quantity": "3", "proration_behavior": "always_invoice"})], 7),
    "credit note": ([*_BILLED, ("POST /v1/invoices/{3}/pay", {}), ("POST /v1/credit_notes", {"invoice": "{3}", "amount": "200", "refund_amount": "200"}),
                     ("GET /v1/invoices/{3}", {})], 5),
    "credit note, to the balance": ([*_BILLED, ("POST /v1/invoices/{3}/pay", {}), ("POST /v1/credit_notes", {"invoice": "{3}", "amount": "200", "credit_amount": "200"}),
                                     ("GET /v1/customers/{0}", {})], 5),
    "credit note, open": ([*_BILLED, ("POST /v1/invoices/{3}/finalize", {}), ("POST /v1/credit_notes", {"invoice": "{3}", "amount": "200"}),
                           ("POST /v1/invoices/{3}/pay", {})], 5),
    "schedule": ([*_SUBSCRIBED[:4], _DEARER, ("POST /v1/subscription_schedules", {"customer": "{0}", "start_date": "now", "end_behavior": "release", "phases": [
                  {"items": [{"price": "{3}", "quantity": "2"}], "duration": _MONTH}, {"items": [{"price": "{4}"}], "duration": _MONTH}]}),
                  ("GET /v1/subscriptions", {"customer": "{0}"})], 5),
    "schedule of a subscription": ([*_SUBSCRIBED, ("POST /v1/subscription_schedules", {"from_subscription": "{4}"}), ("GET /v1/subscriptions/{4}", {})], 5),
    "schedule, changed": ([*_SUBSCRIBED[:4], ("POST /v1/subscription_schedules", {"customer": "{0}", "start_date": "now", "phases": [
                           {"items": [{"price": "{3}", "quantity": "2"}], "duration": _MONTH}]}),
                           ("POST /v1/subscription_schedules/{4}", {"proration_behavior": "create_prorations", "phases": [{"items": [{"price": "{3}", "quantity": "3"}], "duration": _MONTH}]}),
                           ("GET /v1/invoiceitems", {"customer": "{0}"})], 5),
    "schedule, canceled": ([*_SUBSCRIBED[:4], ("POST /v1/subscription_schedules", {"customer": "{0}", "start_date": "now", "phases": [
                            {"items": [{"price": "{3}", "quantity": "2"}], "duration": _MONTH}]}), ("POST /v1/subscription_schedules/{4}/cancel", {"prorate": "true", "invoice_now": "false"})], 5),
    "meter": ([_CUSTOMER, _PRODUCT, _METER, _METERED, ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}]}),
               _CALLS], 2),
    "subscription, billed at a threshold": ([_CUSTOMER, _PRODUCT, _METER, _METERED, ("POST /v1/subscriptions", {
        "customer": "{0}", "items": [{"price": "{3}"}], "billing_thresholds": {"amount_gte": "200"}}), _CALLS, ("GET /v1/invoices", {})], 4),
    "subscription, given a threshold": ([_CUSTOMER, _PRODUCT, _METER, _METERED, ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}]}),
                                         ("POST /v1/subscriptions/{4}", {"billing_thresholds": {"amount_gte": "200"}}), _CALLS, ("GET /v1/invoices", {})], 5),
    "usage": ([_CUSTOMER, _PRODUCT, _METER, _METERED, ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}]}),
               _CALLS], 5),
    "usage, taken back": ([_CUSTOMER, _PRODUCT, _METER, _METERED, ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}]}),
                           _CALLS,
                           ("POST /v1/billing/meter_event_adjustments", {"event_name": "calls", "type": "cancel", "cancel": {"identifier": "one"}})], 6),
    "invoice": ([_CUSTOMER, _OTHER, ("POST /v1/invoices", {"customer": "{0}"}), ("POST /v1/invoiceitems", {"customer": "{0}", "invoice": "{2}", "amount": "500", "currency": "usd"})], 2),
    "invoice item": ([_CUSTOMER, _OTHER, ("POST /v1/invoices", {"customer": "{0}"}), ("POST /v1/invoiceitems", {"customer": "{0}", "invoice": "{2}", "amount": "500", "currency": "usd"})], 3),
    "invoice, finalized": ([_CUSTOMER, _OTHER, ("POST /v1/invoices", {"customer": "{0}"}), ("POST /v1/invoices/{2}/finalize", {"auto_advance": "false"})], 3),
    "invoice, paid": ([_CUSTOMER, _OTHER, ("POST /v1/invoices", {"customer": "{0}"}), ("POST /v1/invoices/{2}/pay", {"off_session": "true"})], 3),
    "price": ([_CUSTOMER, _OTHER, _PRODUCT, ("POST /v1/prices", {**_PRICE, "product": "{2}"}), ("GET /v1/prices/{3}", {})], 3),
    "price, taking a key over": ([_OTHER, _OTHER, _PRODUCT, ("POST /v1/prices", {**_PRICE, "product": "{2}", "lookup_key": "tea"}), (
        "POST /v1/prices", {**_PRICE, "product": "{2}", "lookup_key": "tea", "transfer_lookup_key": "true"}), ("GET /v1/prices/{3}", {})], 4),
    "coupon, used": ([*_SUBSCRIBED[:4], ("POST /v1/coupons", {"id": "TEN", "percent_off": "10", "duration": "repeating", "duration_in_months": "3"}),
                      ("POST /v1/subscriptions", {"customer": "{0}", "items": [{"price": "{3}"}], "discounts": [{"coupon": "TEN"}]})], 4),
    "price, used": (_SUBSCRIBED, 3),
    "coupon": ([_CUSTOMER, _OTHER, ("POST /v1/coupons", {"id": "TEN", "percent_off": "10", "duration": "repeating", "duration_in_months": "3"}), ("GET /v1/coupons/TEN", {})], 2),
    "coupon, of an amount": ([_CUSTOMER, _OTHER, ("POST /v1/coupons", {"amount_off": "100", "currency": "usd", "duration": "once"})], 2),
    "checkout session": ([_CUSTOMER, _OTHER, ("POST /v1/checkout/sessions", {"mode": "payment", "customer": "{0}", "success_url": "https://a.example",
                          "line_items": [{"quantity": "1", "price_data": {"currency": "usd", "unit_amount": "500", "product_data": {"name": "Tea"}}}]})], 2),
    "setup intent": ([_CUSTOMER, _OTHER, ("POST /v1/setup_intents", {"customer": "{0}", "payment_method_types": ["card"]}),
                      ("POST /v1/setup_intents/{2}/confirm", {"payment_method": "pm_card_visa"}), ("GET /v1/payment_methods", {"customer": "{1}"})], 2),
    "setup intent, confirmed at once": ([_CUSTOMER, _OTHER, ("POST /v1/setup_intents", {"customer": "{0}", "payment_method_types": ["card"], "confirm": "true", "payment_method": "pm_card_visa"})], 2),
    "setup intent, asked": ([_CUSTOMER, _OTHER, ("POST /v1/setup_intents", {"payment_method_types": ["card"], "confirm": "true", "return_url": "https://a.example",
                             "payment_method": "pm_card_authenticationRequired"})], 2),
    "customer": ([_CUSTOMER, ("GET /v1/customers/{0}", {}), ("GET /v1/payment_methods", {"customer": "{0}"})], 0),
    "customer, with a source": ([_SOURCE, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "customer": "{0}"})], 0),
    "customer, updated": ([_CUSTOMER, _METHOD, ("POST /v1/payment_methods/{1}/attach", {"customer": "{0}"}), ("POST /v1/customers/{0}", {"invoice_settings": {"default_payment_method": "{1}"}}),
                           ("GET /v1/customers/{0}", {})], 3),
    "customer, given another source": ([_SOURCE, ("POST /v1/customers/{0}", {"source": "tok_mastercard"}), ("POST /v1/charges", {"amount": "1000", "currency": "usd", "customer": "{0}"})], 1),
    "payment method, by number": ([_CUSTOMER, ("POST /v1/payment_methods", {"type": "card", "card": {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}}),
                                   (_PI, {**_PAID, "payment_method": "{1}"})], 1),
    "payment method, of a bank in the US": _by_bank("us_bank_account", "usd", account_holder_type="individual", routing_number="110000000",
                                                    account_number="000123456789"),
    "payment method, of a bank in the UK": _by_bank("bacs_debit", "gbp", sort_code="108800", account_number="00012345"),
    "payment method, of a bank by IBAN": _by_bank("sepa_debit", "eur", iban="AT321904300235473204"),
    "payment method, attached": ([_CUSTOMER, _OTHER, _METHOD, ("POST /v1/payment_methods/{2}/attach", {"customer": "{0}"}), ("GET /v1/payment_methods", {"customer": "{0}"})], 3),
    "payment method": ([_CUSTOMER, _OTHER, _METHOD, ("POST /v1/payment_methods/{2}/attach", {"customer": "{0}"})], 2),
    "charge, destined": ([_SELLER, _OTHER_SELLER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa", "transfer_data": {"destination": "{0}"}})], 2),
    "charge, destined and captured": ([_SELLER, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa", "capture": "false",
                                      "transfer_data": {"destination": "{0}"}}), ("POST /v1/charges/{2}/capture", {"amount": "900"}), ("GET /v1/charges/{2}", {"expand": ["transfer"]})], 3),
    "payment intent, destined": ([_SELLER, _OTHER_SELLER, (_PI, {**_PAID, "transfer_data": {"destination": "{0}"}}), _READ], 2),
    "payment intent, destined and updated": ([_SELLER, _OTHER, (_PI, {"amount": "1000", "currency": "usd", "payment_method_types": ["card"], "transfer_data": {"destination": "{0}"}}),
                                              (f"{_PI}/{{2}}", {"description": "x"}), (f"{_PI}/{{2}}/confirm", {"payment_method": "pm_card_visa"}), ("GET /v1/transfers", {})], 3),
    "payment intent, destined and captured": ([_SELLER, _OTHER, (_PI, {**_HELD, "transfer_data": {"destination": "{0}"}}), (f"{_PI}/{{2}}/capture", {"amount_to_capture": "900"}),
                                               ("GET /v1/transfers", {})], 3),
    "payment intent, incremented": ([_SELLER, _OTHER, (_PI, {**_HELD, "transfer_data": {"destination": "{0}"}, "payment_method_options": {"card": {"request_incremental_authorization": "if_available"}}}),
                                     (f"{_PI}/{{2}}/increment_authorization", {"amount": "1500"}), (f"{_PI}/{{2}}/capture", {})], 3),
    "refund, destined": ([_SELLER, _OTHER, (_PI, {**_PAID, "transfer_data": {"destination": "{0}"}, "application_fee_amount": "100"}),
                          ("POST /v1/refunds", {"payment_intent": "{2}", "amount": "400"}), ("GET /v1/transfers", {})], 3),
    "charge, destined and refunded": ([_SELLER, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa", "transfer_data": {"destination": "{0}"},
                                       "application_fee_amount": "100"}), ("POST /v1/charges/{2}/refund", {"amount": "400"}), ("GET /v1/transfers", {})], 3),
    "charge, destined and given back": ([_SELLER, _OTHER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa", "transfer_data": {"destination": "{0}"},
                                         "application_fee_amount": "100"}), ("POST /v1/charges/{2}/refunds", {"amount": "400"}), ("GET /v1/transfers", {})], 3),
    "transfer, to a seller": ([_SELLER, _OTHER_SELLER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_visa"}),
                               ("POST /v1/transfers", {"amount": "700", "currency": "usd", "destination": "{0}"})], 3),
    "transfer, reversed": ([_SELLER, _OTHER, (_PI, {**_PAID, "transfer_data": {"destination": "{0}"}, "application_fee_amount": "100"}), ("GET /v1/transfers", {"limit": "1"}),
                            ("POST /v1/transfers", {"amount": "700", "currency": "usd", "destination": "{0}"}), ("POST /v1/transfers/{4}/reversals", {"amount": "100"})], 5),
    "dispute": ([_SELLER, ("POST /v1/charges", {"amount": "1000", "currency": "usd", "source": "tok_createDispute"}), ("GET /v1/disputes", {}),
                 ("POST /v1/charges/{1}/dispute", {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": "true"}), ("GET /v1/charges/{1}/dispute", {})], 3),
    "payout": ([_SELLER, _OTHER, ("POST /v1/payouts", {"amount": "700", "currency": "usd"})], 2),
    "topup": ([_SELLER, _OTHER, ("POST /v1/topups", {"amount": "700", "currency": "usd"})], 2),
    "transfer": ([_CUSTOMER, _OTHER, ("POST /v1/transfers", {"amount": "700", "currency": "usd", "destination": "acct_1Example000000"})], 2),
}  # fmt: skip


def record(folder: Path, steps: list[Step], version: str = VERSIONS[0]) -> Path:
    """A capture of a scene."""
    simulator, calls = Simulator(), []
    simulator.lay([_ACCOUNT])
    for number, (operation, given) in enumerate(steps):
        method, _, path = operation.partition(" ")
        ids = [str(call.outcome.body.get("id")) if isinstance(call.outcome.body, dict) else "" for call in calls]
        params = filled(_renamed(given, version), ids)
        request = Request(method=method, path=filled(path, ids), params=params, version=version)
        outcome = simulator.send(request, at=T0 + 60 * number)
        call = exchange(number + 1, method, request.path, params, outcome.body, status=outcome.status, at=T0 + 60 * number, version=version)
        calls.append(call if outcome.status else msgspec.structs.replace(call, outcome=Outcome(error=outcome.error)))
    return write(folder, calls, [_ACCOUNT])


def _renamed(params: dict[str, Any], version: str) -> dict[str, Any]:
    """Since 2026-09-30 the payment methods of an intent are given under another name."""
    if "payment_method_types" not in params or not at_least(version, "2026-09-30"):
        return params
    return {("allowed_payment_method_types" if name == "payment_method_types" else name): value for name, value in params.items()}


def filled(value: Any, ids: list[str]) -> Any:
    if isinstance(value, str):
        for number, identifier in enumerate(ids):
            value = value.replace(f"{{{number}}}", identifier)
        return value
    if isinstance(value, dict):
        return {key: filled(child, ids) for key, child in value.items()}
    return [filled(child, ids) for child in value]


def stage(folder: Path, name: str, version: str = VERSIONS[0]) -> Bench:
    """A scene with its control."""
    return Bench(record(folder / "capture", SCENES[name][0], version), folder)


def parameters(bench: Bench, name: str) -> tuple[int, list[Change]]:
    """The place of the call that a scene is about, and a change of each parameter that it can take."""
    place = SCENES[name][1]
    ids = [str(call.outcome.body.get("id")) if isinstance(call.outcome.body, dict) else "" for call in bench.calls]
    return place, list(parameters_of(bench.calls[place], ids))


__all__ = ["SCENES", "VERSIONS", "Step", "parameters", "record", "stage"]
