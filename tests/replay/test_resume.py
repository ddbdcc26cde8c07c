"""A replay that is killed goes on: nothing is lost, and no POST executes twice. `make proof` kills 200 times."""

from __future__ import annotations

import pytest

from tests.replay import kills


@pytest.fixture(scope="module")
def url():
    with kills.server() as found:
        yield found


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_killed_replay_goes_on_and_executes_nothing_twice(tmp_path, url, count):
    found = kills.kill_and_resume(tmp_path, url, count)
    assert found.wrong == []
    assert found.kills >= 1


def test_the_kills_find_out_a_replay_that_forgets_its_keys(tmp_path, url):
    rounds = (kills.kill_and_resume(tmp_path / str(seed), url, 6, seed=seed, engine=kills.FORGETFUL) for seed in range(12))
    assert any(found.wrong for found in rounds)  # each second one, as a kill must fall between a call and its answer
