"""The line of progress: only for who watches, and gone when the arm is done."""

import io

from replayer.model import ArmFinished, ArmStarted, Replayed
from replayer.report.progress import ProgressLine


def shown(*steps, quiet=False):
    stream = io.StringIO()
    line = ProgressLine(stream, quiet=quiet)
    for step in steps:
        line.show(step)
    line.done()
    return stream.getvalue()


def calls(count, role="control"):
    return [Replayed(role, 1)] * count


def test_where_nobody_watches_nothing_is_written():
    assert shown(ArmStarted("control", "simulator", 300), *calls(300), quiet=True) == ""


def test_it_moves_every_hundred_calls_and_at_the_end():
    text = shown(ArmStarted("control", "simulator", 250), *calls(250))
    assert text.split("\r")[1:-1] == ["control: 100 of 250", "control: 200 of 250", "control: 250 of 250"]


def test_each_arm_begins_anew():
    text = shown(
        ArmStarted("control", "s", 100),
        *calls(100),
        ArmFinished("control", "c"),
        ArmStarted("candidate", "s", 100),
        *calls(100, "candidate"),
    )
    assert text.split("\r")[1:-1] == ["control: 100 of 100", "candidate: 100 of 100"]


def test_the_line_is_cleared_when_it_is_done():
    assert shown(ArmStarted("control", "simulator", 100), *calls(100)).endswith("\r\033[K")


def test_a_share_that_another_process_did_is_counted_whole():
    assert "control: 300 of 300" in shown(ArmStarted("control", "simulator", 300), Replayed("control", 170), Replayed("control", 130))
