"""YAML files that users write: every error names where."""

from __future__ import annotations

import pytest

from replayer.model import InputError
from replayer.model.settings_file import place_of, read_yaml, require_known


def _file(tmp_path, text):
    file = tmp_path / "settings.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_keys_and_elements_remember_their_place(tmp_path):
    file = _file(tmp_path, "a: 1\nb:\n  - x\n  - y\n")
    data = read_yaml(file)
    assert data == {"a": 1, "b": ["x", "y"]}
    assert place_of(file, data, "b") == f"{file}:2:1"
    assert place_of(file, data["b"], 1) == f"{file}:4:5"
    assert place_of(file, {}, "plain") == str(file)


@pytest.mark.parametrize(("text", "place"), [("a: [1\n", ":2:1"), (b"\xff", ""), ("a: !!timestamp x\n", ":1:4")])
def test_what_is_no_yaml_is_refused_with_its_place(tmp_path, text, place):
    file = _file(tmp_path, text)
    with pytest.raises(InputError, match="this is not") as refused:
        read_yaml(file)
    assert refused.value.place == f"{file}{place}"


def test_an_unknown_key_names_the_closest(tmp_path):
    file = _file(tmp_path, "tarjet: x\n")
    with pytest.raises(InputError, match="`tarjet` is no key of a scenario") as refused:
        require_known(read_yaml(file), ("target", "gates"), file)
    assert (refused.value.hint, refused.value.place) == ("did you mean `target`?", f"{file}:1:1")
