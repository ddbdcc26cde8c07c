"""On the real stripe-mock, which computes nothing, a change is never green, and what no change reaches is a match or noise."""

import os

import pytest

from replayer.model import TargetError
from replayer.targets.stripe_mock import StripeMockTarget
from tests.proof.corpus import ACCEPT_CALLS, Bench, at
from tests.proof.cuts import classes
from tests.proof.scenes import record

EXCHANGES = 500


@pytest.fixture(scope="module")
def mocked():
    """One stripe-mock for all arms."""
    target = StripeMockTarget()
    try:
        base = target.base
    except TargetError as error:
        if os.environ.get("CI"):
            pytest.fail(f"{error.what}, and CI is set")
        pytest.skip("stripe-mock is not here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StripeMockTarget, "base", base)
        yield
    target.close()


@pytest.fixture(scope="module")
def many(mocked, tmp_path_factory):
    """500 payments, with the control's answers."""
    return recorded(tmp_path_factory.mktemp("many"), EXCHANGES)


@pytest.fixture(scope="module")
def few(mocked, tmp_path_factory):
    """20 payments, with the control's answers."""
    return recorded(tmp_path_factory.mktemp("few"), 20)


def recorded(folder, count):
    calls = [("POST /v1/payment_intents", {"amount": str(1000 + number), "currency": "usd"}) for number in range(count)]
    return Bench(record(folder / "capture", calls), folder, target="stripe-mock")


def judged(bench, change):
    """Both verdicts on a change of the call in the middle, and the class of each call."""
    arm = bench.attempt(at(len(bench.calls) // 2, change))
    with classes() as found:
        plain = bench.verdict(arm)
    return plain, bench.verdict(arm, ACCEPT_CALLS), [found[call.id] for call in bench.calls]


def test_without_a_change_500_calls_match_though_the_control_reproduces_little(many):
    verdict = many.verdict(many.attempt(lambda call: call))
    assert (verdict.verdict, verdict.exit_code, verdict.findings) == ("match", 0, [])
    assert verdict.exchanges.matched == EXCHANGES
    assert verdict.control.fields < 0.9
    assert any("nothing was tested" in note for note in verdict.notes)


def test_one_changed_amount_among_500_is_found_and_only_it(many):
    plain, accepted, found = judged(many, lambda call: call.with_params(amount="7"))
    assert plain.exit_code == 1
    assert [finding.examples for finding in plain.findings if finding.kind == "call.changed"] == [[many.calls[250].id]]
    assert (found.pop(250), set(found)) == ("diverged", {"matched"})
    assert (accepted.exit_code, accepted.money["usd"].moved) == (1, None)  # an echo of money is no echo that is accepted


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("metadata[order]", "7", 3),
        ("description", "A tea", 3),
        ("capture_method", "manual", 3),
        ("customer", "cus_1", 3),
        ("currency", "eur", 1),
    ],
)
def test_no_change_is_green_on_a_target_without_rules(few, name, value, code):
    plain, accepted, found = judged(few, lambda call: call.with_param(name, value))
    assert (plain.exit_code, accepted.exit_code) == (1, code)
    assert found[10] == "diverged"


@pytest.mark.parametrize(("change", "kind"), [(lambda call: call.drop(), "call.missing"), (lambda call: [call, call], "call.duplicated")])
def test_a_dropped_or_doubled_call_is_no_match(few, change, kind):
    plain, accepted, found = judged(few, change)
    assert (plain.exit_code, found[10]) == (1, "diverged")
    assert accepted.exit_code != 0
    assert kind in {finding.kind for finding in plain.findings}
