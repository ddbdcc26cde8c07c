"""Starting a command: options from the environment, errors as lines, exit codes that scripts can rely on."""

import argparse
import importlib
import os
import subprocess
import sys

import pytest

from replayer.cli import COMMANDS, main
from replayer.cli.start import Parser, start
from replayer.model import InputError, NothingSelected, Refused, TargetError

FAILING = "def rewrite(call):\n    return call.with_params(amount='1') if 'amount' in call.params else call\n"


def options(command):
    """A command's actions that have a long name, as the environment sets them."""
    parser = Parser(prog=command)
    importlib.import_module(f"replayer.cli.{COMMANDS[command][0]}").add_arguments(parser)
    parser.read_environment()
    return [action for action in parser._actions if action.option_strings and action.dest != "help"]


def variable(action):
    return "REPLAYER_" + next(name for name in action.option_strings if name.startswith("--"))[2:].replace("-", "_").upper()


def command(monkeypatch, run):
    """A command whose `run` is this."""
    module = argparse.Namespace(add_arguments=lambda parser: parser.add_argument("--number", type=int), run=run)
    monkeypatch.setattr(importlib, "import_module", lambda name: module)
    return start("try", ("try", "tries"), [])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_also_read_from_the_environment(name, monkeypatch):
    given = {variable(action): action.choices[0] if action.choices else "1" for action in options(name)}
    for variable_name, value in given.items():
        monkeypatch.setenv(variable_name, value)
    for action in options(name):
        value = given[variable(action)]
        expected = (
            True if isinstance(action, argparse._StoreTrueAction) else [value] if isinstance(action, argparse._AppendAction) else value
        )
        assert (action.dest, action.default, action.required) == (action.dest, expected, False)


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("0", False), ("False", False), ("no", False), ("OFF", False), ("", False)])  # fmt: skip
def test_a_flag_is_off_where_the_environment_says_so(value, on, monkeypatch):
    monkeypatch.setenv("REPLAYER_EXPECT_CALLS", value)
    assert next(action for action in options("run") if action.dest == "expect_calls").default is on


def test_an_option_outweighs_the_environment_and_gates_add_up(monkeypatch):
    monkeypatch.setenv("REPLAYER_TARGET", "stripe-mock")
    monkeypatch.setenv("REPLAYER_GATE", "money == 0")
    parser = Parser()
    importlib.import_module("replayer.cli.run").add_arguments(parser)
    args = parser.parse_args(["x", "--target", "simulator", "--gate", "findings == 0"])
    assert (args.target, args.gate) == ("simulator", ["money == 0", "findings == 0"])


def test_a_gate_from_the_environment_is_held(demo, monkeypatch, capsys):
    monkeypatch.setenv("REPLAYER_GATE", "judged.calls >= 200 %")
    assert main(["run", str(demo)]) == 3


@pytest.mark.parametrize(("error", "code"), [(InputError, 2), (Refused, 2), (TargetError, 3), (NothingSelected, 5)])
def test_an_error_is_a_line_and_its_exit_code(monkeypatch, capsys, error, code):
    def run(args):
        raise error("it does not work", place="here:1", hint="try another")

    assert command(monkeypatch, run) == code
    assert capsys.readouterr().err == "error: here:1: it does not work\nhint: try another\n"


def test_an_interrupt_is_no_success(monkeypatch, capsys):
    def run(args):
        raise KeyboardInterrupt

    assert command(monkeypatch, run) == 130


def test_an_output_that_broke_off_is_no_success(monkeypatch, capsys):
    def run(args):
        raise BrokenPipeError

    assert command(monkeypatch, run) != 0


def test_what_a_command_returns_is_the_exit_code(monkeypatch):
    assert [command(monkeypatch, lambda args, code=code: code) for code in (0, 1, 3, 5)] == [0, 1, 3, 5]


def test_a_misspelt_option_names_the_closest(capsys):
    assert main(["run", "x", "--canddate=y"]) == 2
    assert capsys.readouterr().err.startswith("error: unrecognized arguments: --canddate=y (did you mean --candidate?)\n")


@pytest.mark.parametrize("arguments", [["run"], ["run", "x", "--targ", "simulator"], ["replay", "x"], ["run", "x", "--jobs", "many"]])
def test_bad_usage_ends_in_2_with_a_hint(arguments, capsys):
    assert main(arguments) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: ")
    assert f"hint: `replayer {arguments[0]} --help`" in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_verdict_is_not_lost_in_a_pipe_that_nobody_reads(demo, tmp_path, form):
    (tmp_path / "c.py").write_text(FAILING)
    read, write = os.pipe()
    os.close(read)
    arguments = [sys.executable, "-m", "replayer.cli", "run", str(demo), "--candidate", str(tmp_path / "c.py"), "--format", form]
    done = subprocess.run(arguments, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_candidate_cannot_end_the_run_in_success(demo, tmp_path, capsys):
    (tmp_path / "c.py").write_text("import sys\ndef rewrite(call):\n    sys.exit(0)\n")
    assert main(["run", str(demo), "--candidate", str(tmp_path / "c.py")]) == 3
    (tmp_path / "c.py").write_text("import sys\nsys.exit(0)\n")
    assert main(["run", str(demo), "--candidate", str(tmp_path / "c.py")]) == 2
