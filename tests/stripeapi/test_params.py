"""Parameters by name, and what a target claims of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.model import Claims
from replayer.stripeapi.params import competence, param_name

CLAIMS = Claims(computed=["amount", "items[][quantity]", "card"], inert={"metadata": "doc", "card[name]": "doc"})
PARTS = st.lists(st.sampled_from(["items", "price", "a_b"]), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("amount", ("amount",)),
        ("items[0][quantity]", ("items", "quantity")),
        ("items[][quantity]", ("items", "quantity")),
        ("expand[]", ("expand",)),
        ("metadata[a b]", ("metadata", "a b")),
    ],
)
def test_a_name_is_its_parts_without_positions(wire, name):
    assert param_name(wire) == name


@given(PARTS, st.integers(0, 99))
def test_the_position_in_a_list_makes_no_difference(parts, position):
    wire = parts[0] + "".join(f"[{part}]" for part in parts[1:])
    assert param_name(f"{wire}[{position}]") == param_name(f"{wire}[]") == param_name(wire) == tuple(parts)


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        ("amount", "computed"),
        ("amount_to_capture", "echoed"),
        ("items[3][quantity]", "computed"),
        ("items[3][price]", "echoed"),
        ("items", "echoed"),
        ("card[number]", "computed"),
        ("card[name]", "inert"),
        ("card[name][first]", "inert"),
        ("metadata[order]", "inert"),
        ("(version)", "echoed"),
    ],
)
def test_a_claim_covers_what_is_nested_in_its_name_and_what_is_not_listed_is_only_echoed(wire, said):
    assert competence(CLAIMS, wire) == said


@given(PARTS)
def test_a_target_without_claims_echoes_only(parts):
    assert competence(None, parts[0]) == competence(Claims(), parts[0]) == "echoed"
