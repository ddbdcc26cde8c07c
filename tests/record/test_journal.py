"""The journal, without a proxy: what it promises when things go wrong."""

import shutil
from pathlib import Path

import pytest

from replayer.capture.project_key import ProjectKey
from replayer.capture.redact import Redactor
from replayer.capture.store import Writer, open_capture
from replayer.model import DamagedCapture, Exchange, Lane, Manifest, Outcome, ReplayerError, Request
from replayer.record.journal import Journal

REQUEST = Request(method="POST", path="/v1/customers", params={"name": "Jane Doe"})
STRIPES = Outcome(
    status=200, headers={"stripe-version": "2020-08-27", "request-id": "req_A1b2C3d4"}, body={"object": "customer", "name": "Jane Doe"}
)


def journal(out: Path, upstream: str = "api.stripe.com") -> Journal:
    return Journal(out, upstream=upstream, redactor=Redactor(ProjectKey(b"a key of the tests")))


def test_a_request_is_on_disk_before_it_is_forwarded_and_its_outcome_before_it_is_answered(tmp_path: Path) -> None:
    written = journal(tmp_path)
    opened = written.open(REQUEST, 1.5)
    assert opened is not None
    (exchange,) = open_capture(tmp_path).exchanges()
    assert exchange.outcome == Outcome(error="open")
    written.close(opened, STRIPES, 0.25)
    (exchange,) = open_capture(tmp_path).exchanges()
    assert exchange.outcome.status == 200
    assert exchange.outcome.body["name"] == exchange.request.params["name"] != "Jane Doe"
    assert exchange.request.version == "2020-08-27"
    assert written.finish().versions == {"2020-08-27": 1}
    assert written.finish() == open_capture(tmp_path).manifest


def test_the_versions_are_counted_alike_where_the_recorder_was_killed(tmp_path: Path) -> None:
    written = journal(tmp_path)
    for version in (None, "2026-03-25.dahlia"):
        opened = written.open(Request(method="GET", path="/v1/balance", version=version), 1.0)
        assert opened is not None
        written.close(opened, STRIPES, None)
    killed = open_capture(tmp_path).manifest.versions
    assert killed == written.finish().versions == {"2020-08-27": 1, "2026-03-25.dahlia": 1}


def test_what_cannot_be_written_is_counted_and_never_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = journal(tmp_path)
    opened = written.open(REQUEST, 1.0)
    assert opened is not None

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Writer, "open", fail)
    monkeypatch.setattr(Writer, "close", fail)
    assert written.open(REQUEST, 2.0) is None
    written.close(opened, STRIPES, None)
    manifest = written.finish()
    assert manifest.problems == ["recorder: 2 exchanges were not recorded whole: OSError: No space left on device"]
    assert written.seen == 2


def test_an_empty_capture_is_taken_away_and_one_that_was_there_stays(tmp_path: Path) -> None:
    journal(tmp_path / "new").finish()
    assert not (tmp_path / "new").exists()
    with Writer(tmp_path / "old", Manifest()) as writer:
        writer.append(Exchange(id="", source="a", request=REQUEST))
    journal(tmp_path / "old").finish()
    assert len(open_capture(tmp_path / "old")) == 1


@pytest.mark.parametrize(("first", "second"), [("api.stripe.com", "localhost"), ("localhost", "api.stripe.com")])
def test_a_capture_of_stripe_and_of_another_is_not_stripes(tmp_path: Path, first: str, second: str) -> None:
    for upstream in (first, second):
        written = journal(tmp_path, upstream)
        opened = written.open(REQUEST, 1.0)
        assert opened is not None
        written.close(opened, Outcome(status=200, headers={"replayer-origin": "simulator"} if upstream == "localhost" else {}), None)
        written.finish()
    assert open_capture(tmp_path).manifest.origin == "simulator"
    assert [source.name for source in open_capture(tmp_path).sources] == ["recorder", "recorder-2"]


def test_stripe_is_stripe_whatever_its_answer_says(tmp_path: Path) -> None:
    written = journal(tmp_path)
    opened = written.open(REQUEST, 1.0)
    assert opened is not None
    written.close(opened, Outcome(status=200, headers={"replayer-origin": "simulator"}), None)
    assert written.finish().origin == "api.stripe.com"


class Strict(Redactor):
    """Finds what may not be stored, in requests or in answers."""

    def __init__(self, *, requests: bool) -> None:
        super().__init__(ProjectKey(b"a key of the tests"))
        self._requests = requests

    def exchange(self, exchange: Exchange) -> Exchange:
        if self._requests:
            raise Unstorable("it holds a card number")
        return super().exchange(exchange)

    def outcome(self, outcome: Outcome, request: Request, lane: Lane = "api") -> Outcome:
        if outcome.status is not None:
            raise Unstorable("it holds a card number")
        return super().outcome(outcome, request, lane)


class Unstorable(ReplayerError):
    """Stands for what a redactor raises."""


def test_a_request_that_may_not_be_stored_is_left_out_and_counted(tmp_path: Path) -> None:
    written = Journal(tmp_path, redactor=Strict(requests=True))
    assert written.open(REQUEST, 1.0) is None
    assert open_capture(tmp_path).manifest.problems == ["recorder: 1 exchanges were not recorded whole: it holds a card number"]
    assert written.finish().problems == open_capture(tmp_path).manifest.problems
    assert len(open_capture(tmp_path)) == 0


def test_an_answer_that_may_not_be_stored_is_unknown_and_counted(tmp_path: Path) -> None:
    written = Journal(tmp_path, redactor=Strict(requests=False))
    opened = written.open(REQUEST, 1.0)
    assert opened is not None
    written.close(opened, STRIPES, 0.25)
    assert written.finish().problems == ["recorder: 1 exchanges were not recorded whole: it holds a card number"]
    (exchange,) = open_capture(tmp_path).exchanges()
    assert exchange.outcome == Outcome(error="not recorded: it holds a card number")
    assert b"Jane" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_what_a_redactor_fails_on_is_counted_without_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Redactor, exchange: Exchange) -> Exchange:
        raise ValueError("4242 of Jane")

    monkeypatch.setattr(Redactor, "exchange", fail)
    written = journal(tmp_path)
    assert written.open(REQUEST, 1.0) is None
    assert written.dropped == {"ValueError": 1}
    assert b"Jane" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_drops_are_on_disk_at_once_and_a_resumed_capture_remembers_them(tmp_path: Path) -> None:
    first = journal(tmp_path / "first")
    first.open(REQUEST, 1.0)
    first.drop(OSError(28, "No space left on device"))
    killed = Path(shutil.copytree(tmp_path / "first", tmp_path / "killed"))
    first.finish()
    said = ["recorder: 1 exchanges were not recorded whole: OSError: No space left on device"]
    assert open_capture(killed).manifest.problems == said
    resumed = journal(killed)
    resumed.drop(ValueError())
    both = [*said, "recorder-2: 1 exchanges were not recorded whole: ValueError"]
    assert open_capture(killed).manifest.problems == both
    assert resumed.finish().problems == open_capture(killed).manifest.problems == both
    assert not (killed / "dropped.json").exists()


def test_many_reasons_find_room(tmp_path: Path) -> None:
    written = journal(tmp_path)
    for number in range(100):
        written.drop(Unstorable(f"reason {number} of many"))
    counted = [int(problem.split()[1]) for problem in open_capture(tmp_path).manifest.problems]
    assert sum(counted) == 100


def test_a_damaged_count_is_named(tmp_path: Path) -> None:
    journal(tmp_path)
    (tmp_path / "dropped.json").write_text("{")
    with pytest.raises(DamagedCapture) as error:
        open_capture(tmp_path)
    assert error.value.place == str(tmp_path / "dropped.json")
