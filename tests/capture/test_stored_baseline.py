"""The stored baseline: written once beside the exchanges, and taken from there as it stands."""

import pytest

from replayer.capture.reread import reader
from replayer.capture.store import Writer, open_capture
from replayer.capture.stored_baseline import baseline_of, store_baselines
from replayer.model import BaselineObject, Manifest
from tests.make import customer, exchange

OLD = {name: f"cus_Ooooooooo{name}001" for name in "ab"}
SUPPLIED = BaselineObject(id="cus_Sssssssssss001", object="customer", provenance="supplied", state=customer("cus_Sssssssssss001"))


@pytest.fixture
def path(tmp_path):
    with Writer(tmp_path / "r", Manifest()) as writer:
        for number, name in enumerate("ab", 1):
            writer.append(exchange(number, "GET", f"/v1/customers/{OLD[name]}", body=customer(OLD[name], created=1), source=name))
    return tmp_path / "r"


def found(path, source):
    capture = open_capture(path)
    return [(item.id, item.provenance) for item in baseline_of(capture, source, reader(capture, source))]


def test_without_a_stored_one_the_exchanges_tell(path):
    assert {name: found(path, name) for name in "ab"} == {name: [(OLD[name], "observed")] for name in "ab"}


def test_storing_changes_nothing_but_where_it_comes_from(path):
    before = {name: found(path, name) for name in "ab"}
    store_baselines(path)
    capture = open_capture(path)
    assert all(capture.has_baseline(name) for name in "ab")
    assert {name: found(path, name) for name in "ab"} == before
    assert len(capture) == 2


def test_a_stored_one_is_whole_also_where_it_is_empty(path):
    with Writer(path, Manifest(), append=True) as writer:
        writer.baseline("a", [])
        writer.baseline("b", [SUPPLIED])
    assert (found(path, "a"), found(path, "b")) == ([], [("cus_Sssssssssss001", "supplied")])


def test_storing_again_keeps_what_stands_there(path):
    with Writer(path, Manifest(), append=True) as writer:
        writer.baseline("a", [SUPPLIED])
    for _ in range(2):
        store_baselines(path)
    assert found(path, "a") == [("cus_Sssssssssss001", "supplied")]
    assert found(path, "b") == [(OLD["b"], "observed")]
    assert len((path / "baseline.jsonl").read_bytes().splitlines()) == 2
