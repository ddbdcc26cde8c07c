"""Where a candidate changes nothing, nothing is found, on every recording of the corpora."""

from pathlib import Path

import pytest

from replayer.capture.store import open_capture
from replayer.diff.verdict import to_json
from replayer.model import Verdict
from replayer.replay import arms
from replayer.replay.arms import ArmJob, Setting, run_arms, workers
from replayer.runs import RunSpec, execute

SAME = {
    "none": None,
    "the call itself": "def rewrite(call):\n    return call\n",
    "an equal call": "def rewrite(call):\n    return call.with_params(**call.params)\n",
    "a generator": "def rewrite(call):\n    yield call\n",
    "another order": """
def turned(value, name=""):
    if isinstance(value, dict):
        return {key: turned(child, key) for key, child in reversed(value.items())}
    if isinstance(value, list):
        return list(reversed(value)) if name == "expand" else [turned(child) for child in value]
    return value

def rewrite(call):
    import msgspec
    from replayer.candidates import Call
    request = msgspec.structs.replace(call.request, params=turned(call.params))
    return Call(request, str(call.operation), recorded=call.recorded, chain=call.chain, stands_for=call.stands_for)
""",
}


def judged(capture: Path, out: Path, candidate: str | None) -> Verdict:
    file = out / "candidate.py"
    if candidate is not None:
        out.mkdir()
        file.write_text(candidate)
    *_, verdict = execute(RunSpec(capture=capture, out=out, candidate=None if candidate is None else file))
    assert isinstance(verdict, Verdict)
    return verdict


def files(capture: Path) -> dict[str, bytes]:
    return {file.relative_to(capture).as_posix(): file.read_bytes() for file in sorted(capture.rglob("*")) if file.is_file()}


def test_no_exchange_is_lost_on_the_way_in(shelf):
    whole = open_capture(shelf.whole)
    assert (len(whole), len(shelf.sources), whole.manifest.problems) == (384, 95, [])


@pytest.mark.parametrize("name", SAME)
def test_a_candidate_that_changes_nothing_ends_as_a_match_that_tested_nothing(shelf, tmp_path, name):
    verdict = judged(shelf.whole, tmp_path / "run", SAME[name])
    assert (verdict.verdict, verdict.exit_code, verdict.findings) == ("match", 0, [])
    assert verdict.candidate.calls_changed == verdict.exchanges.diverged == verdict.exchanges.carried_over == 0
    assert any("nothing was tested" in note for note in verdict.notes)
    assert all(not column or column.delta == 0 for money in verdict.money.values() for column in (money.moved, money.committed))


def test_the_order_of_parameters_is_really_another_one(shelf, tmp_path):
    judged(shelf.whole, tmp_path / "run", SAME["another order"])
    arms_of = [open_capture(tmp_path / "run" / role).exchanges() for role in ("control", "candidate")]
    moved = [one.request.params for one, other in zip(*arms_of, strict=True) if list(one.request.params) != list(other.request.params)]
    assert len(moved) > 100


def test_two_control_arms_are_equal_byte_for_byte(shelf, tmp_path):
    for name in ("one", "other"):
        setting = Setting(capture=shelf.whole, target="simulator", seed="proof")
        assert list(run_arms(setting, [ArmJob(role="control", out=tmp_path / name / "control")]))
    assert files(tmp_path / "one") == files(tmp_path / "other")


def test_an_arm_is_the_same_from_several_processes_as_from_one(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(arms, "WORTH_A_PROCESS", 0)
    setting = Setting(capture=shelf.whole, target="simulator", seed="proof")
    with workers(open_capture(shelf.whole), "simulator", 2) as pool:
        assert pool is not None
        assert list(run_arms(setting, [ArmJob(role="control", out=tmp_path / "many")], pool))
    assert list(run_arms(setting, [ArmJob(role="control", out=tmp_path / "one")]))
    many, one = files(tmp_path / "many"), files(tmp_path / "one")
    assert sorted(many) == sorted(one)
    assert [name for name in one if many[name] != one[name]] == []


def test_a_verdict_is_the_same_from_several_processes_as_from_one(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(arms, "WORTH_A_PROCESS", 0)
    file = tmp_path / "candidate.py"
    file.write_text('def rewrite(call):\n    return call.with_params(amount="700") if "amount" in call.params else call\n')
    verdicts = []
    for jobs in (1, 2):
        *_, verdict = execute(RunSpec(capture=shelf.whole, out=tmp_path / str(jobs), candidate=file, jobs=jobs))
        verdicts.append(to_json(verdict))
    assert verdicts[0] == verdicts[1]
    assert verdicts[0].count(b"call.changed") > 1
