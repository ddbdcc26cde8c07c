"""The commands end to end, as scripts call them."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from replayer.capture.store import open_capture
from replayer.cli import COMMANDS, main

RAISE = "def rewrite(call):\n    return call.with_params(amount=int(call.params['amount']) + 100) if call.operation == 'POST /v1/payment_intents' else call\n"
SAME = "def rewrite(call):\n    return call\n"


@pytest.fixture
def candidate(tmp_path):
    def write(text):
        (tmp_path / "candidate.py").write_text(text)
        return str(tmp_path / "candidate.py")

    return write


def run_json(capsys, *arguments):
    code = main([*map(str, arguments), "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_help_names_every_command_and_unknown_ones_are_refused(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)
    assert main(["rnu"]) == 2
    assert "`replayer run`" in capsys.readouterr().err
    assert main([]) == 2


def test_an_import_that_is_broken_off_leaves_no_part_of_a_capture(tmp_path, monkeypatch):
    file = tmp_path / "events.json"
    file.write_text(
        '{"id": "evt_1", "object": "event", "type": "a.b", "created": 1, "data": {"object": {"id": "cus_1", "object": "customer"}}}\n'
    )

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("replayer.cli.import_.store_baselines", interrupted)
    assert main(["import", str(file), "--out", str(tmp_path / "out"), "--trusted"]) == 130
    assert not (tmp_path / "out").exists()


def test_a_refused_call_says_first_why(capsys, candidate):
    change = "call.with_params(metdata={'a': 1}) if call.operation == 'POST /v1/payment_intents' else call"
    file = candidate(f"def rewrite(call):\n    return {change}\n")
    assert main(["run", "captures/demo-shop", "--candidate", file, "--accept-origin"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "status" in lines[2]
    assert "200 → 400" in lines[2]
    assert lines[3].strip().startswith("refused: Received unknown parameter: metdata")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    assert main([command, "--help"]) == 0
    assert f"usage: replayer {command}" in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = "import sys; from replayer.cli import main; main(['--help']); print(sorted({'msgspec', 'httpx', 'deepdiff', 'ruamel'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_show_gives_one_object_a_line(demo, capsys):
    assert main(["show", str(demo), "--format", "json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 28
    assert set(lines[0]) == {"id", "lane", "source", "chain", "method", "path", "operation", "status", "replayed_from"}
    assert {line["chain"] for line in lines if line["path"].endswith("cus_S0000000000004")} == {"x16"}


def test_show_selects_a_customers_chain(demo, capsys):
    assert main(["show", str(demo), "--customer", "cus_S0000000000004"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_candidate_that_looks_for_nothing_that_is_there_is_told_what_it_saw(demo, tmp_path, capsys):
    (tmp_path / "candidate.py").write_text("def rewrite(call):\n    return call.drop() if call.operation == 'POST /v1/topups' else call\n")
    _, verdict = run_json(capsys, "run", demo, "--candidate", tmp_path / "candidate.py")
    assert any("nothing was tested. The candidate saw POST /v1/" in note for note in verdict["notes"])


def test_a_run_without_a_candidate_matches_and_says_that_nothing_was_tested(demo, capsys):
    code, verdict = run_json(capsys, "run", demo)
    assert (code, verdict["verdict"], verdict["findings"]) == (0, "match", [])
    assert verdict["exchanges"]["total"] == verdict["exchanges"]["matched"] == 28
    assert any("nothing was tested" in note for note in verdict["notes"])


def test_a_candidate_that_changes_nothing_matches(demo, candidate, capsys):
    code, verdict = run_json(capsys, "run", demo, "--candidate", candidate(SAME))
    assert (code, verdict["candidate"]["calls_changed"], verdict["candidate"]["calls_seen"]) == (0, 0, 28)


def test_a_changed_amount_is_a_divergence_with_its_money(demo, candidate, capsys):
    code, verdict = run_json(capsys, "run", demo, "--candidate", candidate(RAISE))
    assert (code, verdict["verdict"]) == (1, "divergence")
    assert verdict["candidate"] == {"file": "candidate.py", "calls_seen": 28, "calls_changed": 8, "asked_version": ""}
    moved = {currency: money["moved"]["delta"] for currency, money in verdict["money"].items()}
    assert moved == {"usd": 400, "jpy": 100, "eur": 200}
    roots = [finding for finding in verdict["findings"] if finding["cause"] is None]
    assert [(root["kind"], root["operation"], root["count"]) for root in roots] == [("call.changed", "POST /v1/payment_intents", 8)]
    counts = verdict["exchanges"]
    assert counts["total"] == sum(counts[name] for name in ("matched", "diverged", "unknown", "carried_over", "skipped"))


def test_expected_calls_leave_what_they_cause(demo, candidate, capsys):
    code, verdict = run_json(capsys, "run", demo, "--candidate", candidate(RAISE), "--expect-calls")
    assert code == 1
    assert {finding["kind"] for finding in verdict["findings"] if finding["expected"]} == {"call.changed"}


def test_a_selection_narrows_the_run_and_an_empty_one_ends_in_5(demo, capsys):
    code, verdict = run_json(capsys, "run", demo, "--customer", "cus_S0000000000004")
    assert (code, verdict["exchanges"]["total"]) == (0, 3)
    assert main(["run", str(demo), "--customer", "cus_Nobody00000000"]) == 5


def test_an_operation_that_is_none_is_named_with_its_nearest(demo, capsys):
    assert main(["show", str(demo), "--operation", "POST /v1/payment_intent"]) == 2
    assert "POST /v1/payment_intents" in capsys.readouterr().err


def test_two_control_arms_are_byte_equal(demo, tmp_path, capsys):
    for name in ("one", "two"):
        assert main(["replay", str(demo), "--target", "simulator", "--out", str(tmp_path / name)]) == 0
    one, two = ((tmp_path / name / "segment-0001.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two
    assert main(["diff", str(tmp_path / "one"), str(tmp_path / "two")]) == 0


def test_diff_reads_the_recording_from_the_nearest_common_ancestor(demo, tmp_path, candidate, capsys):
    assert main(["replay", str(demo), "--target", "simulator", "--out", str(tmp_path / "c")]) == 0
    assert main(["replay", str(demo), "--target", "simulator", "--candidate", candidate(RAISE), "--out", str(tmp_path / "k")]) == 0
    capsys.readouterr()
    code, verdict = run_json(capsys, "diff", tmp_path / "c", tmp_path / "k")
    assert (code, verdict["capture"]) == (1, "demo-shop")
    assert main(["diff", str(demo), str(tmp_path / "c")]) == 0


def test_captures_without_a_common_one_cannot_be_diffed(demo, tmp_path, capsys):
    (tmp_path / "e.json").write_text(
        json.dumps({"id": "evt_1AbCdEfGhIjKlM", "object": "event", "type": "x", "created": 1760000000, "data": {"object": {}}})
    )
    assert main(["import", str(tmp_path / "e.json"), "--trusted", "--out", str(tmp_path / "other")]) == 0
    assert main(["diff", str(demo), str(tmp_path / "other")]) == 2


def test_a_run_is_kept_and_not_written_over(demo, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["run", str(demo), "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {"bills.jsonl", "control", "candidate", "spec.json", "verdict.json"}
    assert main(["run", str(demo), "--out", str(out)]) == 2
    assert main(["run", str(demo), "--resume", str(out)]) == 2  # it is finished
    (out / "verdict.json").unlink()
    assert main(["run", "--resume", str(out)]) == 0  # it knows of which capture it is
    assert main(["run", str(demo), "--resume", str(demo)]) == 2


def test_plan_says_what_the_target_can_judge_and_sends_nothing(demo, candidate, capsys):
    code, plan = run_json(capsys, "plan", demo, "--candidate", candidate(RAISE))
    assert (code, plan["calls"], plan["changed"]) == (0, {"control": 28, "candidate": 28}, 8)
    assert plan["judged"]["money"] == 1.0
    code, plan = run_json(capsys, "plan", demo, "--target", "stripe-mock")
    assert plan["judged"]["money"] == 0.0
    assert plan["why_not"]


def test_a_raising_candidate_is_named_and_never_a_match(demo, candidate, capsys):
    path = candidate("def rewrite(call):\n    if call.operation == 'POST /v1/refunds':\n        raise KeyError('plan')\n    return call\n")
    code, verdict = run_json(capsys, "run", demo, "--candidate", path)
    assert code == 3
    assert any("candidate.py:3: KeyError" in (finding["reason"] or "") for finding in verdict["findings"])


def test_bad_input_is_one_clear_error(demo, tmp_path, capsys):
    assert main(["run", str(tmp_path / "nothing")]) == 2
    assert main(["run", str(demo), "--target", "strip-mock"]) == 2
    assert main(["run", str(demo), "--candidate", str(tmp_path / "no.py")]) == 2
    assert main(["run", str(demo), "--gate", "money = 0"]) == 2
    assert main(["run", str(demo), "--target", "http://127.0.0.1:9", "--bogus"]) == 2
    text = capsys.readouterr().err
    assert "Traceback" not in text
    assert text.count("error:") == 5


def test_a_target_that_does_not_answer_is_never_a_match(demo, capsys):
    assert main(["run", str(demo), "--target", "http://127.0.0.1:9"]) == 3
    assert "answered none of" in capsys.readouterr().err


def test_doctor_shows_no_key(monkeypatch, capsys):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_verysecretkey")
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "refused" in text
    assert "verysecret" not in text


def test_options_are_read_from_the_environment(demo, monkeypatch, capsys):
    monkeypatch.setenv("REPLAYER_FORMAT", "json")
    assert main(["run", str(demo)]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == 1


def test_a_slice_stands_on_the_baseline_of_what_was_cut_off(demo, tmp_path, capsys):
    assert main(["slice", str(demo), "--from", "x3", "--out", str(tmp_path / "half")]) == 0
    capsys.readouterr()
    code, verdict = run_json(capsys, "run", tmp_path / "half")
    assert (code, verdict["exchanges"]["total"], verdict["control"]["reproduced"]) == (0, 26, 1.0)


def test_broken_files_are_named_and_the_others_come_in(tmp_path, capsys):
    good = {"id": "evt_1AbCdEfGhIjKlM", "object": "event", "type": "x", "created": 1760000000, "data": {"object": {}}}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.json").write_text(json.dumps(good))
    (tmp_path / "in" / "bad.yml").write_text("http_interactions:\n- request: {method: get\n")
    assert main(["import", str(tmp_path / "in"), "--trusted", "--out", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert "bad.yml:" in captured.err
    assert "1 exchanges of 1 sources" in captured.out


def test_the_entry_point_is_installed():
    done = subprocess.run([Path(sys.executable).with_name("replayer"), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("replayer ")


def test_a_pipe_that_closes_does_not_turn_a_divergence_green(demo, candidate):
    command = f"set -o pipefail; {Path(sys.executable).with_name('replayer')} run {demo} --candidate {candidate(RAISE)} | true"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 1


def test_a_gate_is_read_from_the_environment_and_no_means_no(demo, monkeypatch, candidate, capsys):
    monkeypatch.setenv("REPLAYER_GATE", "judged.calls >= 200 %")
    assert main(["run", str(demo)]) == 3
    capsys.readouterr()
    monkeypatch.delenv("REPLAYER_GATE")
    monkeypatch.setenv("REPLAYER_EXPECT_CALLS", "False")
    _, verdict = run_json(capsys, "run", demo, "--candidate", candidate(RAISE))
    assert not any(finding["expected"] for finding in verdict["findings"])


def test_a_run_that_was_kept_is_shown_again(demo, tmp_path, candidate, capsys):
    assert main(["run", str(demo), "--candidate", candidate(RAISE), "--out", str(tmp_path / "run")]) == 1
    capsys.readouterr()
    assert main(["show", str(tmp_path / "run")]) == 0
    assert "========== divergence" in capsys.readouterr().out


def test_a_slice_by_operation_stands_on_what_was_left_out(demo, tmp_path, capsys):
    assert main(["slice", str(demo), "--operation", "POST /v1/refunds", "--out", str(tmp_path / "refunds")]) == 0
    assert main(["run", str(tmp_path / "refunds"), "--out", str(tmp_path / "run")]) == 3
    outcomes = [exchange.outcome for exchange in open_capture(tmp_path / "run" / "control").exchanges()]
    assert [outcome.status for outcome in outcomes] == [None, None]  # the charge is known by its id only: unknown, and never a 404
    assert all("known by its id only" in outcome.error for outcome in outcomes)
    assert main(["slice", str(demo), "--customer", "cus_Nobody00000000", "--out", str(tmp_path / "none")]) == 5


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", "13")
        self.end_headers()
        self.wfile.write(b"<html></html>")

    do_POST = do_DELETE = do_GET

    def log_message(self, *_):
        pass


def test_a_target_that_answers_pages_is_no_stripe(demo, candidate, capsys):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert main(["run", str(demo), "--candidate", candidate(RAISE), "--target", url]) == 3
        server.shutdown()
    assert "with JSON" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--lanes", "-3"], ["--noise", "NOISE"]])
def test_an_option_that_can_mean_nothing_is_refused(demo, tmp_path, capsys, arguments):
    file = tmp_path / "noise.yaml"
    file.write_text("[unclosed")
    assert main(["run", str(demo), *[str(file) if one == "NOISE" else one for one in arguments]]) == 2


def test_a_selection_of_nothing_shows_nothing_and_says_so(demo, capsys):
    assert main(["show", str(demo), "--customer", "cus_Nobody00000001"]) == 5
    assert "no call is selected" in capsys.readouterr().err


def test_an_expectation_that_matched_nothing_is_named(demo, candidate, tmp_path, capsys):
    folder = tmp_path / "scenario"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(
        f"capture: {demo}\ncandidate: {candidate(RAISE)}\nexpect:\n  calls:\n    - {{operation: POST /v1/refunds, parameter: amuont}}\n"
    )
    main(["run", str(folder)])
    assert "`expect: calls` matched no change: POST /v1/refunds amuont" in capsys.readouterr().out


def test_a_run_in_which_the_candidate_failed_says_so_first(demo, candidate, capsys):
    path = candidate("def rewrite(call):\n    raise KeyError('plan')\n")
    assert main(["run", str(demo), "--candidate", path]) == 3
    assert capsys.readouterr().out.startswith("FAILED    the candidate failed in 28 calls")
