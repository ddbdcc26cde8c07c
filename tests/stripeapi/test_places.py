"""What kind of thing stands at a place."""

import pytest

from replayer.stripeapi.places import kind_of

EXPECTED = {
    "amount": "money", "amount_received": "money", "lines.data[].amount": "money", "total": "money", "subtotal_excluding_tax": "money",
    "items.data[].price.unit_amount": "money", "items.data[].price.unit_amount_decimal": "money", "application_fee_amount": "money",
    "balance": "money", "discounts[].coupon.percent_off": "money", "tax": "money", "net": "money", "fee": "money", "exchange_rate": "money",
    "currency": "currency", "presentment_currency": "currency", "status": "status", "paid": "status", "captured": "status",
    "items.data[].quantity": "quantity", "created": "time", "current_period_end": "time", "trial_end": "time", "status_transitions.paid_at": "time",
    "client_secret": "volatile", "hosted_invoice_url": "volatile", "metadata.amount": "other", "description": "other", "livemode": "other",
    "has_more": "other", "next_action.use_stripe_sdk.stripe_js": "volatile",
}  # fmt: skip


@pytest.mark.parametrize(("path", "kind"), EXPECTED.items())
def test_a_place_has_its_kind(path, kind):
    assert kind_of(path) == kind
