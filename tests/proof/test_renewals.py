"""What Stripe does by itself between two calls follows from what the candidate changed, whichever call it is told with."""

from __future__ import annotations

from replayer.model import Request
from replayer.simulator import Simulator
from tests.make import T0, exchange
from tests.proof import scenes
from tests.proof.corpus import Bench, at, write

DAY = 86400
STEPS = [*scenes._SUBSCRIBED, ("GET /v1/subscriptions/{4}", {}), ("GET /v1/products/{2}", {})]
TIMES = [0, 60, 120, 180, 240, 40 * DAY, 75 * DAY]  # two renewals, the second before a call that has nothing to do with it


def record(folder):
    simulator, calls = Simulator(), []
    for number, ((operation, given), later) in enumerate(zip(STEPS, TIMES, strict=True)):
        method, _, path = operation.partition(" ")
        ids = [call.outcome.body["id"] for call in calls]
        params, path = scenes.filled(given, ids), scenes.filled(path, ids)
        outcome = simulator.send(Request(method=method, path=path, params=params, version=scenes.VERSIONS[0]), at=T0 + later)
        calls.append(exchange(number + 1, method, path, params, outcome.body, at=T0 + later))
    return Bench(write(folder / "capture", calls, []), folder)


def test_nothing_changed_is_a_match_over_renewals(tmp_path):
    bench = record(tmp_path)
    verdict = bench.verdict(bench.attempt(lambda call: call))
    assert (verdict.verdict, verdict.control.reproduced) == ("match", 1)


def test_a_quantity_moves_every_bill_that_follows(tmp_path):
    """One more at 7.00: at once, at both renewals, and on the next bill."""
    verdict, _ = record(tmp_path).both(at(4, lambda call: call.with_param("items[0][quantity]", "3")))
    moved = [finding for finding in verdict.findings if finding.kind == "effect.changed" and "money" in (finding.field or "")]
    assert verdict.exit_code == 1
    assert [finding.money for finding in moved] == [{"usd": 700}] * 3
    assert {finding.judgement for finding in moved} == {"divergence"}
    assert verdict.money["usd"].next_bill.delta == 700
    assert not [note for note in verdict.notes if "fault" in note]


def _of_the_next_bill(verdict):
    return [finding for finding in verdict.findings if finding.field == "next bill usd"]


def test_what_only_the_next_bill_shows_is_a_divergence_and_no_silence(tmp_path):
    """An end that a schedule is given moves nothing today: three sevens less on the next bill."""
    bench = scenes.stage(tmp_path, "schedule, changed")
    verdict, accepted = bench.both(at(5, lambda call: call.with_params(end_behavior="cancel")))
    assert (verdict.exit_code, accepted.exit_code) == (1, 1)
    (finding,) = _of_the_next_bill(accepted)
    assert (finding.control, finding.candidate, finding.money, finding.expected) == (2800, 700, {"usd": -2100}, False)
    assert finding.cause in {other.id for other in accepted.findings if other.kind == "call.changed"}


def test_a_bill_that_only_an_echoed_parameter_reaches_is_not_known(tmp_path):
    bench = scenes.stage(tmp_path, "subscription")
    verdict, _ = bench.both(at(4, lambda call: call.with_params(transfer_data={"destination": "acct_1Example000000"})))
    assert verdict.exit_code != 0
    assert verdict.money["usd"].next_bill is None
    assert _of_the_next_bill(verdict) == []
