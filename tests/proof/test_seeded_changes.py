"""Seeded changes on the recordings: each is found at its operation, and none is green that could matter.

Here each operation takes each kind of change once; `make proof` makes every change to every call of every recording.
"""

import pytest

from replayer.stripeapi.operations import match
from tests.proof.changes import Change, changes_of
from tests.proof.corpus import Answers, Shelf
from tests.proof.trials import Trial, attempt, complaints

WRITES = 18  # operations in the corpora that write
Chosen = tuple[str, int, Change]


def selection(shelf: Shelf, answers: Answers) -> list[Chosen]:
    """Of each operation and each kind of change the first call that succeeded and takes it, else the first."""
    chosen: dict[tuple[str, str], tuple[bool, Chosen]] = {}
    for source in shelf.sources:
        for place, exchange in enumerate(shelf.bench(source, answers).calls):
            operation, succeeded = match(exchange.request.method, exchange.request.path).name, exchange.outcome.status == 200
            for change in changes_of(exchange):
                key = operation, change.name if change.kind in ("amount", "switch") else change.kind
                if key not in chosen or (succeeded and not chosen[key][0]):
                    chosen[key] = succeeded, (source, place, change)
    return [choice for _, choice in chosen.values()]


@pytest.fixture(scope="module", params=["recorded", "perfect"])
def answers(request) -> Answers:
    return request.param


@pytest.fixture(scope="module")
def trials(shelf, answers) -> list[Trial]:
    chosen = selection(shelf, answers)
    return [attempt(shelf.bench(source, answers), source, place, change) for source, place, change in chosen]


def test_every_operation_that_writes_is_changed(trials):
    operations = {trial.operation for trial in trials if not trial.operation.startswith("GET ")}
    assert len(operations) == WRITES


def test_every_kind_of_change_is_tried(trials):
    assert {trial.kind for trial in trials} == {
        "amount", "currency", "quantity", "parameter dropped", "parameter added", "call dropped", "call doubled", "metadata", "description",
        "another customer", "another payment_method", "another default_payment_method", "another price", "another plan", "another coupon",
        "proration", "expand", "version", "path", "switch",
    }  # fmt: skip


def test_each_change_is_found_at_its_operation_and_none_is_green_unless_it_is_inert(trials, answers):
    assert complaints(trials, exact=answers == "perfect") == []


def test_inert_changes_end_as_intended(trials):
    ends = [trial.accepted for trial in trials if trial.inert and not trial.unanswered]
    assert len(ends) > 10
    assert set(ends) == {0}


def test_a_change_comes_to_few_roots(trials):
    assert sum(trial.roots for trial in trials) / len(trials) <= 1.2
