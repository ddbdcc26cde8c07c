"""A run: from a capture and a candidate to a verdict that stays in a folder."""

import pytest

from replayer.capture.select import Selection
from replayer.capture.store import Writer, open_capture
from replayer.model import Arm, ArmFinished, ArmStarted, InputError, Manifest, NothingSelected, Refused, Verdict
from replayer.runs import RunSpec, execute, reopen
from replayer.runs.run import chosen_ids, clear
from tests.make import customer, exchange

A, B = "cus_Aaaaaaaaaaa001", "cus_Bbbbbbbbbbb002"
RECORDED = [
    exchange(1, "POST", "/v1/customers", {"name": "A"}, customer(A)),
    exchange(2, "POST", "/v1/customers", {"name": "B"}, customer(B), source="t"),
    exchange(3, "GET", f"/v1/customers/{A}", body=customer(A)),
]


@pytest.fixture
def capture(tmp_path):
    with Writer(tmp_path / "r", Manifest()) as writer:
        for call in RECORDED:
            writer.append(call)
    return tmp_path / "r"


def run(capture, **options):
    return list(execute(RunSpec(capture=capture, out=capture.parent / "run", **options)))


def test_a_run_tells_of_both_arms_and_ends_in_its_verdict(capture):
    *steps, verdict = run(capture)
    assert [step.role for step in steps if isinstance(step, ArmStarted)] == ["control", "candidate"]
    assert [step.role for step in steps if isinstance(step, ArmFinished)] == ["control", "candidate"]
    assert isinstance(verdict, Verdict)
    assert (verdict.verdict, verdict.exchanges.total) == ("match", 3)


def test_a_run_can_be_reopened(capture):
    *_, verdict = run(capture)
    assert reopen(capture.parent / "run") == verdict
    with pytest.raises(InputError):
        reopen(capture)


def test_two_runs_of_the_same_are_the_same(capture, tmp_path):
    first = run(capture)[-1]
    (capture.parent / "run").rename(tmp_path / "first")
    assert run(capture)[-1] == first
    for role in ("control", "candidate"):
        for name in ("segment-0001.jsonl", "money.jsonl"):
            assert (tmp_path / "first" / role / name).read_bytes() == (tmp_path / "run" / role / name).read_bytes()


def test_a_selection_takes_the_rest_of_the_chain_along_and_counts_it_not(capture):
    *_, verdict = run(capture, selection=Selection(operation="GET /v1/customers/{customer}"))
    assert verdict.exchanges.total == 1
    assert [call.replayed_from for call in open_capture(capture.parent / "run" / "control").exchanges()] == ["x1", "x3"]


def test_what_is_chosen_is_said_by_id(capture):
    whole = open_capture(capture)
    assert chosen_ids(whole, None) is None
    assert chosen_ids(whole, Selection()) is None
    assert chosen_ids(whole, Selection(source="t")) == {"x2"}
    assert chosen_ids(whole, Selection(customer=A)) == {"x1", "x3"}


def test_nothing_to_run_is_no_match(capture, tmp_path):
    with pytest.raises(NothingSelected):
        run(capture, selection=Selection(source="nobody"))
    with Writer(tmp_path / "empty", Manifest()):
        pass
    with pytest.raises(NothingSelected):
        run(tmp_path / "empty")
    assert not (tmp_path / "run").exists()


def test_a_killed_run_is_cleared_of_its_arms_and_of_nothing_else(capture):
    run(capture)
    folder = capture.parent / "run"
    (folder / "notes.txt").write_text("mine")
    (folder / "verdict.json").unlink()
    (folder / "candidate" / "segment-0001.jsonl").write_bytes(b'{"id":"x1","sou')
    assert clear(folder, capture) == folder
    assert {path.name for path in folder.iterdir()} == {"notes.txt", "spec.json"}
    assert run(capture)[-1].verdict == "match"


@pytest.mark.parametrize("arm", [None, Arm(role="control", target="http://127.0.0.1:9")])
def test_what_could_execute_twice_and_what_is_no_arm_are_not_cleared(tmp_path, arm):
    with Writer(tmp_path / "run" / "control", Manifest(arm=arm)) as writer:
        writer.append(RECORDED[0])
    with pytest.raises((Refused, InputError)):
        clear(tmp_path / "run", tmp_path / "capture")
    assert len(open_capture(tmp_path / "run" / "control")) == 1
