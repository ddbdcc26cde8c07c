"""A run that was killed is finished as it was begun: its candidate, its gates and its intent are the run's own."""

from __future__ import annotations

import json
import shutil

import pytest

from replayer.cli import main
from tests.proof.corpus import write
from tests.proof.off_camera import Stage

DOUBLED = """def rewrite(call):
    if call.operation == "POST /v1/payment_intents":
        return call.with_params(amount="1000")
    return call
"""
SAME = "def rewrite(call):\n    return call\n"


@pytest.fixture
def killed(tmp_path, capsys):
    """A run that was killed before its verdict, and what it had been asked for."""
    stage = Stage(events=False)
    stage.do(
        "POST /v1/payment_intents",
        customer=stage.customer(),
        amount="500",
        currency="usd",
        payment_method="pm_card_visa",
        confirm="true",
        payment_method_types=["card"],
    )
    capture, candidate, run = write(tmp_path / "capture", stage.exchanges), tmp_path / "candidate.py", tmp_path / "run"
    candidate.write_text(DOUBLED)
    assert main(["run", str(capture), "--candidate", str(candidate), "--gate", "money == 0", "--out", str(run)]) == 1
    (run / "verdict.json").unlink()
    capsys.readouterr()
    return run


def test_it_knows_what_it_was_asked_for(killed, tmp_path, capsys):
    shutil.rmtree(killed / "candidate")
    assert main(["run", "--resume", str(killed), "--format", "json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["verdict"], verdict["candidate"]["calls_changed"]) == ("divergence", 1)
    assert [gate["gate"] for gate in verdict["gates"]] == ["money == 0"]


def test_the_capture_may_be_named(killed, tmp_path):
    assert main(["run", str(tmp_path / "capture"), "--resume", str(killed)]) == 1


@pytest.mark.parametrize("kind", ["candidate", "capture", "horizon"])
def test_another_run_is_refused(killed, tmp_path, capsys, kind):
    other = tmp_path / "other.py"
    other.write_text(SAME)
    subject, more = str(tmp_path / "capture"), ["--candidate", str(tmp_path / "candidate.py"), "--gate", "money == 0"]
    if kind == "candidate":
        more[1] = str(other)
    elif kind == "horizon":
        more += ["--horizon", "none"]
    else:
        subject = str(shutil.copytree(subject, tmp_path / "copy"))
        more = []
    assert main(["run", subject, "--resume", str(killed), *more]) == 2
    assert f"begun with another {kind}" in capsys.readouterr().err


def test_a_candidate_that_was_edited_since_is_refused(killed, tmp_path, capsys):
    (tmp_path / "candidate.py").write_text(SAME)
    assert main(["run", "--resume", str(killed)]) == 2
    assert "candidate has changed since" in capsys.readouterr().err


def test_a_module_that_it_imports_is_its_own(killed, tmp_path, capsys, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "helper_of_a_candidate.py").write_text("AMOUNT = '1000'\n")
    candidate, run = tmp_path / "other.py", tmp_path / "another"
    candidate.write_text("from helper_of_a_candidate import AMOUNT\n\n\n" + DOUBLED.replace('"1000"', "AMOUNT"))
    assert main(["run", str(tmp_path / "capture"), "--candidate", str(candidate), "--out", str(run)]) == 1
    (run / "verdict.json").unlink()
    (tmp_path / "helper_of_a_candidate.py").write_text("AMOUNT = '500'\n")
    assert main(["run", "--resume", str(run)]) == 2
    assert "candidate has changed since" in capsys.readouterr().err


def test_another_capture_at_its_place_is_refused(killed, tmp_path, capsys):
    for arm in ("control", "candidate"):
        shutil.rmtree(killed / arm)
    stage = Stage(events=False)
    stage.do("POST /v1/products", name="Tea")
    shutil.rmtree(tmp_path / "capture")
    write(tmp_path / "capture", stage.exchanges)
    assert main(["run", "--resume", str(killed)]) == 2
    assert "capture has changed since" in capsys.readouterr().err


def test_a_scenario_is_finished_as_it_was(killed, tmp_path, capsys):
    folder, run = tmp_path / "scenario", tmp_path / "second"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(
        'capture: ../capture\ncandidate: ../candidate.py\nexpect:\n  what: ["moved +500 usd"]\naccept_origin: true\n'
    )
    assert main(["run", str(folder), "--out", str(run)]) == 0
    (run / "verdict.json").unlink()
    capsys.readouterr()
    assert main(["run", "--resume", str(run), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "as_intended"
    (run / "verdict.json").unlink()
    assert main(["run", str(folder), "--resume", str(run)]) == 0


def test_what_is_no_spec_is_an_error_with_its_place(killed, capsys):
    (killed / "spec.json").write_text("{")
    assert main(["run", "--resume", str(killed)]) == 2
    assert "spec.json: this is no spec of a run" in capsys.readouterr().err
