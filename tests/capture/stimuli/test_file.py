"""The file of stimuli: what is written is read again, and errors name their place."""

from __future__ import annotations

import pytest

from replayer.capture.stimuli import dump_stimuli, infer, stimuli_of
from replayer.capture.stimuli.file import load_stimuli
from replayer.model import InputError
from tests.proof.off_camera import STORIES, Stage


@pytest.mark.parametrize("name", STORIES)
def test_what_is_written_is_read_again(tmp_path, name):
    stage = Stage()
    STORIES[name](stage)
    file = tmp_path / "stimuli.yaml"
    found = infer(lambda: iter(stage.exchanges), "s")
    file.write_text(dump_stimuli(found.acts, sources=True))
    again = stimuli_of("s", lambda: iter(stage.exchanges), file)
    assert again == found


@pytest.mark.parametrize(("text", "place", "hint"), [
    ("after: x1\n", ":1:1", "replayer stimuli"),
    ("- 3\n", ":1:3", "its keys are"),
    ("- {after: x1, at: 0, cal: POST /v1/refunds}\n", ":1:22", "call"),
    ("- {after: y, at: 0, call: POST /v1/refunds}\n", ":1:4", "replayer show"),
    ("- {after: x1, at: 0, call: GET /v1/refunds}\n", ":1:22", "POST /v1/refunds"),
    ("- {after: x1, at: 0}\n", ":1:3", "POST /v1/refunds"),
    ("- {after: x1, at: noon, call: POST /v1/refunds}\n", ":1:15", "2026"),
    ("- {after: x1, at: 0, call: POST /v1/refunds, params: 3}\n", ":1:46", None),
    ("- {after: x1, at: 0, call: POST /v1/refunds, makes: re_1}\n", ":1:46", None),
])  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, text, place, hint):
    file = tmp_path / "stimuli.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_stimuli(file)
    assert str(caught.value.place).endswith(place)
    assert hint is None or hint in (caught.value.hint or "")


def test_what_yaml_makes_of_values_goes_as_on_the_wire(tmp_path):
    file = tmp_path / "stimuli.yaml"
    file.write_text(
        "- after: x3\n  at: 2026-01-31T12:00:00Z\n  call: POST /v1/refunds\n  params: {amount: 300, reverse_transfer: true, reason: }\n"
    )
    (one,) = load_stimuli(file)
    assert (one.request.params, one.at) == ({"amount": "300", "reverse_transfer": "true", "reason": ""}, 1769860800.0)


def test_a_source_takes_its_own(tmp_path):
    file = tmp_path / "stimuli.yaml"
    file.write_text(
        "".join(f"- {{after: x1, source: {name}, at: 0, call: POST /v1/refunds}}\n" for name in "ab")
        + "- {after: x1, at: 0, unknown: so}\n"
    )
    assert [(one.id, one.source, one.disposition) for one in stimuli_of("b", lambda: iter(()), file).acts] == [
        ("x1+1", "b", "sent"), ("x1+2", "b", "skipped"),
    ]  # fmt: skip
