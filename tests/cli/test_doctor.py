"""The doctor: says what is there and what is missing, and never shows a key."""

import pytest

from replayer.cli import main
from replayer.cli.doctor import KEYS, checks


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def found():
    return {name: (there, text) for name, there, text in checks()}


def test_every_thing_is_named_whether_it_is_there_or_not(capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == list(found())
    assert {line[0] for line in lines} == {"✓", "·"}


def test_what_is_missing_is_said_with_what_it_is_for():
    assert found()["stripe-mock"] == (False, "no binary; a running one or docker serves too")
    assert found()["docker"][0] is False
    assert "stripe-mock" in found()["docker"][1]


def test_a_binary_beside_the_project_is_found(tmp_path):
    binary = tmp_path / ".tools" / "bin" / "stripe-mock"
    binary.parent.mkdir(parents=True)
    binary.touch()
    assert found()["stripe-mock"] == (True, str(binary))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sk_test_secretsecret", "set (sk_test_…)"),
        ("rk_test_secretsecret", "set (rk_test_…)"),
        ("sk_live_secretsecret", "set (sk_live_…): refused for every write"),
        ("rk_live_secretsecret", "set (rk_live_…): refused for every write"),
        ("sk_org_secretsecret", "set (sk_org…): refused for every write"),
        ("secretsecret", "set"),
    ],
)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_told_by_its_kind_alone(monkeypatch, key, value, text):
    monkeypatch.setenv(key, value)
    there, shown = found()[key.lower().replace("_", "-")]
    assert (there, shown) == (True, text)


def test_an_empty_key_is_not_set(monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "")
    assert found()["stripe-api-key"] == (False, "not set")
