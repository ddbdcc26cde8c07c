"""Shared fixtures: where the corpora and the demo are."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("replayer", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("replayer")

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"


@pytest.fixture(scope="session")
def demo():
    """The demo shop's capture."""
    return ROOT / "captures" / "demo-shop"


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """All recorded traffic of the corpora as one capture; tests that need it are skipped where it is not there."""
    if not CORPORA.is_dir():
        pytest.skip("the recorded corpora are not beside the checkout")
    from replayer.cli import main

    out = tmp_path_factory.mktemp("corpus") / "capture"
    assert main(["import", str(CORPORA), "--trusted", "--out", str(out)]) == 0
    return out


@pytest.fixture(autouse=True)
def private_key(monkeypatch, tmp_path_factory):
    """No test reads or makes the user's own project key."""
    monkeypatch.setenv("REPLAYER_KEY", "a key for tests, thirty-two bytes")
