"""Load a command's module, read its options, run it, and turn errors into lines and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from replayer.model.errors import ReplayerError

NO = ("", "0", "false", "no", "off")
BROKEN_PIPE = 141


class Parser(argparse.ArgumentParser):
    """Options that are also read from the environment: `--target` is REPLAYER_TARGET."""

    def read_environment(self) -> None:
        """Take defaults from the environment, for the options of groups too; a value that is no choice is an error."""
        for action in self._actions:
            long = next((name for name in action.option_strings if name.startswith("--")), None)
            name = "REPLAYER_" + long[2:].replace("-", "_").upper() if long else ""
            value = os.environ.get(name)
            if value is None or long == "--help":
                continue
            if action.choices is not None and value not in action.choices:
                self.error(f"{name}={value!r} is none of {', '.join(map(str, action.choices))}")
            action.required = False
            if isinstance(action, argparse._StoreTrueAction):
                action.default = value.lower() not in NO
            else:
                action.default = [value] if isinstance(action, argparse._AppendAction) else value

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments, on top of what the environment says."""
        self.read_environment()
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in the form that every error has."""
        print(f"error: {message}{self._meant(message)}", file=sys.stderr)
        print(f"hint: `{self.prog} --help` lists the options", file=sys.stderr)
        raise SystemExit(2)

    def _meant(self, message: str) -> str:
        """The option that comes closest to one that is not known."""
        from difflib import get_close_matches

        _, _, unknown = message.partition("unrecognized arguments: ")
        known = [name for action in self._actions for name in action.option_strings]
        near = get_close_matches(unknown.split("=")[0].split(" ")[0], known, n=1)
        return f" (did you mean {near[0]}?)" if near else ""


def start(name: str, entry: tuple[str, str], arguments: Sequence[str]) -> int:
    """Run one command."""
    module = importlib.import_module(f"replayer.cli.{entry[0]}")
    parser = Parser(prog=f"replayer {name}", description=entry[1][:1].upper() + entry[1][1:] + ".", allow_abbrev=False)
    module.add_arguments(parser)
    try:
        parsed = parser.parse_args(arguments)
    except SystemExit as end:  # argparse's own: --help, or a usage error
        return end.code if isinstance(end.code, int) else 2
    try:
        code: int = module.run(parsed)
    except ReplayerError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:
        code = BROKEN_PIPE
    except OSError as error:  # a port in use, a disk that is full, a folder that may not be written
        print(f"error: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""), file=sys.stderr)
        code = 2
    except Exception:  # a fault of ours: 1 would read as a divergence
        traceback.print_exc()
        code = 3
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        run = getattr(parsed, "out", None) or getattr(parsed, "resume", None)
        if name == "run" and run:
            print(f"hint: `replayer run --resume {run}` finishes it", file=sys.stderr)
        code = 130
    emit("")
    return code


def emit(text: str) -> None:
    """Write to stdout. That nobody reads on changes nothing about what is returned: a verdict's exit code is not lost in a pipe."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
