"""Options that several commands share."""

import argparse

import pytest

from replayer.cli.options import add_format, add_selection, existing, selection_of
from replayer.model import InputError

FLAGS = ("customer", "operation", "chain", "source", "since", "until")


def parsed(*arguments):
    parser = argparse.ArgumentParser()
    add_selection(parser)
    add_format(parser)
    return parser.parse_args(arguments)


def test_without_options_everything_is_selected():
    assert selection_of(parsed()).is_empty


@pytest.mark.parametrize("flag", FLAGS)
def test_each_flag_narrows_the_selection_by_itself(flag):
    value = {"operation": "POST /v1/charges", "since": "2026-01-31", "until": "5"}.get(flag, "x")
    selection = selection_of(parsed(f"--{flag}", value))
    assert [name for name in FLAGS if getattr(selection, name) is not None] == [flag]


@pytest.mark.parametrize("arguments", [("--operation", "POST /v1/nothing"), ("--since", "yesterday")])
def test_a_flag_that_selects_nothing_sensible_is_named(arguments):
    with pytest.raises(InputError) as error:
        selection_of(parsed(*arguments))
    assert error.value.place == arguments[0]


def test_the_format_is_text_or_json():
    assert (parsed().format, parsed("--format", "json").format) == ("text", "json")
    with pytest.raises(SystemExit):
        parsed("--format", "xml")


def test_a_path_must_be_there(tmp_path):
    assert existing(str(tmp_path)) == tmp_path
    with pytest.raises(InputError) as error:
        existing(str(tmp_path / "nothing"))
    assert error.value.place.endswith("nothing")
