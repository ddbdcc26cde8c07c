"""Load a command's module, read its options, run it, and turn errors into lines and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from replayer.model.errors import ReplayerError


class Parser(argparse.ArgumentParser):
    """Options that are also read from the environment: `--target` is REPLAYER_TARGET."""

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        """Add an argument whose default stands in the environment, if it does."""
        action = super().add_argument(*names, **settings)
        long = next((name for name in names if name.startswith("--")), None)
        value = os.environ.get("REPLAYER_" + long[2:].replace("-", "_").upper()) if long else None
        if value is not None and long != "--help":
            if isinstance(action, argparse._StoreTrueAction):
                action.default = value not in ("", "0", "false")
            elif not isinstance(action, argparse._AppendAction):
                action.default = value
        return action

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in the form that every error has."""
        print(f"error: {message}", file=sys.stderr)
        print(f"hint: `{self.prog} --help` lists the options", file=sys.stderr)
        raise SystemExit(2)


def start(name: str, entry: tuple[str, str], arguments: Sequence[str]) -> int:
    """Run one command."""
    module = importlib.import_module(f"replayer.cli.{entry[0]}")
    parser = Parser(prog=f"replayer {name}", description=entry[1][:1].upper() + entry[1][1:] + ".", allow_abbrev=False)
    module.add_arguments(parser)
    try:
        code: int = module.run(parser.parse_args(arguments))
        sys.stdout.flush()
        return code
    except ReplayerError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
