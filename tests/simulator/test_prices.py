"""What a quantity of a price costs: cents worked out by hand from Stripe's pricing models."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.simulator.prices import amount_of, parts_of, rounded
from replayer.simulator.records import Record

# docs.stripe.com/products-prices/pricing-models: 1-5 at 7.00, 6-10 at 6.50, above at 6.00.
TIERS = [{"up_to": 5, "unit_amount": 700}, {"up_to": 10, "unit_amount": 650}, {"up_to": None, "unit_amount": 600}]
FLAT = [{"up_to": 5, "unit_amount": 500, "flat_amount": 1000}, {"up_to": None, "unit_amount": 400, "flat_amount": 2000}]


def price(**values) -> Record:
    return Record("price", "price_1", {"currency": "usd", **values})


@pytest.mark.parametrize(
    ("values", "quantity", "cents"),
    [
        ({"unit_amount": 1000}, 3, 3000),
        ({"unit_amount_decimal": "0.05"}, 1000, 50),
        ({"unit_amount_decimal": "77.5"}, 1, 78),
        ({"unit_amount_decimal": "77.5"}, 3, 233),  # 232.5, rounded as a whole
        ({"unit_amount": 500, "transform_quantity": {"divide_by": 10, "round": "up"}}, 11, 1000),
        ({"unit_amount": 500, "transform_quantity": {"divide_by": 10, "round": "down"}}, 19, 500),
        ({"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS}, 5, 3500),
        ({"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS}, 6, 3900),
        ({"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS}, 20, 12000),
        ({"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS}, 5, 3500),
        ({"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS}, 6, 4150),
        ({"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS}, 20, 12750),
        ({"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": FLAT}, 6, 5900),
        ({"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": FLAT}, 6, 4400),
    ],
)
def test_an_amount(values, quantity, cents):
    assert amount_of(price(**values), quantity) == cents


def test_graduated_tiers_are_lines_of_their_own():
    parts = parts_of(price(billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS), 12)
    assert [(part.tier, part.quantity, part.amount) for part in parts] == [(1, 5, 3500), (2, 5, 3250), (3, 2, 1200)]


@given(st.fractions())
def test_a_credit_mirrors_its_debit(value):
    assert rounded(-value) == -rounded(value)
    assert abs(rounded(value) - value) <= Fraction(1, 2)
