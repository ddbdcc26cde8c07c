"""A run takes the world that its capture shows: both arms the same, and money that rests on more than was seen is listed apart."""

from __future__ import annotations

from replayer.capture.store import open_capture
from replayer.model import World
from replayer.report.terminal import report
from replayer.runs import RunSpec, execute
from tests.worlds import ACME, answers, pay, recorded

PAID = World(issuers=answers("yes", "no", "yes"), accounts=[ACME])
DEARER = "def rewrite(call):\n    return call.with_params(amount='{}') if call.recorded.get('id') == '{}' else call\n"


def run(folder, capture, candidate=None, **more):
    if candidate is not None:
        (folder / "candidate.py").write_text(candidate)
        more["candidate"] = folder / "candidate.py"
    *_, verdict = execute(RunSpec(capture=capture, out=folder / "run", **more))
    return verdict


def test_a_card_of_which_nothing_is_documented_pays_as_it_did(tmp_path):
    capture = recorded(tmp_path, PAID, [pay(1), pay(2), pay(3)])
    assert [call.outcome.status for call in open_capture(capture).exchanges()] == [200, 402, 200]
    verdict = run(tmp_path, capture)
    assert (verdict.control.reproduced, verdict.control.fields) == (1.0, 1.0)
    print(report(verdict))


def test_without_the_world_nobody_knows(tmp_path):
    capture = recorded(tmp_path, PAID, [pay(1), pay(2), pay(3)])
    (tmp_path / "world.yaml").write_text("issuers: []\n")
    verdict = run(tmp_path, capture, world=tmp_path / "world.yaml")
    assert verdict.control.reproduced == 0.0
