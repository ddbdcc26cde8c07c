"""Events that a target sent of an arm's calls: read back, kept by the request that caused them, and compared."""

from __future__ import annotations

from replayer.capture.told_events import read_events, told, write_events
from replayer.cli import main
from replayer.diff.stream import _told_events, open_sides
from replayer.model import Effect
from replayer.targets import test_mode
from tests.standin import standing_in

EVENTS = [
    {"created": 30, "type": "charge.succeeded", "request": {"id": "req_b"}, "data": {"object": {"object": "charge", "id": "ch_1", "customer": "cus_1"}}},
    {"created": 20, "type": "customer.created", "request": {"id": "req_a"}, "data": {"object": {"object": "customer", "id": "cus_1"}}},
    {"created": 20, "type": "invoice.created", "request": {"id": None}, "data": {"object": {"object": "invoice", "id": "in_1"}}},
    {"created": 9, "type": "customer.created", "request": {"id": "req_0"}, "data": {"object": {"object": "customer", "id": "cus_0"}}},
]  # fmt: skip


def test_they_are_kept_by_the_request_that_caused_them(tmp_path):
    write_events(tmp_path, told(iter(EVENTS), 10))
    assert read_events(tmp_path) == {
        "req_b": [Effect("event", "charge.succeeded", "ch_1", customer="cus_1")],
        "req_a": [Effect("event", "customer.created", "cus_1", customer="cus_1")],
    }


def test_of_one_arm_alone_they_are_no_difference(tmp_path, monkeypatch):
    test_mode._proven.clear()
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_Standin0001")
    monkeypatch.setattr(test_mode, "_BETWEEN_LOOKS", 0.01)
    shop = "captures/demo-shop"
    with standing_in(rate=0) as server:
        monkeypatch.setenv("REPLAYER_TEST_MODE_BASE", server.url)
        for name in ("a", "b"):
            assert main(["replay", shop, "--target", "test-mode", "--out", str(tmp_path / name), "--customer", "cus_S0000000000002"]) == 0
    both = _told_events(open_sides(tmp_path / "a", tmp_path / "a", tmp_path / "b"))
    kinds = {effect.object for effects in both["events_c"].values() for effect in effects}
    assert {"customer.created", "charge.succeeded", "charge.refunded"} <= kinds
    (tmp_path / "b" / "events.jsonl").unlink()
    assert _told_events(open_sides(tmp_path / "a", tmp_path / "a", tmp_path / "b")) == {}
