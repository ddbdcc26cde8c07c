"""What Stripe offers in a country (API reference, "Country Specs"): currencies, and what is asked of whom (`requirements.py`).

Where money can be sent from a country is world.
"""

from __future__ import annotations

from typing import Any

from replayer.simulator.calls import Answer, Call, Page
from replayer.simulator.errors import missing_resource
from replayer.simulator.records import Record
from replayer.simulator.requirements import due
from replayer.simulator.rule import PAGES, Rule
from replayer.simulator.tokens import currency_of
from replayer.stripeapi.amounts import PRESENTMENT

_COUNTRIES = (
    "AE", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HK", "HR", "HU",
    "IE", "IN", "IT", "JP", "LI", "LT", "LU", "LV", "MT", "MX", "MY", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SG", "SI", "SK", "TH",
    "US",
)  # fmt: skip


def _spec(call: Call, country: str) -> Record:
    currency = currency_of(country)
    asked: dict[str, Any] = {"country": country, "requested": ["card_payments", "transfers"]}
    fields = {
        kind: {"additional": [], "minimum": due({**asked, "business_type": kind}, [], has_bank=False)} for kind in ("company", "individual")
    }
    shown = {
        "id": country, "default_currency": currency, "supported_bank_account_currencies": {currency: [country]},
        "supported_payment_currencies": sorted(PRESENTMENT - {"usdc"}),
        "supported_payment_methods": ["ach", "card", "stripe"] if country == "US" else ["card", "stripe"],
        "supported_transfer_countries": [country], "verification_fields": fields,
    }  # fmt: skip
    record = call.passing("country_spec", shown)
    record.mark(dict.fromkeys(("supported_transfer_countries", "supported_payment_methods", "supported_bank_account_currencies"), "world"))
    return record


def retrieve(call: Call) -> Answer:
    """Show one country's."""
    if call.ids[0] not in _COUNTRIES:
        raise missing_resource("country_spec", call.ids[0], param="country")
    return _spec(call, call.ids[0])


def listed(call: Call) -> Answer:
    """List the countries in which Stripe is."""
    limit, after = call.params.get("limit"), call.params.get("starting_after")
    found = [country for country in _COUNTRIES if not isinstance(after, str) or country > after]
    count = limit if isinstance(limit, int) else 10
    return Page([_spec(call, country) for country in found[:count]], call.request.path, has_more=len(found) > count)


RULES = {"GET /v1/country_specs": Rule(listed, PAGES), "GET /v1/country_specs/{}": Rule(retrieve)}
