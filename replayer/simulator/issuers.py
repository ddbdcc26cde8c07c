"""How issuers answer: as the world says of a payment method's attempt, else as Stripe documents of its test cards."""

from __future__ import annotations

from replayer.model.world import Found, IssuerAnswer
from replayer.simulator.calls import Call
from replayer.simulator.cards import TestCard
from replayer.simulator.payment_methods import card_of
from replayer.simulator.records import Record


def attempt(call: Call, method: Record, amount: int) -> TestCard:
    """The next attempt to charge a payment method: a card that answers as its issuer does; `Unknown` where nobody knows.

    What is known of other attempts, or of another amount, is assumed to hold.
    """
    counts = call.store.attempts
    counts[method.id] = counts.get(method.id, 0) + 1
    found = call.store.world.issuer(method.id, counts[method.id], amount)
    if found is None:
        return card_of(method)
    call.assume(found.assumed)
    return _card(found)


def _card(found: Found[IssuerAnswer]) -> TestCard:
    fact = found.fact
    return TestCard(on_charge=fact.answer, code=fact.code, decline_code=fact.decline_code)
