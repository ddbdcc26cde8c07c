"""`replayer world`: the table that a capture shows, and the commands that take it."""

from __future__ import annotations

import httpx
import pytest

from replayer.capture.world_file import load_world
from replayer.cli import main
from replayer.model import World
from tests.cli.test_simulate import simulate
from tests.worlds import ACME, CARD, CUSTOMER, answers, pay, recorded


@pytest.fixture
def capture(tmp_path):
    return str(recorded(tmp_path, World(issuers=answers("yes", "no"), accounts=[ACME]), [pay(100), pay(200)]))


def test_it_is_printed_or_written_and_never_written_over(capture, tmp_path, capsys):
    assert main(["world", capture]) == 0
    printed = capsys.readouterr().out
    assert printed.count(f"payment_method: {CARD}") == 2
    file = tmp_path / "world.yaml"
    assert main(["world", capture, "--out", str(file)]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"2 facts in {file}\n")
    assert file.read_text() == printed
    assert len(load_world(file).issuers) == 2
    assert main(["world", capture, "--out", str(file)]) == 2
    assert "there already" in capsys.readouterr().err


def test_a_run_takes_an_edited_one(capture, tmp_path, capsys):
    file = tmp_path / "world.yaml"
    main(["world", capture, "--out", str(file)])
    assert main(["run", capture, "--world", str(file)]) == 0
    assert "reproduced 100.0%" in capsys.readouterr().out
    file.write_text(file.read_text().replace("attempt: 2, answer: declined", "attempt: 2, answer: succeeds"))
    main(["run", capture, "--world", str(file)])
    assert "reproduced 50.0%" in capsys.readouterr().out


def test_a_replay_takes_it(capture, tmp_path, capsys):
    (tmp_path / "none.yaml").write_text("")
    assert main(["replay", capture, "--out", str(tmp_path / "arm"), "--world", str(tmp_path / "none.yaml")]) == 0
    assert "no documented test card" in (tmp_path / "arm" / "segment-0001.jsonl").read_text()


@pytest.mark.parametrize("command", ["run", "replay"])
def test_a_mistake_in_it_is_named_before_anything_is_done(capture, tmp_path, capsys, command):
    file = tmp_path / "world.yaml"
    file.write_text("issuers:\n- {payment_metod: pm_1}\n")
    more = ["--out", str(tmp_path / "arm")] if command == "replay" else []
    assert main([command, capture, "--world", str(file), *more]) == 2
    assert f"{file}:2:4: `payment_metod` is no key" in capsys.readouterr().err
    assert not (tmp_path / "arm").exists()


def _paid(client):
    given = {"amount": "2000", "currency": "usd", "customer": CUSTOMER, "payment_method": CARD, "confirm": "true"}
    return client.post("/v1/payment_intents", data=given, headers={"Authorization": "Bearer sk_test_one"})


def test_the_server_takes_that_of_its_capture_or_of_a_file(capture, tmp_path):
    with simulate("--from", capture) as client:
        assert isinstance(client, httpx.Client)
        assert _paid(client).status_code == 200
    (tmp_path / "w.yaml").write_text(f"issuers:\n- {{payment_method: {CARD}, attempt: 1, answer: declined}}\n")
    with simulate("--from", capture, "--world", str(tmp_path / "w.yaml")) as client:
        assert _paid(client).status_code == 402
