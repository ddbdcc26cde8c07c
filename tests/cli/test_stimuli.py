"""`replayer stimuli`, and what `show` and `plan` say of what was done off camera."""

from __future__ import annotations

import json

import pytest

from replayer.cli import main
from tests.proof.corpus import write
from tests.proof.off_camera import STORIES, Stage


@pytest.fixture
def capture(tmp_path):
    stage = Stage()
    STORIES["confirmed in the browser"](stage)
    stage.do("POST /v1/payment_intents", amount="900", currency="usd")
    return write(tmp_path / "capture", stage.exchanges)


def test_it_writes_a_file_that_a_run_takes(capture, tmp_path, capsys):
    file, candidate = tmp_path / "stimuli.yaml", tmp_path / "candidate.py"
    assert main(["stimuli", str(capture), "--out", str(file)]) == 0
    assert "confirm" in file.read_text()
    assert main(["stimuli", str(capture), "--out", str(file)]) == 2
    candidate.write_text("def rewrite(call):\n    return call\n")
    capsys.readouterr()
    assert main(["run", str(capture), "--candidate", str(candidate), "--stimuli", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["control"]["reproduced"] == 1
    file.write_text("[]\n")
    main(["run", str(capture), "--candidate", str(candidate), "--stimuli", str(file), "--format", "json"])
    assert json.loads(capsys.readouterr().out)["exchanges"]["total"] == 4


def test_show_lists_them_in_their_lane(capture, capsys):
    assert main(["show", str(capture), "--format", "json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (act,) = [line for line in lines if line["lane"] == "external"]
    assert act["operation"] == "POST /v1/payment_intents/{payment_intent}/confirm"
    assert (act["status"], act["replayed_from"], act["source"]) == (200, None, "s")
    assert act["chain"] == next(line["chain"] for line in lines if line["path"] == "/v1/payment_intents")
    places = [line["id"] for line in lines]
    assert places.index(act["id"]) == places.index(act["id"].partition("+")[0]) + 1


def test_plan_says_what_is_repeated_and_what_is_never_confirmed(capture, capsys):
    assert main(["plan", str(capture)]) == 0
    text = capsys.readouterr().out
    assert "STIMULI   1 done off camera" in text
    assert "WARNING   1 never confirmed or completed" in text
    assert main(["plan", str(capture), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["stimuli"], len(found["waiting"])) == ({"done": 1}, 1)
