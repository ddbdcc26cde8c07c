"""Errors: each says what happened and where, and ends in the exit code that scripts rely on."""

import pytest

from replayer import model
from replayer.model import errors

TREE = {
    "ReplayerError": ("Exception", 2),
    "InputError": ("ReplayerError", 2),
    "DamagedCapture": ("InputError", 2),
    "NothingSelected": ("ReplayerError", 5),
    "TargetError": ("ReplayerError", 3),
    "CannotJudge": ("ReplayerError", 3),
    "Refused": ("ReplayerError", 2),
    "Unstorable": ("ReplayerError", 2),
}


def test_there_are_no_other_errors():
    found = {name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, Exception)}
    assert found == set(TREE)
    assert all(hasattr(model, name) for name in TREE)


@pytest.mark.parametrize("name", TREE)
def test_an_error_has_its_place_in_the_tree_and_its_exit_code(name):
    kind = getattr(errors, name)
    assert (kind.__mro__[1].__name__, kind.exit_code) == TREE[name]
    assert name in errors.__doc__


def test_an_error_says_where_before_what():
    error = errors.InputError("no such key", place="scenario.yaml:3:5", hint="did you mean `gates`?")
    assert str(error) == "scenario.yaml:3:5: no such key"
    assert (error.what, error.place, error.hint) == ("no such key", "scenario.yaml:3:5", "did you mean `gates`?")
    assert str(errors.ReplayerError("it broke")) == "it broke"
