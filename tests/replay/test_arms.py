"""Arms: the sources of a capture are shared out, and the result does not depend on how many do the work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replayer.capture.store import Writer, open_capture
from replayer.model import ArmFinished, ArmStarted, Manifest, NothingSelected, Replayed, Source
from replayer.replay import arms
from replayer.replay.arms import ArmJob, Setting, run_arms, shards, workers
from tests.make import customer, exchange

SIZES = st.lists(st.integers(1, 50), max_size=30)


@pytest.fixture
def capture(tmp_path):
    with Writer(tmp_path / "r", Manifest(redaction="trusted")) as writer:
        for number in range(1, 13):
            path, name = (
                ("/v1/customers", {"email": "a@b.example"})
                if number <= 4
                else ("/v1/payment_intents", {"amount": "500", "currency": "usd"})
            )
            writer.append(exchange(number, "POST", path, name, customer(f"cus_Aaaaaaaaa{number:05}"), source="abcd"[number % 4]))  # fmt: skip
    return open_capture(tmp_path / "r")


def run(capture, out, pool=None):
    setting = Setting(capture=capture.path, target="simulator", seed="seed")
    jobs = [ArmJob(role=role, out=out / role) for role in ("control", "candidate")]
    return list(run_arms(setting, jobs, pool))


@given(SIZES, st.integers(1, 9))
def test_shards_keep_the_order_and_cover_every_source_once(sizes, count):
    sources = [Source(f"s{number}", exchanges=size) for number, size in enumerate(sizes)]
    shares = shards(sources, count)
    assert [name for share in shares for name in share] == [source.name for source in sources]
    assert len(shares) <= count
    assert all(shares) or not sources


@given(st.integers(1, 9), st.integers(1, 50))
def test_equal_sources_are_shared_out_evenly(count, size):
    shares = shards([Source(f"s{number}", exchanges=size) for number in range(count * 3)], count)
    assert [len(share) for share in shares] == [3] * count


def test_several_processes_write_the_same_bytes_as_one(capture, tmp_path, monkeypatch):
    monkeypatch.setattr(arms, "WORTH_A_PROCESS", 1)
    alone = run(capture, tmp_path / "one")
    with workers(capture, "simulator", 2) as pool:
        assert pool is not None
        shared = run(capture, tmp_path / "two", pool)
    for role in ("control", "candidate"):
        files = sorted(file.name for file in (tmp_path / "one" / role).iterdir())
        assert files == sorted(file.name for file in (tmp_path / "two" / role).iterdir())
        for name in files:
            assert (tmp_path / "one" / role / name).read_bytes() == (tmp_path / "two" / role / name).read_bytes(), name
    for steps in (alone, shared):
        assert sum(step.count for step in steps if isinstance(step, Replayed)) == 24


def test_progress_tells_of_each_arm_from_start_to_finish(capture, tmp_path):
    steps = run(capture, tmp_path / "run")
    assert [step.role for step in steps if isinstance(step, ArmStarted)] == ["control", "candidate"]
    assert [step.path for step in steps if isinstance(step, ArmFinished)] == [str(tmp_path / "run" / role) for role in ("control", "candidate")]  # fmt: skip


def test_an_arm_names_the_capture_that_it_comes_from(capture, tmp_path):
    run(capture, tmp_path / "run")
    manifest = open_capture(tmp_path / "run" / "control").manifest
    assert (manifest.parent.digest, manifest.origin, manifest.redaction) == (capture.digest(), "simulator", "trusted")
    assert (tmp_path / "run" / "control" / manifest.parent.path).resolve() == capture.path.resolve()
    assert (manifest.arm.role, manifest.arm.calls_seen, manifest.arm.calls_changed) == ("control", 12, 0)
    assert set(manifest.arm.claims) == {"POST /v1/customers", "POST /v1/payment_intents"}


@pytest.mark.parametrize(("target", "count"), [("stripe-mock", 4), ("simulator", 1), ("http://127.0.0.1:9", 4)])
def test_a_remote_target_and_a_single_core_get_no_processes(capture, monkeypatch, target, count):
    monkeypatch.setattr(arms, "WORTH_A_PROCESS", 1)
    with workers(capture, target, count) as pool:
        assert pool is None


def test_a_small_capture_gets_no_processes(capture):
    with workers(capture, "simulator", 4) as pool:
        assert pool is None


def test_an_empty_capture_is_not_run(tmp_path):
    with Writer(tmp_path / "r", Manifest()):
        pass
    with pytest.raises(NothingSelected):
        run(open_capture(tmp_path / "r"), tmp_path / "run")
