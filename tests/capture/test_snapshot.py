"""A snapshot: what a capture names, read from the simulator as upstream by the command, and used as a supplied baseline."""

import subprocess
import sys

import httpx
import pytest

from replayer.capture.reread import reader
from replayer.capture.store import Writer, open_capture
from replayer.capture.stored_baseline import baseline_of, supplied_by
from replayer.capture.supplied import State, complete, read_state, write_state
from replayer.cli import main
from replayer.model import BaselineObject, InputError, Manifest
from tests.make import T0, customer, exchange
from tests.record.conftest import REPOSITORY, environment

KEY = "rk_test_A1b2C3d4E5f6"


@pytest.fixture
def upstream():
    command = [sys.executable, "-m", "replayer.cli", "simulate", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=REPOSITORY)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("listening on ")
    finally:
        process.kill()
        process.communicate()


def made(url, **sent):
    with httpx.Client(base_url=url, trust_env=False, headers={"authorization": f"Bearer {KEY}"}) as client:
        return client.post("/v1/customers", data=sent).json()["id"]


def recording(path, *ids, redaction="trusted"):
    with Writer(path, Manifest(redaction=redaction)) as writer:
        for number, identifier in enumerate(ids, 1):
            writer.append(
                exchange(
                    number, "POST", "/v1/invoiceitems", {"customer": identifier, "amount": "5", "currency": "usd"}, status=None, at=5e9
                )
            )
    return path


def test_the_command_reads_redacts_dates_and_names_what_is_missing(upstream, tmp_path, monkeypatch, capsys):
    from replayer.capture.project_key import project_key

    there = made(upstream, email="jane@doe.example", description="Jane")
    capture = recording(tmp_path / "capture", there, "cus_Gggggggg0001", redaction=project_key().fingerprint())
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    assert main(["snapshot", str(capture), "--out", str(tmp_path / "state.json"), "--upstream", upstream]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"1 objects in {tmp_path / 'state.json'}\n"
    assert "cus_Gggggggg0001" in printed.err
    state = read_state(tmp_path / "state.json")
    assert [(item.id, item.provenance, item.object) for item in state.objects] == [(there, "supplied", "customer")]
    assert state.taken > T0
    assert not state.livemode
    for secret in (b"jane", b"Jane", KEY.encode()):
        assert secret not in (tmp_path / "state.json").read_bytes()
    found = state.objects[0].state
    assert found is not None
    assert found["email"].endswith("@example.test")


@pytest.mark.parametrize("way", ["option", "beside"])
def test_a_run_stands_on_what_was_supplied(upstream, tmp_path, monkeypatch, way):
    there = made(upstream, balance="700")
    capture = tmp_path / "capture"
    with Writer(capture, Manifest(redaction="trusted", origin="simulator")) as writer:
        writer.append(exchange(1, "POST", f"/v1/customers/{there}", {"description": "x"}, status=None, at=5e9))
        writer.append(exchange(2, "GET", f"/v1/customers/{there}", status=None, at=5e9 + 1))
    state = tmp_path / "state.json" if way == "option" else capture / "supplied.json"
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    assert main(["snapshot", str(capture), "--out", str(state), "--upstream", upstream]) == 0
    more = ["--baseline", str(state)] if way == "option" else []
    assert main(["replay", str(capture), "--out", str(tmp_path / "arm"), *more]) == 0
    answers = [item.outcome for item in open_capture(tmp_path / "arm").exchanges()]
    assert [answer.body["balance"] for answer in answers] == [700, 700]
    if way == "option":
        assert main(["replay", str(capture), "--out", str(tmp_path / "without")]) in (0, 5)
        assert all("balance" not in (item.outcome.body or {}) for item in open_capture(tmp_path / "without").exchanges())


def test_keys_that_may_write_are_refused(upstream, tmp_path, monkeypatch, capsys):
    capture = recording(tmp_path / "capture", "cus_Gggggggg0001")
    for key in ("sk_live_A1b2C3d4E5f6", "pk_live_A1b2C3d4E5f6", "rk_live_A1b2C3d4E5f6", ""):
        monkeypatch.setenv("STRIPE_API_KEY", key)
        assert main(["snapshot", str(capture), "--out", str(tmp_path / "state.json"), "--upstream", upstream]) == 2
    assert "restricted key" in capsys.readouterr().err
    assert not (tmp_path / "state.json").exists()


ID = "cus_Gggggggg0001"
GIVEN = BaselineObject(id=ID, object="customer", provenance="supplied", state=customer(ID, created=5, balance=7))
NAMED = BaselineObject(id=ID, object="customer", provenance="named", seen="x1")


def provenance(taken, path, *, item=NAMED, given=GIVEN, method="POST"):
    found = complete([item], State(taken=taken, objects=[given]), [exchange(1, method, path, {}, status=None, at=T0)])
    return found[0].provenance, found[0].state


def test_what_was_read_before_the_first_call_is_supplied_and_afterwards_only_what_no_call_changes():
    assert provenance(T0 - 9, f"/v1/customers/{ID}") == ("supplied", GIVEN.state)
    assert provenance(T0 + 9, f"/v1/customers/{ID}") == ("after", GIVEN.state)
    assert provenance(T0 + 9, f"/v1/customers/{ID}", method="GET") == ("supplied", GIVEN.state)


def test_what_the_capture_observed_stays_and_what_was_made_since_is_no_baseline():
    observed = BaselineObject(id=ID, object="customer", provenance="observed", state=customer(ID))
    assert provenance(T0 - 9, f"/v1/customers/{ID}", item=observed) == ("observed", observed.state)
    later = BaselineObject(id=ID, object="customer", provenance="supplied", state=customer(ID, created=int(T0) + 5))
    assert provenance(T0 + 9, f"/v1/customers/{ID}", given=later) == ("named", None)
    elsewhere = BaselineObject(id=ID, object="customer", provenance="supplied", state=customer(ID), account="acct_A1b2C3d4")
    assert provenance(T0 - 9, f"/v1/customers/{ID}", given=elsewhere) == ("named", None)


def test_a_state_that_does_not_fit_or_is_none_is_refused(tmp_path):
    capture = open_capture(recording(tmp_path / "capture", ID, redaction="a" * 12))
    write_state(tmp_path / "state.json", State(taken=1.0, redaction="b" * 12, objects=[GIVEN]))
    (tmp_path / "none.json").write_text("{")
    (tmp_path / "newer.json").write_text('{"schema": 2, "taken": 1}')
    for name in ("state.json", "none.json", "newer.json"):
        with supplied_by(tmp_path / name), pytest.raises(InputError):
            baseline_of(capture, "s", reader(capture, "s"))
    assert [item.provenance for item in baseline_of(capture, "s", reader(capture, "s"))] == ["named"]
    with pytest.raises(InputError):
        write_state(tmp_path / "state.json", State(taken=1.0))
