"""The proofs can fail: a simulator that takes no notice of a parameter, and a diff that does not look into lists, are both caught.

Such a simulator still claims to compute the parameter. It answers as if the parameter had not been given, or with what it would otherwise be;
one that `echoes` shows the value given all the same.
"""

import msgspec
import pytest

from replayer.diff import movements
from replayer.diff.compare import Walk
from replayer.stripeapi.operations import match
from replayer.targets.simulator import SimulatorSession
from tests.proof.scenes import parameters, stage
from tests.proof.test_parameters import MUST_FOLLOW
from tests.proof.trials import Trial, attempt, complaints, unfounded

# Scene, parameter, and what the simulator takes instead of it (null: nothing).
IGNORED = [
    ("payment intent, paid", "amount", "1000"),
    ("payment intent, paid", "currency", "usd"),
    ("payment intent, paid", "capture_method", None),
    ("payment intent, paid", "payment_method", "pm_card_visa"),
    ("payment intent, prepared", "confirm", None),
    ("payment intent, captured", "amount_to_capture", "900"),
    ("charge, by token", "amount", "1000"),
    ("refund", "amount", "400"),
    ("refund of a charge", "amount", None),
]


def tried(folder, scene, change) -> Trial:
    bench = stage(folder, scene)
    place, changes = parameters(bench, scene)
    return attempt(bench, scene, place, next(found for found in changes if found.name == change))


def ignoring(monkeypatch, operation, parameter, instead, *, echoes):
    """Make the simulator take no notice of a parameter of one operation."""
    real = SimulatorSession.send

    def send(self, request, at=None):
        given = request.params.get(parameter)
        if given is None or match(request.method, request.path).name != operation:
            return real(self, request, at)
        rest = {name: value for name, value in request.params.items() if name != parameter}
        params = rest if instead is None else {**rest, parameter: instead}
        outcome = real(self, msgspec.structs.replace(request, params=params), at)
        if not echoes or not isinstance(outcome.body.get(parameter), str | int):
            return outcome
        shown = int(given) if isinstance(outcome.body[parameter], int) and given.isdigit() else given
        return msgspec.structs.replace(outcome, body={**outcome.body, parameter: shown})

    monkeypatch.setattr(SimulatorSession, "send", send)


@pytest.mark.parametrize(("scene", "parameter", "instead"), IGNORED)
def test_an_ignored_parameter_is_caught_and_never_green(tmp_path, monkeypatch, scene, parameter, instead):
    honest = tried(tmp_path / "honest", scene, parameter)
    assert complaints([honest]) == []
    assert unfounded([honest]) == set()
    ignoring(monkeypatch, honest.operation, parameter, instead, echoes=False)
    ignored = tried(tmp_path / "ignoring", scene, parameter)
    assert unfounded([ignored]) == ignored.computed != set()
    assert (ignored.shows, ignored.accepted) == ((), 3)


@pytest.mark.parametrize(("scene", "parameter", "instead"), [case for case in IGNORED if case[:2] in MUST_FOLLOW])
def test_a_parameter_that_is_only_echoed_is_caught_and_never_green(tmp_path, monkeypatch, scene, parameter, instead):
    honest = tried(tmp_path / "honest", scene, parameter)
    assert MUST_FOLLOW[scene, parameter] in honest.shows
    ignoring(monkeypatch, honest.operation, parameter, instead, echoes=True)
    echoed = tried(tmp_path / "echoing", scene, parameter)
    assert MUST_FOLLOW[scene, parameter] not in echoed.shows
    assert echoed.accepted != 0


def test_a_diff_that_does_not_look_into_lists_is_caught(tmp_path, monkeypatch):
    honest = tried(tmp_path / "honest", "payment method, attached", "customer")
    assert "field" in honest.shows
    monkeypatch.setattr(Walk, "_list", lambda self, path, r, c, k, s: None)
    monkeypatch.setattr(movements, "_sequence", lambda effects, canon: [])  # nor at whose events are
    blind = tried(tmp_path / "blind", "payment method, attached", "customer")
    assert unfounded([blind]) == blind.computed != set()
    assert blind.accepted == 3


def test_a_diff_that_sees_no_difference_at_all_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(Walk, "run", lambda self: self)
    monkeypatch.setattr(movements, "_sequence", lambda effects, canon: [])
    blind = tried(tmp_path, "payment intent, prepared", "customer")
    assert unfounded([blind]) == blind.computed != set()
