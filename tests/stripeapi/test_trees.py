"""Reading packed trees: by version, shared in memory, and the exact inverse of packing."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.trees import KINDS, Field, Reader
from replayer.stripeapi.versions import NEWEST
from tools import pack
from tools.merge import Merger
from tools.tree import Node


def test_a_tree_is_that_of_its_version() -> None:
    fields = catalogue().fields
    assert "current_period_end" in fields("subscription", "2025-02-24.acacia")
    assert "current_period_end" not in fields("subscription", "2025-03-31.basil")
    assert fields("payment_intent", "2019-05-16") == fields("payment_intent", "2020-08-27")
    assert fields("payment_intent", "2020-08-27")["charges"].kind == "listing"
    assert "charges" not in fields("payment_intent", "2022-11-15")
    assert "latest_charge" not in fields("payment_intent", "2022-08-01")
    assert not fields("charge", "2020-08-27")["refunds"].includable
    assert fields("charge", "2022-11-15")["refunds"].includable
    assert "hosted_page" in fields("checkout.session", None)["ui_mode"].choices
    assert "hosted_page" not in fields("checkout.session", "2025-10-29.clover")["ui_mode"].choices
    assert fields("issuing.authorization")["card"].target == "issuing.card"
    assert fields("charge")["customer"].kind == "expandable"
    assert {"destination", "dispute", "order"} <= set(fields("charge"))
    assert {"plan", "quantity"} <= set(fields("subscription"))


@given(st.one_of(st.none(), st.text(), st.sampled_from(["2031-01-01.zeus", "2025-10-29.clover", "2024-06-20; beta=v1"])))
def test_any_version_string_gives_a_tree(version: str | None) -> None:
    assert catalogue().fields("customer", version)["id"].kind == "string"
    assert catalogue().fields("no such type", version) == {}


def test_versions_share_in_memory_what_is_equal() -> None:
    fields = catalogue().fields
    assert fields("invoice", "2025-04-30.basil") is fields("invoice", "2025-07-30.basil")
    assert fields("customer", "2024-06-20")["address"] is fields("customer", NEWEST)["address"]
    assert fields("invoice", NEWEST)["customer_address"].children is fields("customer", NEWEST)["address"].children


NAMES = st.sampled_from(["id", "object", "amount", "type", "card", "plan"])
FLAGS = st.sampled_from(["", "~", "?", "~?", "?~"])
CHOICES = st.sets(st.sampled_from("abcdef"), min_size=1).map(lambda found: tuple(sorted(found)))
# Strings and decimals, closed and open enums are taken for one another: older releases did not tell them apart.
LEAF = (
    st.builds(Node, st.sampled_from("sibft*"), FLAGS)
    | st.builds(Node, st.just("x"), FLAGS, target=st.sampled_from(["plan", "a|b"]))
    | st.builds(Node, st.just("E"), FLAGS, choices=CHOICES)
)
NODE = st.recursive(
    LEAF,
    lambda inner: (
        st.builds(Node, st.just("h"), FLAGS, children=st.dictionaries(NAMES, inner, max_size=4))
        | st.builds(Node, st.sampled_from("lm"), FLAGS, item=inner)
    ),
    max_leaves=8,
)
TREES = st.lists(st.dictionaries(NAMES, NODE, max_size=5), min_size=3, max_size=3)
DATES = ("2024-01-01", "2025-01-01", "2026-01-01")


def wanted(node: Node) -> Field:
    return Field(
        KINDS[node.code], "~" in node.flags, node.flags.startswith("?"), False, node.target or None, node.choices,
        {name: wanted(child) for name, child in node.children.items()}, wanted(node.item) if node.item else None, node.code == "E",
    )  # fmt: skip


def packed(trees: list[dict[str, Node]]) -> tuple[dict[str, Any], str]:
    """The merged tree as it is written, and what it shares."""
    merged = Merger(DATES).fields(trees)
    packer = pack.Packer()
    for value in [*merged.values(), *merged.values()]:  # seen twice: all that is worth it is shared
        packer.observe(value)
    return {key: packer.rewrite_entry(key, value) for key, value in merged.items()}, pack.table(packer.shapes)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_what_was_packed_is_read_back_for_every_edition(trees: list[dict[str, Node]]) -> None:
    tree, shapes = packed(trees)
    reader = Reader(msgspec.json.decode(shapes, type=dict[str, msgspec.Raw]), {})
    for date, before in zip(DATES, trees, strict=True):
        assert reader.fields(tree, date) == {name: wanted(node) for name, node in before.items()}


@settings(max_examples=50, deadline=None)
@given(TREES)
def test_the_same_trees_give_the_same_bytes_whatever_their_order(trees: list[dict[str, Node]]) -> None:
    backwards = [dict(reversed(tree.items())) for tree in trees]
    assert pack.table(packed(trees)[0]) == pack.table(packed(backwards)[0])
    assert packed(trees)[1] == packed(backwards)[1]
