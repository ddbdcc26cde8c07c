"""A whole run on the simulator (plan, both arms, diff, verdict) over 10,000 exchanges, beside two peers in the same run.

The goal is 1,500 exchanges a second on two cores. Peers: DeepDiff alone over pairs of the same answers, and httpx alone, sending the same
calls one after the other to stripe-mock.
"""

import copy
import tempfile
import time
from itertools import islice
from pathlib import Path

from benchmarks.corpus import capture, repeated
from replayer.model import Verdict
from replayer.replay.plan import Planner
from replayer.runs import RunSpec, execute
from replayer.targets import resolve

EXCHANGES = 10_000
CANDIDATE = """
def rewrite(call):
    if call.operation == "POST /v1/payment_intents" and "amount" in call.params:
        return call.with_params(amount=int(call.params["amount"]) + 100)
    return call
"""


def run() -> dict[str, object]:
    """Measure and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        once = capture(Path(folder, "once"))
        many = repeated(once, Path(folder, "many"), EXCHANGES)
        candidate = Path(folder, "candidate.py")
        candidate.write_text(CANDIDATE)
        plain = timed(lambda: whole(many.path, Path(folder, "plain"), None))
        changed = timed(lambda: whole(many.path, Path(folder, "changed"), candidate))
        deepdiff = deepdiff_rate(once)
        return {
            "exchanges": EXCHANGES,
            "run, no candidate, exchanges/s": round(EXCHANGES / plain),
            "run, changed amounts, exchanges/s": round(EXCHANGES / changed),
            "DeepDiff alone, pairs/s": round(deepdiff),
            "run against DeepDiff alone": round(EXCHANGES / plain / deepdiff, 1),
            **stripe_mock_rate(once, EXCHANGES / plain),
        }


def whole(path: Path, out: Path, candidate: Path | None) -> None:
    """Plan, run both arms, diff, judge."""
    from replayer.capture.store import open_capture

    planner = Planner(resolve("simulator"), None)
    many = open_capture(path)
    for source in many.sources:
        planner.source(many, source.name)
    planner.plan()
    *_, verdict = execute(RunSpec(capture=path, out=out, candidate=candidate))
    assert isinstance(verdict, Verdict)
    assert verdict.exchanges.total > 0


def deepdiff_rate(once: object) -> float:
    """How many pairs of answers DeepDiff compares in a second."""
    from deepdiff import DeepDiff

    bodies = [exchange.outcome.body for exchange in islice(once.exchanges(), 200)]  # type: ignore[attr-defined]
    pairs = [(body, copy.deepcopy(body)) for body in bodies]
    seconds = timed(lambda: [DeepDiff(one, other) for one, other in pairs])
    return len(bodies) / seconds


def stripe_mock_rate(once: object, own: float) -> dict[str, object]:
    """How many calls httpx sends to stripe-mock in a second, one after the other."""
    from replayer.model import TargetError

    try:
        session = resolve("stripe-mock").open("benchmark")
    except TargetError as error:
        return {"httpx to stripe-mock": f"not measured: {error.what}"}
    calls = [exchange.request for exchange in once.exchanges()]  # type: ignore[attr-defined]
    seconds = timed(lambda: [session.send(call) for call in calls])
    session.close()
    rate = len(calls) / seconds
    return {"httpx to stripe-mock, calls/s": round(rate), "run against httpx to stripe-mock": round(own / rate, 1)}


def timed(work: object) -> float:
    """Seconds that some work takes."""
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun
