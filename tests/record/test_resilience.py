"""What must not disturb the user's traffic, and what the recorder says of it."""

import http.client
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from replayer.capture.store import open_capture
from tests.record import malformed
from tests.record.conftest import StandIn
from tests.record.test_placements import send

Recording = Callable[..., Any]
UPLOAD = 200 << 20
MEMORY = 100 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small tmpfs cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def peak(process: Any) -> int:
    """The most memory that a process has had, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def fill(url: str) -> int:
    """Send requests until well after a small disk is full; how many."""
    for number in range(200):
        assert send(url, path=f"/v1/customers/cus_A1b2C3{number:04}")[0] == 200
    return 200


@pytest.mark.parametrize("ending", ["kill", "terminate"])
def test_on_a_full_disk_traffic_goes_on_and_every_drop_is_counted_whatever_comes(
    stand_in: StandIn, recording: Recording, small_disk: Path, ending: str
) -> None:
    out = small_disk / "capture"
    with recording(out, stand_in.url) as recorder:
        sent = fill(recorder.url)
        getattr(recorder.process, ending)()
        recorder.process.wait(20)
        errors = recorder.process.stderr.read()
    assert "Traceback" not in errors
    assert len(stand_in.executed) == sent
    capture = open_capture(out)
    whole = sum(exchange.outcome.status == 200 for exchange in capture.exchanges())
    assert 0 < whole < sent
    counted = sum(int(problem.split()[1]) for problem in capture.manifest.problems if "No space left" in problem)
    assert counted == sent - whole


def test_fail_closed_passes_on_nothing_that_cannot_be_recorded(stand_in: StandIn, recording: Recording, small_disk: Path) -> None:
    out = small_disk / "capture"
    with recording(out, stand_in.url, "--fail-closed") as recorder:
        statuses = [send(recorder.url, path=f"/v1/customers/cus_A1b2C3{number:04}") for number in range(200)]
        recorder.end()
    refused = [body for status, body in statuses if status == 503]
    assert {status for status, _ in statuses} == {200, 503}
    assert b"cannot record" in refused[0]
    assert len(stand_in.executed) == 200 - len(refused)
    assert len(open_capture(out)) == len(stand_in.executed)


def test_fail_closed_refuses_an_upload_that_cannot_be_recorded_and_passes_on_nothing_of_it(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    with recording(tmp_path / "capture", stand_in.url, "--fail-closed", "--max-disk", "0") as recorder:
        assert upload(recorder.url, 20 << 20) == 503
        status, body = send(recorder.url)
        assert (status, b"cannot record" in body) == (503, True)
        _, errors = recorder.end()
    assert "Traceback" not in errors
    assert (stand_in.executed, stand_in.largest) == ([], 0)


def test_beyond_max_disk_nothing_is_recorded_and_everything_passes(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    with recording(tmp_path / "capture", stand_in.url, "--max-disk", "4K") as recorder:
        fill(recorder.url)
        recorder.end()
    capture = open_capture(tmp_path / "capture")
    assert 0 < len(capture) < 20
    assert capture.manifest.problems == [f"recorder: {200 - len(capture)} exchanges were not recorded whole: --max-disk is reached"]
    assert sum(file.stat().st_size for file in (tmp_path / "capture").glob("segment*")) < 6000


def test_after_until_everything_passes_and_nothing_is_recorded(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    with recording(tmp_path / "capture", stand_in.url, "--until", "2020-01-01") as recorder:
        assert send(recorder.url)[0] == 200
        code, errors = recorder.end()
    assert code == 0
    assert "1 passed unrecorded (--until is over)" in errors
    assert len(stand_in.executed) == 1


def test_a_sample_keeps_some_customers_whole(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    names = [f"cus_A1b2C3{number:04}" for number in range(60)]
    with recording(tmp_path / "capture", stand_in.url, "--sample", "customers=40%") as recorder:
        for name in names:
            for _ in range(2):
                send(recorder.url, path=f"/v1/customers/{name}")
        recorder.end()
    paths = [exchange.request.path for exchange in open_capture(tmp_path / "capture").exchanges()]
    kept = set(paths)
    assert 5 < len(kept) < 55
    assert len(paths) == 2 * len(kept)
    assert len(stand_in.executed) == 120


def upload(url: str, size: int) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    block = b"card 4000000000000000 " * 50_000
    connection.putrequest("POST", "/v1/files?purpose=dispute_evidence")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    sent = 0
    while sent < size:
        connection.send(block[: size - sent])
        sent += len(block[: size - sent])
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_large_upload_is_opened_at_its_headers_streamed_and_not_kept(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        send(recorder.url)
        before = peak(recorder.process)
        assert upload(recorder.url, UPLOAD) == 200
        grown = peak(recorder.process) - before
        recorder.end()
    assert grown < MEMORY
    assert stand_in.largest == UPLOAD
    _, uploaded = open_capture(tmp_path / "capture").exchanges()
    assert (uploaded.request.path, uploaded.request.host, uploaded.request.kept) == ("/v1/files", "files.stripe.com", False)
    assert (uploaded.request.encoding, uploaded.request.params) == ("multipart", {"purpose": "dispute_evidence"})
    assert uploaded.outcome.status == 200


def test_an_upload_that_the_client_cuts_off_is_open_from_its_headers_and_then_unknown(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        parts = urlsplit(recorder.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        connection.putrequest("POST", "/v1/files")
        connection.putheader("Content-Length", str(UPLOAD))
        connection.endheaders()
        connection.send(b"x" * 100_000)
        while len(capture := open_capture(tmp_path / "capture")) == 0:
            assert recorder.process.poll() is None
        assert next(capture.exchanges()).outcome.error == "open"
        connection.close()
        while next(open_capture(tmp_path / "capture").exchanges()).outcome.error == "open":
            assert recorder.process.poll() is None
        recorder.end()
    (cut,) = open_capture(tmp_path / "capture").exchanges()
    assert cut.outcome.status is None
    assert cut.outcome.error in ("client time-out", "upstream reset")  # whichever end mitmproxy hears of first


def test_a_slow_answer_that_does_arrive_is_recorded_with_its_time_and_holds_nobody_up(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    """The stand-in answers `/slow` after 1.5 seconds; twenty others are answered meanwhile."""
    order: list[str] = []

    def ask(path: str) -> None:
        assert send(recorder.url, path=path)[0] == 200
        order.append(path)

    with recording(tmp_path / "capture", stand_in.url) as recorder:
        slow = threading.Thread(target=ask, args=("/v1/customers/slow",))
        slow.start()
        while not stand_in.executed:
            assert recorder.process.poll() is None
        for _ in range(20):
            ask("/v1/balance")
        slow.join()
        recorder.end()
    assert order == [*["/v1/balance"] * 20, "/v1/customers/slow"]
    first, *others = open_capture(tmp_path / "capture").exchanges()
    assert (first.request.path.startswith("/v1/customers/~"), first.outcome.status) == (True, 200)
    assert first.duration is not None
    assert first.duration >= 1.5
    assert len(others) == 20


def test_a_large_answer_is_streamed_and_its_status_recorded(stand_in: StandIn, recording: Recording, tmp_path: Path) -> None:
    stand_in.padding = 50 << 20
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        before = peak(recorder.process)
        status, body = send(recorder.url, path="/v1/files/file_A1b2C3d4/contents")
        assert (status, len(body) > 50 << 20) == (200, True)
        assert peak(recorder.process) - before < 40 << 20
        recorder.end()
    (exchange,) = open_capture(tmp_path / "capture").exchanges()
    assert (exchange.outcome.status, exchange.outcome.body) == (200, None)


def test_malformed_messages_are_recorded_counted_or_refused_and_traffic_goes_on(
    stand_in: StandIn, recording: Recording, tmp_path: Path
) -> None:
    with recording(tmp_path / "capture", stand_in.url) as recorder:
        send(recorder.url)
        before = peak(recorder.process)
        seen = malformed.send(urlsplit(recorder.url).port or 0, 1000)
        assert send(recorder.url)[0] == 200
        grown = peak(recorder.process) - before
        code, errors = recorder.end()
    capture = open_capture(tmp_path / "capture")
    lost = sum(int(problem.split()[1]) for problem in capture.manifest.problems)
    assert (code, "Traceback" in errors) == (0, False), errors
    assert grown < MEMORY
    assert len(capture) + lost >= len(stand_in.executed)
    assert seen.statuses[200] >= 700
