"""README shows what the commands really print."""

from tests.conftest import ROOT
from tools.readme import filled


def test_every_example_is_real_output():
    text = (ROOT / "README.md").read_text()
    assert filled(text) == text


def test_readme_begins_with_two_commands():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert [line.split("#")[0].strip() for line in lines[3:5]] == ["make demo", "make test"]
