"""The form codec: every spelling of a list, empty values, and the round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.stripeapi import forms

KEYS = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=1, max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def counts_from_zero(keys):
    return set(keys) == {str(index) for index in range(len(keys))}


TREES = st.recursive(
    TEXT,
    lambda children: (
        st.lists(children, min_size=1, max_size=3)
        | st.dictionaries(KEYS, children, min_size=1, max_size=3).filter(lambda node: not counts_from_zero(node))
    ),
    max_leaves=12,
)


def no_list_in_metadata(node, name=""):
    if isinstance(node, list):
        return name != "metadata" and all(no_list_in_metadata(child) for child in node)
    return not isinstance(node, dict) or all(no_list_in_metadata(child, key) for key, child in node.items())


@given(st.dictionaries(KEYS, TREES, max_size=4).filter(no_list_in_metadata))
def test_decoding_what_was_encoded_gives_the_same_parameters(params):
    assert forms.decode(forms.encode(params)) == params


@pytest.mark.parametrize(
    "text",
    ["items[0][price]=p&items[1][price]=q", "items[][price]=p&items[][price]=q", "items%5B0%5D%5Bprice%5D=p&items%5B1%5D%5Bprice%5D=q"],
)
def test_every_spelling_of_a_list_means_the_same(text):
    assert forms.decode(text) == {"items": [{"price": "p"}, {"price": "q"}]}


def test_appended_hashes_begin_anew_when_a_name_repeats():
    assert forms.decode("a[][x]=1&a[][y]=2&a[][x]=3") == {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}


def test_an_empty_value_is_kept_because_it_clears():
    assert forms.decode("coupon=&metadata[a]=") == {"coupon": "", "metadata": {"a": ""}}


def test_order_is_kept():
    assert list(forms.decode("b=1&a=2&c=3")) == ["b", "a", "c"]


def test_metadata_keys_that_are_digits_stay_names():
    assert forms.decode("metadata[0]=a&metadata[1]=b") == {"metadata": {"0": "a", "1": "b"}}


def test_a_name_sent_twice_keeps_the_last_value():
    assert forms.decode("a=1&a=2") == {"a": "2"}


def test_a_malformed_name_stays_whole():
    assert forms.decode("a[b=1&[c]=2") == {"a[b": "1", "[c]": "2"}


def test_values_on_the_wire():
    assert forms.encode({"on": True, "off": False, "n": 7, "gone": None}) == "on=true&off=false&n=7&gone="


def test_positions_are_folded():
    assert forms.fold("items[0][tax_rates][11]") == "items[][tax_rates][]"
