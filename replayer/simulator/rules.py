"""The table of contents of what the simulator computes: one file a noun, one line here each."""

from __future__ import annotations

from functools import lru_cache

from replayer.model import Claims
from replayer.simulator import charges, customers, payment_intents, payment_methods, products, refunds, setup_intents, sources
from replayer.simulator.rule import Rule
from replayer.stripeapi.catalogue import catalogue

NOUNS = (customers, payment_methods, sources, payment_intents, setup_intents, charges, refunds, products)


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every rule by the catalogue's name of its operation; those that the catalogue has not keep their own."""
    return {catalogue().canonical(name) or name: rule for noun in NOUNS for name, rule in noun.RULES.items()}


def claims_of(name: str) -> Claims:
    """What the simulator says of an operation's parameters."""
    canonical = catalogue().canonical(name) or name
    rule = rules().get(canonical)
    if rule is not None:
        return Claims(computed=["expand", *rule.computed], inert=dict(rule.inert))
    return Claims()
