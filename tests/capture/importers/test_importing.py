"""Imports: every file a source, nothing lost silently."""

import json
import re
from pathlib import Path

import pytest

from replayer.capture.importers import default_importers, import_paths
from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor
from replayer.capture.store import open_capture
from replayer.cli import main
from replayer.model import InputError

CORPORA = Path(__file__).parents[3].parent / "shared" / "corpora"
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="the recorded corpora are not beside this checkout")


def a_har(*paths: str, host: str = "api.stripe.com") -> str:
    answer = {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"text": '{"id": "cus_A1b2C3d4"}'},
    }
    entries = [{"request": {"method": "GET", "url": f"https://{host}{path}", "headers": []}, "response": answer} for path in paths]
    return json.dumps({"log": {"entries": entries}})


def an_event(identifier: str) -> str:
    return json.dumps({"id": identifier, "object": "event", "created": 1, "type": "charge.succeeded", "data": {"object": {}}})


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    (folder / "a.har").write_text(a_har("/v1/one", "/v1/two"))
    (folder / "b" / "event.json").write_text(an_event("evt_A1b2C3d4"))
    (folder / "b" / "notes.txt").write_text("nothing")
    (folder / ".hidden").write_text("nothing")
    return folder


def test_each_file_becomes_a_source_named_by_its_path_in_the_folder(recordings: Path, tmp_path: Path) -> None:
    summary = import_paths([recordings], tmp_path / "out")
    found = open_capture(tmp_path / "out")
    assert [(source.name, source.format, source.exchanges) for source in found.sources] == [
        ("a.har", "har", 2),
        ("b/event.json", "stripe_events", 1),
    ]
    assert [exchange.request.path for exchange in found.exchanges()] == ["/v1/one", "/v1/two", "/"]
    assert summary.ignored == ["b/notes.txt"]
    assert summary.problems == []
    assert summary.exchanges == 3
    assert found.manifest.lanes == ["api", "webhook"]
    assert found.manifest.redaction == "trusted"


def test_files_of_one_name_in_two_folders_stay_two_sources(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.har").write_text(a_har("/v1/" + name))
    import_paths([tmp_path / "one", tmp_path / "two"], tmp_path / "out")
    assert len({source.name for source in open_capture(tmp_path / "out").sources}) == 2


def test_other_hosts_are_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.har"
    file.write_text(
        json.dumps(
            {
                "log": {
                    "entries": json.loads(a_har("/x", host="example.com"))["log"]["entries"] * 2
                    + json.loads(a_har("/v1/y"))["log"]["entries"]
                }
            }
        )
    )
    summary = import_paths([file], tmp_path / "out")
    assert summary.left_out == {"example.com": 2}
    assert summary.exchanges == 1


def test_a_host_that_stands_for_stripe_is_taken_and_the_capture_does_not_claim_to_be_stripes(tmp_path: Path) -> None:
    (tmp_path / "a.har").write_text(a_har("/v1/y", host="localhost"))
    summary = import_paths([tmp_path / "a.har"], tmp_path / "out", hosts=["localhost"])
    assert summary.manifest.origin == "localhost"
    (exchange,) = open_capture(tmp_path / "out").exchanges()
    assert exchange.request.host == "api.stripe.com"


def test_a_broken_file_is_named_with_its_place_and_the_others_come_in(recordings: Path, tmp_path: Path) -> None:
    (recordings / "broken.har").write_text('{"log":\n {"entries": [}')
    (recordings / "broken.yml").write_text("http_interactions:\n- request: {method: get\n  uri: 1]\n")
    summary = import_paths([recordings], tmp_path / "out")
    assert summary.exchanges == 3
    assert summary.problems[0].startswith("broken.har:2:15: broken JSON: ")
    assert re.match(r"broken\.yml:\d+:\d+: broken YAML: ", summary.problems[1])
    assert summary.manifest.problems == summary.problems


def test_a_broken_interaction_is_a_problem_and_the_others_of_its_file_come_in(tmp_path: Path) -> None:
    entries = json.loads(a_har("/v1/one", "/v1/two", "/v1/three"))["log"]["entries"]
    del entries[1]["request"]["url"]
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": entries}}))
    summary = import_paths([tmp_path / "a.har"], tmp_path / "out")
    assert summary.problems == ["a.har:interaction 2: it has no 'url'"]
    assert summary.exchanges == 2


def test_no_problem_quotes_what_stands_in_a_file(tmp_path: Path) -> None:
    entries = json.loads(a_har("/v1/one", "/v1/two", "/v1/three"))["log"]["entries"]
    entries[0]["request"]["url"] = "jane@doe.example"
    entries[1]["response"]["status"] = "jane@doe.example"
    entries[2]["request"]["url"] += "/jane@doe.example"
    entries[2]["response"]["content"]["text"] = "jane@doe.example"
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": entries}}))
    summary = import_paths([tmp_path / "a.har"], tmp_path / "out", redactor=Redactor(ProjectKey(b"a key of the tests")))
    assert len(summary.problems) == 3
    assert all(b"jane" not in file.read_bytes() for file in (tmp_path / "out").iterdir())


def test_an_answer_that_was_cut_off_by_its_recorder_is_a_problem(tmp_path: Path) -> None:
    archive = json.loads(a_har("/v1/one"))
    archive["log"]["entries"][0]["response"]["content"]["text"] = '{"id": "cus_'
    (tmp_path / "a.har").write_text(json.dumps(archive))
    summary = import_paths([tmp_path / "a.har"], tmp_path / "out")
    assert "not whole JSON" in summary.problems[0]
    assert next(open_capture(tmp_path / "out").exchanges()).outcome.text == '{"id": "cus_'


def test_what_is_nested_too_deeply_to_be_stored_is_a_problem_and_the_rest_comes_in(tmp_path: Path) -> None:
    archive = json.loads(a_har("/v1/one", "/v1/two"))
    archive["log"]["entries"][0]["response"]["content"]["text"] = '{"a":' * 2000 + "1" + "}" * 2000
    (tmp_path / "a.har").write_text(json.dumps(archive))
    summary = import_paths([tmp_path / "a.har"], tmp_path / "out", redactor=Redactor(ProjectKey(b"a key of the tests")))
    assert summary.exchanges == len(open_capture(tmp_path / "out")) == 1
    assert len(summary.problems) == 1


def test_a_file_of_no_known_format_is_an_error_where_it_is_given_by_name(recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        import_paths([recordings / "a.har", recordings / "b" / "notes.txt"], tmp_path / "out")
    assert "notes.txt" in (error.value.place or "")
    assert "ruby_vcr" in (error.value.hint or "")
    assert not (tmp_path / "out").exists()


def test_a_missing_path_a_capture_and_a_folder_without_recordings_are_errors(recordings: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    import_paths([recordings], tmp_path / "out")
    for path in (tmp_path / "missing", tmp_path / "empty", tmp_path / "out"):
        with pytest.raises(InputError):
            import_paths([path], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_format_that_is_named_is_not_guessed(recordings: Path, tmp_path: Path) -> None:
    file = tmp_path / "strange"
    file.write_text("\n " + an_event("evt_A1b2C3d4"))
    assert import_paths([file], tmp_path / "out", format="stripe_events").exchanges == 1
    with pytest.raises(InputError, match="unknown format"):
        import_paths([file], tmp_path / "other", format="pcap")


def test_formats_are_recognised_by_one_importer_each(recordings: Path) -> None:
    names = [importer.name for importer in default_importers()]
    assert names == ["ruby_vcr", "vcrpy", "har", "mitmproxy", "stripe_events"]
    for file in (recordings / "a.har", recordings / "b" / "event.json", recordings / "b" / "notes.txt"):
        head = file.read_bytes()
        assert sum(importer.recognises(file, head) for importer in default_importers()) <= 1


def test_the_same_input_and_key_make_the_same_bytes_and_the_redactor_is_used(recordings: Path, tmp_path: Path) -> None:
    redactor = Redactor(ProjectKey(b"a key of the tests"))
    for name in ("one", "two"):
        import_paths([recordings], tmp_path / name, redactor=redactor)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["manifest.json", "segment-0001.jsonl"]
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert open_capture(tmp_path / "one").manifest.redaction == redactor.fingerprint()


@needs_corpora
def test_every_interaction_of_the_corpora_is_imported(tmp_path: Path) -> None:
    summary = import_paths([CORPORA], tmp_path / "out")
    files = [file for file in CORPORA.rglob("*") if file.suffix in (".yml", ".yaml")]
    expected = {file.relative_to(CORPORA).as_posix(): len(re.findall(r"(?m)^- request:", file.read_text())) for file in files}
    capture = open_capture(tmp_path / "out")
    assert {source.name: source.exchanges for source in capture.sources} == expected
    assert sum(expected.values()) == summary.exchanges == 384
    assert summary.problems == []
    assert summary.left_out == {}


@needs_corpora
def test_every_answer_of_the_corpora_is_decoded_and_timed(tmp_path: Path) -> None:
    import_paths([CORPORA], tmp_path / "out")
    for exchange in open_capture(tmp_path / "out").exchanges():
        assert exchange.outcome.status is not None
        assert isinstance(exchange.outcome.body, dict), exchange.id
        assert exchange.outcome.text is None
        assert exchange.at is not None
        assert exchange.request.version is not None
        assert exchange.request.encoding == "form"
        assert exchange.request.body is None


def test_an_exchange_with_a_cards_number_is_left_out_named_and_counted_and_the_others_come_in(tmp_path, capsys):
    def interaction(note: str) -> dict:
        return {"request": {"method": "POST", "uri": "https://api.stripe.com/v1/customers", "body": f"metadata[note]={note}", "headers": {}},
                "response": {"status": {"code": 200}, "headers": {}, "body": {"string": "{}"}}}  # fmt: skip

    cassette = {"version": 1, "interactions": [interaction("one"), interaction("4917610000000000"), interaction("three")]}
    (tmp_path / "a.json").write_text(json.dumps(cassette))
    assert main(["import", str(tmp_path / "a.json"), "--out", str(tmp_path / "capture")]) == 2
    expected = "a.json:interaction 2: a POST is left out, because it holds a card number that is no documented test card"
    assert f"error: {expected}" in capsys.readouterr().err
    capture = open_capture(tmp_path / "capture")
    assert len(capture) == 2
    assert capture.manifest.problems == [expected]


def test_rules_keep_what_they_name(tmp_path, capsys):
    body = {"request": {"method": "POST", "uri": "https://api.stripe.com/v1/customers", "body": "metadata[plan]=gold&name=Jane", "headers": {}},
            "response": {"status": {"code": 200}, "headers": {}, "body": {"string": "{}"}}}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps({"version": 1, "interactions": [body]}))
    (tmp_path / "redact.yaml").write_text("metadata.plan: drives entitlement\n")
    command = ["import", str(tmp_path / "a.json"), "--out", str(tmp_path / "capture"), "--rules"]
    assert main([*command, str(tmp_path / "redact.yaml")]) == 0
    (exchange,) = open_capture(tmp_path / "capture").exchanges()
    assert exchange.request.params["metadata"] == {"plan": "gold"}
    assert exchange.request.params["name"].startswith("~")
    (tmp_path / "redact.yaml").write_text("metdata.plan: why\n")
    assert main([*command, str(tmp_path / "redact.yaml")]) == 2
    assert "redact.yaml:1:1" in capsys.readouterr().err
