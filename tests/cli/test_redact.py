"""`replayer redact` and `replayer find`: a capture redacted anew, rules suggested, and somebody found again."""

import msgspec
import pytest

from replayer.capture.store import Writer, open_capture
from replayer.cli import main
from replayer.model import BaselineObject, Manifest
from tests.make import customer, exchange

CARD = "4917610000000000"


@pytest.fixture
def trusted(tmp_path):
    with Writer(tmp_path / "trusted", Manifest(redaction="trusted")) as writer:
        for number, (name, plan) in enumerate([("Jane", "gold"), ("John", "silver"), ("Jane", "gold")], 1):
            sent = {"name": name, "email": f"{name}@doe.example", "metadata": {"plan": plan}}
            body = customer(f"cus_Aaaaaaaa000{number}", name=name, email=f"{name}@doe.example", metadata={"plan": plan})
            writer.append(exchange(number, "POST", "/v1/customers", sent, body))
        writer.append(exchange(4, "POST", "/v1/customers", {"description": f"card {CARD}"}, customer()))
        writer.baseline(
            "s",
            [
                BaselineObject(
                    id="cus_Bbbbbbbb0001", object="customer", provenance="observed", state=customer("cus_Bbbbbbbb0001", name="Jim")
                )
            ],
        )
    return tmp_path / "trusted"


def on_disk(path):
    return b"".join(file.read_bytes() for file in path.iterdir())


def redact(trusted, tmp_path, *more):
    return main(["redact", str(trusted), "--out", str(tmp_path / "out"), *more])


def test_a_trusted_capture_is_redacted_baseline_and_all_and_what_cannot_be_stored_is_named(trusted, tmp_path, capsys):
    assert redact(trusted, tmp_path) == 2
    assert "s: x4 of trusted is left out, because it holds a card number" in capsys.readouterr().err
    capture = open_capture(tmp_path / "out")
    assert len(capture) == 3
    assert capture.manifest.parent is not None
    assert capture.manifest.redaction not in ("", "trusted")
    assert [item.id for item in capture.baseline("s")] == ["cus_Bbbbbbbb0001"]
    for secret in (b"Jane", b"John", b"Jim", b"gold", CARD.encode()):
        assert secret not in on_disk(tmp_path / "out")


def test_rules_keep_what_they_name_and_bring_nothing_back(trusted, tmp_path):
    (tmp_path / "redact.yaml").write_text("metadata.plan: drives entitlement\n")
    redact(trusted, tmp_path, "--rules", str(tmp_path / "redact.yaml"))
    plans = [item.request.params["metadata"]["plan"] for item in open_capture(tmp_path / "out").exchanges()]
    assert plans == ["gold", "silver", "gold"]
    (tmp_path / "redact.yaml").write_text("name: brings nothing back\n")
    assert main(["redact", str(tmp_path / "out"), "--out", str(tmp_path / "again"), "--rules", str(tmp_path / "redact.yaml")]) == 0
    assert b"Jane" not in on_disk(tmp_path / "again")
    assert b"gold" not in on_disk(tmp_path / "again")


def test_another_key_is_refused(trusted, tmp_path, monkeypatch, capsys):
    redact(trusted, tmp_path)
    monkeypatch.setenv("REPLAYER_KEY", "another key, of sixteen bytes or more")
    assert main(["redact", str(tmp_path / "out"), "--out", str(tmp_path / "again")]) == 2
    assert main(["find", str(tmp_path / "out"), "--name", "Jane"]) == 2
    assert capsys.readouterr().err.count("another key") == 1
    assert main(["redact", str(tmp_path / "out")]) == 2


@pytest.mark.parametrize("option", [["--name", "Jane"], ["--email", "Jane@doe.example"], ["--text", "Jane"]])
def test_the_keys_holder_finds_somebody(trusted, tmp_path, capsys, option):
    redact(trusted, tmp_path)
    for path in (trusted, tmp_path / "out"):
        capsys.readouterr()
        assert main(["find", str(path), *option]) == 0
        printed = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in printed[:-1]] == ["x1", "x3"]
        assert printed[-1].endswith("customers: cus_Aaaaaaaa0001, cus_Aaaaaaaa0003")


def test_nobody_is_found_by_a_part_of_a_name_or_by_a_card(trusted, tmp_path, capsys):
    redact(trusted, tmp_path)
    assert main(["find", str(tmp_path / "out"), "--name", "Jan"]) == 0
    assert "0 of 3 exchanges; customers: none" in capsys.readouterr().out
    assert main(["find", str(tmp_path / "out"), "--text", CARD]) == 2
    assert main(["find", str(tmp_path / "out")]) == 2


CANDIDATE = """
def rewrite(call):
    if call.params.get("metadata", {}).get("plan") == "gold":
        return call.drop()
    if call.recorded.get("email"):
        return call.with_params(name="changed")
    return call
"""


def test_suggestions_are_what_the_candidate_reads_and_changes_and_what_calls_differ_by(trusted, tmp_path, capsys):
    redact(trusted, tmp_path)
    (tmp_path / "candidate.py").write_text(CANDIDATE)
    capsys.readouterr()
    assert main(["redact", str(tmp_path / "out"), "--suggest", "--candidate", str(tmp_path / "candidate.py")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "email: TO DECIDE  # the candidate reads it in 3 calls",
        "metadata.plan: TO DECIDE  # the candidate reads it in 3 calls",
        "name: TO DECIDE  # the candidate changes it in 3 calls",
    ]
    assert main(["redact", str(tmp_path / "out"), "--suggest"]) == 0
    assert "# metadata.plan: TO DECIDE  # calls of one operation differ by it: 2 values" in capsys.readouterr().out


def test_a_candidate_that_fails_is_said_to_and_a_generator_is_answered_as_recorded(trusted, tmp_path, capsys):
    redact(trusted, tmp_path)
    (tmp_path / "candidate.py").write_text(
        'def rewrite(call):\n    answer = yield call\n    if answer.json["object"] != "customer": raise ValueError\n    call.recorded["name"]\n'
    )
    capsys.readouterr()
    assert main(["redact", str(tmp_path / "out"), "--suggest", "--candidate", str(tmp_path / "candidate.py")]) == 0
    assert capsys.readouterr().out.startswith("name: TO DECIDE")
    (tmp_path / "candidate.py").write_text('def rewrite(call):\n    raise ValueError(call.params["name"])\n')
    assert main(["redact", str(tmp_path / "out"), "--suggest", "--candidate", str(tmp_path / "candidate.py")]) == 0
    assert "failed on 3 calls" in capsys.readouterr().err


def test_an_arm_is_not_redacted(trusted, tmp_path):
    from replayer.model import Arm

    manifest = open_capture(trusted).manifest
    with Writer(trusted, manifest, append=True) as writer:
        writer.finish(arm=Arm(role="control", target="simulator"))
    assert redact(trusted, tmp_path) == 2
    assert msgspec.json.decode((trusted / "manifest.json").read_bytes())["arm"]["role"] == "control"
