"""How issuers answer: as the world says of a payment method's attempt, else as Stripe documents of its test cards."""

from __future__ import annotations

from replayer.model.world import Found, IssuerAnswer, Made, answer_of
from replayer.simulator.calls import Call
from replayer.simulator.cards import TestCard
from replayer.simulator.payment_methods import card_of
from replayer.simulator.records import Record

_SLACK = 60  # seconds between a call and the charge that it makes
_DAY = 86400  # what Stripe does by itself it may do some hours later


def attempt(call: Call, method: Record, amount: int) -> TestCard:
    """The next attempt to charge a payment method: a card that answers as its issuer does; `Unknown` where nobody knows.

    What is known of other attempts, or of another amount, is assumed to hold.
    """
    store = call.store
    store.attempts[method.id] = store.attempts.get(method.id, 0) + 1
    made = Made(store.attempts[method.id], call.now, _SLACK if call.is_attended else _DAY)
    used = store.answered.get(method.id, frozenset())
    found = answer_of(store.issuers.get(method.id, ()), made, amount, used)
    if found is None:
        return card_of(method)
    if found.assumed is None or made.is_it(found.fact):
        store.answered[method.id] = used | {found.fact.attempt}
    call.assume(found.assumed)
    return _card(found)


def _card(found: Found[IssuerAnswer]) -> TestCard:
    fact = found.fact
    return TestCard(on_charge=fact.answer, code=fact.code, decline_code=fact.decline_code)
