"""Lineage: two captures can be diffed if they come from one, and that one is what it was."""

import os

import pytest

from replayer.capture.lineage import ancestors, nearest_common_ancestor
from replayer.capture.store import Writer, open_capture
from replayer.model import InputError, Manifest, Parent
from tests.make import customer, exchange

CALL = exchange(1, "POST", "/v1/customers", body=customer())


@pytest.fixture
def make(tmp_path):
    def made(name, parent=None, digest=None):
        path = tmp_path / name
        link = None
        if parent is not None:
            link = Parent(os.path.relpath(parent, path), digest or open_capture(parent).digest())
        with Writer(path, Manifest(parent=link)) as writer:
            writer.append(CALL)
        return path

    return made


def test_the_arms_of_a_recording_come_from_it(make):
    recording = make("r")
    control, candidate = make("run/control", recording), make("run/candidate", recording)
    assert ancestors(control) == [control.resolve(), recording.resolve()]
    assert nearest_common_ancestor(control, candidate) == recording.resolve()


def test_one_of_the_two_may_itself_be_the_recording(make):
    recording = make("r")
    arm = make("arm", recording)
    assert nearest_common_ancestor(recording, arm) == nearest_common_ancestor(arm, recording) == recording.resolve()
    assert nearest_common_ancestor(recording, recording) == recording.resolve()


def test_an_imported_slice_is_a_recording_of_its_own(make):
    whole = make("whole")
    part = make("part", whole)
    control, candidate = make("c", part), make("k", part)
    assert nearest_common_ancestor(control, candidate) == part.resolve()


def test_captures_that_come_from_no_common_one_are_refused(make):
    with pytest.raises(InputError, match="no common one"):
        nearest_common_ancestor(make("a"), make("b"))


def test_captures_that_are_further_apart_than_one_replay_are_refused(make):
    recording = make("r")
    again = make("again", make("arm", recording))
    with pytest.raises(InputError, match="more than one replay"):
        nearest_common_ancestor(recording, again)


def test_a_parent_that_has_changed_since_is_refused(make):
    recording = make("r")
    arm = make("arm", recording)
    with Writer(recording, Manifest(), append=True) as writer:
        writer.append(CALL)
    with pytest.raises(InputError, match="has changed since"):
        ancestors(arm)


def test_a_parent_that_is_gone_is_named(make):
    recording = make("r")
    arm = make("arm", recording)
    recording.rename(recording.with_name("moved"))
    with pytest.raises(InputError, match="is not there") as error:
        ancestors(arm)
    assert error.value.place == str(arm.resolve())


def test_a_capture_that_is_its_own_ancestor_ends_in_an_error_and_not_in_a_loop(make):
    itself = make("a")
    digest = open_capture(itself).digest()
    with Writer(itself, Manifest(), append=True) as writer:
        writer.describe(parent=Parent(".", digest))
    with pytest.raises(InputError, match="its own ancestor"):
        ancestors(itself)


def test_a_run_can_be_moved_together_with_its_recording(make, tmp_path):
    make("old/run/control", make("old/r"))
    (tmp_path / "old").rename(tmp_path / "new")
    assert ancestors(tmp_path / "new" / "run" / "control")[1] == (tmp_path / "new" / "r").resolve()
