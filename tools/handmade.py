"""What no SDK says, kept by hand: fields sent but not typed, those of versions before 2023-10-16, and what is included on request.

Sources: recordings of public test suites, the Node SDK's types of 2020-08-27, Stripe's API reference and upgrade notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tools.tree import Node

Objects = dict[str, dict[str, Node]]


class Extra(msgspec.Struct, frozen=True):
    """A field to add: from `since` on, before `until` (dates of editions; null: all before, all after)."""

    path: str
    node: Node
    since: str | None = None
    until: str | None = None


_KANA = Node("h", "?", children={"kana": Node("s", "?"), "kanji": Node("s", "?")})
_ADDRESS = Node("h", "?", children={key: Node("s", "~") for key in ("city", "country", "line1", "line2", "postal_code", "state")})
_SHIPPING = {"address": _ADDRESS} | {key: Node("s", "~?") for key in ("carrier", "name", "phone", "tracking_number")}
_WECHAT = {"app_id": Node("s", "~?"), "client": Node("s", "~?")}

EXTRAS = (
    # Sent in every version, typed in none of the newer ones.
    Extra("charge.destination", Node("x", "~", "account")),
    Extra("charge.dispute", Node("x", "~", "dispute")),
    Extra("charge.order", Node("s", "~")),
    Extra("subscription.plan", Node("r", "~", "plan")),
    Extra("subscription.quantity", Node("i", "~?")),
    Extra("account.login_links", Node("L", "?", "login_link")),
    Extra("payment_method.boleto.fingerprint", Node("s", "~?")),
    Extra("checkout.session.payment_method_options.wechat_pay", Node("h", "?", children=_WECHAT)),
    # Typed later than they were sent.
    Extra("payment_method.card.generated_from", Node("*", "~"), until="2024-04-10"),
    Extra("account.business_profile.specified_commercial_transactions_act_url", Node("s", "~"), until="2026-09-30"),
    # Gone before 2023-10-16, the first version with types.
    Extra("payment_intent.charges", Node("L", "", "charge"), until="2022-11-15"),
    Extra("charge.refunds", Node("L", "", "refund"), until="2022-11-15"),
    Extra("charge.alternate_statement_descriptors", _KANA, until="2023-08-16"),
    Extra("checkout.session.shipping", Node("h", "~", children=_SHIPPING), until="2022-08-01"),
    Extra("checkout.session.shipping_rate", Node("x", "~", "shipping_rate"), until="2022-08-01"),
    Extra("customer.default_currency", Node("s", "?"), until="2022-08-01"),
    Extra("product.attributes", Node("l", "~?", item=Node("s")), until="2023-08-16"),
    Extra("product.caption", Node("s", "~?"), until="2023-08-16"),
    Extra("product.deactivate_on", Node("l", "?", item=Node("s")), until="2023-08-16"),
)

# Fields that the earlier version did not have although the first typed one does.
LATER = {"payment_intent.latest_charge": "2022-11-15"}

# Missing until the request's `expand` names them (API reference: "includable", or "expandable" on what is no id).
_INCLUDABLE = """
charge.refunds
checkout.session.line_items
checkout.session.total_details.breakdown
coupon.applies_to
coupon.currency_options
customer.cash_balance
customer.invoice_credit_balance
customer.sources
customer.subscriptions
customer.tax
customer.tax_ids
identity.verification_session.verified_outputs
invoice.confirmation_secret
invoice.payments
issuing.card.cvc
issuing.card.number
order.line_items
payment_link.line_items
plan.tiers
price.currency_options
price.tiers
promotion_code.restrictions.currency_options
quote.computed.recurring.total_details.breakdown
quote.computed.upfront.line_items
quote.computed.upfront.total_details.breakdown
quote.line_items
quote.total_details.breakdown
shipping_rate.fixed_amount.currency_options
tax.calculation.line_items
tax.transaction.line_items
"""
INCLUDABLE = frozenset(_INCLUDABLE.split())

# Fields that may be null and may be missing, of which recordings show that an empty one is missing; from which edition on.
# `*` stands for all such fields of a hash: what is known of a person depends on the country.
_MISSING = """
account.groups
account.business_profile.product_description
account.company.address_kana
account.company.address_kanji
account.company.directorship_declaration
account.company.name_kana
account.company.name_kanji
account.company.ownership_declaration
account.company.phone
account.company.representative_declaration
account.company.verification
account.settings.payments.statement_descriptor_prefix_kana
account.settings.payments.statement_descriptor_prefix_kanji
account.tos_acceptance.*
person.*
bank_account.customer
checkout.session.optional_items
charge.payment_method_details.card.description
charge.payment_method_details.card.iin
charge.payment_method_details.card.issuer
charge.payment_method_details.card.moto
payment_method.card.description
payment_method.card.iin
payment_method.card.issuer
line_item.pretax_credit_amounts.credit_balance_transaction
invoice.total_pretax_credit_amounts.credit_balance_transaction
"""
MISSING = dict.fromkeys(_MISSING.split(), "") | {"line_item.subscription": "2025-03-31"}


def at(objects: Objects, date: str) -> Objects:
    """The objects of an edition with what is kept by hand."""
    result = dict(objects)
    for extra in EXTRAS:
        if (extra.since is None or date >= extra.since) and (extra.until is None or date < extra.until):
            _put(result, extra.path, extra.node)
    for path, since in LATER.items():
        if date < since:
            _put(result, path, None)
    for path in sorted(INCLUDABLE):
        if path != "charge.refunds" or date >= "2022-11-15":
            _change(result, path, lambda node: "+" + node.flags.replace("?", ""))
    for path, since in MISSING.items():
        if date >= since:
            _change(result, path, lambda node: "?~" if node.flags and node.code not in "L" and set(node.flags) <= set("~?") else node.flags)
    return {kind: _typed(tree) for kind, tree in result.items()}


def _typed(tree: Mapping[str, Node]) -> dict[str, Node]:
    """A hash that may be missing and is named after a value of its sibling `type` is there only when it is that type."""
    choices = tree["type"].choices if "type" in tree else ()
    result = {}
    for name, node in tree.items():
        if node.children:
            flags = "?~" if name in choices and node.flags == "~?" else node.flags
            node = msgspec.structs.replace(node, flags=flags, children=_typed(node.children))
        if node.item and node.item.children:
            node = msgspec.structs.replace(node, item=msgspec.structs.replace(node.item, children=_typed(node.item.children)))
        result[name] = node
    return result


def _split(objects: Objects, path: str) -> tuple[str, list[str]]:
    """An object type may hold a dot itself."""
    parts = path.split(".")
    for size in (2, 1):
        if ".".join(parts[:size]) in objects and len(parts) > size:
            return ".".join(parts[:size]), parts[size:]
    return "", []


def _put(objects: Objects, path: str, node: Node | None) -> None:
    kind, parts = _split(objects, path)
    if kind:
        objects[kind] = _with(objects[kind], parts, node)


def _with(tree: dict[str, Node], parts: list[str], node: Node | None) -> dict[str, Node]:
    name, *rest = parts
    if rest:
        inner = tree.get(name)
        return tree | {name: msgspec.structs.replace(inner, children=_with(inner.children, rest, node))} if inner else tree
    return {key: value for key, value in tree.items() if key != name} | ({name: node} if node else {})


def _change(objects: Objects, path: str, flags: Callable[[Node], str]) -> None:
    """Set the flags of a field that exists, or of all fields of a hash; a list is looked into."""
    kind, parts = _split(objects, path)
    if kind:
        objects[kind] = _changed(objects[kind], parts, flags)


def _changed(tree: dict[str, Node], parts: list[str], flags: Callable[[Node], str]) -> dict[str, Node]:
    name, *rest = parts
    if name == "*":
        return {key: msgspec.structs.replace(node, flags=flags(node)) if node.flags == "~?" else node for key, node in tree.items()}
    node = tree.get(name)
    if node is None:
        return tree
    if not rest:
        return tree | {name: msgspec.structs.replace(node, flags=flags(node))}
    if node.item:
        item = msgspec.structs.replace(node.item, children=_changed(node.item.children, rest, flags))
        return tree | {name: msgspec.structs.replace(node, item=item)}
    return tree | {name: msgspec.structs.replace(node, children=_changed(node.children, rest, flags))}
