"""Every parameter of the operations that move money: a change of it shows, or is unknown, or is inert and as intended.

The parameters and plausible values come from the catalogue. The recordings are made by hand, and the simulator reproduces them exactly. Here
every parameter about which the simulator says something is changed, and one in 120 of the others; `make proof` changes all.
"""

import pytest

from replayer.simulator.rules import claims_of
from replayer.stripeapi.catalogue import catalogue
from replayer.stripeapi.operations import match
from replayer.stripeapi.params import competence
from tests.proof.changes import Change
from tests.proof.corpus import Bench, at
from tests.proof.scenes import SCENES, parameters, record, stage
from tests.proof.trials import Trial, attempt, complaints, unfounded

MOVE_MONEY = (
    "POST /v1/payment_intents", "POST /v1/payment_intents/{}", "POST /v1/payment_intents/{}/confirm", "POST /v1/payment_intents/{}/capture",
    "POST /v1/payment_intents/{}/cancel", "POST /v1/charges", "POST /v1/charges/{}/capture", "POST /v1/charges/{}/refund",
    "POST /v1/charges/{}/refunds", "POST /v1/refunds", "POST /v1/subscriptions", "POST /v1/subscriptions/{}", "DELETE /v1/subscriptions/{}",
    "POST /v1/subscription_items", "POST /v1/subscription_items/{}", "POST /v1/invoices", "POST /v1/invoices/{}/pay",
    "POST /v1/invoices/{}/finalize", "POST /v1/invoiceitems", "POST /v1/prices", "POST /v1/coupons", "POST /v1/checkout/sessions",
    "POST /v1/setup_intents", "POST /v1/customers", "POST /v1/customers/{}", "POST /v1/payment_methods", "POST /v1/payment_methods/{}/attach",
    "POST /v1/transfers", "POST /v1/transfers/{}/reversals", "POST /v1/payouts", "POST /v1/topups", "POST /v1/charges/{}/dispute",
    "POST /v1/payment_intents/{}/increment_authorization", "POST /v1/credit_notes", "POST /v1/subscription_schedules", "POST /v1/subscription_schedules/{}",
    "POST /v1/subscription_schedules/{}/cancel", "POST /v1/billing/meters", "POST /v1/billing/meter_events",
    "POST /v1/billing/meter_event_adjustments",
)  # fmt: skip
# What must follow where the simulator computes a parameter: an echo would not do.
MUST_FOLLOW = {
    ("payment intent, paid", "amount"): "effect.changed",
    ("payment intent, paid", "currency"): "effect.changed",
    ("payment intent, paid", "confirm dropped"): "effect.missing",
    ("payment intent, paid", "capture_method"): "effect.changed",
    ("payment intent, prepared", "confirm"): "effect.changed",
    ("payment intent, paid", "payment_method"): "status",
    ("payment intent, captured", "amount_to_capture"): "effect.changed",
    ("charge, by token", "amount"): "effect.changed",
    ("charge", "currency"): "effect.changed",
    ("charge, captured", "amount"): "effect.changed",
    ("charge, refunded", "amount"): "effect.changed",
    ("refund", "amount"): "effect.changed",
    ("refund of a charge", "amount"): "effect.changed",
}


# Values that Stripe refuses for what is otherwise displayed only (maxLength in Stripe's OpenAPI description; docs.stripe.com/metadata).
REFUSED = [
    ("payment intent, paid", "metadata[seeded]", "x" * 501),
    ("payment intent, paid", f"metadata[{'k' * 41}]", "1"),
    ("payment intent, paid", "receipt_email", "nonsense"),
    ("payment intent, paid", "description", "x" * 1001),
    ("payment intent, paid", "statement_descriptor", "A card takes none"),
    ("payment intent, paid", "statement_descriptor_suffix", "12345"),
    ("payment intent, canceled", "cancellation_reason", "nonsense"),
    ("setup intent", "description", "x" * 1001),
    ("customer", "email", "nonsense"),
    ("customer", "phone", "1" * 21),
    ("customer", "name", "x" * 257),
    ("customer", "invoice_prefix", "a b"),
    ("coupon", "name", "x" * 41),
    ("payment method, by number", "billing_details[email]", "nonsense"),
    ("charge", "statement_descriptor", "A card takes none"),
    ("refund", "metadata[seeded]", "x" * 501),
]


def asked(change: Change, number: int, operation: str, seen: set[str]) -> bool:
    """Whether a change is tried here: what is computed in every scene, what is inert once, of the rest one in 120."""
    claims = {competence(claims_of(operation), name) for name in change.params if name.count("[") < 2}
    known = f"{operation} {change.name}" in seen
    seen.add(f"{operation} {change.name}")
    return "computed" in claims or ("inert" in claims and not known) or number % 120 == 0


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> list[Trial]:
    made: list[Trial] = []
    seen: set[str] = set()
    for name in SCENES:
        bench = stage(tmp_path_factory.mktemp("scene"), name)
        place, changes = parameters(bench, name)
        operation = match(bench.calls[place].request.method, bench.calls[place].request.path).name
        made += [attempt(bench, name, place, change) for number, change in enumerate(changes) if asked(change, number, operation, seen)]
    return made


def test_every_operation_that_moves_money_has_a_scene(trials):
    assert {catalogue().canonical(name) for name in MOVE_MONEY} == {trial.operation for trial in trials}


@pytest.mark.parametrize("name", SCENES)
def test_the_control_reproduces_the_scene_exactly(tmp_path, name):
    bench = stage(tmp_path, name)
    verdict = bench.verdict(bench.attempt(lambda call: call))
    assert (verdict.verdict, verdict.control.reproduced, verdict.control.fields) == ("match", 1, 1)


def test_each_parameter_shows_or_is_unknown_and_only_inert_ones_are_as_intended(trials):
    assert complaints(trials) == []


def test_something_follows_somewhere_from_every_parameter_that_is_called_computed(trials):
    assert unfounded(trials) == set()


@pytest.mark.parametrize(("scene", "change"), MUST_FOLLOW)
def test_what_moves_money_is_seen_to_move_it(trials, scene, change):
    (trial,) = [trial for trial in trials if (trial.source, trial.change) == (scene, change)]
    assert trial.accepted == 1
    assert MUST_FOLLOW[scene, change] in trial.shows


def test_what_is_only_echoed_is_never_known_to_be_right(trials):
    assert {trial.accepted for trial in trials if trial.claims == {"echoed"}} <= {1, 3}


@pytest.mark.parametrize(("scene", "name", "value"), REFUSED)
def test_no_claim_of_inert_holds_for_a_value_that_stripe_refuses(tmp_path, scene, name, value):
    bench = stage(tmp_path, scene)
    assert bench.both(at(SCENES[scene][1], lambda call: call.with_param(name, value)))[1].exit_code != 0


@pytest.mark.parametrize("kind", ["p24", "bancontact", "boleto"])
def test_what_a_payment_method_cannot_be_without_is_not_inert(tmp_path, kind):
    given = {"type": kind, kind: {}, "billing_details": {"name": "Jenny", "email": "jenny@example.com"}}
    bench = Bench(record(tmp_path / "capture", [("POST /v1/payment_methods", given)]), tmp_path)
    assert bench.both(lambda call: call.without("billing_details"))[1].exit_code != 0
