"""Reading a source several times: the same exchanges each time, from memory or from the disk."""

import pytest

from replayer.capture import reread
from replayer.capture.reread import reader
from replayer.capture.store import Writer, open_capture
from replayer.model import Manifest
from tests.make import customer, exchange


@pytest.fixture
def capture(tmp_path):
    with Writer(tmp_path / "r", Manifest()) as writer:
        for number in range(1, 7):
            writer.append(exchange(number, "POST", "/v1/customers", {"n": str(number)}, customer(), source="ab"[number % 2]))
    return open_capture(tmp_path / "r")


@pytest.mark.parametrize("small", [0, 2, 3, 2000])
def test_every_reading_gives_the_sources_exchanges_in_order(capture, monkeypatch, small):
    monkeypatch.setattr(reread, "SMALL", small)
    read = reader(capture, "a")
    assert [exchange.id for exchange in read()] == ["x2", "x4", "x6"]
    assert list(read()) == list(read())


def test_two_readings_can_go_on_side_by_side(capture, monkeypatch):
    for small in (0, 2000):
        monkeypatch.setattr(reread, "SMALL", small)
        read = reader(capture, "b")
        assert all(one == other for one, other in zip(read(), read(), strict=True))


def test_a_small_source_is_read_from_the_disk_once_and_a_large_one_each_time(capture, monkeypatch):
    readings = []
    monkeypatch.setattr(type(capture), "exchanges", lambda self, sources: iter(readings.append(sources) or []))
    for small, times in ((2000, 1), (0, 2)):
        monkeypatch.setattr(reread, "SMALL", small)
        readings.clear()
        read = reader(capture, "a")
        list(read()), list(read())
        assert len(readings) == times


def test_a_source_that_the_capture_has_not_got_is_empty(capture):
    assert list(reader(capture, "c")()) == []
