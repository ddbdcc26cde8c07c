"""SIGKILL under load: `make proof` does it a thousand times."""

from pathlib import Path

from tests.record import kills
from tests.record.conftest import StandIn


def test_nothing_that_a_client_saw_answered_is_missing_after_a_kill(stand_in: StandIn, tmp_path: Path) -> None:
    rounds = list(kills.kills(stand_in, tmp_path, 20))
    assert [wrong for each in rounds for wrong in each.wrong] == []
    assert len(rounds) == 20
    assert all(each.answered for each in rounds)


def test_the_kills_find_out_a_recorder_that_writes_behind_the_answer(stand_in: StandIn, tmp_path: Path) -> None:
    (lazy,) = kills.kills(stand_in, tmp_path, 1, record=kills.record_lazily)
    assert lazy.answered
    assert len(lazy.wrong) >= lazy.answered
