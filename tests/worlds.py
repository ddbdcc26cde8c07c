"""A shop whose world is known: what the simulator answers in it is recorded as Stripe's, so that what is read back can be held against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from replayer.model import BaselineObject, Exchange, Request, World
from replayer.model.world import Account, Fee, IssuerAnswer, TaxRate
from replayer.simulator import Simulator
from tests.make import T0, exchange
from tests.proof.corpus import write
from tests.proof.scenes import filled

VERSION = "2025-10-29.clover"
CUSTOMER, CARD, PRODUCT, PRICE = "cus_Real0000000001", "pm_1RealCard0000000001", "prod_Real00000001", "price_1Real0000000001"
TODAY = datetime.fromtimestamp(T0, UTC).date()
ADDRESS = {"city": "Berlin", "country": "DE", "line1": "Street 1", "line2": None, "postal_code": "10115", "state": None}
Step = tuple[int, str, dict[str, Any]]  # seconds after T0, operation, parameters; `{2}` is the id that step 2 was answered with


def _laid(identifier: str, kind: str, **state: Any) -> BaselineObject:
    body = {"id": identifier, "object": kind, "created": int(T0) - 86400, "livemode": True, **state}
    return BaselineObject(id=identifier, object=kind, provenance="observed", version=VERSION, state=body)


LOOKS = {
    "brand": "visa", "country": "DE", "last4": "0119", "exp_month": 4, "exp_year": 2030, "funding": "credit", "fingerprint": "Fp00000000000001",
    "networks": {"available": ["visa"], "preferred": None}, "wallet": None, "checks": dict.fromkeys(("address_line1_check", "address_postal_code_check", "cvc_check")),
}  # fmt: skip
BASELINE = [
    _laid(CARD, "payment_method", type="card", customer=CUSTOMER, card=LOOKS, billing_details={}, metadata={}, allow_redisplay="always"),
    _laid(
        CUSTOMER, "customer", balance=0, currency=None, discount=None, address=ADDRESS, shipping=None, tax_exempt="none", name="Jenny", email=None,
        phone=None, default_source=None, invoice_prefix="REAL0001", next_invoice_sequence=1, delinquent=False, metadata={}, description=None,
        preferred_locales=[], test_clock=None,
        invoice_settings={"custom_fields": None, "default_payment_method": CARD, "footer": None, "rendering_options": None},
    ),
    _laid(PRODUCT, "product", name="Gold", active=True, tax_code="txcd_10103001", metadata={}, unit_label=None, type="service", default_price=None),
    _laid(
        PRICE, "price", active=True, billing_scheme="per_unit", currency="usd", custom_unit_amount=None, lookup_key=None, metadata={}, nickname=None,
        product=PRODUCT, recurring={"interval": "month", "interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"},
        tax_behavior="exclusive", tiers_mode=None, transform_quantity=None, type="recurring", unit_amount=3100, unit_amount_decimal="3100",
    ),
]  # fmt: skip


def answers(*given: str, amount: int | None = None) -> list[IssuerAnswer]:
    """How the card's issuer answers one attempt after the other: `yes`, `no`, or `asks`."""
    kinds: dict[str, dict[str, Any]] = {
        "yes": {"answer": "succeeds"}, "asks": {"answer": "requires_action"},
        "no": {"answer": "declined", "code": "card_declined", "decline_code": "insufficient_funds"},
    }  # fmt: skip
    return [IssuerAnswer(payment_method=CARD, attempt=number, amount=amount, **kinds[one]) for number, one in enumerate(given, 1)]


def pay(at: int, amount: int = 2000, **more: Any) -> Step:
    """A payment with the customer's own card."""
    return at, "POST /v1/payment_intents", {
        "amount": str(amount), "currency": "usd", "customer": CUSTOMER, "payment_method": CARD, "payment_method_types": ["card"],
        "confirm": "true", "expand": ["latest_charge.balance_transaction"], **more,
    }  # fmt: skip


def subscribe(at: int = 10, **more: Any) -> Step:
    """A subscription to the price of 31.00 a month."""
    return at, "POST /v1/subscriptions", {"customer": CUSTOMER, "items": [{"price": PRICE}], **more}


TAXED: list[Step] = [
    subscribe(automatic_tax={"enabled": "true"}, expand=["latest_invoice"]),
    (20, "GET /v1/tax_rates", {"active": "false"}),
    (21, f"GET /v1/products/{PRODUCT}", {}),
]
GERMAN = TaxRate(country="DE", postal="101", tax_code="txcd_10103001", percentage="19", since=TODAY, until=TODAY)
FEES = Fee(currency="usd", percent="1.4", fixed=25, least=0, most=10**9)
ACME = Account(name="Acme", country="DE")


def played(world: World, steps: Sequence[Step], baseline: Sequence[BaselineObject] = tuple(BASELINE)) -> list[Exchange]:
    """What a program would have recorded in a world."""
    simulator, calls = Simulator(world=world), []
    simulator.lay(baseline)
    for number, (after, operation, given) in enumerate(steps):
        method, _, path = operation.partition(" ")
        ids = [str((call.outcome.body or {}).get("id", "")) for call in calls]
        params, path = filled(given, ids), filled(path, ids)
        outcome = simulator.send(Request(method=method, path=path, params=params, version=VERSION), at=T0 + after)
        assert outcome.status is not None, outcome.error
        made = exchange(number + 1, method, path, params, outcome.body, at=T0 + after, version=VERSION)
        calls.append(msgspec.structs.replace(made, outcome=msgspec.structs.replace(made.outcome, status=outcome.status)))
    return calls


def recorded(folder: Path, world: World, steps: Sequence[Step], baseline: Sequence[BaselineObject] = tuple(BASELINE)) -> Path:
    """A capture of it, which says that it comes from Stripe."""
    return write(folder / "capture", played(world, steps, baseline), baseline)
