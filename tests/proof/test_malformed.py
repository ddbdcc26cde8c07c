"""No malformed input makes an importer fail: each is read, a counted problem, or a clear error. `make proof` tries 10,000."""

from tests.proof.malformed import FILES, KINDS, Parts, feed, import_paths


def test_the_sound_files_are_read_whole(tmp_path):
    for name, make in FILES.items():
        (tmp_path / name).write_bytes(make(Parts()))
        summary = import_paths([tmp_path / name], tmp_path / f"{name}.capture")
        assert (summary.exchanges, summary.problems, summary.left_out) == (2, [], {}), name


def test_broken_ones_end_in_a_problem_or_a_clear_error(tmp_path):
    found = feed(range(800), tmp_path)
    assert found.failures == []
    assert sum(sum(words.values()) for words in found.by_file.values()) == 800
    assert found.by_kind.keys() == set(KINDS)
    for name, words in found.by_file.items():
        assert words["problem"] + words["error"] > 0, name


def test_a_reader_that_fails_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("replayer.capture.importers.har.Har.read", lambda self, path: iter([None.missing]))
    assert any("archive.har, whole files: AttributeError" in failure for failure in feed(range(40), tmp_path).failures)


def test_an_importer_that_quotes_its_file_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("replayer.capture.importers._json._explain", lambda raw, error: (str(raw), 0))
    assert any("on the disk" in failure for failure in feed(range(80), tmp_path).failures)
