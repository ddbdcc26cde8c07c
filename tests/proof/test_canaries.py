"""No canary is in any byte that import, record, redact, merge, slice and snapshot write; and each rule is needed for that."""

import pytest

from replayer.capture.store import open_capture
from tests.proof.canaries import RULES, leaks, pipeline, record_live, traffic


def test_no_canary_is_in_any_byte_on_disk(tmp_path):
    written = pipeline(tmp_path)
    assert leaks(written) == set()
    counted = {place.name: len(open_capture(place)) for place in written if place.is_dir()}
    cards = 2
    assert counted["one"] == counted["other"] == len(traffic()) - cards
    assert counted["imported"] == counted["redacted"] == 2 * (sum(seen.lane == "api" for seen in traffic()) - cards) + 1
    assert counted["merged"] > counted["slice"] > 0
    assert b"supplied" in (tmp_path / "state.json").read_bytes()


def test_a_recorder_that_runs_passes_everything_on_and_leaves_no_canary(tmp_path):
    out = tmp_path / "capture"
    assert record_live(out) == len(traffic())
    assert leaks([out]) == set()
    assert len(open_capture(out)) == len(traffic()) - 2
    assert open_capture(out).manifest.lanes == ["api", "app", "webhook"]


@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_rule_a_canary_is_found(rule, tmp_path, monkeypatch):
    RULES[rule](monkeypatch)
    assert leaks(pipeline(tmp_path)) != set()
