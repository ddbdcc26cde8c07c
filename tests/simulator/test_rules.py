"""What the simulator says of parameters: a computed one changes something, an inert one moves no money, status or existence."""

from __future__ import annotations

from typing import Any

import pytest

from replayer.simulator.rules import NOUNS, claims_of, rules
from replayer.stripeapi.catalogue import Param, catalogue
from replayer.stripeapi.places import HARD, kind_of
from tests.leaves import leaves

_CARD = {"type": "card", "card": {"token": "tok_visa"}}
_CONFIRMED = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
_ASKS = {**_CONFIRMED, "payment_method": "pm_card_authenticationRequired"}


def _intent(account, **more):
    return account.ok("POST /v1/payment_intents", {"amount": "2000", "currency": "usd", **more})["id"]


def _world(account) -> dict[str, str]:
    """Objects that the cases below name: two of each kind."""
    first, second = account.customer(), account.customer()
    shop = account.ok("POST /v1/products", {"name": "A"})["id"]
    return {
        "customer": first,
        "customer2": second,
        "card": account.card(first),
        "card2": account.card(first, "pm_card_mastercard"),
        "source": account.ok(f"POST /v1/customers/{first}/sources", {"source": "tok_visa"})["id"],
        "source2": account.ok(f"POST /v1/customers/{first}/sources", {"source": "tok_mastercard"})["id"],
        "loose": account.ok("POST /v1/payment_methods", _CARD)["id"],
        "intent": _intent(account),
        "ready": _intent(account, payment_method="pm_card_visa"),
        "asking": _intent(account, payment_method="pm_card_authenticationRequired"),
        "held": account.paid(capture_method="manual")["id"],
        "paid": account.paid()["id"],
        "paid2": account.paid(3000)["id"],
        "charge": account.paid()["latest_charge"],
        "charge2": account.paid(3000)["latest_charge"],
        "held_charge": account.ok("POST /v1/charges", {"amount": "2000", "currency": "usd", "source": "tok_visa", "capture": "false"})[
            "id"
        ],
        "refund": account.ok("POST /v1/refunds", {"payment_intent": account.paid()["id"]})["id"],
        "setup": account.ok("POST /v1/setup_intents", {"payment_method": "pm_card_visa"})["id"],
        "setup_asking": account.ok("POST /v1/setup_intents", {"payment_method": "pm_card_authenticationRequired"})["id"],
        **_banked(account),
        "product": shop,
        "hook": account.ok("POST /v1/webhook_endpoints", _HOOK)["id"],
        "product2": account.ok("POST /v1/products", {"name": "B"})["id"],
        **(billing := _billing(account, shop)),
        **_pages(account, billing["payer"], billing["once"]),
        **_connected(account),
    }


def _banked(account) -> dict[str, str]:
    """Intents that wait for a debit, or for micro-deposits."""
    by_bank = {"payment_method": "pm_usBankAccount_success"}
    depositing = {**by_bank, **_VERIFYING, "confirm": "true", "mandate_data": _ACCEPTED}
    return {
        "debit": _intent(account, **by_bank), "depositing": _intent(account, **depositing),
        "setup_debit": account.ok("POST /v1/setup_intents", by_bank)["id"],
        "setup_depositing": account.ok("POST /v1/setup_intents", depositing)["id"],
    }  # fmt: skip


_PAGE = {"mode": "payment", "line_items": [{"price": "{once}", "quantity": "2"}], "success_url": "https://a.example/done"}
_QUOTED = {
    "customer": "{customer}", "line_items": {"line_items": [{"price": "{once}", "quantity": "3"}]},
    "discounts": {"discounts": [{"coupon": "{coupon}"}]}, "default_tax_rates": {"default_tax_rates": ["{rate}"]},
    "collection_method": "send_invoice", "expires_at": "1900000000",
    "subscription_data[trial_period_days]": {"subscription_data": {"trial_period_days": "7"}},
    "invoice_settings[days_until_due]": {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": "10"}},
}  # fmt: skip
_FEATURES = {"invoice_history": {"enabled": "true"}}


def _pages(account, payer: str, once: str) -> dict[str, str]:
    """Pages on which customers buy, two portals, and a quote."""
    sold = [{"price": once, "quantity": "2"}]
    page = account.ok("POST /v1/checkout/sessions", {**_PAGE, "line_items": sold})["id"]
    link = account.ok("POST /v1/payment_links", {"line_items": sold})["id"]
    line = account.ok(f"GET /v1/payment_links/{link}/line_items")["data"][0]["id"]
    quote = account.ok("POST /v1/quotes", {"customer": payer, "line_items": sold})["id"]
    portal, other = (account.ok("POST /v1/billing_portal/configurations", {"features": _FEATURES})["id"] for _ in range(2))
    return {"page": page, "link": link, "link_line": line, "portal": portal, "portal2": other, "quote": quote}


def _connected(account) -> dict[str, str]:
    """Connected accounts, and what was charged for them."""
    seller, other = (account.ok("POST /v1/accounts", _SELLER)["id"] for _ in range(2))
    dest = {"transfer_data": {"destination": seller}, "application_fee_amount": "100"}
    routed = account.paid(5000, **dest, capture_method="automatic")
    loose = account.paid(4000, capture_method="automatic")["latest_charge"]
    transfer = account.ok("POST /v1/transfers", {"amount": "500", "currency": "usd", "destination": seller})["id"]
    held = account.ok(
        "POST /v1/charges", {"amount": "2000", "currency": "usd", "source": "tok_visa", "capture": "false", "destination": seller}
    )
    kept = account.paid(2500, capture_method="manual", transfer_data={"destination": seller})["id"]
    grown = account.paid(
        2500,
        capture_method="manual",
        transfer_data={"destination": seller},
        payment_method_options={"card": {"request_incremental_authorization": "if_available"}},
    )["id"]
    disputed = account.paid(payment_method="pm_card_createDispute")["latest_charge"]
    charge = account.ok(f"GET /v1/charges/{routed['latest_charge']}")
    feed = account.ok(f"GET /v1/transfers/{charge['transfer']}")["id"]
    person = account.ok(f"POST /v1/accounts/{seller}/persons", {"first_name": "Jenny", "relationship": {"owner": "true"}})["id"]
    bank = account.ok(f"POST /v1/accounts/{seller}/external_accounts", {"external_account": "btok_us_verified"})["id"]
    return {
        "seller": seller, "seller2": other, "capability": "transfers", "aimed": _intent(account, transfer_data={"destination": seller}), "routed": routed["id"], "routed_charge": charge["id"], "fee": charge["application_fee"], "transfer": transfer,
        "fed_transfer": feed, "loose_charge": loose, "held_destination": held["id"], "kept": kept, "grown": grown, "person": person, "bank": bank,
        "payout": account.ok("POST /v1/payouts", {"amount": "100", "currency": "usd"})["id"],
        "paid_payout": account.ok("POST /v1/payouts", {"amount": "100", "currency": "usd", "method": "instant"})["id"],
        "disputed": disputed, "dispute": account.ok(f"GET /v1/charges/{disputed}")["dispute"],
        "topup": account.ok("POST /v1/topups", {"amount": "100", "currency": "usd"})["id"],
        "reversal": account.ok(f"POST /v1/transfers/{transfer}/reversals", {"amount": "100"})["id"],
        "fee_refund": account.ok(f"POST /v1/application_fees/{charge['application_fee']}/refunds", {"amount": "10"})["id"],
    }  # fmt: skip


_BANK = {"object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000", "account_number": "000123456789"}
_SELLER = {
    "type": "custom", "country": "US", "capabilities": {"card_payments": {"requested": "true"}, "transfers": {"requested": "true"}},
    "business_type": "company", "external_account": _BANK,
}  # fmt: skip


def _billing(account, shop) -> dict[str, str]:
    """A subscriber with two of each thing that is billed."""
    payer = account.ok("POST /v1/customers", {"email": "payer@example.com"})["id"]
    method, other = account.card(payer), account.card(payer, "pm_card_mastercard")
    account.ok(f"POST /v1/customers/{payer}", {"invoice_settings": {"default_payment_method": method}})
    source = account.ok(f"POST /v1/customers/{payer}/sources", {"source": "tok_visa"})["id"]
    monthly = account.ok("POST /v1/prices", {**_MONTHLY, "product": shop})["id"]
    once = account.ok("POST /v1/prices", {"product": shop, "currency": "usd", "unit_amount": "300"})["id"]
    yearly = {"product": shop, "currency": "usd", "unit_amount": "9000", "recurring": {"interval": "year"}, "lookup_key": "yearly"}
    plan = {"product": shop, "currency": "usd", "amount": "1500", "interval": "month", "trial_period_days": "7"}
    account.ok("POST /v1/coupons", {"id": "HALF", "percent_off": "50", "duration": "forever"})
    account.ok("POST /v1/coupons", {"id": "TENTH", "percent_off": "10", "duration": "forever"})
    code = account.ok("POST /v1/promotion_codes", {"promotion": {"type": "coupon", "coupon": "HALF"}})["id"]
    rate = account.ok("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"})["id"]
    subscription = account.ok("POST /v1/subscriptions", {"customer": payer, "items": [{"price": monthly}]})
    draft = account.ok("POST /v1/invoices", {"customer": payer})["id"]
    item = account.ok("POST /v1/invoiceitems", {"customer": payer, "invoice": draft, "amount": "700", "currency": "usd"})["id"]
    trialing = account.ok("POST /v1/subscriptions", {"customer": payer, "items": [{"price": monthly}], "trial_period_days": "3"})["id"]
    waiting = account.ok("POST /v1/invoiceitems", {"customer": payer, "amount": "250", "currency": "usd"})["id"]
    return {
        "payer": payer, "payer_card": method, "payer_card2": other, "declining": account.card(payer, "pm_card_chargeCustomerFail"), "payer_source": source, "monthly": monthly, "once": once, "coupon": "HALF", "coupon2": "TENTH",
        "yearly": account.ok("POST /v1/prices", yearly)["id"], "plan": account.ok("POST /v1/plans", plan)["id"], "code": code, "rate": rate,
        "subscription": subscription["id"], "item": subscription["items"]["data"][0]["id"], "draft": draft, "invoice_item": item,
        "draft_line": account.ok(f"GET /v1/invoices/{draft}/lines")["data"][0]["id"],
        "waiting": waiting, "trialing": trialing, "entry": account.ok(f"POST /v1/customers/{payer}/balance_transactions", _CREDIT)["id"],
        "clock": account.ok("POST /v1/test_helpers/test_clocks", {"frozen_time": "1760000000"})["id"],
        "open": account.ok(f"POST /v1/invoices/{_filled_draft(account, payer)}/finalize")["id"],
        **_more_billing(account, shop, monthly),
    }  # fmt: skip


def _more_billing(account, shop, monthly) -> dict[str, str]:
    """What bills besides, for somebody else: paid invoices, schedules, a meter with usage."""
    payer = account.ok(
        "POST /v1/customers", {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )["id"]
    settled, other = (account.ok(f"POST /v1/invoices/{_filled_draft(account, payer)}/pay") for _ in range(2))
    phase = {"items": [{"price": monthly}], "duration": {"interval": "month", "interval_count": "1"}}
    meter = account.ok("POST /v1/billing/meters", _METER)["id"]
    metered = {
        "product": shop,
        "currency": "usd",
        "unit_amount": "5",
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter},
    }
    price = account.ok("POST /v1/prices", metered)["id"]
    used = account.ok("POST /v1/subscriptions", {"customer": payer, "items": [{"price": price}]})
    report = {"event_name": "calls", "payload": {"stripe_customer_id": payer, "value": "3"}, "identifier": "first"}
    account.ok("POST /v1/billing/meter_events", report)
    legacy = {"product": shop, "currency": "usd", "unit_amount": "5", "recurring": {"interval": "month", "usage_type": "metered"}}
    account.version = "2024-06-20"
    counted = account.ok("POST /v1/prices", legacy)["id"]
    old = account.ok("POST /v1/subscriptions", {"customer": payer, "items": [{"price": counted}]})
    account.ok(f"POST /v1/subscription_items/{old['items']['data'][0]['id']}/usage_records", {"quantity": "4", "timestamp": "1760000000"})
    account.version = "2025-10-29.clover"
    scheduled = {"customer": payer, "start_date": "now", "phases": [phase, {**phase, "items": [{"price": monthly, "quantity": "2"}]}]}
    grant = {**_GRANTED, "customer": payer}
    banker = account.customer()
    account_held = account.ok(f"POST /v1/customers/{banker}/sources", {"source": "btok_us"})["id"]
    return {
        "banker": banker, "account_held": account_held,
        "grant": account.ok("POST /v1/billing/credit_grants", grant)["id"],
        "user": payer, "settled": settled["id"], "settled2": other["id"], "settled_line": settled["lines"]["data"][0]["id"], "meter": meter, "metered": price,
        "used_item": used["items"]["data"][0]["id"], "counted_item": old["items"]["data"][0]["id"],
        "schedule": account.ok("POST /v1/subscription_schedules", scheduled)["id"],
        "note": account.ok("POST /v1/credit_notes", {"invoice": other["id"], "amount": "100", "credit_amount": "100"})["id"],
        "open_note": account.ok("POST /v1/credit_notes", {"invoice": _opened(account, payer), "amount": "100"})["id"],
    }  # fmt: skip


def _opened(account, payer) -> str:
    return account.ok(f"POST /v1/invoices/{_filled_draft(account, payer)}/finalize")["id"]


_VERSION = "the version of the call"
_OLD = {_VERSION: "2020-08-27"}
_MONTHLY = {"currency": "usd", "unit_amount": "1000", "recurring": {"interval": "month"}}
_GRANTED = {
    "customer": "{user}", "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": "500"}}, "category": "paid",
    "applicability_config": {"scope": {"price_type": "metered"}},
}  # fmt: skip
_CREDIT = {"amount": "-100", "currency": "usd"}
_HOOK = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.succeeded"]}
_METER = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
_MONTH = {"interval": "month", "interval_count": "1"}
_SCHEDULED = {"customer": "{payer}", "start_date": "now", "phases": [{"items": [{"price": "{monthly}"}], "duration": _MONTH}]}
_USED = {"event_name": "calls", "payload": {"stripe_customer_id": "{user}", "value": "3"}}


def _filled_draft(account, payer) -> str:
    draft = account.ok("POST /v1/invoices", {"customer": payer})["id"]
    account.ok("POST /v1/invoiceitems", {"customer": payer, "invoice": draft, "amount": "800", "currency": "usd"})
    return draft


_ACCEPTED = {"customer_acceptance": {"type": "offline"}}
_BANKS = {
    "sepa_debit": {"iban": "DE89370400440532013000"},
    "us_bank_account": {"routing_number": "110000000", "account_number": "000123456789", "account_holder_type": "individual"},
    "bacs_debit": {"sort_code": "108800", "account_number": "00012345"},
    "au_becs_debit": {"bsb_number": "000000", "account_number": "000123456"},
    "acss_debit": {"institution_number": "000", "transit_number": "11000", "account_number": "000123456789"},
}
_VERIFYING = {"payment_method_options": {"us_bank_account": {"verification_method": "microdeposits"}}}


def _number(kind: str) -> str:
    return "iban" if kind == "sepa_debit" else "account_number"


# Operation, parameters to begin with, and by computed parameter what it is changed to (a hash is merged over all parameters).
_GIVEN = {
    "payment_method_data[type]": {"payment_method_data": {"type": "klarna"}},
    "payment_method_data[card][token]": {"payment_method_data": {**_CARD}},
    "payment_method_data[card][number]": {"payment_method_data": {"type": "card", "card": {"number": "4242424242424242"}}},
    **{
        f"payment_method_data[{kind}][{_number(kind)}]": {"payment_method_data": {"type": kind, kind: bank}}
        for kind, bank in _BANKS.items()
    },
}
_KEYED = {"lookup_key": "mine", "transfer_lookup_key": {"lookup_key": "yearly", "transfer_lookup_key": "true"}}
_PRICED = {
    "pricing": {"pricing": {"price": "{once}"}}, "price": {**_OLD, "price": "{once}"},
    "price_data": {"price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900"}},
}  # fmt: skip
_CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("POST /v1/customers", {}, {"payment_method": "pm_card_visa", "source": "tok_visa", "test_clock": "{clock}", "balance": "-500"}),
    ("POST /v1/customers", _OLD, {"coupon": "{coupon}", "promotion_code": "{code}"}),
    (
        "POST /v1/customers/{customer}",
        {},
        {"invoice_settings[default_payment_method]": {"invoice_settings": {"default_payment_method": "{card}"}}, "source": "tok_visa",
         "default_source": "{source2}", "balance": "-500"},
    ),
    ("POST /v1/customers/{customer}", _OLD, {"coupon": "{coupon}", "promotion_code": "{code}"}),
    ("POST /v1/customers/{customer}/sources", {"source": "tok_visa"}, {"source": "tok_mastercard"}),
    ("POST /v1/payment_methods", _CARD, {"type": "klarna", "card[token]": {"card": {"token": "tok_mastercard"}}, "card[number]": {"card": {"number": "5555555555554444"}},
                                          "payment_method": "{card}", **{f"{kind}[{_number(kind)}]": {"type": kind, kind: bank, "card": None} for kind, bank in _BANKS.items()}}),
    ("POST /v1/payment_methods/{loose}/attach", {"customer": "{customer}"}, {"customer": "{customer2}"}),
    (
        "POST /v1/payment_intents",
        _CONFIRMED,
        {"amount": "2001", "currency": "eur", "confirm": "false", "capture_method": "manual", "payment_method": "pm_card_chargeDeclined",
         "customer": "{customer}", "setup_future_usage": "off_session",
         "automatic_payment_methods": {"automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"}},
         "payment_method_types": {"payment_method_types": ["card"]}, **_GIVEN},
    ),
    ("POST /v1/payment_intents", _ASKS, {"off_session": "true", "error_on_requires_action": "true", "return_url": "https://example.test/"}),
    ("POST /v1/payment_intents", {**_ASKS, "return_url": "https://example.test/"}, {"use_stripe_sdk": "true"}),
    ("POST /v1/payment_intents", {**_CONFIRMED, "transfer_data": {"destination": "{seller}"}},
     {"application_fee_amount": "50", "on_behalf_of": "{seller}", "transfer_data": {"transfer_data": {"destination": "{seller2}"}}}),
    ("POST /v1/payment_intents/{asking}/confirm", {"return_url": "https://example.test/"}, {"use_stripe_sdk": "true"}),
    ("POST /v1/payment_intents", {**_CONFIRMED, "payment_method": "pm_usBankAccount_success", "mandate_data": _ACCEPTED, "payment_method_types": ["us_bank_account"]},
     {"payment_method_options[us_bank_account]": _VERIFYING, "mandate_data": {"mandate_data": None}}),
    ("POST /v1/payment_intents/{debit}/confirm", {"mandate_data": _ACCEPTED},
     {"payment_method_options[us_bank_account]": _VERIFYING, "mandate_data": {"mandate_data": None}}),
    ("POST /v1/setup_intents", {"confirm": "true", "payment_method": "pm_usBankAccount_success", "mandate_data": _ACCEPTED},
     {"payment_method_options[us_bank_account]": _VERIFYING, "mandate_data": {"mandate_data": None}}),
    ("POST /v1/setup_intents/{setup_debit}/confirm", {"mandate_data": _ACCEPTED},
     {"payment_method_options[us_bank_account]": _VERIFYING, "mandate_data": {"mandate_data": None}}),
    ("POST /v1/payment_intents/{depositing}/verify_microdeposits", {"amounts": ["32", "45"]},
     {"amounts": {"amounts": ["10", "11"]}, "descriptor_code": {"amounts": None, "descriptor_code": "SM33CC"}}),
    ("POST /v1/setup_intents/{setup_depositing}/verify_microdeposits", {"amounts": ["32", "45"]},
     {"amounts": {"amounts": ["10", "11"]}, "descriptor_code": {"amounts": None, "descriptor_code": "SM33CC"}}),
    ("POST /v1/payment_intents/{kept}/capture", {},
     {"application_fee_amount": "50", "transfer_data": {"transfer_data": {"amount": "1000"}}}),
    (
        "POST /v1/payment_intents/{ready}",
        {},
        {"amount": "2001", "currency": "eur", "customer": "{customer}", "payment_method": "pm_card_visa", "capture_method": "manual",
         "setup_future_usage": "off_session",
         **_GIVEN},
    ),
    ("POST /v1/payment_intents/{aimed}", {}, {"application_fee_amount": "50", "transfer_data": {"transfer_data": {"amount": "100"}}}),
    (
        "POST /v1/payment_intents/{ready}/confirm",
        {},
        {"payment_method": "pm_card_chargeDeclined", "capture_method": "manual", "setup_future_usage": "off_session",
         **_GIVEN},
    ),
    (
        "POST /v1/payment_intents/{asking}/confirm",
        {},
        {"off_session": "true", "error_on_requires_action": "true", "return_url": "https://example.test/"},
    ),
    ("POST /v1/payment_intents/{held}/capture", {}, {"amount_to_capture": "1500"}),
    ("POST /v1/payment_intents/{held}/cancel", {}, {}),
    (
        "POST /v1/setup_intents",
        {},
        {"confirm": {"confirm": "true", "payment_method": "pm_card_visa"}, "customer": "{customer}",
         "payment_method": "pm_card_visa", "payment_method_types": {"payment_method_types": ["card"]},
         "automatic_payment_methods": {"automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"}},
         **_GIVEN},
    ),
    ("POST /v1/setup_intents", {"confirm": "true", "payment_method": "pm_card_authenticationRequired"}, {"return_url": "https://example.test/"}),
    (
        "POST /v1/setup_intents/{setup}/confirm",
        {},
        {"payment_method": "pm_card_chargeDeclined", **_GIVEN},
    ),
    ("POST /v1/setup_intents/{setup_asking}/confirm", {}, {"return_url": "https://example.test/"}),
    ("POST /v1/setup_intents/{setup}/cancel", {}, {}),
    ("POST /v1/setup_intents/{setup}", {}, {"customer": "{customer}", "payment_method": "pm_card_mastercard",
                                            "payment_method_types": {"payment_method_types": ["card"]}, **_GIVEN}),
    (
        "POST /v1/charges",
        {"amount": "2000", "currency": "usd", "source": "tok_visa"},
        {"amount": "2001", "currency": "eur", "source": "tok_mastercard", "customer": {"customer": "{customer}", "source": "{source}"},
         "capture": "false"},
    ),
    ("POST /v1/charges", {"amount": "2000", "currency": "usd", "source": "tok_visa"},
     {"destination": "{seller}", "transfer_data": {"transfer_data": {"destination": "{seller}"}}, "on_behalf_of": "{seller}"}),
    ("POST /v1/charges", {"amount": "2000", "currency": "usd", "source": "tok_visa", "destination": "{seller}"}, {"application_fee_amount": "50"}),
    ("POST /v1/charges/{held_destination}/capture", {},
     {"application_fee_amount": "50", "transfer_data": {"transfer_data": {"amount": "1000"}}}),
    ("POST /v1/charges/{held_charge}/capture", {}, {"amount": "1500"}),
    ("POST /v1/charges/{charge}/refund", {}, {"amount": "300"}),
    ("POST /v1/charges/{charge}/refunds", {}, {"amount": "300"}),
    ("POST /v1/charges/{routed_charge}/refund", {}, {"reverse_transfer": "true", "refund_application_fee": "true"}),
    ("POST /v1/charges/{routed_charge}/refunds", {}, {"reverse_transfer": "true", "refund_application_fee": "true"}),
    ("POST /v1/refunds", {"charge": "{routed_charge}"}, {"reverse_transfer": "true", "refund_application_fee": "true"}),
    ("POST /v1/refunds", {"charge": "{charge}"}, {"charge": "{charge2}", "amount": "300"}),
    ("POST /v1/refunds", {"payment_intent": "{paid}"}, {"payment_intent": "{paid2}"}),
    ("POST /v1/products", {"name": "A"}, {"id": "mine"}),
    (
        "POST /v1/prices",
        {"product": "{product}", "currency": "usd", "unit_amount": "500"},
        {"currency": "eur", "unit_amount": "501", "product": "{product2}", "recurring[interval]": {"recurring": {"interval": "month"}},
         "recurring[interval_count]": {"recurring": {"interval": "month", "interval_count": "3"}},
         "unit_amount_decimal": {"unit_amount_decimal": "500.5", "unit_amount": None}, **_KEYED},
    ),
    ("POST /v1/prices/{once}", {}, _KEYED),
    (
        "POST /v1/plans",
        {"product": "{product}", "currency": "usd", "amount": "500", "interval": "month"},
        {"currency": "eur", "amount": "501", "product": "{product2}", "interval": "year", "interval_count": "2", "id": "mine",
         "amount_decimal": {"amount_decimal": "500.5", "amount": None}},
    ),
    (
        "POST /v1/coupons",
        {"percent_off": "10"},
        {"percent_off": "20", "amount_off": {"amount_off": "100", "currency": "usd", "percent_off": None}, "duration": "forever", "id": "mine",
         "currency": "usd", "duration_in_months": {"duration": "repeating", "duration_in_months": "3"}},
    ),
    ("POST /v1/customers/{payer}/balance_transactions", _CREDIT, {"amount": "-200", "currency": "eur"}),
    ("POST /v1/customers/{payer}/balance_transactions/{entry}", {}, {}),
    ("POST /v2/billing/meter_events", {**_USED, "timestamp": "2025-10-09T08:00:00Z"}, {
        "event_name": {"event_name": "others"}, "payload": {"payload": {"stripe_customer_id": "{user}", "value": "4"}},
        "timestamp": "2025-10-09T08:30:00Z", "identifier": "first",
    }),
    ("POST /v2/billing/meter_event_adjustments", {"type": "cancel", "event_name": "calls", "cancel": {"identifier": "first"}},
     {"cancel": {"cancel": {"identifier": "other"}}}),
    ("POST /v2/billing/meter_event_stream", {"events": [_USED]}, {"events": {"events": [_USED, _USED]}}),
    ("POST /v2/billing/meter_event_session", {}, {}),
    ("POST /v1/billing/credit_grants", _GRANTED, {
        "amount": {"amount": {"type": "monetary", "monetary": {"currency": "usd", "value": "600"}}}, "customer": "{payer}", "category": "promotional",
        "priority": "10", "effective_at": "1765000000", "expires_at": "1790000000",
        "applicability_config[scope][prices]": {"applicability_config": {"scope": {"prices": [{"id": "{metered}"}]}}},
        "applicability_config[scope][price_type]": {"applicability_config": {"scope": {"price_type": "other"}}},
    }),
    ("POST /v1/billing/credit_grants/{grant}", {}, {"expires_at": "1790000000"}),
    ("POST /v1/billing/credit_grants/{grant}/expire", {}, {}),
    ("POST /v1/billing/credit_grants/{grant}/void", {}, {}),
    ("POST /v1/test_helpers/test_clocks", {"frozen_time": "1760000000"}, {"frozen_time": "1760000001"}),
    ("POST /v1/test_helpers/test_clocks/{clock}/advance", {"frozen_time": "1760000100"}, {"frozen_time": "1760000200"}),
    (
        "POST /v1/subscriptions",
        {"customer": "{payer}", "items": [{"price": "{monthly}", "quantity": "2"}]},
        {
            "customer": "{customer}",
            "items": {"items": [{"price": "{monthly}", "quantity": "3"}]},
            "plan": {**_OLD, "plan": "{plan}", "items": None},
            "quantity": {**_OLD, "plan": "{plan}", "quantity": "4", "items": None},
            "coupon": {**_OLD, "coupon": "{coupon}"},
            "promotion_code": {**_OLD, "promotion_code": "{code}"},
            "currency": "eur",
            "trial_end": "1765000000",
            "trial_period_days": "7",
            "billing_cycle_anchor": "1761000000",
            "billing_cycle_anchor_config": {"billing_cycle_anchor_config": {"day_of_month": "1"}},
            "billing_mode": {"billing_mode": {"type": "classic"}},
            "default_payment_method": "{payer_card2}",
            "default_source": "{payer_source}",
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
            "add_invoice_items": {"add_invoice_items": [{"price": "{once}"}]},
            "default_tax_rates": {"default_tax_rates": ["{rate}"]},
            "cancel_at": "1765000000",
            "cancel_at_period_end": "true",
            "collection_method": {"collection_method": "send_invoice", "days_until_due": "7"},
            "days_until_due": {"collection_method": "send_invoice", "days_until_due": "9"},
            "payment_behavior": "default_incomplete",
            "proration_behavior": {"billing_cycle_anchor": "1761000000", "proration_behavior": "none"},
            "trial_settings": {"trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}},
            "backdate_start_date": "1759000000",
            "billing_thresholds": {"billing_thresholds": {"amount_gte": "5000"}},
            "pending_invoice_item_interval": {"pending_invoice_item_interval": {"interval": "week"}},
        },
    ),
    (
        "POST /v1/subscriptions/{subscription}",
        {},
        {
            "items": {"items": [{"id": "{item}", "quantity": "3"}]},
            "plan": {**_OLD, "plan": "{plan}"},
            "quantity": {**_OLD, "quantity": "4"},
            "coupon": {**_OLD, "coupon": "{coupon}"},
            "promotion_code": {**_OLD, "promotion_code": "{code}"},
            "prorate": {**_OLD, "prorate": "false", "quantity": "4"},
            "proration_behavior": {"proration_behavior": "none", "items": [{"id": "{item}", "quantity": "3"}]},
            "proration_date": {"proration_date": "1760500000", "items": [{"id": "{item}", "quantity": "3"}]},
            "billing_cycle_anchor": "now",
            "trial_end": "1765000000",
            "cancel_at_period_end": "true",
            "cancel_at": "1765000000",
            "discounts": {"discounts": [{"promotion_code": "{code}"}]},
            "default_payment_method": "{payer_card2}",
            "default_source": "{payer_source}",
            "default_tax_rates": {"default_tax_rates": ["{rate}"]},
            "add_invoice_items": {"add_invoice_items": [{"price": "{once}"}]},
            "pause_collection[behavior]": {"pause_collection": {"behavior": "void"}},
            "payment_behavior": {"payment_behavior": "error_if_incomplete", "default_payment_method": "{declining}",
                                 "items": [{"id": "{item}", "quantity": "3"}], "proration_behavior": "always_invoice"},
            "trial_settings": {"trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}},
            "billing_thresholds": {"billing_thresholds": {"amount_gte": "5000"}},
            "pending_invoice_item_interval": {"pending_invoice_item_interval": {"interval": "week"}},
        },
    ),
    (
        "POST /v1/invoiceitems",
        {"customer": "{payer}", "amount": "500", "currency": "usd"},
        {
            "invoice": "{draft}",
            "subscription": "{subscription}",
            "currency": "eur",
            "pricing": {"pricing": {"price": "{once}"}, "amount": None},
            "price": {**_OLD, "price": "{once}", "amount": None},
            "unit_amount": {**_OLD, "unit_amount": "90", "amount": None},
            "price_data": {"price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900"}, "amount": None},
            "amount": "501",
            "unit_amount_decimal": {"unit_amount_decimal": "77.5", "quantity": "2", "amount": None},
            "quantity": {"unit_amount_decimal": "77.5", "quantity": "3", "amount": None},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
            "tax_rates": {"tax_rates": ["{rate}"]},
        },
    ),
    (
        "POST /v1/invoiceitems/{waiting}",
        {},
        {
            "amount": "501",
            "unit_amount_decimal": "77.5",
            "unit_amount": {**_OLD, "unit_amount": "90"},
            "quantity": {"unit_amount_decimal": "77.5", "quantity": "3"},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
            "tax_rates": {"tax_rates": ["{rate}"]},
            **_PRICED,
        },
    ),
    ("POST /v1/invoices/{draft}/add_lines", {"lines": [{"amount": "100"}]}, {"lines": {"lines": [{"invoice_item": "{waiting}"}]}}),
    ("POST /v1/invoices/{draft}/update_lines", {"lines": [{"id": "{draft_line}", "amount": "100"}]},
     {"lines": {"lines": [{"id": "{draft_line}", "quantity": "2"}]}}),
    ("POST /v1/invoices/{draft}/remove_lines", {"lines": [{"id": "{draft_line}", "behavior": "delete"}]},
     {"lines": {"lines": [{"id": "{draft_line}", "behavior": "unassign"}]}}),
    ("POST /v1/invoices/{draft}/lines/{draft_line}", {},
     {"amount": "501", "quantity": "3", "discountable": "false", "discounts": {"discounts": [{"coupon": "{coupon}"}]},
      "tax_rates": {"tax_rates": ["{rate}"]}, **_PRICED}),
    (
        "POST /v1/invoices",
        {"customer": "{payer}", "pending_invoice_items_behavior": "include"},
        {
            "customer": "{customer}",
            "subscription": "{subscription}",
            "currency": "eur",
            "pending_invoice_items_behavior": "exclude",
            "auto_advance": "true",
            "default_tax_rates": {"default_tax_rates": ["{rate}"]},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
            "default_payment_method": "{payer_card2}",
        },
    ),
    (
        "POST /v1/invoices/{draft}",
        {},
        {
            "auto_advance": "true",
            "default_tax_rates": {"default_tax_rates": ["{rate}"]},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
            "default_payment_method": "{payer_card2}",
        },
    ),
    ("POST /v1/invoices/{draft}/finalize", {}, {}),
    (
        "POST /v1/invoices/{open}/pay",
        {},
        {"payment_method": "pm_card_chargeDeclined", "paid_out_of_band": "true"},
    ),
    (
        "POST /v1/invoices/create_preview",
        {"customer": "{payer}", "subscription": "{subscription}"},
        {
            "customer": {"customer": "{payer}", "subscription": None, "subscription_details": {"items": [{"price": "{yearly}"}]}},
            "subscription": "{trialing}",
            "coupon": {**_OLD, "coupon": "{coupon}"},
            "subscription_details": {"subscription_details": {"items": [{"id": "{item}", "quantity": "3"}]}},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
        },
    ),
    (
        "POST /v1/credit_notes",
        {"invoice": "{settled}", "amount": "200", "refund_amount": "200"},
        {
            "invoice": "{settled2}",
            "amount": {"amount": "100", "refund_amount": "100"},
            "lines": {"amount": None, "lines": [{"type": "invoice_line_item", "invoice_line_item": "{settled_line}", "amount": "200"}]},
            "refund_amount": "150",
            "credit_amount": {"refund_amount": None, "credit_amount": "200"},
            "out_of_band_amount": {"refund_amount": None, "out_of_band_amount": "200"},
        },
    ),
    ("POST /v1/credit_notes/{note}", {}, {}),
    ("POST /v1/credit_notes/{open_note}/void", {}, {}),
    (
        "POST /v1/subscription_schedules",
        _SCHEDULED,
        {
            "customer": "{customer}",
            "phases": {"phases": [{"items": [{"price": "{monthly}", "quantity": "2"}], "duration": _MONTH}]},
            "start_date": "1765000000",
            "end_behavior": "cancel",
            "from_subscription": {"from_subscription": "{subscription}", "customer": None, "start_date": None, "phases": None},
            "default_settings[default_payment_method]": {"default_settings": {"default_payment_method": "{payer_card2}"}},
            "billing_mode": {"billing_mode": {"type": "classic"}},
        },
    ),
    (
        "POST /v1/subscription_schedules/{schedule}",
        {"phases": [{"items": [{"price": "{monthly}", "quantity": "5"}], "duration": _MONTH}]},
        {
            "phases": {"phases": [{"items": [{"price": "{monthly}", "quantity": "6"}], "duration": _MONTH}]},
            "end_behavior": "cancel",
            "proration_behavior": "none",
        },
    ),
    ("POST /v1/subscription_schedules/{schedule}/release", {}, {}),
    (
        "POST /v1/subscriptions/{subscription}/migrate",
        {"billing_mode": {"type": "flexible"}},
        {"billing_mode": {"billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}}},
    ),
    ("POST /v1/subscription_schedules/{schedule}/cancel", {}, {"invoice_now": "false", "prorate": "false"}),
    (
        "POST /v1/subscription_items",
        {"subscription": "{subscription}", "price": "{metered}"},
        {
            "subscription": "{trialing}",
            "price": {"subscription": "{trialing}", "price": "{metered}"},
            "price_data": {"price": None, "price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900", "recurring": {"interval": "month"}}},
            "quantity": {"price": None, "quantity": "3", "price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900", "recurring": {"interval": "month"}}},
            "proration_behavior": {"price": None, "price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900", "recurring": {"interval": "month"}},
                                   "proration_behavior": "none"},
            "proration_date": {"price": None, "price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900", "recurring": {"interval": "month"}},
                               "proration_date": "1760500000"},
            "prorate": {**_OLD, "plan": "{plan}", "price": None, "prorate": "false"},
            "tax_rates": {"tax_rates": ["{rate}"]},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
        },
    ),
    (
        "POST /v1/subscription_items/{item}",
        {"quantity": "2"},
        {
            "price": "{yearly}",
            "price_data": {"price_data": {"currency": "usd", "product": "{product}", "unit_amount": "900", "recurring": {"interval": "month"}}},
            "quantity": "3",
            "proration_behavior": "none",
            "proration_date": "1760500000",
            "prorate": {**_OLD, "prorate": "false"},
            "tax_rates": {"tax_rates": ["{rate}"]},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
        },
    ),
    (
        "POST /v1/subscription_items/{counted_item}/usage_records",
        {**_OLD, "quantity": "7", "timestamp": "1760000000"},
        {"quantity": "8", "timestamp": "1760000001", "action": "set"},
    ),
    (
        "POST /v1/billing/meter_events",
        _USED,
        {
            "event_name": "others",
            "payload": {"payload": {"stripe_customer_id": "{user}", "value": "4"}},
            "timestamp": "1760000100",
            "identifier": "first",
        },
    ),
    (
        "POST /v1/billing/meter_event_adjustments",
        {"event_name": "calls", "type": "cancel", "cancel": {"identifier": "first"}},
        {"cancel": {"cancel": {"identifier": "second"}}},
    ),
    (
        "POST /v1/billing/meters",
        {**_METER, "event_name": "others"},
        {
            "default_aggregation": {"default_aggregation": {"formula": "count"}},
            "customer_mapping": {"customer_mapping": {"type": "by_id", "event_payload_key": "who"}},
            "value_settings": {"value_settings": {"event_payload_key": "how_many"}},
            "event_name": "more",
        },
    ),
    ("POST /v1/billing/meters/{meter}", {}, {}),
    ("POST /v1/billing/meters/{meter}/deactivate", {}, {}),
    (
        "POST /v1/webhook_endpoints",
        _HOOK,
        {"url": "http://127.0.0.1:9/other", "enabled_events": {"enabled_events": ["*"]}, "api_version": "2020-08-27"},
    ),
    (
        "POST /v1/webhook_endpoints/{hook}",
        {},
        {"url": "http://127.0.0.1:9/other", "enabled_events": {"enabled_events": ["*"]}, "disabled": "true"},
    ),
    ("POST /v1/transfers", {"amount": "300", "currency": "usd", "destination": "{seller}"},
     {"amount": "301", "currency": "eur", "destination": "{seller2}", "source_transaction": "{loose_charge}"}),
    ("POST /v1/transfers/{transfer}", {}, {}),
    ("POST /v1/transfers/{fed_transfer}/reversals", {"amount": "300"}, {"amount": "301"}),
    ("POST /v1/transfers/{transfer}/reversals/{reversal}", {}, {}),
    ("POST /v1/application_fees/{fee}/refunds", {"amount": "30"}, {"amount": "31"}),
    ("POST /v1/application_fees/{fee}/refunds/{fee_refund}", {}, {}),
    ("POST /v1/payment_intents/{grown}/increment_authorization", {"amount": "3000"}, {"amount": "3100", "application_fee_amount": "20"}),
    ("POST /v1/accounts", {"type": "custom"}, {}),
    ("POST /v1/accounts/{seller}", {}, {}),
    ("POST /v1/accounts/{seller}/reject", {"reason": "fraud"}, {"reason": "other"}),
    ("POST /v1/accounts/{seller}/persons", {"first_name": "Jenny"},
     {"relationship": {"relationship": {"owner": "true"}}, "dob": {"dob": {"day": "1", "month": "1", "year": "1901"}}, "id_number": "000000000",
      "person_token": "cpt_none"}),
    ("POST /v1/accounts/{seller}/persons/{person}", {},
     {"relationship": {"relationship": {"title": "CEO"}}, "dob": {"dob": {"day": "1", "month": "1", "year": "1901"}}, "id_number": "000000000",
      "person_token": "cpt_none"}),
    ("POST /v1/customers/{banker}/sources/{account_held}/verify", {"amounts": ["32", "45"]}, {"amounts": {"amounts": ["1", "2"]}}),
    ("POST /v1/accounts/{seller}/external_accounts", {"external_account": "btok_us_verified"},
     {"external_account": "btok_us_verified_noAccount", "default_for_currency": "true"}),
    ("POST /v1/accounts/{seller}/external_accounts/{bank}", {}, {"default_for_currency": "true"}),
    ("POST /v1/accounts/{seller}/capabilities/{capability}", {"requested": "true"}, {"requested": "false"}),
    ("POST /v1/account_links", {"account": "{seller}", "type": "account_onboarding"}, {"account": "{seller2}"}),
    ("POST /v1/accounts/{seller}/login_links", {}, {}),
    ("POST /v1/payouts", {"amount": "300", "currency": "usd"}, {"amount": "301", "currency": "eur", "method": "instant"}),
    ("POST /v1/payouts/{payout}", {}, {}),
    ("POST /v1/payouts/{payout}/cancel", {}, {}),
    ("POST /v1/payouts/{paid_payout}/reverse", {}, {}),
    ("POST /v1/topups", {"amount": "300", "currency": "usd"}, {"amount": "301", "currency": "eur"}),
    ("POST /v1/topups/{topup}", {}, {}),
    ("POST /v1/topups/{topup}/cancel", {}, {}),
    *(
        (f"POST /v1/{path}", {"evidence": {"product_description": "Tea"}, "submit": "false"},
         {"evidence[uncategorized_text]": {"evidence": {"uncategorized_text": "winning_evidence"}}, "submit": "true"})
        for path in ("disputes/{dispute}", "charges/{disputed}/dispute")
    ),
    ("POST /v1/disputes/{dispute}/close", {}, {}),
    ("POST /v1/charges/{disputed}/dispute/close", {}, {}),
    ("POST /v1/tokens", {"card": {"number": "4242424242424242", "exp_month": "1", "exp_year": "2030"}},
     {"card[number]": {"card": {"number": "5555555555554444", "exp_month": "1", "exp_year": "2030"}},
      "bank_account": {"card": None, "bank_account": {"country": "US", "account_number": "000123456789"}}, "customer": {"card": None, "customer": "{customer}"}}),
    ("POST /v1/tax_rates", {"display_name": "VAT", "percentage": "20", "inclusive": "false"}, {"percentage": "10", "inclusive": "true"}),
    (
        "POST /v1/promotion_codes",
        {"promotion": {"type": "coupon", "coupon": "{coupon}"}},
        {
            "active": "false", "code": "SPRING", "customer": "{customer}", "expires_at": "1790000000", "max_redemptions": "3",
            "promotion": {"promotion": {"type": "coupon", "coupon": "{coupon2}"}},
            "coupon": {_VERSION: "2024-06-20", "promotion": None, "coupon": "{coupon2}"},
            "restrictions": {"restrictions": {"first_time_transaction": "true"}},
        },
    ),
    ("POST /v1/promotion_codes/{code}", {}, {"active": "false"}),
    ("POST /v1/coupons/{coupon}", {}, {}),
    (
        "POST /v1/checkout/sessions",
        _PAGE,
        {
            "mode": {**_PAGE, "mode": "subscription", "line_items": [{"price": "{monthly}", "quantity": "1"}]},
            "line_items": {"line_items": [{"price": "{once}", "quantity": "3"}]},
            "discounts": {"discounts": [{"coupon": "{coupon}"}]},
            "customer": "{customer}", "customer_email": "a@example.com", "customer_creation": "always",
            "expires_at": "1760040000",
            "currency": {"currency": "eur", "line_items": [{"price_data": {"currency": "eur", "unit_amount": "900", "product": "{product}"},
                                                            "quantity": "1"}]},
        },
    ),
    (
        "POST /v1/checkout/sessions",
        {**_PAGE, "mode": "subscription", "line_items": [{"price": "{monthly}", "quantity": "1"}]},
        {
            "subscription_data[trial_period_days]": {"subscription_data": {"trial_period_days": "7"}},
            "subscription_data[trial_end]": {"subscription_data": {"trial_end": "1765000000"}},
            "subscription_data[default_tax_rates]": {"subscription_data": {"default_tax_rates": ["{rate}"]}},
        },
    ),
    ("POST /v1/checkout/sessions/{page}", {}, {}),
    ("POST /v1/checkout/sessions/{page}/expire", {}, {}),
    (
        "POST /v1/payment_links",
        {"line_items": [{"price": "{once}", "quantity": "1"}]},
        {
            "line_items": {"line_items": [{"price": "{monthly}", "quantity": "1"}]},
            "restrictions": {"restrictions": {"completed_sessions": {"limit": "2"}}},
            "customer_creation": "always",
            "transfer_data": {"transfer_data": {"destination": "{seller}"}},
            "application_fee_amount": {"application_fee_amount": "10", "transfer_data": {"destination": "{seller}"}},
            "allow_promotion_codes": "true",
            "subscription_data[trial_period_days]": {"line_items": [{"price": "{monthly}", "quantity": "1"}],
                                                     "subscription_data": {"trial_period_days": "7"}},
            "payment_intent_data": {"payment_intent_data": {"capture_method": "manual"}},
        },
    ),
    (
        "POST /v1/payment_links/{link}",
        {},
        {
            "active": "false", "allow_promotion_codes": "true", "restrictions": {"restrictions": {"completed_sessions": {"limit": "2"}}},
            "line_items": {"line_items": [{"id": "{link_line}", "quantity": "4"}]},
        },
    ),
    ("POST /v1/billing_portal/configurations", {"features": _FEATURES}, {"features": {"features": {"invoice_history": {"enabled": "false"}}}}),
    (
        "POST /v1/billing_portal/configurations/{portal}", {},
        {"active": "false", "features": {"features": {"invoice_history": {"enabled": "false"}}}},
    ),
    (
        "POST /v1/billing_portal/sessions",
        {"customer": "{payer}", "configuration": "{portal}"},
        {"customer": "{customer}", "configuration": "{portal2}", "flow_data": {"flow_data": {"type": "payment_method_update"}}},
    ),
    ("POST /v1/quotes", {"customer": "{payer}", "line_items": [{"price": "{monthly}", "quantity": "1"}]}, _QUOTED),
    ("POST /v1/quotes/{quote}", {}, {**_QUOTED, "customer": "{customer2}"}),
    ("POST /v1/quotes/{quote}/finalize", {}, {"expires_at": "1900000000"}),
]  # fmt: skip
_WRITES = sorted(name for name in rules() if name.startswith("POST "))


def _filled(value, world):
    if isinstance(value, str):
        return value.format(**world) if value.startswith("{") else value
    if isinstance(value, dict):
        return {key: _filled(child, world) for key, child in value.items() if child is not None}
    return [_filled(child, world) for child in value] if isinstance(value, list) else value


def _did(another, operation, params):
    """What a call did, on an account of its own: its outcome with its effects, and what its subscribers are then billed next."""
    account = another()
    account.version = "2025-10-29.clover"
    world = _world(account)
    params = dict(params)
    account.version = params.pop(_VERSION, account.version)
    outcome = account.call(operation.format(**world), _filled(params, world))
    return outcome, [account.simulator.customer_money(world[name]) for name in ("payer", "user")]


def _cases():
    for operation, base, changes in _CASES:
        for param, change in changes.items():
            yield pytest.param(operation, base, param, change, id=f"{operation.removeprefix('POST ')} {param}")


@pytest.mark.parametrize(("operation", "base", "param", "change"), list(_cases()))
def test_a_computed_parameter_changes_what_happens(another, operation, base, param, change):
    assert param in claims_of(_blank(operation)).computed
    changed = {**base, **change} if isinstance(change, dict) else {**base, param: change}
    (before, owed), (after, owed_after) = _did(another, operation, base), _did(another, operation, changed)
    assert before.status == 200, before
    assert (before.status, before.body, before.effects, owed) != (after.status, after.body, after.effects, owed_after)


def _blank(operation):
    return "/".join("{}" if part.startswith("{") else part for part in operation.split("/"))


def test_every_computed_parameter_of_a_write_has_a_case():
    cases = {(_blank(operation), param) for operation, _, changes in _CASES for param in changes}
    for name in _WRITES:
        for param in claims_of(name).computed:
            assert param == "expand" or (_blank(name), param) in cases, f"{name} {param}"


def _sample(param: Param, name: str, which: str) -> Any:
    if name.endswith("metadata"):
        return {"some": which}
    if name in ("email", "receipt_email"):
        return f"{which}@shop.example"
    if name == "business_profile":
        return {"headline": which}
    if param.kind == "list":
        return [{"name": "a", "value": which}] if name == "custom_fields" else [which]
    if param.children and name in ("shipping", "billing_details"):
        return {"name": which, "address": {"line1": which}}
    return which


_SHOWN_ELSEWHERE = ("receipt_email", "statement_descriptor", "statement_descriptor_suffix", "shipping")


def _inert_cases():
    bases = {_blank(operation): (operation, base) for operation, base, _ in reversed(_CASES)}
    bases |= {
        "POST /v1/payment_methods/{}": ("POST /v1/payment_methods/{card}", {}), "POST /v1/charges/{}": ("POST /v1/charges/{charge}", {}),
        "POST /v1/refunds/{}": ("POST /v1/refunds/{refund}", {}),
    }  # fmt: skip
    for name in _WRITES:
        for param in claims_of(name).inert:
            operation, base = bases[_blank(name)]
            yield pytest.param(operation, base, param, id=f"{_blank(name).removeprefix('POST ')} {param}")


@pytest.mark.parametrize(("operation", "base", "param"), list(_inert_cases()))
def test_an_inert_parameter_moves_nothing(another, operation, base, param):
    head, _, rest = param.partition("[")
    canonical = catalogue().canonical(_blank(operation))
    spec = catalogue().named(canonical).params[head] if canonical else Param("map")
    leaf = rest.rstrip("]")
    values = ({leaf: _sample(spec.children[leaf], leaf, which)} if leaf else _sample(spec, head, which) for which in ("one", "other"))
    (before, owed), (after, owed_after) = (_did(another, operation, {**base, head: value}) for value in values)
    assert before.body != after.body or leaf or head in _SHOWN_ELSEWHERE or operation.endswith("/refund")
    assert after.status == before.status == 200, after
    assert (after.effects, owed_after) == (before.effects, owed)
    hard = [(path, leaf) for path, leaf in leaves(before.body) if kind_of(path) in HARD]
    assert hard == [(path, leaf) for path, leaf in leaves(after.body) if kind_of(path) in HARD]


def test_claims_name_parameters_that_exist():
    for name in rules():
        operation = catalogue().canonical(name)
        known = catalogue().named(operation).params if operation else {"amount", "reason", "metadata", "expand"}
        claims = claims_of(name)
        for param in (*claims.computed, *claims.inert):
            assert param.partition("[")[0] in {*known, "expand"}, f"{name} {param}"
        assert not set(claims.computed) & set(claims.inert)
        assert all(claims.inert.values())


def test_an_operation_without_a_rule_claims_nothing():
    assert claims_of("POST /v1/issuing/disputes").computed == []
    assert claims_of("POST /v1/issuing/disputes").inert == {}
    assert claims_of("POST /v1/unicorns").computed == []


def test_names_in_braces_carry_no_meaning():
    assert claims_of("POST /v1/customers/{}") == claims_of("POST /v1/customers/{whoever}") != claims_of("POST /v1/customers")


def test_every_noun_is_listed_once():
    names = [name for noun in NOUNS for name in noun.RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("filled", [True, False])
def test_no_parameter_breaks_a_call(another, filled):
    """Whatever stands in a parameter of its kind, or nothing, a call ends with an answer or in the unknown."""
    account = another()
    account.version = None
    world = _world(account)
    for operation in catalogue().operations():
        ids = [world.get(part[1:-1], world.get(part[1:-1].split("_")[-1], "x_1")) for part in operation.template.split("/") if "{" in part]
        path = "/".join(ids.pop(0) if part.startswith("{") else part for part in operation.template.split("/"))
        everything = {name: _anything(param) if filled else "" for name, param in operation.params.items() if name != "expand"}
        _no_failure(account.call(f"{operation.method} {path}", everything))
        required = {name: _anything(param) for name, param in operation.params.items() if param.required}
        for name, value in everything.items():
            _no_failure(account.call(f"{operation.method} {path}", {**required, name: value}))


def _no_failure(outcome):
    assert "failed" not in (outcome.error or ""), outcome


def _anything(param: Param) -> Any:
    if param.kind == "hash" or param.children:
        return {name: _anything(child) for name, child in param.children.items()}
    if param.kind == "list":
        return [_anything(param.item)] if param.item else ["x"]
    if param.kind == "map":
        return {"x": "y"}
    return {"integer": "7", "time": "1760000000", "boolean": "true", "number": "1.5", "decimal": "1.5"}.get(
        param.kind, param.choices[0] if param.choices else "usd"
    )
